"""All presets: the idea of each, what it changes in the open scenario, and two ways to try it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.presets import PRESETS, applied, preset
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import tr
from gui.laid_presets import refusal, times_laid
from gui.setting_differences import told_differences
from gui.theme import mark, theme
from gui.views.table import Table
from gui.views.window import ViewWindow


class PresetWindow(ViewWindow):
    """A list of presets, and beside it the chosen one.

    Signals
    -------
    wanted(key)
        The person wants this preset laid over the scenario.
    comparison_wanted(key)
        And the run before kept as A.
    """

    wanted = Signal(str)
    comparison_wanted = Signal(str)
    size_units = (820, 520)

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self.list = QListWidget()
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for each in PRESETS:
            QListWidgetItem(each.name, self.list).setData(Qt.ItemDataRole.UserRole, each.key)
        self.name, self.idea, self.refusal = QLabel(), QLabel(), QLabel()
        self.name.setProperty("role", "title")
        for label in (self.name, self.idea, self.refusal):
            label.setWordWrap(True)
        self.idea.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.changes_title = QLabel()
        self.changes_title.setProperty("role", "heading")
        self.changes = Table((1, 2))
        self.compare, self.apply = QPushButton(), QPushButton()
        self.compare.setProperty("role", "primary")
        self._lay_out()
        self.list.currentRowChanged.connect(self._show_chosen)
        self.list.itemActivated.connect(lambda _item: self.compare.click())
        self.apply.clicked.connect(lambda: self.wanted.emit(self.key))
        self.compare.clicked.connect(lambda: self.comparison_wanted.emit(self.key))
        document.changed.connect(self._show_chosen)
        document.undo_stack.indexChanged.connect(self._show_chosen)  # after the change itself
        self.list.setCurrentRow(0)
        self.begin()

    @property
    def key(self) -> str:
        """The key of the preset that is chosen."""
        key: str = self.list.currentItem().data(Qt.ItemDataRole.UserRole)
        return key

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        for widget in (self.name, self.idea, self.changes_title):
            right.addWidget(widget)
        right.addWidget(self.changes, 1)
        right.addWidget(self.refusal)
        right.addStretch(0)  # takes the room of a table that isn't there
        right.addLayout(self.foot(self.compare, self.apply))
        self.row = QHBoxLayout(self)
        self.row.addWidget(self.list)
        self.row.addLayout(right, 1)
        self.right = right

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(tr("Presets"))
        self.list.setAccessibleName(tr("Presets"))
        for place, each in enumerate(PRESETS):
            self.list.item(place).setText(tr(each.name))
        self.changes_title.setText(tr("What it changes here"))
        self.changes.setAccessibleName(tr("What it changes here"))
        self.changes.set_titles([tr("Setting"), tr("Now"), tr("With it")])
        self.apply.setText(tr("Apply"))
        self.apply.setToolTip(tr("Change these settings, in one step that undo takes back"))
        self.compare.setText(tr("Apply and compare"))
        self.compare.setToolTip(
            tr("Keep the run on the screen as A, then change these settings: B is drawn over it")
        )
        self._show_chosen()

    def restyle(self) -> None:
        unit = theme.unit
        self.row.setContentsMargins(unit(14), unit(12), unit(14), unit(12))
        self.row.setSpacing(unit(14))
        self.right.setSpacing(unit(8))
        self.list.setSpacing(unit(2))
        widest = self.list.sizeHintForColumn(0)
        self.list.setFixedWidth(min(max(widest + unit(30), unit(180)), unit(300)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.restyle()
        self._show_chosen()
        self.list.setFocus()

    def _mark_applied(self) -> None:
        """Tick the presets that are laid over the scenario."""
        for place, each in enumerate(PRESETS):
            laid = times_laid(self.document, each.key) > 0
            self.list.item(place).setText(f"✓ {tr(each.name)}" if laid else tr(each.name))
            self.list.item(place).setToolTip(tr("Applied") if laid else "")

    def _show_chosen(self, *_changed: object) -> None:
        if not self.isVisible():
            return
        idea, scenario = preset(self.key), self.document.scenario
        self.name.setText(tr(idea.name))
        self.idea.setText(tr(idea.idea))
        try:
            told = told_differences(scenario, applied(scenario, idea))
        except ScenarioError as error:
            told = []
            self.refusal.setText(refusal(self.document, self.key, error))
            mark(self.refusal, "role", "danger")
        else:
            self.refusal.setText(
                tr("Applied already. Applied again, it changes these settings once more.")
                if told
                else tr("This scenario is like that already.")
            )
            mark(self.refusal, "role", "muted")
        again = bool(told) and times_laid(self.document, self.key) > 0
        self.refusal.setVisible(not told or again)
        self.apply.setText(tr("Apply again") if again else tr("Apply"))
        self._mark_applied()
        self.changes.setVisible(bool(told))
        self.changes_title.setVisible(bool(told))
        self.changes.set_rows(told)
        for button in (self.apply, self.compare):
            button.setEnabled(bool(told))
