"""What the views of one moment have in common: they show how things stand at the cursor."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from gui.charts.figures import Figures
from gui.charts.time_view import TimeView
from gui.charts.view import View
from gui.theme import theme


class Canvas(QWidget):
    """A surface that somebody else paints, with hints for its parts."""

    def __init__(self, paint: Callable[[QPainter, QRectF], None]) -> None:
        super().__init__()
        self._paint = paint
        self.hints: list[tuple[QRectF, str]] = []

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.hints = []
        self._paint(painter, QRectF(self.rect()))

    def hint_at(self, point: QPointF) -> str:
        """Return what is to be said of the place under the mouse."""
        return next((text for box, text in self.hints if box.contains(point)), "")

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.hint_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


class Moment(View):
    """A view of how things stand at the cursor; it is painted anew only when that changes.

    Subclasses keep what they paint in ``content``, made by ``read_out``.
    """

    stretch = 7

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        self.canvas = Canvas(self._paint)
        self.content: object = None
        super().__init__(view, parent)
        self.column.addWidget(self.canvas, 1)

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Paint ``content``. Overridden."""

    def set_figures(self, figures: Figures | None) -> None:
        self.content = None
        super().set_figures(figures)

    def show_content(self, content: object) -> None:
        """Paint this, unless it is there already."""
        if content != self.content:
            self.content = content
            self.canvas.update()

    def grown(self, before_s: float) -> None:
        """What is computed beyond the cursor changes nothing at it, unless it stands at the end."""
        if self.figures is not None and self.isVisible() and self.cursor_s >= before_s:
            self.read_out(self.figures)

    def forget_scale(self) -> None:
        self.canvas.update()

    def _paint(self, painter: QPainter, box: QRectF) -> None:
        painter.setFont(self.font())
        if self.content is not None:
            self.paint(painter, box)
        elif self.figures is not None:
            line = QRectF(box.left(), box.top(), box.width(), 2 * painter.fontMetrics().height())
            write(painter, line, self.summary(), "faint")


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    color: str = "text",
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Write a line within a box, in the middle of its height, shortened if it doesn't fit."""
    short = painter.fontMetrics().elidedText(
        text, Qt.TextElideMode.ElideRight, max(int(box.width()), 0)
    )
    painter.setPen(theme.color(color))
    painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, short)
