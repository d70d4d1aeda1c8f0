"""A measure against one setting: median, middle half and 90% of the worlds at each value."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from engine.experiment import Results
from engine.experiment_export import QUANTILES, spread
from engine.sample import MEASURES
from gui import format as fmt
from gui.experiments.fan import INNER, OUTER
from gui.experiments.frame import numbers, paint_band, paint_line, spanned, y_px
from gui.experiments.pointed import PointedChart
from gui.i18n import tr
from gui.theme import theme

COLOR = "asset1"
DOT = 3.0


class SweepLine(PointedChart):
    """One setting below, one of MEASURES upward; what can't be told is left out."""

    def __init__(self, measure: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self.path = ""
        self.values: tuple[str, ...] = ()
        self.labels: tuple[str, ...] = ()
        self.levels: Floats = np.empty((0, len(QUANTILES)))
        self.retranslate()

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of a sweep over one setting."""
        if results is None:
            self.path, self.values, self.levels = "", (), np.empty((0, len(QUANTILES)))
            self.labels = ()
        else:
            (vary,) = results.experiment.varied
            self.path, self.values = vary.path, vary.values
            self.labels = self.values
            rows = [spread(results.values(v, self.measure)) for v in results.experiment.variants]
            factor = fmt.factor(MEASURES[self.measure].unit)
            self.levels = factor * np.array([[row[key] for key in QUANTILES] for row in rows])
        if self.pointed is not None and self.pointed >= len(self.values):
            self.pointed = None
        self.show_again()

    def texts(self) -> tuple[str, str]:
        measured = MEASURES[self.measure]
        return tr(measured.name), self.with_pointed(fmt.unit(measured.unit))

    def told_of(self, place: int) -> str:
        return f"{self.labels[place]}: {fmt.significant(float(self.levels[place, 2]))}"

    def summary(self) -> str:
        parts = [self.told_of(place) for place in range(len(self.labels))]
        return tr(
            "Median at each value of {path}: {values}.", path=self.path, values=", ".join(parts)
        )

    def margins(self) -> tuple[int, int, int]:
        left = self.widest([fmt.decimal(-88_888)]) + theme.unit(14)
        return left, theme.unit(24), 2 * self.fontMetrics().height() + theme.unit(14)

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        told = np.isfinite(self.levels).all(axis=1)
        low, high = (
            (float(self.levels[told].min()), float(self.levels[told].max()))
            if told.any()
            else (np.nan, np.nan)
        )
        scale = spanned(low, high)
        self.paint_levels(painter, frame, scale, numbers(*scale, self.level_count(frame)))
        x = frame.left() + positions(self.values) * frame.width()
        self.paint_below(painter, frame, list(zip(x.tolist(), self.labels, strict=True)))
        painter.setPen(theme.color("muted"))
        painter.drawText(
            QRectF(frame.left(), 0, frame.width(), self.height() - theme.unit(3)),
            Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter,
            self.path,
        )
        rows = [
            np.array([y_px(frame, scale, level) for level in row.tolist()])
            for row in self.levels[told].T
        ]
        paint_band(painter, x[told], rows[0], rows[4], theme.color(COLOR, OUTER))
        paint_band(painter, x[told], rows[1], rows[3], theme.color(COLOR, INNER))
        paint_line(painter, x[told], rows[2], theme.color(COLOR), 2 * theme.line_width)
        painter.setBrush(theme.color(COLOR))
        for at in zip(x[told].tolist(), rows[2].tolist(), strict=True):
            painter.drawEllipse(QPointF(*at), theme.unit(DOT), theme.unit(DOT))
        if self.pointed is not None:
            painter.setPen(theme.color("text"))
            here = float(x[self.pointed])
            painter.drawLine(QPointF(here, frame.top()), QPointF(here, frame.bottom()))

    def variant_at(self, at: QPointF) -> int | None:
        """Return which value lies nearest to a point of the widget."""
        frame = self.frame()
        if not self.values or not frame.width():
            return None
        share = (at.x() - frame.left()) / frame.width()
        return int(np.argmin(np.abs(positions(self.values) - share)))

    def beside(self, place: int, right: int, up: int) -> int:
        return min(max(place + right + up, 0), len(self.values) - 1)

    @property
    def has_values(self) -> bool:
        return bool(self.values)


def positions(values: tuple[str, ...]) -> Floats:
    """Return where values lie on an axis, shares of its length: to scale if all are numbers."""
    try:
        numbers_ = np.array([float(value) for value in values])
    except ValueError:
        numbers_ = np.arange(len(values), dtype=np.float64)
    if not len(numbers_):
        return numbers_
    low, high = numbers_.min(), numbers_.max()
    shares: Floats = (numbers_ - low) / (high - low) if high > low else np.full(len(numbers_), 0.5)
    return shares
