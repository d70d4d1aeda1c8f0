"""A measure against two settings: the median over worlds as the colour of a cell."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from engine.experiment import Results
from engine.sample import MEASURES
from gui import format as fmt
from gui.experiments.pointed import PointedChart
from gui.i18n import tr
from gui.theme import theme

RAMP = ("heat_low", "heat_middle", "heat_high")
DARK = 0.45
"""Lightness below which light text is read best."""


class HeatMap(PointedChart):
    """The first setting to the right, the second upward, one of MEASURES as colour and number."""

    def __init__(self, measure: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self.paths = ("", "")
        self.across: tuple[str, ...] = ()
        self.upward: tuple[str, ...] = ()
        self.medians: Floats = np.empty((0, 0))
        self.retranslate()

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of a sweep over two settings."""
        self.paths, self.across, self.upward = ("", ""), (), ()
        medians = []
        if results is not None:
            one, other = results.experiment.varied
            self.paths, self.across, self.upward = (one.path, other.path), one.values, other.values
            found = [results.values(v, self.measure) for v in results.experiment.variants]
            medians = [float(np.median(values)) if len(values) else np.nan for values in found]
        factor = fmt.factor(MEASURES[self.measure].unit)
        self.medians = factor * np.array(medians).reshape(len(self.across), len(self.upward))
        if self.pointed is not None and self.pointed >= self.medians.size:
            self.pointed = None
        self.show_again()

    def texts(self) -> tuple[str, str]:
        measured = MEASURES[self.measure]
        unit = tr("{unit}, median over worlds", unit=fmt.unit(measured.unit))
        return tr(measured.name), self.with_pointed(unit)

    def summary(self) -> str:
        if not np.isfinite(self.medians).any():
            return ""
        least, most = self._place(np.nanargmin), self._place(np.nanargmax)
        return tr("Least at {least}; most at {most}.", least=least, most=most)

    def _place(self, pick: object) -> str:
        return self.told_of(int(pick(self.medians)))  # type: ignore[operator]

    def told_of(self, place: int) -> str:
        i, j = np.unravel_index(place, self.medians.shape)
        value = fmt.significant(float(self.medians[i, j]))
        at = f"{self.paths[0]} = {self.across[i]}, {self.paths[1]} = {self.upward[j]}"
        return f"{at}: {value}"

    def margins(self) -> tuple[int, int, int]:
        line = self.fontMetrics().height()
        left = line + theme.unit(8) + self.widest(self.upward) + theme.unit(12)
        scale = theme.unit(40) + self.widest([fmt.decimal(-8_888, 1)])
        return left, scale, 2 * line + theme.unit(14)

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        if not self.medians.size:
            return
        width, height = frame.width() / len(self.across), frame.height() / len(self.upward)
        told = self.medians[np.isfinite(self.medians)]
        low, high = (float(told.min()), float(told.max())) if len(told) else (0.0, 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for (i, j), value in np.ndenumerate(self.medians):
            x, y = frame.left() + i * width, frame.bottom() - (j + 1) * height
            cell = QRectF(x, y, width, height)
            share = (value - low) / (high - low) if high > low else 0.5
            color = shade(share) if np.isfinite(value) else theme.color("surface")
            painter.fillRect(cell.adjusted(0, 0, -1, -1), color)
            self._paint_number(painter, cell, fmt.significant(float(value)), color)
        if self.pointed is not None:
            i, j = np.unravel_index(self.pointed, self.medians.shape)
            x, y = frame.left() + i * width, frame.bottom() - (j + 1) * height
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text"), theme.unit(2)))
            painter.drawRect(QRectF(x, y, width - 1, height - 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_names(painter, frame, width, height)
        self._paint_scale(painter, frame, low, high)

    def variant_at(self, at: QPointF) -> int | None:
        """Return which cell lies at a point of the widget, as a place among the variants."""
        frame = self.frame()
        if not self.medians.size or not frame.contains(at):
            return None
        i = int((at.x() - frame.left()) / frame.width() * len(self.across))
        j = int((frame.bottom() - at.y()) / frame.height() * len(self.upward))
        last = len(self.upward) - 1
        return min(i, len(self.across) - 1) * len(self.upward) + min(j, last)

    def beside(self, place: int, right: int, up: int) -> int:
        i, j = divmod(place, len(self.upward))
        i = min(max(i + right, 0), len(self.across) - 1)
        return i * len(self.upward) + min(max(j + up, 0), len(self.upward) - 1)

    @property
    def has_values(self) -> bool:
        return bool(self.medians.size)

    def _paint_number(self, painter: QPainter, cell: QRectF, text: str, color: QColor) -> None:
        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance(text) + theme.unit(4)
        if room <= cell.width() and metrics.height() <= cell.height():
            light = color.lightnessF() < DARK
            painter.setPen(theme.color("heat_text_light" if light else "heat_text_dark"))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter, frame: QRectF, width: float, height: float) -> None:
        """Paint values and paths of both settings along the edges."""
        metrics = self.fontMetrics()
        middles = [frame.left() + (i + 0.5) * width for i in range(len(self.across))]
        self.paint_below(painter, frame, list(zip(middles, self.across, strict=True)))
        every = max(1, round(metrics.height() / height + 0.5))
        painter.setPen(theme.color("muted"))
        for j in range(0, len(self.upward), every):
            y = frame.bottom() - (j + 0.5) * height
            x = frame.left() - theme.unit(7) - metrics.horizontalAdvance(self.upward[j])
            painter.drawText(QPointF(x, y + metrics.ascent() / 2 - 1), self.upward[j])
        below = QRectF(frame.left(), 0, frame.width(), self.height() - theme.unit(3))
        painter.drawText(
            below, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, self.paths[0]
        )
        painter.save()
        painter.translate(0, frame.center().y())
        painter.rotate(-90)
        along = QRectF(-frame.height() / 2, 0, frame.height(), metrics.height() + theme.unit(6))
        painter.drawText(along, Qt.AlignmentFlag.AlignCenter, self.paths[1])
        painter.restore()

    def _paint_scale(self, painter: QPainter, frame: QRectF, low: float, high: float) -> None:
        """Paint what the colours mean, on the right."""
        bar = QRectF(frame.right() + theme.unit(12), frame.top(), theme.unit(12), frame.height())
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for nth, name in enumerate(RAMP):
            gradient.setColorAt(nth / (len(RAMP) - 1), theme.color(name))
        painter.fillRect(bar, gradient)
        painter.setPen(theme.color("muted"))
        ascent = self.fontMetrics().ascent()
        x = bar.right() + theme.unit(5)
        painter.drawText(QPointF(x, bar.top() + ascent), fmt.significant(high))
        painter.drawText(QPointF(x, bar.bottom()), fmt.significant(low))


def shade(share: float) -> QColor:
    """Return a colour of the ramp, 0 to 1."""
    place = share * (len(RAMP) - 1)
    nth = min(int(place), len(RAMP) - 2)
    one, other = theme.color(RAMP[nth]), theme.color(RAMP[nth + 1])
    part = place - nth
    mixed = [
        a + (b - a) * part
        for a, b in zip(one.getRgbF()[:3], other.getRgbF()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor.fromRgbF(*mixed)
