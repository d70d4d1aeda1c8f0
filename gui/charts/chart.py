"""What charts over time have in common: a picture on the shared time axis and a steady scale."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QWidget

from gui.charts import ticks
from gui.charts.plot import Plot
from gui.charts.time_view import TimeView
from gui.charts.view import View
from gui.theme import theme

LEAST_FILLED = 0.6
"""A scale stays while the values need no more than it has and at least this share of it."""

HEADROOM = 0.06


class Chart(View):
    """A view with time to the right. Subclasses draw on its ``plot``."""

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        self.plot = Plot(view)
        self._scale = (0.0, 0.0)
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
        super().retranslate()
        self.plot.setAccessibleName(self.accessibleName())

    def showEvent(self, event: QShowEvent) -> None:
        self.plot.move_cursor(self.cursor_s)
        super().showEvent(event)

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
        """Return how many marks the value axis has room for."""
        frame = self.plot.frame_px()
        return max(1, min(round(frame.height() / (2 * self.fontMetrics().height())), 8))

    def pen(self, color: QColor, nth: int = 0) -> object:
        """Return a pen for curves; from the ninth on they repeat colours, with other dashes."""
        dashes = (None, (6, 3), (2, 2))[min(nth // 8, 2)]
        return pg.mkPen(color, width=theme.line_width, dash=dashes)

    def amount_scale(self, low: float, high: float) -> None:
        """Scale the left axis for amounts of money."""
        if scale := self.fit(low, high):
            self.plot.set_levels(*scale, ticks.amounts(ticks.values(*scale, self.tick_count())))
