"""The crowd's leverage, drawn from its settings: how many have how much, and how much money has.

Leverage is log-normal among accounts. Weighted with the size of their positions it is log-normal
too, as sizes are and the two are correlated, with the same spread and another median.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.scenario import Crowd
from gui import format as fmt
from gui.i18n import tr
from gui.theme import theme

LOWEST, HIGHEST = 0.3, 125.0
MARKS = (1, 3, 10, 30, 100)
POINTS = 80


class CrowdDrawing(QWidget):
    """Two humps over leverage on a log scale; each can be dragged to another median.

    Signals
    -------
    dragged(path, leverage)
        The person draws the hump of the setting ``path`` to a leverage.
    released(path)
        The hump was let go.
    """

    dragged = Signal(str, float)
    released = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crowd: Crowd | None = None
        self._held = ""
        self._offset_px = 0.0
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_crowd(self, crowd: Crowd) -> None:
        """Draw another crowd."""
        if crowd != self._crowd:
            self._crowd = crowd
            self.retranslate()
            self.update()

    def retranslate(self) -> None:
        """Take up another language."""
        self.setAccessibleName(tr("Leverage of the crowd"))
        if self._crowd is not None:
            sentence = tr(
                "Half of the accounts have more than {accounts} leverage; half of the money has "
                "more than {money}.",
                accounts=fmt.leverage(self._crowd.leverage_median),
                money=fmt.leverage(self._crowd.leverage_median_by_notional),
            )
            self.setAccessibleDescription(sentence)
            self.setToolTip(sentence + "\n" + tr("Drag a hump to change it."))

    def x_px(self, leverage: float) -> float:
        """Return where a leverage lies."""
        return math.log(leverage / LOWEST) / math.log(HIGHEST / LOWEST) * self.width()

    def leverage_at(self, x_px: float) -> float:
        """Return the leverage at a place."""
        share = min(max(x_px / self.width(), 0.0), 1.0)
        return LOWEST * (HIGHEST / LOWEST) ** share

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._crowd is None or event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        tops = {
            "crowd.leverage_median": self.x_px(self._crowd.leverage_median),
            "crowd.leverage_median_by_notional": self.x_px(self._crowd.leverage_median_by_notional),
        }
        self._held = min(tops, key=lambda path: abs(tops[path] - x))
        self._offset_px = tops[self._held] - x

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            x = event.position().x() + self._offset_px
            self.dragged.emit(self._held, self.leverage_at(x))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._held:
            held, self._held = self._held, ""
            self.released.emit(held)

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(200), theme.unit(92))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._crowd is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line_px = painter.fontMetrics().height()
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -line_px - theme.unit(3))
        painter.setPen(theme.color("border"))
        painter.setBrush(theme.color("background"))
        painter.drawRoundedRect(frame, theme.unit(4), theme.unit(4))
        spread = self._crowd.leverage_spread
        for median, color in (
            (self._crowd.leverage_median_by_notional, theme.color("muted")),
            (self._crowd.leverage_median, theme.color("accent")),
        ):
            self._paint_hump(painter, frame.adjusted(2, line_px * 2, -2, -1), median, spread, color)
        self._paint_words(painter, frame)

    def _paint_hump(
        self, painter: QPainter, frame: QRectF, median: float, spread: float, color: QColor
    ) -> None:
        share = np.linspace(0.0, 1.0, POINTS)
        log = math.log(LOWEST) + share * math.log(HIGHEST / LOWEST)
        # Both have the same spread, so the peaks are of one height whatever the spread is.
        height = np.exp(-0.5 * ((log - math.log(median)) / spread) ** 2)
        xs = (frame.left() + share * frame.width()).tolist()
        ys = (frame.bottom() - height * frame.height()).tolist()
        curve = [QPointF(x, y) for x, y in zip(xs, ys, strict=True)]
        fill = QColor(color)
        fill.setAlphaF(0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*curve, frame.bottomRight(), frame.bottomLeft()]))
        painter.setPen(QPen(color, 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(curve))

    def _paint_words(self, painter: QPainter, frame: QRectF) -> None:
        words = painter.fontMetrics()
        legend = (
            (tr("by accounts"), "accent", Qt.AlignmentFlag.AlignRight),
            (tr("by money"), "muted", Qt.AlignmentFlag.AlignLeft),
        )
        inner = frame.adjusted(theme.unit(6), theme.unit(3), -theme.unit(6), 0)
        for text, color, side in legend:
            painter.setPen(theme.color(color))
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignTop, text)
        painter.setPen(theme.color("faint"))
        for mark in MARKS:
            share = math.log(mark / LOWEST) / math.log(HIGHEST / LOWEST)
            text = f"{mark}×"
            width = words.horizontalAdvance(text)
            x = min(frame.left() + share * frame.width() - width / 2, frame.right() - width)
            painter.drawText(QPointF(x, frame.bottom() + theme.unit(2) + words.ascent()), text)
