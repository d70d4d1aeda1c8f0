"""A small window for one entry of a scenario's lists, made from what its settings say.

It serves whatever is planned for a set time: shocks, halts, payments, changed rules, positions.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Scenario
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.fields import Field, MomentField, field_for
from gui.panels.parts_table import PartsEditor
from gui.panels.rule_field import RuleField
from gui.panels.setting import lists_in, settings_of
from gui.theme import theme

WITH_A_RULE = ("rule_changes",)
"""Lists whose entries name a setting and its value: these two are chosen together."""


class PartForm(QDialog):
    """Fields, and buttons to send them off, to remove the entry, or to leave it.

    Signals
    -------
    sent(values)
        The person is done; values by the names of the settings.
    remove_wanted()
        The person wants the entry gone.
    """

    sent = Signal(dict)
    remove_wanted = Signal()

    def __init__(
        self, document: Document, path: str, title: str, parent: QWidget, *, is_new: bool
    ) -> None:
        super().__init__(parent)
        self.document, self.path = document, path
        self.setWindowTitle(title)
        self.fields: dict[str, Field] = {}
        self.rule: RuleField | None = None
        self.message = QLabel(self)
        self.message.setProperty("role", "danger")
        self.message.setWordWrap(True)
        self.message.hide()
        self.column = QVBoxLayout(self)
        self._add_fields()
        self.tables = [] if is_new else [PartsEditor(document, p, self) for p in lists_in(path)]
        for table in self.tables:
            table.refused.connect(self.refuse)
            self.column.addWidget(table)
        self.column.addStretch(1)
        self.column.addWidget(self.message)
        self._add_buttons(is_new)
        self._restyle()
        self._retranslate()
        language.language_changed.connect(self._retranslate)
        theme.changed.connect(self._restyle)

    def _add_fields(self) -> None:
        by_rule = self.path.startswith(WITH_A_RULE)
        for setting in settings_of(self.path):
            if by_rule and setting.name in ("path", "value"):
                continue
            field = self.fields[setting.name] = field_for(setting, self)
            field.refused.connect(self.refuse)
            field.changed.connect(self._renew)
            self.column.addWidget(field)
        if by_rule:
            self.rule = RuleField(self)
            self.rule.refused.connect(self.refuse)
            self.rule.changed.connect(self._renew)
            self.column.addWidget(self.rule)

    def _add_buttons(self, is_new: bool) -> None:
        self.send, self.remove, self.leave = (QPushButton(self) for _ in range(3))
        self.send.setProperty("role", "primary")
        self.send.setDefault(True)
        self.remove.setVisible(not is_new)
        for button in (self.remove, self.leave):
            button.setAutoDefault(False)
        self._is_new = is_new
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.send)
        self.column.addLayout(row)
        self.send.clicked.connect(self._send)
        self.remove.clicked.connect(self.remove_wanted)
        self.leave.clicked.connect(self.reject)

    def show_values(self, values: dict[str, Any]) -> None:
        """Show an entry; times that aren't set are taken to be of the same day."""
        scenario = self.document.scenario
        now = next(
            (
                values[n]
                for n, f in self.fields.items()
                if isinstance(f, MomentField) and n in values
            ),
            0.0,
        )
        for name, field in self.fields.items():
            if isinstance(field, MomentField):
                field.usual_min = now
            field.value = values.get(name, field.value)
            field.show_scenario(scenario)
            field.set_value(field.value)
        if self.rule is not None:
            self.rule.show_scenario(self._without_this(), values.get("at_min", 0.0))
            if "path" in values:
                self.rule.show_rule(values["path"], values["value"])
        self._retranslate()
        self._renew()

    def values(self) -> dict[str, Any]:
        """Return what the form says, by the names of the settings."""
        found = {name: field.value for name, field in self.fields.items()}
        if self.rule is not None:
            found |= {"path": self.rule.path, "value": self.rule.value}
        return found

    def _renew(self) -> None:
        """Forget what was refused; let rest what counts for nothing: coins have no margin."""
        self.message.hide()
        if "kind" in self.fields:
            for name in ("side", "leverage", "margin", "hedged"):
                self.fields[name].setEnabled(self.fields["kind"].value != "spot")
        if self.rule is not None:
            self.rule.set_moment(self.fields["at_min"].value)
            self.send.setEnabled(self.rule.makes_a_difference)
            self.send.setToolTip("" if self.send.isEnabled() else self.rule.note.text())

    def _without_this(self) -> Scenario:
        """Return the scenario without the change of a rule that the form is about."""
        scenario, number = self.document.scenario, int(self.path.rpartition(".")[2])
        others = scenario.rule_changes[:number] + scenario.rule_changes[number + 1 :]
        return scenario.model_copy(update={"rule_changes": others})

    def refuse(self, text: str) -> None:
        """Say why it can't be done."""
        self.message.setText(text)
        self.message.show()

    def _send(self) -> None:
        fields_settled = all(field.settled() for field in self.fields.values())
        if fields_settled and (self.rule is None or self.rule.settled()):
            self._renew()
            if self.send.isEnabled():
                self.sent.emit(self.values())

    def _retranslate(self) -> None:
        self.send.setText(tr("Add") if self._is_new else tr("Change"))
        self.remove.setText(tr("Remove"))
        self.leave.setText(tr("Cancel"))
        for field in self.fields.values():
            field.retranslate()
            field.show_scenario(self.document.scenario)
        if self.rule is not None:
            self.rule.retranslate()
        for table in self.tables:
            table.retranslate()

    def _restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(18), unit(14), unit(18), unit(14))
        self.column.setSpacing(unit(7))
        self.setMinimumWidth(unit(380))
        for field in self.fields.values():
            field.restyle()
        if self.rule is not None:
            self.rule.restyle()
        for table in self.tables:
            table.restyle()


def default_values(path: str) -> dict[str, Any]:
    """Return the settings of a new entry that have a default; names in the language on screen."""
    return {
        s.name: tr(s.default) if s.kind == "text" else s.default
        for s in settings_of(path)
        if s.default is not None
    }
