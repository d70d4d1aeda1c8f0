"""A chart of values or cells, one of which is pointed at and chosen: with the mouse or by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui.experiments.frame import FramedChart
from gui.i18n import tr

STEPS = {
    int(Qt.Key.Key_Left): (-1, 0),
    int(Qt.Key.Key_Right): (1, 0),
    int(Qt.Key.Key_Down): (0, -1),
    int(Qt.Key.Key_Up): (0, 1),
}


class PointedChart(FramedChart):
    """Arrow keys go from value to value, Enter or a click chooses one.

    Signals
    -------
    chosen(place)
        The person wants to see a world of this variant, as a place among the experiment's.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pointed: int | None = None
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ---------------------------------------------------------------- for subclasses

    def variant_at(self, at: QPointF) -> int | None:
        """Return which value or cell lies at a point of the widget."""
        raise NotImplementedError

    def beside(self, place: int, right: int, up: int) -> int:
        """Return the place so many steps away, or the last one on the way there."""
        raise NotImplementedError

    def told_of(self, place: int) -> str:
        """Say which value or cell this is, and what it comes to."""
        raise NotImplementedError

    # ---------------------------------------------------------------- pointing

    def with_pointed(self, unit: str) -> str:
        """Return the words beside the title, with those of what is pointed at."""
        if self.pointed is None:
            return unit
        return f"{unit} · {self.told_of(self.pointed)} · {tr('click or Enter opens it')}"

    def point_at(self, place: int | None) -> None:
        """Mark a value or cell, and tell of it."""
        if place != self.pointed:
            self.pointed = place
            told = self.summary() if place is None else self.told_of(place)
            self.setAccessibleDescription(told)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.point_at(self.variant_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.variant_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(event.key())
        if step is not None and self.has_values:
            self.point_at(0 if self.pointed is None else self.beside(self.pointed, *step))
        elif self.pointed is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.pointed)
        else:
            super().keyPressEvent(event)

    @property
    def has_values(self) -> bool:
        """Whether there is anything to point at."""
        raise NotImplementedError
