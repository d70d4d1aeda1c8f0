"""Fan chart: how a quantity goes over time in many worlds, as bands of quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from engine.clock import MINUTE_S
from engine.experiment import Results
from engine.experiment_export import bands
from engine.sample import CURVES
from engine.scenario import Scenario
from gui import format as fmt
from gui.charts import ticks
from gui.charts.time_view import TimeView
from gui.experiments.frame import (
    FramedChart,
    Key,
    numbers,
    paint_band,
    paint_line,
    spanned,
    y_px,
)
from gui.i18n import tr
from gui.theme import theme

COLORS = ("asset1", "asset3")
OUTER, INNER = 0.18, 0.38
"""How strongly the bands are tinted: 5% to 95%, and the middle half."""


class Fan(NamedTuple):
    """The worlds of one variant: name, times of the points, (points,), quantiles, (5, points)."""

    name: str
    time_s: Floats
    levels: Floats
    worlds: int


class FanChart(FramedChart):
    """One of CURVES: median, the middle half, and 90% of worlds; one fan per variant."""

    def __init__(self, curve: str, view: TimeView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve = curve
        self.view = view
        self.fans: Sequence[Fan] = ()
        self._scenario: Scenario | None = None
        view.changed.connect(self.update)
        self.retranslate()

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of an experiment, a fan for each of its variants."""
        self.fans, self._scenario = (), None
        if results is not None:
            self._scenario = results.experiment.variants[0].scenario
            factor = fmt.factor(CURVES[self.curve].unit)
            self.fans = [
                Fan(variant.name, results.times_s(variant), factor * bands(curves), len(curves))
                for variant in results.experiment.variants
                if len(curves := results.curves(variant, self.curve))
            ]
        self.show_again()

    def texts(self) -> tuple[str, str]:
        curve = CURVES[self.curve]
        return tr(curve.name), fmt.unit(curve.unit)

    def summary(self) -> str:
        parts = [
            tr(
                "{name}: at the end half of {count} worlds lie from {low} to {high}, the median "
                "at {middle}.",
                name=fan.name,
                count=fan.worlds,
                low=fmt.significant(float(fan.levels[1, -1])),
                high=fmt.significant(float(fan.levels[3, -1])),
                middle=fmt.significant(float(fan.levels[2, -1])),
            )
            for fan in self.fans
        ]
        return " ".join(parts)

    def keys(self) -> list[Key]:
        if len(self.fans) < 2:
            return []
        return [
            Key(fan.name, theme.color(color)) for fan, color in zip(self.fans, COLORS, strict=False)
        ]

    def margins(self) -> tuple[int, int, int]:
        left = self.widest([fmt.decimal(-88_888)]) + theme.unit(14)
        return left, theme.unit(14), self.fontMetrics().height() + theme.unit(10)

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        seen = [fan.levels[:, self._seen(fan)] for fan in self.fans]
        scale = spanned(
            min((float(levels.min()) for levels in seen if levels.size), default=np.nan),
            max((float(levels.max()) for levels in seen if levels.size), default=np.nan),
        )
        self.paint_levels(painter, frame, scale, numbers(*scale, self.level_count(frame)))
        self._paint_times(painter, frame)
        painter.save()
        painter.setClipRect(frame)
        for fan, color in zip(self.fans, COLORS, strict=False):
            seconds = fan.time_s[self._seen(fan)]
            x = frame.left() + (seconds - self.view.first_s) / self.view.span_s * frame.width()
            rows = [
                np.array([y_px(frame, scale, level) for level in row.tolist()])
                for row in fan.levels[:, self._seen(fan)]
            ]
            paint_band(painter, x, rows[0], rows[4], theme.color(color, OUTER))
            paint_band(painter, x, rows[1], rows[3], theme.color(color, INNER))
            paint_line(painter, x, rows[2], theme.color(color), 2 * theme.line_width)
        painter.restore()

    def _paint_times(self, painter: QPainter, frame: QRectF) -> None:
        """Paint times of day below, and a dashed line where a shock breaks."""
        if self._scenario is None:
            return
        start = self._scenario.clock.start_datetime()
        room = frame.width() / (self.widest(["00:00:00"]) * 1.6)
        marks = ticks.times(self.view.first_s, self.view.last_s, start, room)
        self.paint_below(painter, frame, [(self._x_px(frame, at), text) for at, text in marks])
        painter.setPen(QPen(theme.color("danger"), 1, Qt.PenStyle.DashLine))
        breaks = [self._x_px(frame, shock.at_min * MINUTE_S) for shock in self._scenario.shocks]
        seen = [x for x in breaks if frame.left() <= x <= frame.right()]
        for x in seen:
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        self.paint_above(painter, frame, [(x, tr("shock")) for x in seen], "danger")

    def _x_px(self, frame: QRectF, time_s: float) -> float:
        share = (time_s - self.view.first_s) / self.view.span_s
        return float(frame.left() + share * frame.width())

    def _seen(self, fan: Fan) -> slice:
        """Return the points in view and one on each side."""
        first, last = np.searchsorted(fan.time_s, [self.view.first_s, self.view.last_s])
        return slice(max(int(first) - 1, 0), int(last) + 1)
