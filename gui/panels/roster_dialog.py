"""Assets and venues as tables, each with what belongs to the chosen one below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.parts_table import PartsEditor
from gui.panels.refusal import in_plain_words
from gui.panels.setting import (
    lists_in,
    optional_parts_in,
    settings_of,
    title_of_part,
)
from gui.panels.setting_row import ChoiceRow, NumberRow, SettingRow
from gui.theme import theme

COLUMNS = 2
"""Own rules stand beside each other in so many columns."""


class RosterDialog(QDialog):
    """A table of assets or venues; below it, what is the chosen one's own. Stays open beside."""

    def __init__(self, document: Document, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.kind = document, kind
        self.table = PartsEditor(document, kind, self)
        self.detail: TiersOf | RulesOf
        self.detail = (TiersOf if kind == "assets" else RulesOf)(document, self)
        self.message = QLabel(self)
        self.message.setProperty("role", "danger")
        self.message.setWordWrap(True)
        self.message.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.table, 3)
        self.column.addWidget(self.detail, 4)
        self.column.addWidget(self.message)
        self.column.addWidget(self.buttons)
        self.table.refused.connect(self.refuse)
        self.detail.refused.connect(self.refuse)
        self.table.chosen.connect(self.detail.show_row)
        document.changed.connect(self._changed)
        language.language_changed.connect(self.retranslate)
        theme.changed.connect(self.restyle)
        self.table.choose(0)
        self.detail.show_row(0)
        self.restyle()
        self.retranslate()
        room, unit = self.screen().availableSize(), theme.unit
        self.resize(min(unit(880), room.width() - 20), min(unit(640), room.height() - 60))

    def refuse(self, text: str) -> None:
        """Say why something can't be done."""
        self.message.setText(text)
        self.message.show()

    def retranslate(self) -> None:
        """Take up another language."""
        self.setWindowTitle(self.table.model.edits.title())
        self.table.retranslate()
        self.detail.retranslate()
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setText(tr("Close"))
        close.setAutoDefault(False)

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        unit = theme.unit
        self.column.setContentsMargins(unit(18), unit(14), unit(18), unit(14))
        self.column.setSpacing(unit(10))
        self.table.restyle()
        self.detail.restyle()

    def _changed(self, _scenario: Scenario) -> None:
        self.message.hide()
        self.detail.show_row(min(self.table.row, self.table.model.rowCount() - 1))


class TiersOf(QWidget):
    """The maintenance tiers of an asset."""

    def __init__(self, document: Document, dialog: RosterDialog) -> None:
        super().__init__(dialog)
        self.document = document
        self.row = 0
        self.editor: PartsEditor | None = None
        self.refused = dialog.table.refused  # both say it in the same place
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)

    def show_row(self, row: int) -> None:
        """Show the tiers of another asset."""
        if self.editor is not None and row == self.row:
            self._name()
            return
        self.row = row
        if self.editor is not None:
            self.editor.model.stop()
            self.column.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
        path = lists_in(f"assets.{row}")[0]
        self.editor = PartsEditor(self.document, path, self)
        self.editor.refused.connect(self.refused)
        self.column.addWidget(self.editor)
        self.restyle()
        self.retranslate()

    def retranslate(self) -> None:
        if self.editor is not None:
            self.editor.retranslate()
            self._name()

    def restyle(self) -> None:
        if self.editor is not None:
            self.editor.restyle()

    def _name(self) -> None:
        if self.editor is not None:
            name = self.document.scenario.assets[self.row].name
            title = tr("{setting} of {name}", setting=self.editor.model.edits.title(), name=name)
            self.editor.title.setText(title)


class RulesOf(QScrollArea):
    """A venue's own rules: each kind on its own switch, its settings below while it is on."""

    def __init__(self, document: Document, dialog: RosterDialog) -> None:
        super().__init__(dialog)
        self.document = document
        self.row = -1
        self.refused = dialog.table.refused
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self.columns = QHBoxLayout(body)
        self.sides = sides = [QVBoxLayout() for _ in range(COLUMNS)]
        for side in sides:
            self.columns.addLayout(side, 1)
        self.switches: dict[str, QCheckBox] = {}
        self.rows: dict[str, list[SettingRow]] = {}
        for i, name in enumerate(optional_parts_in("venues.0")):
            box = self.switches[name] = QCheckBox(body)
            box.clicked.connect(self._switched)
            sides[i % COLUMNS].addWidget(box)
            self.rows[name] = []
            for setting in settings_of(f"venues.0.{name}"):
                make = ChoiceRow if setting.choices else NumberRow
                row = make(document, setting.path, body)
                row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
                row.hide()
                self.rows[name].append(row)
                sides[i % COLUMNS].addWidget(row)
        for side in sides:
            side.addStretch(1)
        self.opened = document.scenario
        document.opened.connect(self._take_opened)
        self.setWidget(body)

    def show_row(self, row: int) -> None:
        """Show the rules of a venue."""
        moved, self.row = row != self.row, row
        scenario = self.document.scenario
        for name, box in self.switches.items():
            has = getattr(scenario.venues[row], name) is not None
            box.setChecked(has)
            for line in self.rows[name]:
                was_hidden = line.isHidden()
                line.setVisible(has)
                if not has:
                    continue
                line.opened = self.opened
                if moved or was_hidden:
                    line.set_path(f"venues.{row}.{name}.{line.setting.name}")
                else:
                    line.show_scenario(scenario)
        self._name()

    def retranslate(self) -> None:
        self._name()
        for name, box in self.switches.items():
            if box.isChecked():
                for line in self.rows[name]:
                    line.retranslate()

    def restyle(self) -> None:
        self.columns.setSpacing(theme.unit(28))
        for side in self.sides:
            side.setSpacing(theme.unit(8))
        for lines in self.rows.values():
            for line in lines:
                line.restyle()

    def _name(self) -> None:
        venue = self.document.scenario.venues[max(self.row, 0)].name
        for name, box in self.switches.items():
            title = title_of_part(f"venues.0.{name}")
            box.setText(tr("{venue}: {what}", venue=venue, what=title))
            box.setToolTip(tr("Otherwise the rules of everybody hold, as set beside the charts."))

    def _take_opened(self, scenario: Scenario) -> None:
        self.opened = scenario

    def _switched(self) -> None:
        """Give a venue rules of its own, to begin with those of all, or take them away."""
        scenario = self.document.scenario
        for name, box in self.switches.items():
            before = getattr(scenario.venues[self.row], name)
            if box.isChecked() == (before is not None):
                continue
            own = getattr(scenario, name) if box.isChecked() else None
            venues = list(scenario.venues)
            venues[self.row] = venues[self.row].model_copy(update={name: own})
            text = tr("{venue}: {what}", venue=venues[self.row].name, what=_title(name, own))
            try:
                self.document.edit(text, scenario.model_copy(update={"venues": tuple(venues)}))
            except ScenarioError as error:
                box.setChecked(before is not None)
                self.refused.emit(in_plain_words(error))
            return


def _title(name: str, own: object) -> str:
    """Return what a step of undo is called that gives or takes rules of one's own."""
    if own is None:
        return tr("as everywhere")
    return title_of_part(f"venues.0.{name}")
