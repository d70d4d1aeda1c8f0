"""A list of a scenario's parts as a table: an entry a row, a setting a column, made from them.

It serves assets, venues, maintenance tiers, a shock's own sensitivities, a position's changes.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.entry_edits import EntryEdits
from gui.panels.moment_text import moment_text, typed_moment
from gui.panels.refusal import in_plain_words
from gui.panels.setting import NotAllowedError, Setting, settings_of
from gui.theme import theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class PartsModel(QAbstractTableModel):
    """The entries at a path of the document's scenario.

    Signals
    -------
    refused(text)
        Something was typed that isn't allowed; the text says what is.
    """

    refused = Signal(str)

    def __init__(self, document: Document, path: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.edits = document, EntryEdits(document, path)
        self.opened = document.scenario
        self.columns: list[Setting] = settings_of(f"{path}.0")
        self._rows = len(self.edits.entries())
        document.changed.connect(self._renew)
        document.opened.connect(self._take_opened)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._rows

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return str(section + 1) if role == Role.DisplayRole else None
        setting = self.columns[section]
        if role == Role.DisplayRole:
            return tr(setting.label)
        return setting.hint() if role == Role.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        setting = self.columns[index.column()]
        if role == Role.ToolTipRole:
            return setting.hint()
        if role == Role.TextAlignmentRole:
            right = setting.kind in ("number", "moment")
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        value = self.value(index.row(), setting)
        if role == Role.DisplayRole:
            return self._text(setting, value) or fmt.MISSING
        if role == Role.EditRole:
            return self._text(setting, value)
        if role == Role.ForegroundRole and self._is_changed(index.row(), setting, value):
            return theme.color("accent")
        return None

    def setData(self, index: Index, text: Any, role: int = Role.EditRole) -> bool:
        """Take over what was typed or chosen; say what is allowed if it isn't."""
        if role != Role.EditRole or text == self.data(index, Role.EditRole):
            return False
        setting = self.columns[index.column()]
        try:
            value = self._typed(setting, str(text), self.value(index.row(), setting))
            self.edits.change(index.row(), setting, value)
        except NotAllowedError as error:
            self.refused.emit(tr("Not possible: type {allowed}.", allowed=error))
        except ScenarioError as error:
            self.refused.emit(in_plain_words(error))
        else:
            return True
        return False

    def stop(self) -> None:
        """Follow the document no longer; the entries are gone, or nobody looks."""
        self.document.changed.disconnect(self._renew)
        self.document.opened.disconnect(self._take_opened)

    def value(self, row: int, setting: Setting) -> Any:
        """Return an entry's setting."""
        return getattr(self.edits.entries()[row], setting.name)

    def choices(self, column: int) -> list[str]:
        """Return the texts to choose from in a column; none where values are typed."""
        setting, scenario = self.columns[column], self.document.scenario
        if setting.kind == "choice":
            return [tr(text) for text in setting.choices.values()]
        if setting.kind in ("asset", "venue"):
            return [as_shipped(name) for name in _names(setting, scenario)]
        return []

    def _text(self, setting: Setting, value: Any) -> str:
        if setting.kind == "moment" and value is not None:
            return moment_text(self.document.scenario.clock, value)
        return setting.shown(value)

    def _typed(self, setting: Setting, text: str, before: Any) -> Any:
        if setting.optional and not text.strip():
            return None
        if setting.kind == "moment":
            return typed_moment(self.document.scenario.clock, text, before or 0.0)
        if setting.kind == "choice":
            return next(value for value, name in setting.choices.items() if tr(name) == text)
        if setting.kind in ("asset", "venue"):
            names = _names(setting, self.document.scenario)
            return next(name for name in names if as_shipped(name) == text)
        if setting.kind == "number":
            return setting.typed(text)
        if not text.strip():
            raise NotAllowedError(tr("a name; it can't be empty"))
        return text.strip()

    def _is_changed(self, row: int, setting: Setting, value: Any) -> bool:
        entries = self.edits.entries(self.opened)
        return row >= len(entries) or bool(getattr(entries[row], setting.name) != value)

    def _take_opened(self, scenario: Scenario) -> None:
        self.opened = scenario

    def _renew(self) -> None:
        """Show the scenario as it is; only another number of entries moves the selection."""
        rows = len(self.edits.entries())
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(self.columns) - 1))


def _names(setting: Setting, scenario: Scenario) -> list[str]:
    return scenario.asset_names if setting.kind == "asset" else scenario.venue_names


class _Delegate(QStyledItemDelegate):
    """A text to type, or a list to choose from."""

    def createEditor(  # noqa: N802 (Qt's name)
        self, parent: QWidget, _option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        model: Any = index.model()
        choices = model.choices(index.column())
        if not choices:
            edit = QLineEdit(parent)
            edit.setMaxLength(60)
            return edit
        combo = QComboBox(parent)
        combo.addItems(choices)
        return combo

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802 (Qt's name)
        if isinstance(editor, QComboBox):
            editor.setCurrentText(index.data(Role.EditRole))
        else:
            super().setEditorData(editor, index)

    def setModelData(  # noqa: N802 (Qt's name)
        self, editor: QWidget, model: QAbstractItemModel, index: Index
    ) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())
        elif isinstance(editor, QLineEdit):
            model.setData(index, editor.text())


class PartsEditor(QWidget):
    """The table, its name, and buttons to add an entry, to remove one, to take changes back.

    Signals
    -------
    refused(text)
        Something can't be done; the text says why.
    chosen(row)
        Another entry is the current one.
    """

    refused = Signal(str)
    chosen = Signal(int)

    def __init__(self, document: Document, path: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.path = document, path
        self.model = PartsModel(document, path, self)
        self.title = QLabel(self)
        self.title.setProperty("role", "heading")
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setItemDelegate(_Delegate(self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setProperty("settings", [s.path for s in self.model.columns])
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        self.add, self.remove, self.reset = (QPushButton(self) for _ in range(3))
        for button in (self.add, self.remove, self.reset):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.title)
        buttons.addStretch(1)
        for button in (self.reset, self.remove, self.add):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addWidget(self.table)
        self.model.refused.connect(self.refused)
        self.model.modelReset.connect(self._renew)
        self.model.dataChanged.connect(self._renew)
        self.table.selectionModel().currentChanged.connect(self._current_changed)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.reset.clicked.connect(self._reset)

    @property
    def row(self) -> int:
        """The current entry; the first if none is."""
        return max(self.table.currentIndex().row(), 0)

    def choose(self, row: int) -> None:
        """Make an entry the current one."""
        self.table.setCurrentIndex(self.model.index(row, 0))

    def retranslate(self) -> None:
        """Take up another language."""
        self.title.setText(self.model.edits.title())
        self.table.setAccessibleName(self.model.edits.title())
        self.add.setText(tr("Add"))
        self.add.setToolTip(self.model.edits.hint_to_add())
        self.remove.setText(tr("Remove"))
        self.reset.setText(tr("Reset"))
        self.reset.setToolTip(tr("Back to what it was in the file"))
        last = len(self.model.columns) - 1
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)
        self._renew()

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        height = self.table.fontMetrics().height() + theme.unit(10)
        self.table.verticalHeader().setDefaultSectionSize(height)
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(theme.unit(64))
        header.setFixedHeight(2 * self.table.fontMetrics().lineSpacing() + theme.unit(14))
        self.table.setMinimumHeight(header.height() + 3 * height)
        self._renew()

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.row() != before.row():
            self.chosen.emit(max(now.row(), 0))

    def _renew(self) -> None:
        rows = self.model.rowCount()
        self.remove.setEnabled(rows > self.model.edits.fewest())
        changed = self.model.edits.entries() != self.model.edits.entries(self.model.opened)
        self.reset.setVisible(changed)

    def _add(self) -> None:
        if self._done(self.model.edits.add, self.row):
            self.choose(self.model.rowCount() - 1)

    def _remove(self) -> None:
        row = self.row
        if self.model.rowCount() and self._done(self.model.edits.remove, row):
            self.choose(min(row, self.model.rowCount() - 1))

    def _reset(self) -> None:
        self._done(self.model.edits.reset, self.model.opened)

    def _done(self, edit: Any, about: Any) -> bool:
        """Do it; say why if it is refused."""
        try:
            edit(about)
        except ScenarioError as error:
            self.refused.emit(in_plain_words(error))
            return False
        return True
