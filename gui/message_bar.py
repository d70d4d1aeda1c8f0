"""A line at the bottom that says what went wrong or what was done; it never blocks anybody."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.i18n import language, tr
from gui.icons import icon
from gui.theme import mark, theme
from gui.timers import once_after

NOTE_MS = 6_000
"""How long a note stays at least; an error stays until it is closed."""

READ_MS = 60
"""How long it takes to read a letter: long notes stay longer."""


class MessageBar(QFrame):
    """Shows one sentence at a time, hidden while there is none.

    It has a place of its own, where otherwise the last event is named, so it covers nothing.

    Signals
    -------
    shown(on)
        There is a message now, or there is none any more.
    """

    shown = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QToolButton()
        self.button.setProperty("role", "flat")
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self.dismiss)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.label, 1)
        self._row.addWidget(self.button)
        self._timer = once_after(NOTE_MS, self.dismiss, self)
        theme.changed.connect(self._draw)
        language.language_changed.connect(self._draw)
        language.language_changed.connect(self.dismiss_note)  # it is in the language before
        self._draw()
        self.hide()

    @property
    def text(self) -> str:
        return self.label.text()

    def show_error(self, text: str) -> None:
        """Say what went wrong, until somebody closes it or it is settled."""
        self._show(text, "error")
        self._timer.stop()

    def show_note(self, text: str) -> None:
        """Say what was done, for as long as it takes to read."""
        self._show(text, "note")
        self._timer.start(max(NOTE_MS, READ_MS * len(text)))

    def dismiss(self) -> None:
        """Take away what is shown."""
        self.hide()
        self._timer.stop()
        self.shown.emit(False)

    def dismiss_note(self) -> None:
        """Take a note away: it is no longer true."""
        if self.property("kind") == "note":
            self.dismiss()

    def settle(self) -> None:
        """Take an error away: what went wrong has been put right."""
        if self.property("kind") == "error":
            self.dismiss()

    def press(self, event: QKeyEvent) -> bool:
        """Let Escape close the message; return whether there was one to be closed."""
        closes = event.key() == Qt.Key.Key_Escape and not self.isHidden()
        if closes:
            self.dismiss()
        return closes

    def _show(self, text: str, kind: Literal["error", "note"]) -> None:
        self.label.setText(text)
        self.setAccessibleName(text)
        mark(self, "kind", kind)
        self.shown.emit(True)
        self.show()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the sentence needs at this width; the line it lies in doesn't ask."""
        height = self.label.heightForWidth(self.label.width())
        self.label.setMinimumHeight(max(height, 0))

    def _draw(self) -> None:
        self.button.setIcon(icon("close", "muted"))
        self.button.setToolTip(tr("Close this message (Esc)"))
        self.button.setAccessibleName(tr("Close this message (Esc)"))
        unit = theme.unit
        self._row.setContentsMargins(unit(8), 0, unit(2), 0)
        self._row.setSpacing(unit(4))
        self._fit()
