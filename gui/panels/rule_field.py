"""Which rule changes, where, and to what: three fields that make a path and a value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.scenario import CHANGEABLE, ONLY_AT_START, Scenario
from gui.i18n import as_shipped, tr
from gui.panels.fields import Field, TypedField, field_for
from gui.panels.grouped_combo import GroupedCombo
from gui.panels.inputs import Combo
from gui.panels.moment_text import moment_text
from gui.panels.setting import NotAllowedError, optional_parts_in, setting_at, settings_of
from gui.panels.setup_sections import heading_of
from gui.theme import theme


def changeable(venue: int | None) -> list[str]:
    """Return the paths of the settings that may change while the market runs."""
    parts = CHANGEABLE if venue is None else tuple(optional_parts_in(f"venues.{venue}"))
    before = "" if venue is None else f"venues.{venue}."
    found = [s.path for part in sorted(parts) for s in settings_of(f"{before}{part}")]
    return [path for path in found if path != ONLY_AT_START]


class RuleField(QWidget):
    """Where, which setting, and its new value; beneath, what it is at that moment.

    Signals
    -------
    changed()
        Something else was chosen, or is being typed.
    refused(text)
        Something was typed that isn't allowed; the text says what is.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scenario: Scenario | None = None
        self._at_min = 0.0
        self.labels = [QLabel(self), QLabel(self)]
        self.where, self.rule = Combo(self), GroupedCombo(self)
        self.rule.setProperty("setting", "rule_changes.0.path")
        self.note = QLabel(self)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
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
        self.grid.addWidget(self.note, 3, 0, 1, 2)
        self.where.activated.connect(self._where_chosen)
        self.rule.activated.connect(self._chosen)
        self.rule.typed.editingFinished.connect(self._typed)
        self.changed.connect(self._renew)

    @property
    def path(self) -> str:
        """The chosen setting."""
        return str(self.rule.currentData())

    @property
    def value(self) -> Any:
        """The value it is to have."""
        return self.field.value if self.field is not None else None

    @property
    def now(self) -> Any:
        """What it is at the moment of the change without it, other changes before included."""
        if self._scenario is None:
            return None
        return _value_in(self.path, self._scenario.in_force(self._at_min))

    @property
    def makes_a_difference(self) -> bool:
        """Whether the value is another one than there is at that moment; also one half typed."""
        field = self.field
        if isinstance(field, TypedField) and field.edit.isModified():
            try:
                return bool(field.value_of(field.edit.text()) != self.now)
            except NotAllowedError:
                return True  # what is wrong with it is told once it is sent off
        return bool(self.value != self.now)

    def show_scenario(self, scenario: Scenario, at_min: float) -> None:
        """Offer the rules of a scenario without this change, which is to come at a time."""
        self._scenario, self._at_min = scenario, at_min
        before = self.where.currentData()
        self.where.clear()
        for name, venue in self._places(scenario):
            self.where.addItem(name, venue)
        self.where.setCurrentIndex(max(self.where.findData(before), 0))
        self._offer_rules()

    def _places(self, scenario: Scenario) -> list[tuple[str, int | None]]:
        """Return where a rule may hold: the name shown, and the number of the venue."""
        venues = [(as_shipped(name), i) for i, name in enumerate(scenario.venue_names)]
        return [(tr("Everywhere"), None), *venues]

    def set_moment(self, at_min: float) -> None:
        """Plan it for another time; a value that was as it is follows what it is then."""
        if at_min == self._at_min or self._scenario is None:
            return
        untouched = not self.makes_a_difference
        self._at_min = at_min
        if untouched and self.field is not None:
            self.field.set_value(self.now)
        self._renew()

    def show_rule(self, path: str, value: Any) -> None:
        """Show a change that is planned already."""
        keys = path.split(".")
        venue = int(keys[1]) if keys[0] == "venues" else None
        self.where.setCurrentIndex(self.where.findData(venue))
        self._offer_rules()
        self.rule.choose(path)
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
        if self._scenario is not None:
            for i, (name, _venue) in enumerate(self._places(self._scenario)):
                self.where.setItemText(i, name)
        self.rule.retranslate()
        if self.field is not None:
            self.field.retranslate()
        self._renew()

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        self.rule.setMinimumWidth(theme.unit(230))
        if self.field is not None:
            self.field.restyle()

    def _where_chosen(self) -> None:
        self._offer_rules()
        self.changed.emit()

    def _offer_rules(self) -> None:
        before = self.rule.currentData()
        groups: dict[str, list[tuple[str, str, str]]] = {}
        for path in changeable(self.where.currentData()):
            entry = (path, tr(setting_at(path).label), tr(setting_at(path).meaning))
            groups.setdefault(heading_of(path), []).append(entry)
        self.rule.offer(groups)
        bare = str(before).rpartition("venues.")[2].lstrip("0123456789.")
        same = [path for path in self.rule.values if path.endswith(bare)]
        self.rule.choose(same[0] if before and same else self.rule.values[0])
        self._show_value()

    def _typed(self) -> None:
        """Take the setting whose name was typed; nonsense brings the old one back."""
        found = self.rule.named(self.rule.currentText())
        if found is None:
            self.rule.restore()
            self.refused.emit(tr("There is no such setting: choose one from the list."))
        elif self.field is None or found != self.field.setting.path:
            self.rule.choose(found)
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
        self.field.set_value(value if value is not None else self.now)
        self.field.editor.setProperty("setting", "rule_changes.0.value")
        self.field.changed.connect(self.changed)
        self.field.refused.connect(self.refused)
        if isinstance(self.field, TypedField):
            self.field.edit.textEdited.connect(self.changed)
        self.field.restyle()
        self.grid.addWidget(self.field, 2, 0, 1, 2)
        self._renew()

    def _renew(self) -> None:
        """Say what it is without the change, and if that is what it is to be."""
        if self._scenario is None or self.field is None:
            return
        told = {
            "time": moment_text(self._scenario.clock, self._at_min),
            "value": self.field.setting.shown(self.now),
        }
        if self.makes_a_difference:
            self.note.setText(tr("At {time} it is {value} so far.", **told))
        else:
            self.note.setText(
                tr("At {time} it is {value} already. Choose something else to change it.", **told)
            )


def _value_in(path: str, scenario: Scenario) -> Any:
    """Return a setting's value; a venue without rules of its own has everybody's."""
    try:
        return setting_at(path).value(scenario)
    except AttributeError:
        return setting_at(path.split(".", 2)[2]).value(scenario)
