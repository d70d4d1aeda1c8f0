"""Values that aren't in the scenario yet: one field for each kind of setting, made from it.

A form collects them; the scenario hears of them when the form is sent off.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from engine.scenario import Scenario
from gui.i18n import as_shipped, tr
from gui.panels.inputs import Combo, Slider, ValueEdit
from gui.panels.moment_text import allowed_moments, moment_text, typed_moment
from gui.panels.setting import NotAllowedError, Setting, setting_at
from gui.theme import theme


class Field(QWidget):
    """A label and something to choose or type a value with.

    Signals
    -------
    changed()
        There is another value.
    refused(text)
        Something was typed that isn't allowed; the text says what is.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.value: Any = setting.default
        self.label = QLabel(self)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(0, 1)
        self.grid.addWidget(self.label, 0, 0)

    @property
    def editor(self) -> QWidget:
        """What the value is typed or chosen with. Overridden."""
        raise NotImplementedError

    def take_place(self, editor: QWidget) -> None:
        """Put the editor beside the label."""
        self.label.setBuddy(editor)
        self.grid.addWidget(editor, 0, 1)
        editor.setProperty("setting", self.setting.path)

    def set_value(self, value: Any) -> None:
        """Show a value that counts. Extended by subclasses."""
        self.value = value

    def show_scenario(self, scenario: Scenario) -> None:
        """Take up what the scenario offers: its names, its days."""

    def settled(self) -> bool:
        """Take over what is still being typed; return whether it is allowed."""
        return True

    def hint(self) -> str:
        """Return what the tooltip says."""
        return self.setting.hint()

    def retranslate(self) -> None:
        """Take up another language, or other bounds."""
        self.label.setText(tr(self.setting.label))
        for widget in (self.label, self.editor):
            widget.setToolTip(self.hint())
        self.editor.setAccessibleName(tr(self.setting.label))
        self.editor.setAccessibleDescription(self.hint())

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        self.editor.setFixedWidth(theme.unit(128))


class TypedField(Field):
    """What is typed as text."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.edit = ValueEdit(self)
        self.take_place(self.edit)
        self.edit.editingFinished.connect(self._typed)

    @property
    def editor(self) -> QWidget:
        return self.edit

    def text_of(self, value: Any) -> str:
        """Return a value as it is written."""
        return self.setting.shown(value)

    def value_of(self, text: str) -> Any:
        """Return the value that was typed, or raise NotAllowedError."""
        if self.setting.optional and not text.strip():
            return None
        return self.setting.typed(text)

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self.edit.settle(self.text_of(value))

    def retranslate(self) -> None:
        super().retranslate()
        if self.setting.optional:
            self.edit.setPlaceholderText(tr("none"))
        self.edit.settle(self.text_of(self.value))

    def settled(self) -> bool:
        return not self.edit.isModified() or self._take()

    def _typed(self) -> None:
        if self.edit.isModified() and self._take():
            self.changed.emit()

    def _take(self) -> bool:
        try:
            self.set_value(self.value_of(self.edit.text()))
        except NotAllowedError as error:
            self.edit.restore()
            self.refused.emit(tr("Not possible: type {allowed}.", allowed=error))
            return False
        return True


class NumberField(TypedField):
    """A number: a typed value, and a slider where it has two bounds."""

    def __init__(self, setting: Setting | str, parent: QWidget | None = None) -> None:
        super().__init__(setting_at(setting) if isinstance(setting, str) else setting, parent)
        self.slider = Slider(self)
        self.grid.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.setHidden(self.setting.optional)
        self.slider.valueChanged.connect(self._slid)
        if self.value is None and not self.setting.optional:
            self.value = self.setting.low

    def set_high(self, high: float) -> None:
        """Allow values up to ``high``."""
        if high != self.setting.high:
            self.setting = dataclasses.replace(self.setting, high=high)
            self.set_value(min(self.value, high))
            self.retranslate()

    def set_value(self, value: float | None) -> None:
        super().set_value(value)
        if value is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(self.setting.position(value))
            self.slider.blockSignals(False)

    def retranslate(self) -> None:
        super().retranslate()
        self.slider.setToolTip(self.hint())
        self.slider.setAccessibleName(tr(self.setting.label))

    def _slid(self, position: int) -> None:
        self.value = self.setting.value_at(position)
        self.edit.settle(self.text_of(self.value))
        self.changed.emit()


class MomentField(TypedField):
    """A moment of the scenario, typed as a time of day."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._scenario: Scenario | None = None
        self.usual_min = 0.0

    def show_scenario(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.edit.settle(self.text_of(self.value))

    def text_of(self, value: float | None) -> str:
        if value is None or self._scenario is None:
            return ""
        return moment_text(self._scenario.clock, value)

    def value_of(self, text: str) -> float | None:
        if self.setting.optional and not text.strip():
            return None
        if self._scenario is None:
            raise NotAllowedError
        before = self.usual_min if self.value is None else self.value
        return typed_moment(self._scenario.clock, text, before)

    def hint(self) -> str:
        allowed = "" if self._scenario is None else allowed_moments(self._scenario.clock)
        return "\n".join(filter(None, (tr(self.setting.meaning), allowed)))


class TextField(Field):
    """A name."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(60)
        self.take_place(self.edit)
        self.edit.editingFinished.connect(self._typed)

    @property
    def editor(self) -> QWidget:
        return self.edit

    def set_value(self, value: str) -> None:
        super().set_value(value)
        self.edit.setText(value)

    def settled(self) -> bool:
        if not self.edit.text().strip():
            self.edit.setText(self.value)
            self.refused.emit(tr("A name can't be empty."))
            return False
        self.value = self.edit.text().strip()
        return True

    def _typed(self) -> None:
        if self.settled():
            self.changed.emit()


class ListField(Field):
    """One of a few."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.combo = Combo(self)
        self.take_place(self.combo)
        self.combo.activated.connect(self._chosen)

    @property
    def editor(self) -> QWidget:
        return self.combo

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self.combo.setCurrentIndex(max(self.combo.findData(value), 0))

    def offer(self, choices: dict[Any, str]) -> None:
        """Offer these values under these names."""
        wanted = list(choices.items())
        there = [
            (self.combo.itemData(i), self.combo.itemText(i)) for i in range(self.combo.count())
        ]
        if there != wanted:
            self.combo.clear()
            for value, text in wanted:
                self.combo.addItem(text, value)
        if self.combo.findData(self.value) < 0 and wanted:
            self.value = wanted[0][0]
        self.combo.setCurrentIndex(self.combo.findData(self.value))

    def restyle(self) -> None:
        self.combo.setFixedWidth(theme.unit(168))

    def _chosen(self, index: int) -> None:
        self.value = self.combo.itemData(index)
        self.changed.emit()


class ChoiceField(ListField):
    """A choice that isn't in the scenario yet."""

    def retranslate(self) -> None:
        super().retranslate()
        self.offer({value: tr(text) for value, text in self.setting.choices.items()})


class NameField(ListField):
    """An asset or a venue; all of them where it may be left out."""

    def show_scenario(self, scenario: Scenario) -> None:
        names = scenario.asset_names if self.setting.kind == "asset" else scenario.venue_names
        everywhere: dict[Any, str] = {None: tr("All")} if self.setting.optional else {}
        self.offer({**everywhere, **{name: as_shipped(name) for name in names}})


class SwitchField(Field):
    """Yes or no."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.box = QCheckBox(self)
        self.take_place(self.box)
        self.box.toggled.connect(self._switched)

    @property
    def editor(self) -> QWidget:
        return self.box

    def set_value(self, value: bool) -> None:
        super().set_value(value)
        self.box.setChecked(value)

    def restyle(self) -> None:
        """Its size is the style's."""

    def _switched(self, on: bool) -> None:
        self.value = on
        self.changed.emit()


KINDS: dict[str, type[Field]] = {
    "number": NumberField,
    "choice": ChoiceField,
    "switch": SwitchField,
    "moment": MomentField,
    "asset": NameField,
    "venue": NameField,
    "text": TextField,
}


def field_for(setting: Setting, parent: QWidget | None = None) -> Field:
    """Return a field for a setting, of the kind it needs."""
    return KINDS[setting.kind](setting, parent)
