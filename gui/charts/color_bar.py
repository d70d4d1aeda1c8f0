"""The scale of a heat map: which colour stands for how much, for each of two sides."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import format as fmt
from gui.theme import theme


class ColorBar(QWidget):
    """Two bars of colour side by side, each with its name and the amounts at its powers of ten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = ("", "")
        self._ramps: tuple[Sequence[QColor], Sequence[QColor]] = ((), ())
        self._range = (6.0, 9.0)
        self._left = 0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_scale(
        self, ramps: tuple[Sequence[QColor], Sequence[QColor]], low: float, high: float
    ) -> None:
        """Show these colours for 10^``low`` to 10^``high`` USD."""
        if (ramps, (low, high)) != (self._ramps, self._range):
            self._ramps, self._range = ramps, (low, high)
            self.update()

    def set_left(self, left_px: int) -> None:
        """Begin where the picture does."""
        self._left = left_px
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(200), 2 * self.fontMetrics().height() + theme.unit(2))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.width() - self._left
        gap = theme.unit(24)
        width = min((room - gap) // 2, theme.unit(300))
        for side, (name, ramp) in enumerate(zip(self.names, self._ramps, strict=True)):
            left = self._left + side * (width + gap)
            self._paint_side(painter, QRect(left, 0, width, self.height()), name, ramp)

    def _paint_side(self, painter: QPainter, box: QRect, name: str, ramp: Sequence[QColor]) -> None:
        metrics = painter.fontMetrics()
        line = metrics.height()
        word = metrics.horizontalAdvance(name) + theme.unit(8)
        painter.setPen(theme.color("muted"))
        painter.drawText(QRect(box.left(), 0, word, line), Qt.AlignmentFlag.AlignVCenter, name)
        bar = QRect(box.left() + word, theme.unit(3), box.width() - word, line - theme.unit(4))
        if not ramp or bar.width() < 4:
            return
        strip = QImage(len(ramp), 1, QImage.Format.Format_RGB32)
        for x, color in enumerate(ramp):
            strip.setPixelColor(x, 0, color)
        painter.drawImage(bar, strip)
        low, high = self._range
        free = bar.left() - word
        for power in range(math.ceil(low), math.floor(high) + 1):
            text = fmt.short(10.0**power, digits=1)
            wide = metrics.horizontalAdvance(text)
            x = bar.left() + round((power - low) / (high - low) * bar.width())
            left = min(max(x - wide // 2, bar.left() - word), bar.right() - wide + 1)
            if left >= free:
                painter.drawText(QRect(left, line, wide, line), Qt.AlignmentFlag.AlignCenter, text)
                free = left + wide + theme.unit(6)
