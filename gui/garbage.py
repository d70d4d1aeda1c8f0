"""When cycles of objects that nobody needs any more are collected: between events.

Python would collect them whenever something makes an object, also while Qt holds a lock and asks
for a method. A Qt object that goes then asks for the lock a second time, and the window stands
still for ever; one that goes in another thread is no better. See
``docs/decisions/0011-when-garbage-is-collected.md``.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1_000
ENOUGH = 5_000
"""Objects made since the last time, less those gone again."""


def collect_between_events(parent: QObject) -> None:
    """Collect from a timer of ``parent``'s, and at no other time."""
    gc.disable()
    timer = QTimer(parent)
    timer.timeout.connect(_collect_if_worth_it)
    timer.start(EVERY_MS)


def leave_what_stands() -> None:
    """Take all that is there now for permanent: later collections don't look at it again."""
    gc.freeze()


def _collect_if_worth_it() -> None:
    if gc.get_count()[0] > ENOUGH:
        gc.collect()
