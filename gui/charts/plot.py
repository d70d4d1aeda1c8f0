"""The picture of one chart: curves and bars over the shared stretch of time, and the cursor.

What moves while playing, the cursor's line and the veil that leaves the future faint, is painted
over the picture; moving it repaints the strip it passed over and rebuilds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from gui.charts.marks import Mark, is_crossed, paint_level, paint_upright
from gui.charts.ticks import Ticks
from gui.charts.time_view import TimeView
from gui.theme import theme

GRIP_PX = 7
"""How near to its line the cursor can be taken hold of."""

VEIL_OPACITY = 0.72
ZOOM_PER_NOTCH = 1.25
NOTCH = 120.0


class Plot(pg.PlotWidget):
    """A picture with a value axis on the left and room for a second one on the right.

    Signals
    -------
    sought(time_s)
        The person clicked, or dragged the cursor, to this time.
    resized()
        There is room for more marks, or for fewer.
    """

    sought = Signal(float)
    resized = Signal()

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, enableMenu=False)
        self.view = view
        self.cursor_s = 0.0
        self.levels: list[float] = []
        self.shocks: Sequence[tuple[float, str]] = ()
        self.lines: Sequence[tuple[float, str, int]] = ()
        self.plates = False
        self._press: QMouseEvent | None = None
        self._press_point = QPointF()
        self._press_view = (0.0, 1.0)
        self._gesture = ""
        self._marked: QRect | None = None
        self._cursor_px: int | None = None
        self._crossed: list[bool] = []
        self._veil = QPixmap()

        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.hideButtons()
        item = self.getPlotItem()
        item.setContentsMargins(0, 0, 0, 0)
        box = item.getViewBox()
        box.setMouseEnabled(x=False, y=False)
        box.disableAutoRange()
        box.setDefaultPadding(0.0)
        box.sigResized.connect(self._tell_resized)
        self.left, self.right = item.getAxis("left"), item.getAxis("right")
        for axis in (self.left, self.right):
            axis.setStyle(
                tickLength=0, tickAlpha=0, autoExpandTextSpace=False, hideOverlappingLabels=False
            )
            axis.enableAutoSIPrefix(False)
        item.showAxis("right")
        self.right.setTicks([])
        item.hideAxis("bottom")
        view.changed.connect(self.show_view)
        self.restyle()
        self.show_view()

    # ---------------------------------------------------------------- what is shown

    def add(self, item: pg.GraphicsObject) -> None:
        """Add a curve or bars, drawn in values of the left axis."""
        self.getPlotItem().getViewBox().addItem(item, ignoreBounds=True)

    def restyle(self) -> None:
        """Take up the theme's colours and the font."""
        self._veil = QPixmap()
        self.setBackground(theme.color("background"))
        metrics = QFontMetrics(self.font())
        for axis in (self.left, self.right):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(theme.color("muted"))
            axis.setTickFont(self.font())
        self.left.setWidth(metrics.horizontalAdvance("+8,888 mn") + 6)
        self.right.setWidth(metrics.horizontalAdvance("+100 %") + 6)
        # Half a line above and below the picture, so that no label at its edges is cut off.
        half = metrics.height() // 2
        self.getPlotItem().layout.setContentsMargins(0, half, 0, half)
        self.refresh()

    def show_view(self) -> None:
        """Show the stretch of time in view."""
        self.getPlotItem().getViewBox().setXRange(self.view.first_s, self.view.last_s, padding=0)
        self.refresh()

    def set_levels(self, low: float, high: float, ticks: Ticks) -> None:
        """Show values from ``low`` to ``high``, with a line and a label at each tick."""
        self.getPlotItem().getViewBox().setYRange(low, high, padding=0)
        self.left.setTicks([ticks])
        self.levels = [level for level, _ in ticks]
        self.refresh()

    def refresh(self) -> None:
        """Paint everything again, grid included."""
        self.resetCachedContent()
        self.viewport().update()

    def _tell_resized(self) -> None:
        self.resized.emit()

    # ---------------------------------------------------------------- the cursor

    def move_cursor(self, time_s: float) -> None:
        """Show the cursor at a time: the strip between its old and its new place is repainted."""
        self.cursor_s = time_s
        frame = self.frame_px()
        x = self._x_in(frame, time_s)
        new = round(min(max(x, frame.left() - 2), frame.right() + 2))
        old = self._cursor_px if self._cursor_px is not None else new
        if new != self._cursor_px:
            self._cursor_px = new
            strip = QRect(min(old, new) - 2, 0, abs(new - old) + 5, self.viewport().height())
            crossed = self._crossed_words(frame, new)
            if crossed != self._crossed:  # their words go to the other side
                self._crossed = crossed
                strip = self.viewport().rect()
            self.viewport().update(strip)

    def _crossed_words(self, frame: QRectF, cursor_px: float) -> list[bool]:
        """Return which shocks' words the cursor would cross."""
        advance = self.fontMetrics().horizontalAdvance
        return [is_crossed(mark, advance(mark.word), cursor_px) for mark in self._marks(frame)]

    def _marks(self, frame: QRectF) -> list[Mark]:
        danger = theme.color("danger")
        return [Mark(self._x_in(frame, time_s), word, danger) for time_s, word in self.shocks]

    def frame_px(self) -> QRectF:
        """Return where in the widget the picture lies, without axes."""
        return QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())

    def x_px(self, time_s: float) -> float:
        return self._x_in(self.frame_px(), time_s)

    def _x_in(self, frame: QRectF, time_s: float) -> float:
        return frame.left() + (time_s - self.view.first_s) / self.view.span_s * frame.width()

    def time_at(self, x_px: float) -> float:
        frame = self.frame_px()
        return self.view.first_s + (x_px - frame.left()) / frame.width() * self.view.span_s

    def y_px(self, level: float) -> float:
        return self._y_in(self.frame_px(), level)

    def _y_in(self, frame: QRectF, level: float) -> float:
        low, high = self.getPlotItem().getViewBox().viewRange()[1]
        return frame.bottom() - (level - low) / (high - low) * frame.height()

    # ---------------------------------------------------------------- painting

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802 (Qt's name)
        super().drawBackground(painter, rect)
        frame = self.frame_px()
        painter.save()
        painter.resetTransform()
        for level in self.levels:
            painter.setPen(theme.color("border" if level == 0 else "grid"))
            y = round(self._y_in(frame, level))
            painter.drawLine(round(frame.left()), y, round(frame.right()), y)
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802 (Qt's name)
        frame = self.frame_px()
        x = self._x_in(frame, self.cursor_s)
        painter.save()
        painter.resetTransform()
        exposed = rect.intersected(frame).toAlignedRect()
        painter.setClipRect(exposed, Qt.ClipOperation.IntersectClip)
        painter.setFont(self.font())
        exposed.setLeft(max(exposed.left(), round(x)))
        if not exposed.isEmpty():
            self._paint_veil(painter, exposed)
        plate = theme.color("background", 1.0 if self.plates else VEIL_OPACITY)
        paint_level(
            painter,
            frame,
            [Mark(self._y_in(frame, y), word, theme.asset_color(i)) for y, word, i in self.lines],
            plate,
        )
        paint_upright(painter, frame, self._marks(frame), plate, x)
        if frame.left() - 1 <= x <= frame.right() + 1:
            painter.setPen(QPen(theme.color("cursor"), 1))
            painter.drawLine(QPointF(round(x), frame.top()), QPointF(round(x), frame.bottom()))
        if self._marked is not None:
            painter.fillRect(self._marked, theme.color("accent", 0.2))
        painter.restore()

    def _paint_veil(self, painter: QPainter, where: QRect) -> None:
        """Leave what is there faint.

        A copied picture costs the same whatever else the computer does; Qt shares translucent
        fills out among threads and waits for them, for a millisecond each while the engine runs.
        """
        if self._veil.width() < where.width() or self._veil.height() < where.height():
            self._veil = QPixmap(self.viewport().size().expandedTo(where.size()))
            self._veil.fill(theme.color("background", VEIL_OPACITY))
        painter.drawPixmap(where.topLeft(), self._veil, QRect(QPoint(0, 0), where.size()))

    # ---------------------------------------------------------------- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        button, point = event.button(), event.position()
        marking = button == Qt.MouseButton.RightButton or (
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self._press_point = point
        self._press_view = (self.view.first_s, self.view.last_s)
        if marking:
            self._gesture = "mark"
        elif abs(point.x() - self.x_px(self.cursor_s)) <= GRIP_PX:
            self._gesture = "scrub"
        else:
            self._gesture = "click"  # until it turns out to be a drag
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        moved = x - self._press_point.x()
        if self._gesture == "click" and abs(moved) >= QApplication.startDragDistance():
            self._gesture = "pan"
        if self._gesture == "pan":
            first_s, last_s = self._press_view
            by_s = -moved / self.frame_px().width() * (last_s - first_s)
            self.view.show(first_s + by_s, last_s + by_s)
        elif self._gesture == "scrub":
            self.sought.emit(self.time_at(x))
        elif self._gesture == "mark":
            self._mark(self._press_point.x(), x)
        near = self._gesture == "scrub" or (
            not self._gesture and abs(x - self.x_px(self.cursor_s)) <= GRIP_PX
        )
        shape = Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        gesture, self._gesture = self._gesture, ""
        if gesture == "click":
            self.sought.emit(self.time_at(x))
        elif gesture == "mark":
            self._marked = None
            first, last = sorted((self._press_point.x(), x))
            if last - first >= QApplication.startDragDistance():
                self.view.show(self.time_at(first), self.time_at(last))
            else:
                self.viewport().update()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # two clicks are two clicks

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()):
            self.view.pan(-delta.x() / NOTCH * self.view.span_s / 20)
        elif delta.y():
            factor = ZOOM_PER_NOTCH ** (-delta.y() / NOTCH)
            self.view.zoom(factor, self.time_at(event.position().x()))
        event.accept()

    def _mark(self, from_px: float, to_px: float) -> None:
        frame = self.frame_px().toRect()
        first, last = sorted((round(from_px), round(to_px)))
        self._marked = QRect(first, frame.top(), last - first, frame.height())
        self.viewport().update()
