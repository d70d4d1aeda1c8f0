"""What values are typed, drawn and chosen with: they leave the wheel to the panel they lie in."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QSizePolicy, QSlider, QWidget

from gui.panels.setting import POSITIONS

SHORT = 18
"""Names of no more letters fit on a line beside any value."""


class ValueEdit(QLineEdit):
    """A typed value. Escape, or leaving it with something not allowed, brings the old one back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._settled = ""

    def settle(self, text: str) -> None:
        """Show a value that counts."""
        self._settled = text
        if self.text() != text:
            self.setText(text)
        self.setModified(False)

    def restore(self) -> None:
        """Show the last value that counted."""
        self.settle(self._settled)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.restore()
            self.textEdited.emit(self.text())
            return
        super().keyPressEvent(event)


class SearchEdit(QLineEdit):
    """Words to look for. Escape ends the search, and the keyboard is the window's again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.window().setFocus()
            return
        super().keyPressEvent(event)


class Slider(QSlider):
    """A slider that leaves the wheel to the panel it lies in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, POSITIONS)
        self.setSingleStep(POSITIONS // 100)
        self.setPageStep(POSITIONS // 20)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Combo(QComboBox):
    """A list to choose from that leaves the wheel to the panel, and shrinks with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def showPopup(self) -> None:  # noqa: N802 (Qt's name)
        """Open the list wide enough for its longest entry, however narrow the box is."""
        view = self.view()
        view.setMinimumWidth(
            view.sizeHintForColumn(0) + view.verticalScrollBar().sizeHint().width()
        )
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Label(QLabel):
    """A name that takes two lines where one has no room for it, and is cut with … beyond them."""

    def hasHeightForWidth(self) -> bool:  # noqa: N802 (Qt's name)
        return len(self.text()) > SHORT  # layouts that have to ask for heights take longer

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        metrics, text = self.fontMetrics(), self.text()
        fits = " " not in text or metrics.horizontalAdvance(text) <= width
        return (1 if fits else 2) * metrics.lineSpacing()

    def lines(self, room: int) -> list[str]:
        """Return what is written in a room of so many pixels, line by line."""
        metrics = self.fontMetrics()
        words, first = self.text().split(" "), 1
        while (
            first < len(words) and metrics.horizontalAdvance(" ".join(words[: first + 1])) <= room
        ):
            first += 1
        lines = [" ".join(words[:first]), " ".join(words[first:])]
        return [
            line
            if metrics.horizontalAdvance(line) <= room
            else metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
            for line in lines
            if line
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = "\n".join(self.lines(self.width()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
