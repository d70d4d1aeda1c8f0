"""What charts of experiments have in common: a heading, a frame, axes with marks, and colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from gui import format as fmt
from gui.charts import ticks
from gui.charts.ticks import Ticks
from gui.i18n import language
from gui.theme import theme

HEADROOM = 0.06


class Key(NamedTuple):
    """An entry of a legend: what a colour stands for."""

    name: str
    color: QColor


class FramedChart(QWidget):
    """A heading, and below it a frame in which subclasses paint.

    It takes up another theme, text size or language by itself.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.changed.connect(self.update)
        language.language_changed.connect(self.retranslate)

    # ---------------------------------------------------------------- for subclasses

    def texts(self) -> tuple[str, str]:
        """Return title and unit."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return one sentence on what there is to see, for those who listen."""
        raise NotImplementedError

    def keys(self) -> list[Key]:
        """Return the legend."""
        return []

    def margins(self) -> tuple[int, int, int]:
        """Return the room for axes left, right and below the frame, pixels."""
        raise NotImplementedError

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        """Paint axes and figures."""
        raise NotImplementedError

    # ---------------------------------------------------------------- when to paint

    def show_again(self) -> None:
        """Take up other figures."""
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(self.texts()[0])
        self.setAccessibleDescription(self.summary())
        self.updateGeometry()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self.update()

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(20 * line, 7 * line)

    def frame(self) -> QRectF:
        """Return where figures are painted."""
        left, right, below = self.margins()
        line = self.fontMetrics().height()
        top = round(2.2 * line)
        return QRectF(left, top, self.width() - left - right, self.height() - top - below)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("background"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_heading(painter)
        frame = self.frame()
        if frame.width() > 0 and frame.height() > 0:
            self.paint(painter, frame)

    def _paint_heading(self, painter: QPainter) -> None:
        title, unit = self.texts()
        line, gap = self.fontMetrics().height(), theme.unit(8)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        painter.drawText(QPointF(gap, line), title)
        after = gap + QFontMetrics(bold).horizontalAdvance(title) + gap
        painter.setFont(self.font())
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(after, line), unit)
        right = float(self.width() - gap)
        for key in reversed(self.keys()):
            right -= self.fontMetrics().horizontalAdvance(key.name)
            painter.setPen(theme.color("muted"))
            painter.drawText(QPointF(right, line), key.name)
            swatch = theme.unit(9)
            right -= swatch + theme.unit(5)
            top = line - self.fontMetrics().ascent() / 2 - swatch / 2 + 1
            painter.fillRect(QRectF(right, top, swatch, swatch), key.color)
            right -= 2 * gap

    # ---------------------------------------------------------------- pieces

    def paint_levels(
        self, painter: QPainter, frame: QRectF, scale: tuple[float, float], marks: Ticks
    ) -> None:
        """Paint a line across the frame at each mark, and its label on the left."""
        metrics = self.fontMetrics()
        for level, label in marks:
            y = y_px(frame, scale, level)
            painter.setPen(theme.color("border" if level == 0 else "grid"))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(theme.color("muted"))
            width = metrics.horizontalAdvance(label)
            at = QPointF(frame.left() - width - theme.unit(6), y + metrics.ascent() / 2 - 1)
            painter.drawText(at, label)

    def paint_below(
        self, painter: QPainter, frame: QRectF, marks: Sequence[tuple[float, str]]
    ) -> None:
        """Paint labels under the frame, centred at their pixels; where two touch, the first."""
        metrics, taken = self.fontMetrics(), -np.inf
        for x, label in marks:
            width = metrics.horizontalAdvance(label)
            left = min(max(x - width / 2, 0.0), self.width() - width)
            if left <= taken:
                continue
            painter.setPen(theme.color("border"))
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + theme.unit(4)))
            painter.setPen(theme.color("muted"))
            baseline = frame.bottom() + theme.unit(6) + metrics.ascent()
            painter.drawText(QPointF(left, baseline), label)
            taken = left + width + theme.unit(8)

    def paint_above(
        self, painter: QPainter, frame: QRectF, marks: Sequence[tuple[float, str]], color: str
    ) -> None:
        """Name upright lines over the frame, those given first before those they would touch."""
        metrics = self.fontMetrics()
        painter.setPen(theme.color(color))
        taken: list[tuple[float, float]] = []
        for x, label in marks:
            width = metrics.horizontalAdvance(label)
            left = min(max(x - width / 2, 0.0), self.width() - width)
            right = left + width + theme.unit(6)
            if all(right <= first or left >= last for first, last in taken):
                taken.append((left, right))
                painter.drawText(QPointF(left, frame.top() - metrics.descent()), label)

    def level_count(self, frame: QRectF) -> int:
        """Return how many marks a value axis has room for."""
        return max(1, min(round(frame.height() / (2 * self.fontMetrics().height())), 8))

    def widest(self, labels: Sequence[str]) -> int:
        """Return the room that the widest of some labels takes, pixels."""
        return max(map(self.fontMetrics().horizontalAdvance, labels), default=0)


def spanned(low: float, high: float) -> tuple[float, float]:
    """Return a scale for values from ``low`` to ``high`` with some room, but none below zero."""
    if not np.isfinite([low, high]).all() or low == high == 0:
        return (0.0, 1.0)
    room = (high - low) * HEADROOM or max(abs(high), 1.0) * HEADROOM
    return (0.0 if 0 <= low < room else low - room, 0.0 if -room < high <= 0 else high + room)


def numbers(low: float, high: float, count: int) -> Ticks:
    """Return marks of plain numbers."""
    levels = ticks.values(low, high, count)
    digits = ticks.decimals(levels)
    return [(level, fmt.decimal(level, digits)) for level in levels]


def y_px(frame: QRectF, scale: tuple[float, float], level: float) -> float:
    """Return where a value lies in a frame, from its bottom up."""
    return float(frame.bottom() - (level - scale[0]) / (scale[1] - scale[0]) * frame.height())


def paint_band(painter: QPainter, x: Floats, low: Floats, high: Floats, color: QColor) -> None:
    """Fill what lies between two lines, given in pixels."""
    outline = [QPointF(*at) for at in zip(x.tolist(), low.tolist(), strict=True)]
    outline += [QPointF(*at) for at in zip(x[::-1].tolist(), high[::-1].tolist(), strict=True)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF(outline))


def paint_line(painter: QPainter, x: Floats, y: Floats, color: QColor, width: float) -> None:
    """Draw a line, given in pixels."""
    pen = painter.pen()
    pen.setStyle(Qt.PenStyle.SolidLine)
    pen.setColor(color)
    pen.setWidthF(width)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(
        QPolygonF([QPointF(*at) for at in zip(x.tolist(), y.tolist(), strict=True)])
    )
    pen.setWidthF(1)
    painter.setPen(pen)
