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
        self._text = self._short = ""
        self.setProperty("role", role)
        self.setMinimumWidth(1)

    def set_text(self, text: str, short: str = "") -> None:
        """Show a text, or where there is no room for it a short one; the hint has the whole."""
        self._text, self._short = text, short or text
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
        room, metrics = self.contentsRect().width(), self.fontMetrics()
        text = self._text if metrics.horizontalAdvance(self._text) <= room else self._short
        self.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
