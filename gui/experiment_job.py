"""An experiment that is played beside the window: in processes, looked after by a thread.

The thread waits for the processes and computes nothing itself, so the window never waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.clock import grid
from engine.experiment import Experiment, Results, play
from engine.processes import Processes
from gui.kept_worlds import keep

if TYPE_CHECKING:
    from engine.scenario import Scenario
    from engine.worlds import Batch

LEAST_BATCH, MOST_BATCH = 4, 16
"""Worlds played together cost less each; those of a batch that is cancelled are lost."""

PARTS = 4
"""So many batches a process plays at least, where there are enough worlds: progress is seen."""

PATIENCE_S = 3.0

START_S = 1.0
"""What it takes until processes compute."""

log = logging.getLogger(__name__)


class Job(QObject):
    """Plays one experiment once, going on from what was finished of it before.

    Attributes
    ----------
    count, done, kept
        How many worlds there are, are finished, and were finished before.
    keeps
        Whether what is finished now is there the next time.

    Signals
    -------
    grew(results)
        More worlds are finished; the results are the receiver's own.
    ended(sentence)
        Nothing more comes; the sentence says what went wrong, empty if nothing did.
    """

    grew = Signal(object)
    ended = Signal(str)

    def __init__(
        self,
        experiment: Experiment,
        processes: int | None = None,
        scheduler: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.count = len(experiment.worlds)
        self.done = self.kept = 0
        self.keeps = False
        self._processes = processes or os.cpu_count() or 1
        self._scheduler = scheduler
        self._stop = threading.Event()
        self._begun_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="cascade-experiment", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._begun_s = time.monotonic()
        self._thread.start()

    def cancel(self) -> None:
        """Leave what is under way, within a moment; what is finished has been handed over."""
        self._stop.set()

    def close(self) -> None:
        """Leave everything, and wait until the processes are gone."""
        self.blockSignals(True)
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether somebody said to leave it."""
        return self._stop.is_set()

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes if it goes on like this; None before anything is finished."""
        played = self.done - self.kept
        if not played:
            return None
        return (time.monotonic() - self._begun_s) / played * (self.count - self.done)

    def _run(self) -> None:
        """Play it: the life of the thread."""
        results, keeping = Results(self.experiment), None

        def told(done: int, _count: int) -> None:
            self.done = done
            if done:
                self.grew.emit(Results(self.experiment, dict(results.found)))

        sentence = ""
        try:
            results, keeping = keep(self.experiment)
            self.kept, self.keeps = len(results.found), keeping is not None
            executor, at_a_time = self._executor()
            pieces = _pieces(self.count - self.kept, at_a_time)
            play(results, executor, pieces, keeping, told, self._stop.is_set, _lost)
        except Exception as error:  # whatever it is, the window has to hear of it
            log.exception("an experiment ended early")
            sentence = str(error) or type(error).__name__
        if keeping is not None:
            keeping.end(whole=len(results.found) == self.count)
        self.ended.emit(sentence)

    def _executor(self) -> tuple[Executor, int]:
        if self._scheduler:
            from engine.cluster import Cluster

            cluster = Cluster(self._scheduler)
            return cluster, cluster.threads
        return Processes(self._processes), self._processes


def likely_s(scenario: Scenario, seeds: int, kinds: int) -> float:
    """Return roughly how long so many kinds of worlds take with so many seeds on this computer.

    A step costs something for a batch as a whole; every account does at each step and in each
    minute. Measured on a laptop of 2024.
    """
    processes, worlds = os.cpu_count() or 1, seeds * kinds
    batches = max(_pieces(worlds, processes), kinds)
    accounts, steps, minutes = (
        scenario.crowd.accounts,
        len(grid(scenario)),
        scenario.clock.duration_min,
    )
    world_s = accounts * (2.5e-9 * steps + 1.4e-9 * minutes)
    batch_s = 6.5e-4 * steps + world_s * worlds / batches
    return START_S + batch_s * -(-batches // processes)


def _pieces(worlds: int, at_a_time: int) -> int:
    """Return into how many batches worlds are cut."""
    batch = min(max(worlds // (PARTS * at_a_time), LEAST_BATCH), MOST_BATCH)
    return max(-(-worlds // batch), min(at_a_time, worlds), 1)


def _lost(batch: Batch) -> None:
    log.warning("%s: a computing process ended suddenly; played again", batch)
