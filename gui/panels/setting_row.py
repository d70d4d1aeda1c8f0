"""One setting in a form: its name, its value, a way to change it and one to take it back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import tr
from gui.icons import icon
from gui.panels.inputs import Combo, Label, Slider, ValueEdit
from gui.panels.refusal import in_plain_words
from gui.panels.setting import NotAllowedError, Setting, setting_at
from gui.panels.setup_sections import why_idle
from gui.theme import theme
from gui.timers import once_after

APPLY_EVERY_MS = 50
"""While a slider is dragged, the scenario is changed at most this often."""

READING_MS = 10_000
"""How long a refusal stays: the old value is back, nothing is left to be done about it."""

LONGEST_WRITTEN = 9_999_999.0
"""Larger numbers are shortened."""

GESTURE_PAUSE_MS = 700
"""Key presses on a slider closer together than this are one step of undo."""


class SettingRow(QWidget):
    """What all rows have: label, reset, and a line that says why something was refused."""

    def __init__(
        self, document: Document, setting: str | Setting, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.opened: Scenario = document.scenario
        self.setting = setting if isinstance(setting, Setting) else setting_at(setting)
        self._idle = ""
        self.changed = False
        self.setProperty("setting", self.setting.path)
        self.label = Label(self)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reset = QToolButton(self)
        self.reset.setProperty("role", "flat")
        self.reset.setAutoRaise(True)
        self.reset.clicked.connect(self._reset)
        self.message = QLabel(self)
        self.message.setProperty("role", "danger")
        self.message.setWordWrap(True)
        self.message.hide()
        # the old value is back; the reason may go when it has been read
        self._said = once_after(READING_MS, self.message.hide, self)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(theme.unit(4))
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(0, 1)

    def lay_below(self, field: QWidget) -> None:
        """Put a field below the name, and the reset beside it."""
        line = QHBoxLayout()
        line.setSpacing(theme.unit(4))
        line.addWidget(field, 1)
        line.addWidget(self.reset)
        self.grid.addWidget(self.label, 0, 0)
        self.grid.addLayout(line, 1, 0)
        self.grid.addWidget(self.message, 2, 0)

    # ---------------------------------------------------------------- for subclasses

    def show_value(self, value: Any) -> None:
        """Show a value of the setting."""
        raise NotImplementedError

    # ---------------------------------------------------------------- what is shown

    def set_path(self, path: str) -> None:
        """Show another setting of the same kind, such as the same one of another shock."""
        self.setting = setting_at(path)
        self.setProperty("setting", path)
        self.retranslate()

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the setting as it is in a scenario."""
        value = self.setting.value(scenario)
        self.show_value(value)
        before = self.opened_value()
        self.mark_changed(before is not None and value != before)
        idle = self.why_idle(scenario)
        if idle != self._idle:
            self._rest(idle)

    def _rest(self, idle: str) -> None:
        """Rest for this reason, or, without any, come back; the tooltip tells."""
        self._idle = idle
        self.setEnabled(not idle)
        self.hint_at(self.hint())

    def why_idle(self, scenario: Scenario) -> str:
        """Return why the setting counts for nothing in a scenario; empty if it counts."""
        return why_idle(self.setting.path, scenario)

    def hint(self) -> str:
        """Return what the tooltip says."""
        return "\n".join(filter(None, (self.setting.hint(), self._idle)))

    def hint_at(self, hint: str) -> None:
        """Give everything in the row its tooltip. Extended by subclasses."""
        for widget in (self.label, self):
            widget.setToolTip(hint)

    def mark_changed(self, changed: bool) -> None:
        """Mark the row, and offer to take the change back."""
        self.changed = changed
        if changed and self.reset.icon().isNull():
            self._draw_reset()
        self.reset.setVisible(changed)
        role = "value" if changed else ""
        if self.label.property("role") != role:
            self.label.setProperty("role", role)
            self.label.style().polish(self.label)

    def retranslate(self) -> None:
        """Take up another language."""
        self.accept()
        self.label.setText(tr(self.setting.label))
        self._rest(self.why_idle(self.document.scenario))
        self.reset.setToolTip(tr("Back to what it was in the file"))
        self.reset.setAccessibleName(tr("Reset {setting}", setting=tr(self.setting.label)))
        self.show_scenario(self.document.scenario)

    def restyle(self) -> None:
        """Take up another theme or text size."""
        if not self.reset.icon().isNull():
            self._draw_reset()
        side = theme.unit(12)
        self.reset.setIconSize(QSize(side, side))
        self.reset.setFixedHeight(theme.unit(22))  # rows below stay where they are when it comes

    def _draw_reset(self) -> None:
        """Draw the icon; most rows never need theirs."""
        self.reset.setIcon(icon("undo", "accent"))

    def refuse(self, text: str) -> None:
        """Say what is not possible, in place."""
        self.message.setText(text)
        self.message.show()
        self._said.start()

    def accept(self) -> None:
        """Take back what was said."""
        if not self.message.isHidden():
            self.message.hide()

    # ---------------------------------------------------------------- what is changed

    def apply(self, value: Any, merge: str = "") -> bool:
        """Change the setting; say why if it is refused, and show what it was."""
        name = tr("Change “{setting}”", setting=tr(self.setting.label))
        try:
            self.edit_document(name, value, merge)
        except ScenarioError as error:
            self.show_scenario(self.document.scenario)
            self.refuse(in_plain_words(error))
            return False
        self.accept()
        return True

    def edit_document(self, name: str, value: Any, merge: str) -> None:
        """Change the setting in the document; raises ScenarioError if it is refused."""
        self.document.change(name, self.setting.path, value, merge)

    def opened_value(self) -> Any:
        """Return what the setting was in the file; None if that had nothing of the kind."""
        try:
            return self.setting.value(self.opened)
        except (IndexError, AttributeError):  # a shock or a rule of its own that the file hasn't
            return None

    def _reset(self) -> None:
        self.apply(self.opened_value())


class NumberRow(SettingRow):
    """A number: a slider and a typed value with its unit."""

    def __init__(
        self, document: Document, setting: str | Setting, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, setting, parent)
        self.slider = Slider(self)
        self.edit = ValueEdit(self)
        self.label.setBuddy(self.edit)
        self.grid.addWidget(self.label, 0, 0)
        self.grid.addWidget(self.reset, 0, 1)
        self.grid.addWidget(self.edit, 0, 2)
        self.grid.addWidget(self.slider, 1, 0, 1, 3)
        self.grid.addWidget(self.message, 2, 0, 1, 3)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.end_drag)
        self.edit.textEdited.connect(self._check)
        self.edit.editingFinished.connect(self._typed)
        self._waiting: float | None = None
        self._apply_timer = once_after(APPLY_EVERY_MS, self._apply_waiting, self)
        self._gesture_timer = once_after(GESTURE_PAUSE_MS, self.end_drag, self)

    def show_value(self, value: float) -> None:
        if self._waiting is None:
            self.edit.settle(self.text_of(value))
            if not self.slider.isSliderDown():
                self._place_slider(value)

    def mark_changed(self, changed: bool) -> None:
        super().mark_changed(changed)
        if bool(self.slider.property("changed")) != changed:
            self.slider.setProperty("changed", changed)
            self.slider.style().polish(self.slider)

    def retranslate(self) -> None:
        super().retranslate()
        for widget in (self.edit, self.slider):
            widget.setAccessibleName(tr(self.setting.label))
        self._fit_edit()

    def hint_at(self, hint: str) -> None:
        super().hint_at(hint)
        for widget in (self.edit, self.slider):
            widget.setToolTip(hint)
            widget.setAccessibleDescription(hint)

    def restyle(self) -> None:
        super().restyle()
        self._fit_edit()

    def _fit_edit(self) -> None:
        """Make the field as wide as the longest values that can stand in it."""
        longest = [self.setting.low, self.setting.high, min(LONGEST_WRITTEN, self.setting.high)]
        metrics = self.edit.fontMetrics()
        text = max(metrics.horizontalAdvance(self.text_of(value)) for value in longest)
        self.edit.setFixedWidth(max(text + theme.unit(17), theme.unit(76)))

    # How values are written and typed; a time is written as one.

    def text_of(self, value: float) -> str:
        """Return a value as it is written in the row."""
        return self.setting.text(value)

    def value_of(self, text: str) -> float:
        """Return the value that was typed, or raise NotAllowedError."""
        return self.setting.typed(text)

    def value_at(self, position: int) -> float:
        """Return the value at a place of the slider."""
        return self.setting.value_at(position)

    def position_of(self, value: float) -> int:
        """Return the slider's place for a value."""
        return self.setting.position(value)

    # ---------------------------------------------------------------- the slider

    def _place_slider(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self.position_of(value))
        self.slider.blockSignals(False)

    def drag_to(self, value: float) -> None:
        """Show a new value at once, and change the scenario now and then, until end_drag."""
        self._waiting = value
        self.edit.settle(self.text_of(value))
        self.accept()
        if not self._apply_timer.isActive():
            self._apply_waiting()

    def nudge(self, direction: int) -> None:
        """Drag by a key, as the slider's own arrow keys do: presses in a row are one step."""
        now = self.setting.value(self.document.scenario)
        place = self.position_of(now if self._waiting is None else self._waiting)
        self.drag_to(self.value_at(place + direction * self.slider.singleStep()))
        self._gesture_timer.start()

    def end_drag(self) -> None:
        """Take over the last value; what comes next is another step of undo."""
        self._apply_timer.stop()
        self._gesture_timer.stop()
        self._apply_waiting()
        self.document.end_merge()
        self.show_scenario(self.document.scenario)

    def _slid(self, position: int) -> None:
        self.drag_to(self.value_at(position))
        if not self.slider.isSliderDown():
            self._gesture_timer.start()

    def _apply_waiting(self) -> None:
        if self._waiting is not None:
            value, self._waiting = self._waiting, None
            self.apply(value, merge=self.setting.path)
            self._apply_timer.start()

    # ---------------------------------------------------------------- the typed value

    def _check(self, text: str) -> None:
        """Say what is allowed as soon as something else stands there."""
        if not self.edit.isModified():
            self.accept()
            return
        try:
            self.value_of(text)
        except NotAllowedError as error:
            self.refuse(tr("Not possible: type {allowed}.", allowed=error))
        else:
            self.accept()

    def _typed(self) -> None:
        if not self.edit.isModified():
            return
        try:
            value = self.value_of(self.edit.text())
        except NotAllowedError as error:
            self.refuse(tr("Not possible: type {allowed}.", allowed=error))
            self.edit.restore()
            return
        self.edit.setModified(False)
        if value == self.setting.value(self.document.scenario):
            self.show_scenario(self.document.scenario)
        else:
            self.apply(value)


class ChoiceRow(SettingRow):
    """One of a few: a list to choose from."""

    def __init__(
        self, document: Document, setting: str | Setting, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, setting, parent)
        self.combo = Combo(self)
        self.label.setBuddy(self.combo)
        self.lay_below(self.combo)
        for value in self.setting.choices:
            self.combo.addItem("", value)
        self.combo.activated.connect(self._chosen)

    def show_value(self, value: str) -> None:
        self.combo.setCurrentIndex(self.combo.findData(value))

    def retranslate(self) -> None:
        for i, text in enumerate(self.setting.choices.values()):
            self.combo.setItemText(i, tr(text))
        super().retranslate()
        self.combo.setAccessibleName(tr(self.setting.label))

    def hint_at(self, hint: str) -> None:
        super().hint_at(hint)
        self.combo.setAccessibleDescription(hint)
        self.combo.setToolTip(hint)

    def _chosen(self, index: int) -> None:
        self.apply(self.combo.itemData(index))
