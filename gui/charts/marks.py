"""Lines across a chart with a word at each: shocks at their times, my liquidation prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

APART_PX = 6
"""Room between two words, and between a word and its line."""

COLUMNS = 3
"""So many words on levels stand beside each other at most."""


@dataclass(frozen=True)
class Mark:
    """A line at ``place_px``, across the picture; no word, no label."""

    place_px: float
    word: str
    color: QColor


def paint_upright(
    painter: QPainter,
    frame: QRectF,
    marks: Sequence[Mark],
    plate: QColor | None = None,
    cursor_px: float = -1.0,
) -> None:
    """Paint lines at times; their words stand at the bottom, to the left where there is room.

    What follows a shock falls, so below what came before it the picture is free. On a picture full
    of colour, words stand on a plate. Where the cursor would cross them they stand on the other
    side.
    """
    words: list[tuple[QRectF, Mark]] = []
    for mark in marks:
        x = round(mark.place_px) + 0.5
        if frame.left() <= x <= frame.right():
            painter.setPen(QPen(mark.color, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            left, right = _box(painter, mark.word), _box(painter, mark.word)
            left.moveBottomRight(QPointF(x - APART_PX, frame.bottom() - 2))
            right.moveBottomLeft(QPointF(x + APART_PX, frame.bottom() - 2))
            places = [(left, mark), (right, mark)]
            words += reversed(places) if is_crossed(mark, left.width(), cursor_px) else places
    _write(painter, [(box, mark) for box, mark in words if frame.contains(box)], plate)


def is_crossed(mark: Mark, width_px: float, cursor_px: float) -> bool:
    """Whether the cursor crosses a word of this width in its place left of its line."""
    return bool(mark.word) and 0 <= mark.place_px - cursor_px <= width_px + 2 * APART_PX


def paint_level(
    painter: QPainter, frame: QRectF, marks: Sequence[Mark], plate: QColor | None = None
) -> None:
    """Paint lines at levels; their words stand on them at the right end.

    Where lines are close, words stand beside each other, and rather where no other line strikes
    them through; the plate keeps those apart from the line that does.
    """
    seen = [mark for mark in marks if frame.top() <= _line_px(mark) <= frame.bottom()]
    words: list[tuple[QRectF, Mark]] = []
    right = frame.right() - APART_PX
    widest = max((_box(painter, mark.word).width() for mark in seen), default=0.0)
    for mark in sorted(seen, key=lambda mark: mark.place_px):
        y = _line_px(mark)
        painter.setPen(QPen(mark.color, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
        for column in range(COLUMNS):
            x = right - column * (widest + 2 * APART_PX)
            above, below = _box(painter, mark.word), _box(painter, mark.word)
            above.moveBottomRight(QPointF(x, y - 1))
            below.moveTopRight(QPointF(x, y + 1))
            words += [(above, mark), (below, mark)]

    def is_struck(word: tuple[QRectF, Mark]) -> bool:
        return any(word[0].top() < _line_px(mark) < word[0].bottom() for mark in seen)

    words.sort(key=is_struck)
    _write(painter, [(box, mark) for box, mark in words if frame.contains(box)], plate)


def _line_px(mark: Mark) -> float:
    return round(mark.place_px) + 0.5


def _box(painter: QPainter, word: str) -> QRectF:
    metrics = painter.fontMetrics()
    return QRectF(0, 0, metrics.horizontalAdvance(word), metrics.height())


def _write(painter: QPainter, words: Sequence[tuple[QRectF, Mark]], plate: QColor | None) -> None:
    """Write each word once, at the first of its places that is free; nowhere if none is."""
    written: list[tuple[QRectF, Mark]] = []
    for box, mark in words:
        room = box.adjusted(-APART_PX, 0, APART_PX, 0)
        taken = any(mark is other or room.intersects(there) for there, other in written)
        if mark.word and not taken:
            if plate is not None:
                painter.fillRect(box.adjusted(-2, 0, 2, 0), plate)
            painter.setPen(mark.color)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.word)
            written.append((box, mark))
