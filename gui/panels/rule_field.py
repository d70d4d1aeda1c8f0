"""Which rule changes, where, and to what: three fields that make a path and a value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QGridLayout, QLabel, QLineEdit, QWidget

from engine.scenario import CHANGEABLE, ONLY_AT_START, Scenario
from gui.i18n import tr
from gui.panels.fields import Field, field_for
from gui.panels.inputs import Combo
from gui.panels.setting import optional_parts_in, setting_at, settings_of
from gui.panels.setup_sections import heading_of
from gui.theme import theme


def changeable(venue: int | None) -> list[str]:
    """Return the paths of the settings that may change while the market runs."""
    parts = CHANGEABLE if venue is None else tuple(optional_parts_in(f"venues.{venue}"))
    before = "" if venue is None else f"venues.{venue}."
    found = [s.path for part in sorted(parts) for s in settings_of(f"{before}{part}")]
    return [path for path in found if path != ONLY_AT_START]


class RuleField(QWidget):
    """Where, which setting, and its new value.

    Signals
    -------
    changed()
        Something else was chosen.
    refused(text)
        Something was typed that isn't allowed; the text says what is.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scenario: Scenario | None = None
        self.labels = [QLabel(self), QLabel(self)]
        self.where, self.rule = Combo(self), Combo(self)
        self.rule.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.rule.setProperty("setting", "rule_changes.0.path")
        completer = QCompleter(self.rule.model(), self.rule)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.typed = QLineEdit(self.rule)
        self.rule.setLineEdit(self.typed)
        self.rule.setCompleter(completer)
        self.field: Field | None = None
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setColumnStretch(1, 1)
        for row, (label, combo) in enumerate(
            zip(self.labels, (self.where, self.rule), strict=True)
        ):
            label.setBuddy(combo)
            self.grid.addWidget(label, row, 0)
            self.grid.addWidget(combo, row, 1)
        self.where.activated.connect(self._offer_rules)
        self.rule.activated.connect(self._chosen)
        self.typed.editingFinished.connect(self._typed)

    @property
    def path(self) -> str:
        """The chosen setting."""
        return str(self.rule.currentData())

    @property
    def value(self) -> Any:
        """The value it is to have."""
        return self.field.value if self.field is not None else None

    def show_scenario(self, scenario: Scenario) -> None:
        """Offer the rules of a scenario."""
        self._scenario = scenario
        before = self.where.currentData()
        self.where.clear()
        self.where.addItem(tr("Everywhere"), None)
        for i, name in enumerate(scenario.venue_names):
            self.where.addItem(name, i)
        self.where.setCurrentIndex(max(self.where.findData(before), 0))
        self._offer_rules()

    def show_rule(self, path: str, value: Any) -> None:
        """Show a change that is planned already."""
        keys = path.split(".")
        venue = int(keys[1]) if keys[0] == "venues" else None
        self.where.setCurrentIndex(self.where.findData(venue))
        self._offer_rules()
        self.rule.setCurrentIndex(self.rule.findData(path))
        self._show_value(value)

    def settled(self) -> bool:
        """Take over what is still being typed; return whether it is allowed."""
        self._typed()
        return self.field is not None and self.field.settled()

    def retranslate(self) -> None:
        """Take up another language."""
        for label, combo, text in zip(
            self.labels, (self.where, self.rule), (tr("Where"), tr("Setting")), strict=True
        ):
            label.setText(text)
            combo.setAccessibleName(text)
        if self.field is not None:
            self.field.retranslate()

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        self.rule.setMinimumWidth(theme.unit(230))
        if self.field is not None:
            self.field.restyle()

    def _offer_rules(self) -> None:
        before = self.rule.currentData()
        venue = self.where.currentData()
        self.rule.clear()
        for path in changeable(venue):
            heading = heading_of(path)
            text = tr("{section}: {setting}", section=heading, setting=tr(setting_at(path).label))
            self.rule.addItem(text, path)
        bare = str(before).rpartition("venues.")[2].lstrip("0123456789.")
        same = [i for i in range(self.rule.count()) if self.rule.itemData(i).endswith(bare)]
        self.rule.setCurrentIndex(same[0] if before and same else 0)
        self._show_value()

    def _typed(self) -> None:
        """Take the setting whose name was typed; nonsense brings the old one back."""
        index = self.rule.findText(self.rule.currentText(), Qt.MatchFlag.MatchFixedString)
        if index < 0:
            self.rule.setEditText(self.rule.itemText(self.rule.currentIndex()))
            self.refused.emit(tr("There is no such setting: choose one from the list."))
        elif self.field is None or self.rule.itemData(index) != self.field.setting.path:
            self.rule.setCurrentIndex(index)
            self._chosen()

    def _chosen(self) -> None:
        self._show_value()
        self.changed.emit()

    def _show_value(self, value: Any = None) -> None:
        """Ask for a value of the chosen setting; what it is now, to begin with."""
        if self._scenario is None:
            return
        if self.field is not None:
            self.grid.removeWidget(self.field)
            self.field.hide()
            self.field.deleteLater()
        setting = setting_at(self.path)
        self.field = field_for(setting, self)
        self.field.retranslate()
        self.field.show_scenario(self._scenario)
        self.field.set_value(value if value is not None else _now(self.path, self._scenario))
        self.field.editor.setProperty("setting", "rule_changes.0.value")
        self.field.changed.connect(self.changed)
        self.field.refused.connect(self.refused)
        self.field.restyle()
        self.grid.addWidget(self.field, 2, 0, 1, 2)


def _now(path: str, scenario: Scenario) -> Any:
    """Return a setting's value; a venue without rules of its own has everybody's."""
    try:
        return setting_at(path).value(scenario)
    except AttributeError:
        return setting_at(path.split(".", 2)[2]).value(scenario)
