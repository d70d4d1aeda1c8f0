"""The small form that changes a position at the cursor: another size, more collateral."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from engine.scenario import Change, Position
from gui.i18n import tr
from gui.panels.inputs import ValueEdit
from gui.panels.setting import NotAllowedError, Setting, setting_at
from gui.theme import theme


class ChangeForm(QWidget):
    """Two numbers that may be left empty, and a button.

    Signals
    -------
    wanted(notional_usd, collateral_usd)
        The person asks for the change; None for a size that stays.
    dismissed()
        The person thinks better of it.
    """

    wanted = Signal(object, float)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings: list[Setting] = [
            setting_at(f"desk.0.changes.0.{name}")
            for name in ("notional_usd", "add_collateral_usd")
        ]
        self.labels = [QLabel(self) for _ in self.settings]
        self.edits = [ValueEdit(self) for _ in self.settings]
        self.notional, self.collateral = self.edits
        self.message = QLabel(self)
        self.message.setProperty("role", "danger")
        self.message.setWordWrap(True)
        self.change, self.cancel = QPushButton(self), QPushButton(self)
        self.change.setProperty("role", "primary")
        grid, buttons = QGridLayout(self), QHBoxLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        for row, (label, edit) in enumerate(zip(self.labels, self.edits, strict=True)):
            label.setBuddy(edit)
            grid.addWidget(label, row, 0)
            grid.addWidget(edit, row, 1)
            edit.returnPressed.connect(self._press)
        grid.addWidget(self.message, 2, 0, 1, 2)
        buttons.addWidget(self.change, 1)
        buttons.addWidget(self.cancel)
        grid.addLayout(buttons, 3, 0, 1, 2)
        self.change.clicked.connect(self._press)
        self.cancel.clicked.connect(self.dismissed)

    def begin(self, position: Position) -> None:
        """Ask for a change of a position; coins need no collateral."""
        for edit in self.edits:
            edit.settle("")
        self.message.hide()
        for widget in (self.labels[1], self.collateral):
            widget.setVisible(position.kind != "spot")
        self.show()
        self.notional.setFocus()

    def refuse(self, text: str) -> None:
        """Say why it can't be done."""
        self.message.setText(text)
        self.message.show()

    def retranslate(self) -> None:
        for setting, label, edit in zip(self.settings, self.labels, self.edits, strict=True):
            label.setText(tr(setting.label))
            edit.setAccessibleName(tr(setting.label))
            for widget in (label, edit):
                widget.setToolTip(setting.hint())
        self.notional.setPlaceholderText(tr("as it is"))
        self.collateral.setPlaceholderText(tr("none"))
        self.change.setText(tr("Change at the cursor"))
        self.cancel.setText(tr("Cancel"))

    def restyle(self) -> None:
        color = theme.color("hover").name()  # a card is as bright as a field usually is
        for edit in self.edits:
            edit.setFixedWidth(theme.unit(110))
            edit.setStyleSheet(f"QLineEdit:!hover {{ background: {color}; }}")

    def _press(self) -> None:
        numbers: list[float | None] = []
        for setting, edit in zip(self.settings, self.edits, strict=True):
            if not edit.text().strip():
                numbers.append(None)
                continue
            try:
                numbers.append(setting.typed(edit.text()))
            except NotAllowedError as error:
                self.refuse(tr("Not possible: type {allowed}.", allowed=error))
                return
        if not any(numbers):
            self.refuse(tr("Type a new size, or what is to be added."))
            return
        self.wanted.emit(numbers[0], numbers[1] or 0.0)


def changed_at(
    position: Position, at_min: float, notional_usd: float | None, collateral_usd: float
) -> Position:
    """Return a position with a change at a time, together with what is set for that time before."""
    changes = {change.at_min: change for change in position.changes}
    before = changes.get(at_min, Change(at_min=at_min))
    size = before.notional_usd if notional_usd is None else notional_usd
    collateral = before.add_collateral_usd + collateral_usd
    both = {"notional_usd": size, "add_collateral_usd": collateral}
    changes[at_min] = before.model_copy(update=both)
    return position.model_copy(update={"changes": tuple(changes[at] for at in sorted(changes))})
