"""What a row of widgets does without where it is too narrow for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QBoxLayout, QWidget


def fold(row: QBoxLayout, groups: Iterable[Iterable[QWidget]], room_px: int) -> None:
    """Hide groups of a row's widgets, the first ones first, until the others fit into a width."""
    waiting = [list(group) for group in groups]
    for group in waiting:
        for widget in group:
            widget.show()
    for group in waiting:
        if row.minimumSize().width() <= room_px:
            return
        for widget in group:
            widget.hide()
