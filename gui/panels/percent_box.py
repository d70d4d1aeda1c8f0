"""A typed percentage."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

from gui import format as show


class PercentBox(QDoubleSpinBox):
    """A typed percentage with a true minus sign, which may be typed either way."""

    def textFromValue(self, value: float) -> str:  # noqa: N802 (Qt's name)
        return show.decimal(value, self.decimals())

    def valueFromText(self, text: str) -> float:  # noqa: N802 (Qt's name)
        return super().valueFromText(text.replace(show.MINUS, "-"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state, _text, _position = super().validate(text.replace(show.MINUS, "-"), position)
        return state, text, position
