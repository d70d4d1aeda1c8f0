"""What the windows beside the main one have in common."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from gui.i18n import language, tr
from gui.theme import theme


class ViewWindow(QDialog):
    """A window that stays open beside the main one; closing it keeps what it shows.

    Subclasses call ``begin`` once everything in them is made.
    """

    size_units = (880, 640)
    """Width and height it would like, in units of :meth:`gui.theme.Theme.unit`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(
            Qt.WindowType.Window
            | Qt.WindowType.WindowCloseButtonHint
            | Qt.WindowType.WindowMaximizeButtonHint
        )
        self.close_button = QPushButton()
        self.close_button.clicked.connect(self.close)

    def foot(self, *buttons: QPushButton) -> QHBoxLayout:
        """Return the last row: these buttons, and apart from them the one that closes.

        Enter presses none of them: it belongs to the fields and lists above.
        """
        row = QHBoxLayout()
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        for button in (*buttons, self.close_button):
            button.setAutoDefault(False)
        return row

    def begin(self) -> None:
        """Take up language and look, now and whenever they change."""
        language.language_changed.connect(self.retranslate)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.retranslate()
        room, wanted = self.screen().availableSize(), map(theme.unit, self.size_units)
        width, height = wanted
        self.resize(min(width, room.width() - 20), min(height, room.height() - 60))

    def shut(self) -> None:
        """Close for good: the program ends. Extended by those who have work under way."""
        self.close()

    def retranslate(self) -> None:
        """Write all texts in the language on the screen. Extended by subclasses."""
        self.close_button.setText(tr("Close"))

    def restyle(self) -> None:
        """Take up theme and size of text. Extended by subclasses."""
