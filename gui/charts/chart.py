"""What all charts have in common: a header, a picture, a steady scale, and when to draw."""

from __future__ import annotations

from datetime import datetime

import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.charts import ticks
from gui.charts.figures import Figures
from gui.charts.legend import Entry, Header
from gui.charts.plot import Plot
from gui.charts.time_view import TimeView
from gui.theme import theme

LEAST_FILLED = 0.6
"""A scale stays while the values need no more than it has and at least this share of it."""

HEADROOM = 0.06


class Chart(QWidget):
    """A chart of a run. Subclasses say what is drawn; this class says when.

    It owns nothing of the market: ``figures`` is what the run gives, the cursor is the player's.
    """

    stretch = 2
    """Share of the height among the charts."""

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.figures: Figures | None = None
        self.cursor_s = 0.0
        self.header = Header(self)
        self.plot = Plot(view, self)
        self._scale = (0.0, 0.0)
        self._stale = True
        self._built = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.plot, 1)
        self.build()
        self._built = True
        self.retranslate()
        self.restyle()

    # ---------------------------------------------------------------- for subclasses

    def build(self) -> None:
        """Make curves, bars and legend; called once."""

    def texts(self) -> tuple[str, str]:
        """Return title and unit."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return one sentence on what there is to see, for those who listen."""
        raise NotImplementedError

    def draw(self, figures: Figures) -> None:
        """Give curves and bars the figures in view, and set the scale."""
        raise NotImplementedError

    def read_out(self, figures: Figures) -> None:
        """Show the values at the cursor in the legend."""
        raise NotImplementedError

    def recolor(self) -> None:
        """Give curves and bars the theme's colours."""

    def rename(self) -> None:
        """Name the series in the language on the screen."""

    # ---------------------------------------------------------------- when to draw

    def set_figures(self, figures: Figures | None) -> None:
        """Show another run."""
        self.figures = figures
        self._scale = (0.0, 0.0)
        self.redraw()

    def redraw(self) -> None:
        """Draw the figures in view, now or when the chart can be seen."""
        self._stale = True
        if self.figures is None or not self.isVisible():
            return
        self._stale = False
        self.draw(self.figures)
        self.read_out(self.figures)
        self.header.set_texts(*self.texts())

    def move_cursor(self, time_s: float) -> None:
        """Show the cursor and the values at it."""
        self.cursor_s = time_s
        if self.isVisible():
            self.plot.move_cursor(time_s)
            if self.figures is not None:
                self.read_out(self.figures)

    def restyle(self) -> None:
        """Take up another theme or text size."""
        self.plot.restyle()
        self.plot.setMinimumHeight(theme.unit(44))
        self.recolor()
        self.header.arrange()
        self._scale = (0.0, 0.0)
        self.redraw()

    def retranslate(self) -> None:
        """Take up another language."""
        self.rename()
        title, unit = self.texts()
        self.header.set_texts(title, unit)
        self.header.arrange()
        self.setAccessibleName(title)
        self.plot.setAccessibleName(title)
        self._scale = (0.0, 0.0)
        self.redraw()

    def describe(self) -> None:
        """Renew the sentence for screen readers; cheap, but not for every frame."""
        if self.figures is not None and self.figures.computed:
            self.setAccessibleDescription(self.summary())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.plot.move_cursor(self.cursor_s)
        if self._stale:
            self.redraw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._built:
            self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scale = (0.0, 0.0)  # another height has room for other marks
        self.redraw()

    # ---------------------------------------------------------------- pieces of a chart

    @property
    def start(self) -> datetime:
        """Date and time at which the run begins."""
        assert self.figures is not None
        start: datetime = self.figures.run.scenario.clock.start_datetime()
        return start

    def curve(self, z: float = 0.0) -> pg.PlotCurveItem:
        """Add a curve on the left axis."""
        curve = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        curve.setZValue(z)
        self.plot.add(curve)
        return curve

    def entry(self, color: str) -> Entry:
        """Return a switch for the legend that redraws the chart."""
        entry = Entry(color, self.header)
        entry.toggled.connect(self._toggled)
        return entry

    def _toggled(self, _shown: bool) -> None:
        self._scale = (0.0, 0.0)  # what is shown now deserves a scale of its own
        self.redraw()

    def fit(self, low: float, high: float) -> tuple[float, float] | None:
        """Return the scale for values from ``low`` to ``high``, or None if the old one still fits.

        It has room to spare and is kept as long as it suits, so that axes stand still.
        """
        old_low, old_high = self._scale
        fits = low >= old_low and high <= old_high
        if fits and high - low >= LEAST_FILLED * (old_high - old_low):
            return None
        room = (high - low) * HEADROOM or 1.0
        self._scale = (low - room if low < 0 else low, high + room if high > 0 else high)
        return self._scale

    def tick_count(self) -> int:
        """Return how many marks the value axis has room for."""
        frame = self.plot.frame_px()
        return max(1, min(round(frame.height() / (2 * self.fontMetrics().height())), 8))

    def pen(self, color: QColor) -> object:
        """Return a pen for curves."""
        return pg.mkPen(color, width=theme.line_width)

    def amount_scale(self, low: float, high: float) -> None:
        """Scale the left axis for amounts of money."""
        if scale := self.fit(low, high):
            self.plot.set_levels(*scale, ticks.amounts(ticks.values(*scale, self.tick_count())))
