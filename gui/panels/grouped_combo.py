"""A long list to choose from, under headings, that is searched by typing any part of a name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.i18n import tr
from gui.panels.inputs import Combo

NAME = Qt.ItemDataRole.UserRole + 1
"""What an entry is called under its heading."""

MOST_ROWS = 18


class _Search(QLineEdit):
    """Whoever comes to it types over what stands there."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)


class _UnderHeadings(QStyledItemDelegate):
    """Writes entries without the heading they stand under."""

    def initStyleOption(  # noqa: N802 (Qt's name)
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if name := index.data(NAME):
            option.text = f"    {name}"


class GroupedCombo(Combo):
    """Entries with a value each, named "heading: entry" wherever the heading can't be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: list[str] = []
        self.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.setModel(QStandardItemModel(self))
        self.view().setItemDelegate(_UnderHeadings(self))
        self.setMaxVisibleItems(MOST_ROWS)
        self.typed = _Search(self)
        self.setLineEdit(self.typed)
        completer = QCompleter(self.model(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(MOST_ROWS)
        self.setCompleter(completer)

    def offer(self, groups: dict[str, list[tuple[str, str, str]]]) -> None:
        """Offer entries (value, name, hint) under headings."""
        self.clear()
        self.values = [value for entries in groups.values() for value, _, _ in entries]
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for heading, entries in groups.items():
            model.appendRow(self._heading(heading))
            for value, name, hint in entries:
                item = QStandardItem(tr("{section}: {setting}", section=heading, setting=name))
                item.setData(value, Qt.ItemDataRole.UserRole)
                item.setData(name, NAME)
                item.setToolTip(hint)
                model.appendRow(item)

    def choose(self, value: str) -> None:
        """Choose the entry with a value."""
        self.setCurrentIndex(self.findData(value))

    def named(self, text: str) -> str | None:
        """Return the value of the entry with this whole name, if there is one."""
        index = self.findText(text, Qt.MatchFlag.MatchFixedString)
        value: str | None = self.itemData(index) if index >= 0 else None
        return value

    def restore(self) -> None:
        """Bring back the name of what is chosen."""
        self.setEditText(self.itemText(self.currentIndex()))

    def retranslate(self) -> None:
        """Take up another language."""
        self.typed.setPlaceholderText(tr("Type any part of a name"))
        self.setToolTip(tr("Type any part of a name, or open the list"))

    def _heading(self, text: str) -> QStandardItem:
        item = QStandardItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = self.font()
        font.setBold(True)
        item.setFont(font)
        return item
