"""Settings that are texts: a name, a note, the date and time of the start."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.setting import NotAllowedError, Setting
from gui.panels.setting_row import SettingRow
from gui.theme import theme

DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T]+(\d\d?):(\d\d)(?::(\d\d))?)?(?:\s*UTC|Z)?")
LONGEST_NAME, LONGEST_NOTE = 60, 20_000
NOTE_LINES = 4


class TextRow(SettingRow):
    """A name on one line."""

    def __init__(
        self, document: Document, setting: str | Setting, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, setting, parent)
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(LONGEST_NAME)
        self.label.setBuddy(self.edit)
        self.lay_below(self.edit)
        self.edit.editingFinished.connect(self._typed)

    def text_of(self, value: str) -> str:
        """Return a value as it is written."""
        return as_shipped(value)

    def value_of(self, text: str) -> str:
        """Return the value that was typed, or raise NotAllowedError."""
        if not text.strip():
            raise NotAllowedError(tr("a name; it can't be empty"))
        return text.strip()

    def show_value(self, value: str) -> None:
        text = self.text_of(value)
        if text != self.edit.text():
            self.edit.setText(text)
            self.edit.setCursorPosition(0)
        self.edit.setModified(False)

    def retranslate(self) -> None:
        super().retranslate()
        self.edit.setAccessibleName(tr(self.setting.label))

    def hint_at(self, hint: str) -> None:
        super().hint_at(hint)
        self.edit.setToolTip(hint)
        self.edit.setAccessibleDescription(hint)

    def _typed(self) -> None:
        if not self.edit.isModified():
            return
        self.edit.setModified(False)
        before = self.setting.value(self.document.scenario)
        try:
            value = self.value_of(self.edit.text())
        except NotAllowedError as error:
            self.show_value(before)
            self.refuse(tr("Not possible: type {allowed}.", allowed=error))
            return
        if value == before or self.apply(value):
            self.show_value(self.setting.value(self.document.scenario))


class DateRow(TextRow):
    """A date and time, UTC."""

    def text_of(self, value: str) -> str:
        return value.replace("T", " ").removesuffix("Z").removesuffix(":00")

    def value_of(self, text: str) -> str:
        found = DATE.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            raise NotAllowedError(tr("a date and time such as 2025-10-09 00:00")) from None
        return f"{when:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


class NoteEdit(QPlainTextEdit):
    """Some lines of text; the tab key leaves them, and so does Escape."""

    def __init__(self, row: NoteRow) -> None:
        super().__init__(row)
        self._row = row
        self.setTabChangesFocus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._row.take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class NoteRow(SettingRow):
    """A note of several lines, taken over when it is left."""

    def __init__(
        self, document: Document, setting: str | Setting, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, setting, parent)
        self.edit = NoteEdit(self)
        self.label.setBuddy(self.edit)
        self.lay_below(self.edit)

    def show_value(self, value: Any) -> None:
        if as_shipped(value) != self.edit.toPlainText():
            self.edit.setPlainText(as_shipped(value))

    def retranslate(self) -> None:
        super().retranslate()
        self.edit.setAccessibleName(tr(self.setting.label))

    def restyle(self) -> None:
        super().restyle()
        lines = NOTE_LINES * self.edit.fontMetrics().lineSpacing()
        self.edit.setFixedHeight(lines + theme.unit(14))

    def take(self) -> None:
        """Take over what was typed."""
        text = self.edit.toPlainText()
        if len(text) > LONGEST_NOTE:
            self.refuse(
                tr(
                    "The note was cut: at most {most} letters are allowed.",
                    most=f"{LONGEST_NOTE:,}",
                )
            )
            text = text[:LONGEST_NOTE]
            self.edit.setPlainText(text)
        if text != as_shipped(self.setting.value(self.document.scenario)):
            said = self.message.text() if self.message.isVisible() else ""
            self.apply(text)
            if said:
                self.refuse(said)
