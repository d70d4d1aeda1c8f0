"""What all views of a run have in common: a header, the cursor, and when to draw.

A view draws nothing while it can't be seen; what it missed it draws when it is shown.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import assumptions
from gui.charts.figures import Figures
from gui.charts.legend import Entry, Header
from gui.charts.time_view import TimeView
from gui.i18n import as_shipped


class View(QWidget):
    """A view of a run. Subclasses say what is drawn; this class says when.

    It owns nothing of the market: ``figures`` is what the run gives, the cursor is the player's.
    """

    stretch = 2
    """Share of the height among what is shown together."""

    section = ""
    """Number of the section of docs/model.md that tells what lies behind it."""

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.figures: Figures | None = None
        self.cursor_s = 0.0
        self.header = Header(self)
        self._stale = True
        self._built = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.header)
        self.build()
        self.header.set_help(self._explain)
        self._built = True
        self.retranslate()
        self.restyle()

    # ---------------------------------------------------------------- for subclasses

    def build(self) -> None:
        """Make what the view consists of; called once."""

    def texts(self) -> tuple[str, str]:
        """Return title and unit."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return one sentence on what there is to see, for those who listen."""
        raise NotImplementedError

    def draw(self, figures: Figures) -> None:
        """Take up the figures in view."""
        raise NotImplementedError

    def read_out(self, figures: Figures) -> None:
        """Show the values at the cursor."""
        raise NotImplementedError

    def recolor(self) -> None:
        """Take up the theme's colours."""

    def rename(self) -> None:
        """Name things in the language on the screen."""

    def needs_one_asset(self) -> bool:
        """Whether it shows one asset, so that "all assets" stands for the largest."""
        return False

    # ---------------------------------------------------------------- when to draw

    def set_figures(self, figures: Figures | None) -> None:
        """Show another run, or another part of it."""
        self.figures = figures
        self.forget_scale()
        self.redraw()

    def forget_scale(self) -> None:
        """Let the next drawing choose its scale anew."""

    def redraw(self) -> None:
        """Draw the figures in view, now or when the view can be seen."""
        self._stale = True
        if self.figures is None or not self.isVisible():
            return
        self._stale = False
        self.draw(self.figures)
        self.read_out(self.figures)
        self.header.set_texts(*self.texts())

    def grown(self, before_s: float) -> None:
        """Take in that more is computed than up to ``before_s``."""
        assert self.figures is not None
        if before_s <= self.view.last_s and self.figures.computed_s > self.view.first_s:
            self.redraw()

    def move_cursor(self, time_s: float) -> None:
        """Show the values at another time."""
        self.cursor_s = time_s
        if self.isVisible() and self.figures is not None:
            self.read_out(self.figures)

    def restyle(self) -> None:
        """Take up another theme or text size."""
        self.recolor()
        self.header.arrange()
        self.forget_scale()
        self.redraw()

    def retranslate(self) -> None:
        """Take up another language."""
        self.rename()
        self.header.rename_help(assumptions.title(self.section))
        title, unit = self.texts()
        self.header.set_texts(title, unit)
        self.header.arrange()
        self.setAccessibleName(title)
        self.forget_scale()
        self.redraw()

    def describe(self) -> None:
        """Renew the sentence for screen readers; cheap, but not for every frame."""
        if self.figures is not None and self.figures.computed and not self._stale:
            self.setAccessibleDescription(self.summary())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.redraw()
        elif self.figures is not None:
            self.read_out(self.figures)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._built:
            self.restyle()

    # ---------------------------------------------------------------- pieces of a view

    @property
    def start(self) -> datetime:
        """Date and time at which the run begins."""
        assert self.figures is not None
        start: datetime = self.figures.run.scenario.clock.start_datetime()
        return start

    def of_what(self, title: str) -> str:
        """Return the title with the asset and the venue that were chosen."""
        if self.figures is None:
            return title
        asset = self.figures.one_asset if self.needs_one_asset() else self.figures.asset
        parts = [title]
        if asset is not None:
            parts.append(as_shipped(self.figures.run.scenario.asset_names[asset]))
        if self.figures.venue is not None:
            parts.append(as_shipped(self.figures.run.scenario.venue_names[self.figures.venue]))
        return " · ".join(parts)

    def entry(self, color: str, nth: int = 0) -> Entry:
        """Return a switch for the legend that redraws the view."""
        entry = Entry(color, self.header, nth)
        entry.toggled.connect(self.start_over)
        return entry

    def start_over(self) -> None:
        """Draw again; what is shown now deserves a scale of its own."""
        self.forget_scale()
        self.redraw()

    def _explain(self) -> None:
        assumptions.window(self.section, self).open()
