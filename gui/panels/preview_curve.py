"""What a fall or rise of all prices would liquidate at the start: drawn at once, without a run."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.preview import Preview, liquidated_by_moves
from engine.scenario import Scenario
from gui import format as fmt
from gui.i18n import tr
from gui.theme import theme

WIDEST = 0.5
"""How large a fall or rise is shown, as a share of the price."""

MARKS = (-0.4, -0.2, 0.0, 0.2, 0.4)
USUAL_MOVE = -0.1


class PreviewCurve(QWidget):
    """Two curves over the move of all prices, and a mark at one of them that can be moved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scenario: Scenario | None = None
        self._made_of: object = None
        self._preview: Preview | None = None
        self.move_ = USUAL_MOVE
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_scenario(self, scenario: Scenario) -> None:
        """Draw the crowd of a scenario, when it is seen."""
        made_of = (scenario.crowd, scenario.assets, scenario.seed, len(scenario.venues) > 1)
        if made_of != self._made_of:
            self._made_of, self._scenario, self._preview = made_of, scenario, None
            self.update()

    @property
    def preview(self) -> Preview:
        """The figures drawn; estimated when they are asked for."""
        if self._preview is None:
            assert self._scenario is not None
            self._preview = liquidated_by_moves(self._scenario)
            self.retranslate()
        return self._preview

    def retranslate(self) -> None:
        """Take up another language."""
        self.setAccessibleName(tr("Liquidated by a fall or rise of all prices"))
        hint = tr(
            "Estimated from the opening crowd: all prices move together, nobody trades, so nothing "
            "feeds on itself. The run shows what comes of it. Drag the mark, or use ← and →."
        )
        self.setToolTip(hint)
        if self._preview is not None:
            self.setAccessibleDescription(f"{self.sentence()}. {hint}")
        self.update()

    def sentence(self) -> str:
        """Say what the marked move liquidates."""
        share = fmt.percent(self.preview.at(self.move_))
        move = fmt.percent(abs(self.move_), digits=0)
        if self.move_ < 0:
            return tr("A fall of {move}: {share} of longs' money", move=move, share=share)
        return tr("A rise of {move}: {share} of shorts' money", move=move, share=share)

    def set_move(self, move: float) -> None:
        """Mark a move, in whole percent."""
        self.move_ = round(min(max(move, -WIDEST), WIDEST), 2)
        self.retranslate()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.set_move(self._move_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.set_move(self._move_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -0.01, Qt.Key.Key_Right: 0.01}.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.set_move(self.move_ + step)

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(200), theme.unit(104))

    def _move_at(self, x: float) -> float:
        return (2 * x / max(self.width(), 1) - 1) * WIDEST

    def _x_of(self, move: float) -> float:
        return (move / WIDEST + 1) / 2 * self.width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._scenario is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line_px = painter.fontMetrics().height()
        unit = theme.unit
        frame = QRectF(self.rect()).adjusted(0.5, line_px + unit(3), -0.5, -line_px - unit(3))
        painter.setPen(theme.color("accent" if self.hasFocus() else "border"))
        painter.setBrush(theme.color("background"))
        painter.drawRoundedRect(frame, unit(4), unit(4))
        moves, longs, shorts = self.preview.moves, self.preview.long_share, self.preview.short_share
        self._paint_side(painter, frame, moves[moves <= 0], longs[moves <= 0], "long")
        self._paint_side(painter, frame, moves[moves >= 0], shorts[moves >= 0], "short")
        self._paint_mark(painter, frame)
        self._paint_words(painter, frame)

    def _paint_side(
        self,
        painter: QPainter,
        frame: QRectF,
        moves: np.ndarray,
        shares: np.ndarray,
        color: str,
    ) -> None:
        """Draw a side's share, 0 to 100% of it, over the moves against it."""
        curve = [
            QPointF(self._x_of(move), frame.bottom() - share * frame.height())
            for move, share in zip(moves.tolist(), shares.tolist(), strict=True)
        ]
        ends = [QPointF(curve[-1].x(), frame.bottom()), QPointF(curve[0].x(), frame.bottom())]
        fill = QColor(theme.color(color, 0.3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*curve, *ends]))
        painter.setPen(QPen(theme.color(color), theme.line_width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(curve))

    def _paint_mark(self, painter: QPainter, frame: QRectF) -> None:
        x = self._x_of(self.move_)
        y = frame.bottom() - self.preview.at(self.move_) * frame.height()
        painter.setPen(QPen(theme.color("text"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("text"))
        painter.drawEllipse(QPointF(x, y), theme.unit(3), theme.unit(3))

    def _paint_words(self, painter: QPainter, frame: QRectF) -> None:
        words = painter.fontMetrics()
        painter.setPen(theme.color("text"))
        text = words.elidedText(self.sentence(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QPointF(0, words.ascent()), text)
        painter.setPen(theme.color("faint"))
        for move in MARKS:
            text = fmt.percent(move, signed=True, digits=0) if move else "0"
            width = words.horizontalAdvance(text)
            x = self._x_of(move) - width / 2
            painter.drawText(QPointF(x, frame.bottom() + theme.unit(2) + words.ascent()), text)
        top = fmt.percent(1.0, digits=0)
        painter.drawText(
            QPointF(frame.left() + theme.unit(4), frame.top() + theme.unit(2) + words.ascent()), top
        )
