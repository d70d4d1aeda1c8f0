"""A line over the charts that says what went wrong or what was done; it never blocks anybody."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.i18n import language, tr
from gui.icons import icon
from gui.theme import mark, theme
from gui.timers import once_after

NOTE_MS = 6_000

BELOW_BUTTONS = 40
"""Where the message begins: below the buttons above the charts, which stay in reach."""
"""How long a note stays; an error stays until it is closed."""


class MessageBar(QFrame):
    """Shows one sentence at a time at the top of ``over``, hidden while there is none.

    It lies over what is there, so that nothing jumps when it comes and goes.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        over.installEventFilter(self)
        self.setObjectName("message")
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QToolButton()
        self.button.setProperty("role", "flat")
        self.button.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.label, 1)
        self._row.addWidget(self.button)
        self._timer = once_after(NOTE_MS, self.hide, self)
        theme.changed.connect(self._draw)
        language.language_changed.connect(self._draw)
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
        """Say what was done, for a moment."""
        self._show(text, "note")
        self._timer.start()

    def dismiss_note(self) -> None:
        """Take a note away: it is no longer true."""
        if self.property("kind") == "note":
            self.hide()

    def settle(self) -> None:
        """Take an error away: what went wrong has been put right."""
        if self.property("kind") == "error":
            self.hide()

    def _show(self, text: str, kind: Literal["error", "note"]) -> None:
        self.label.setText(text)
        mark(self, "kind", kind)
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        margin = theme.unit(6)
        width = self._over.width() - 2 * margin
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry(margin, theme.unit(BELOW_BUTTONS), width, height)

    def _draw(self) -> None:
        self.button.setIcon(icon("close", "muted"))
        self.button.setToolTip(tr("Close this message"))
        unit = theme.unit
        self._row.setContentsMargins(unit(12), 1, unit(4), 1)
