"""The crowd's leverage, drawn from its settings: how many have how much, and how much money has.

Leverage is log-normal among accounts. Weighted with the size of their positions it is log-normal
too, as sizes are and the two are correlated, with the same spread and another median.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Crowd
from gui import format as fmt
from gui.i18n import tr
from gui.theme import theme

LOWEST, HIGHEST = 0.3, 125.0
MARKS = (1, 3, 10, 30, 100)
POINTS = 80


BY_ACCOUNTS, BY_MONEY = "crowd.leverage_median", "crowd.leverage_median_by_notional"
SPREAD = "crowd.leverage_spread"


class CrowdDrawing(QWidget):
    """Two humps over leverage on a log scale, one of them with handles: its median, its spread.

    Signals
    -------
    dragged(path, value)
        The person draws the setting ``path`` to a value.
    released(path)
        It was let go.
    nudged(path, direction)
        The person moves it by a key, up (1) or down (−1).
    """

    dragged = Signal(str, float)
    released = Signal(str)
    nudged = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crowd: Crowd | None = None
        self._held = ""
        self._offset_px = 0.0
        self.chosen = BY_ACCOUNTS
        self.canvas = _Canvas(self)
        self.buttons = {BY_MONEY: QPushButton(self), BY_ACCOUNTS: QPushButton(self)}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        for path, button in self.buttons.items():
            button.setCheckable(True)
            button.setChecked(path == self.chosen)
            group.addButton(button)
            row.addWidget(button, 1)
        group.buttonClicked.connect(self._switched)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.canvas)

    def show_crowd(self, crowd: Crowd) -> None:
        """Draw another crowd."""
        if crowd != self._crowd:
            self._crowd = crowd
            self.retranslate()

    @property
    def crowd(self) -> Crowd | None:
        """The crowd drawn."""
        return self._crowd

    def choose(self, path: str) -> None:
        """Give the hump of a median the handles."""
        self.chosen = path
        self.buttons[path].setChecked(True)
        self.canvas.update()

    def retranslate(self) -> None:
        """Take up another language."""
        self.buttons[BY_ACCOUNTS].setText(tr("by accounts"))
        self.buttons[BY_MONEY].setText(tr("by money"))
        self.buttons[BY_ACCOUNTS].setToolTip(tr("Leverage of the accounts, each counted once"))
        self.buttons[BY_MONEY].setToolTip(tr("Leverage of the money: large positions count more"))
        self.canvas.setAccessibleName(tr("Leverage of the crowd"))
        if self._crowd is not None:
            sentence = tr(
                "Half of the accounts have more than {accounts} leverage; half of the money has "
                "more than {money}.",
                accounts=fmt.leverage(self._crowd.leverage_median),
                money=fmt.leverage(self._crowd.leverage_median_by_notional),
            )
            self.setAccessibleDescription(sentence)
            self.canvas.setAccessibleDescription(sentence)
            how = tr(
                "Drag a hump, or its round handle for the spread; or use the arrow keys: ← → for "
                "the median, ↑ ↓ for the spread."
            )
            self.canvas.setToolTip(f"{sentence}\n{how}")
        self.canvas.update()

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        for button in self.buttons.values():
            button.setStyleSheet(f"QPushButton {{ padding: {theme.unit(2)}px; }}")
        self.canvas.updateGeometry()
        self.canvas.update()

    def x_px(self, leverage: float) -> float:
        """Return where a leverage lies."""
        return math.log(leverage / LOWEST) / math.log(HIGHEST / LOWEST) * self.canvas.width()

    def leverage_at(self, x_px: float) -> float:
        """Return the leverage at a place."""
        share = min(max(x_px / max(self.canvas.width(), 1), 0.0), 1.0)
        return LOWEST * (HIGHEST / LOWEST) ** share

    def median(self, path: str) -> float:
        """Return the median of a hump."""
        return float(getattr(self._crowd, path.rpartition(".")[2]))

    def handles(self) -> dict[str, float]:
        """Return where each thing that can be dragged lies."""
        if self._crowd is None:
            return {}
        wide = self.median(self.chosen) * math.exp(self._crowd.leverage_spread)
        return {path: self.x_px(self.median(path)) for path in self.buttons} | {
            SPREAD: min(self.x_px(wide), float(self.canvas.width()))
        }

    # ---------------------------------------------------------------- hands

    def press(self, x: float) -> None:
        """Take the handle that is nearest."""
        places = self.handles()
        if not places:
            return
        self._held = min(places, key=lambda path: abs(places[path] - x))
        self._offset_px = places[self._held] - x
        if self._held in self.buttons:
            self.choose(self._held)

    def drag(self, x: float) -> None:
        """Move what is held to a place."""
        if not self._held:
            return
        leverage = self.leverage_at(x + self._offset_px)
        if self._held == SPREAD:
            self.dragged.emit(SPREAD, math.log(max(leverage / self.median(self.chosen), 1.0)))
        else:
            self.dragged.emit(self._held, leverage)

    def release(self) -> None:
        """Let go."""
        held, self._held = self._held, ""
        if held:
            self.released.emit(held)

    def nudge(self, key: int) -> bool:
        """Do what an arrow key stands for; return whether it is one."""
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        upward = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}.get(Qt.Key(key), 0)
        if sideways:
            self.nudged.emit(self.chosen, sideways)
        elif upward:
            self.nudged.emit(SPREAD, upward)
        return bool(sideways or upward)

    def _switched(self) -> None:
        self.choose(next(path for path, b in self.buttons.items() if b.isChecked()))


class _Canvas(QWidget):
    """Where the humps are drawn and taken hold of."""

    def __init__(self, drawing: CrowdDrawing) -> None:
        super().__init__(drawing)
        self._drawing = drawing
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drawing.press(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._drawing.drag(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._drawing.release()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._drawing.nudge(event.key()):
            event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(200), theme.unit(84))

    def paintEvent(self, _event: QPaintEvent) -> None:
        crowd, chosen = self._drawing.crowd, self._drawing.chosen
        if crowd is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line_px = painter.fontMetrics().height()
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -line_px - theme.unit(3))
        painter.setPen(theme.color("accent" if self.hasFocus() else "border"))
        painter.setBrush(theme.color("background"))
        painter.drawRoundedRect(frame, theme.unit(4), theme.unit(4))
        humps = frame.adjusted(2, theme.unit(10), -2, -1)
        other = BY_MONEY if chosen == BY_ACCOUNTS else BY_ACCOUNTS
        for path, color in ((other, "muted"), (chosen, "accent")):
            median = self._drawing.median(path)
            self._paint_hump(painter, humps, median, crowd.leverage_spread, theme.color(color))
        self._paint_handles(painter, humps)
        self._paint_marks(painter, frame)

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

    def _paint_handles(self, painter: QPainter, frame: QRectF) -> None:
        """Draw the chosen hump's median as a line, its spread as a knob on the slope."""
        places, radius = self._drawing.handles(), theme.unit(5)
        x = places[self._drawing.chosen]
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawLine(QPointF(x, frame.top() - theme.unit(4)), QPointF(x, frame.bottom()))
        slope = frame.bottom() - math.exp(-0.5) * frame.height()
        painter.setBrush(theme.color("surface"))
        right = min(places[SPREAD], frame.right() - radius)
        painter.drawEllipse(QPointF(right, slope), radius, radius)

    def _paint_marks(self, painter: QPainter, frame: QRectF) -> None:
        words = painter.fontMetrics()
        painter.setPen(theme.color("faint"))
        for mark in MARKS:
            share = math.log(mark / LOWEST) / math.log(HIGHEST / LOWEST)
            text = f"{mark}×"
            width = words.horizontalAdvance(text)
            x = min(frame.left() + share * frame.width() - width / 2, frame.right() - width)
            painter.drawText(QPointF(x, frame.bottom() + theme.unit(2) + words.ascent()), text)
