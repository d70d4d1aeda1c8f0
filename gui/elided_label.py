"""A label that gives way instead of pushing."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

from gui.theme import theme


class ElidedLabel(QLabel):
    """A line of text that shortens itself with … instead of widening its neighbours."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._text = ""
        self.setProperty("role", role)
        self.setMinimumWidth(1)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setToolTip(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._text) + theme.unit(2)
        return QSize(width, super().sizeHint().height())

    def _elide(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room))
