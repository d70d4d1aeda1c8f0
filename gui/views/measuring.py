"""Measures of runs on the screen, a few milliseconds at a time so that nothing else waits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from engine.evidence import measured
from engine.measures import Measure
from engine.record import Run

AT_A_TIME_S = 0.008
"""How long it measures before the window gets its turn; one measure is done whole."""


class Measuring(QObject):
    """Measures runs, each by the name the caller gave it.

    Signals
    -------
    done()
        ``values`` holds everything that was asked for.
    """

    done = Signal()

    def __init__(self, measures: Mapping[str, Measure], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._measures = measures
        self._left: deque[tuple[str, Run, str]] = deque()
        self._new: dict[str, dict[str, float]] = {}
        self.values: dict[str, dict[str, float]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def start(self, runs: Sequence[tuple[str, Run]]) -> None:
        """Measure these runs as far as they are computed; what was under way is left."""
        self._left = deque((name, run, key) for name, run in runs for key in self._measures)
        self._new = {name: {} for name, _ in runs}
        self._timer.start()

    def _go_on(self) -> None:
        until = time.monotonic() + AT_A_TIME_S
        while self._left and time.monotonic() < until:
            name, run, key = self._left.popleft()
            value = np.nan if not run.computed else measured(run, [self._measures[key]])[0, 0]
            self._new[name][key] = float(value)
        if not self._left:
            self._timer.stop()
            self.values = self._new
            self.done.emit()
