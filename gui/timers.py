"""Timers that fire once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def once_after(ms: int, slot: Callable[[], object], parent: QObject) -> QTimer:
    """Return a timer that calls ``slot`` once, ``ms`` after it was last started."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer
