"""What charts over time have in common: a picture on the shared time axis and a steady scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from gui.charts import ticks
from gui.charts.figures import Figures
from gui.charts.legend import Entry
from gui.charts.plot import Plot
from gui.charts.time_view import TimeView
from gui.charts.view import View
from gui.i18n import tr
from gui.theme import theme

LEAST_FILLED = 0.6
"""A scale stays while the values need no more than it has and at least this share of it."""

HEADROOM = 0.06

OTHER_DASHES = (5, 3)
OTHER_OPACITY = 0.7
"""How curves of another run look behind those of the run on the screen."""

WIDE = 1_200
"""From this width on, in units, a legend has room for the other run's values too."""

Text = Callable[[float], str]


class Chart(View):
    """A view with time to the right. Subclasses draw on its ``plot``.

    Those that can draw another run behind the one on the screen say so with ``offer_other``.
    """

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        self.plot = Plot(view)
        self._scale = (0.0, 0.0)
        self._other: Figures | None = None
        self.other_switch: QToolButton | None = None
        super().__init__(view, parent)
        self.column.addWidget(self.plot, 1)
        self.plot.resized.connect(self.start_over)

    # ---------------------------------------------------------------- when to draw

    def forget_scale(self) -> None:
        self._scale = (0.0, 0.0)

    def move_cursor(self, time_s: float) -> None:
        if self.isVisible():
            self.plot.move_cursor(time_s)
        super().move_cursor(time_s)

    def restyle(self) -> None:
        self.plot.restyle()
        self.plot.setMinimumHeight(theme.unit(44))
        super().restyle()

    def retranslate(self) -> None:
        self._name_other()
        super().retranslate()
        self.plot.setAccessibleName(self.accessibleName())

    def showEvent(self, event: QShowEvent) -> None:
        self.plot.move_cursor(self.cursor_s)
        super().showEvent(event)

    # ---------------------------------------------------------------- another run behind

    def offer_other(self) -> None:
        """Draw another run too, when there is one, behind a switch in the header."""
        self.other_switch = self.header.add_switch(lambda _on: self.start_over())
        self.other_switch.setChecked(True)
        self.other_switch.hide()

    def set_other(self, other: Figures | None) -> None:
        """Hold the run on the screen against another one, or against none."""
        if self.other_switch is None or other is self._other:
            return
        self._other = other
        self.other_switch.setVisible(other is not None)
        self.rename()  # values need as much room as they did before
        self.header.arrange()
        self.start_over()

    @property
    def other(self) -> Figures | None:
        """What is drawn behind the run on the screen."""
        on = self.other_switch is not None and self.other_switch.isChecked()
        return self._other if on else None

    def other_pen(self, color: QColor) -> object:
        """Return a pen for curves of the other run."""
        faint = QColor(color)
        faint.setAlphaF(OTHER_OPACITY)
        return pg.mkPen(faint, width=theme.line_width, dash=OTHER_DASHES)

    def other_step(self) -> int:
        """Return the other run's step at the cursor; −1 where it isn't computed."""
        other = self.other
        if other is None or self.cursor_s > other.computed_s:
            return -1
        return other.step_at(self.cursor_s)

    def tell(self, entry: Entry, value: float, other: float, text: Text, difference: Text) -> None:
        """Show a value at the cursor; with the other run's and what is between them.

        Where there is little room, the other run's value stands in the hint.
        """
        if self.other is None:
            entry.set_value(text(value))
            return
        between = difference(value - other if np.isfinite(other) else np.nan)
        parts = {"value": text(value), "other": text(other), "difference": between}
        whole = tr("{value} · A {other} · Δ {difference}", **parts)
        wide = self.width() >= theme.unit(WIDE)
        entry.set_value(whole if wide else tr("{value} Δ{difference}", **parts))
        entry.setToolTip(f"{entry.text()}: {whole}")

    def _name_other(self) -> None:
        if self.other_switch is not None:
            self.other_switch.setText("┄ A")
            self.other_switch.setToolTip(
                tr("A, the run that was kept: dashed. Beside each value: A's, and B − A")
            )
            self.other_switch.setAccessibleName(tr("Show A"))

    # ---------------------------------------------------------------- pieces of a chart

    def curve(self, z: float = 0.0) -> pg.PlotCurveItem:
        """Add a curve on the left axis."""
        curve = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        curve.setZValue(z)
        self.plot.add(curve)
        return curve

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
        """Return how many marks the value axis has room for: two at least, lest it be no scale."""
        frame = self.plot.frame_px()
        return max(2, min(round(frame.height() / (2 * self.fontMetrics().height())), 8))

    def pen(self, color: QColor, nth: int = 0) -> object:
        """Return a pen for curves; from the ninth on they repeat colours, with other dashes."""
        dashes = (None, (6, 3), (2, 2))[min(nth // 8, 2)]
        return pg.mkPen(color, width=theme.line_width, dash=dashes)

    def amount_scale(self, low: float, high: float) -> None:
        """Scale the left axis for amounts of money."""
        if scale := self.fit(low, high):
            self.plot.set_levels(*scale, ticks.amounts(ticks.values(*scale, self.tick_count())))
