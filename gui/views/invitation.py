"""What stands in a window while it has nothing to show: what it will show, and what begins it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import theme

WIDE = 520
"""Units a line may take: what is longer is hard to read."""


class Invitation(QWidget):
    """A sentence or two in the middle, and below it the buttons that end the emptiness."""

    def __init__(self, *buttons: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for button in buttons:
            button.setAutoDefault(False)
        if buttons:
            buttons[0].setProperty("role", "primary")
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self.text)
        across.addStretch(1)
        self.row = QHBoxLayout()
        self.row.addStretch(1)
        for button in buttons:
            self.row.addWidget(button)
        self.row.addStretch(1)
        self.column = QVBoxLayout(self)
        self.column.addStretch(1)
        self.column.addLayout(across)
        self.column.addLayout(self.row)
        self.column.addStretch(1)
        theme.changed.connect(self.restyle)
        self.restyle()

    def say(self, text: str) -> None:
        """Say what will be here."""
        self.text.setText(text)

    def restyle(self) -> None:
        """Take up another size of text."""
        self.text.setFixedWidth(theme.unit(WIDE))
        self.column.setSpacing(theme.unit(14))
        self.row.setSpacing(theme.unit(8))
