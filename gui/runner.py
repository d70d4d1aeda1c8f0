"""Keeps a run going in the computing process and collects what it hands over.

No threads: a timer looks into the pipe, a few milliseconds at a time, while something is computed.
"""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, QTimer, Signal

from engine.record import Run
from engine.scenario import Scenario
from gui.engine_sentences import translated
from gui.i18n import tr
from gui.worker import Message, Word, Worker, WorkerDiedError

LOOK_EVERY_MS = 8
LONGEST_LOOK_S = 0.004
"""How long the window may be kept from painting at a time."""

PATIENCE_S = 2.0
"""A process that was asked to stop and has not answered for this long is replaced."""

log = logging.getLogger(__name__)


class Runner(QObject):
    """Computes one scenario at a time; the last one asked for wins.

    Signals
    -------
    started()
        ``run`` is a new, empty one.
    grew()
        ``run`` has more steps.
    finished()
        ``run`` is complete.
    failed(message)
        It never will be; the sentence says why.
    cancelled()
        It never will be, because somebody said so.
    """

    started = Signal()
    grew = Signal()
    finished = Signal()
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, worker: Worker | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._before: Run | None = None
        self._worker = worker if worker is not None else Worker()
        self._next: Scenario | None = None
        self._asked: Scenario | None = None
        self._busy = False
        self._stopping_since: float | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def computing(self) -> bool:
        """Whether there is more to come."""
        return self._next is not None or (self._busy and self._stopping_since is None)

    @property
    def left_off(self) -> bool:
        """Whether the rest of what was asked for was left uncomputed, and can be gone on with."""
        if self.computing or self._asked is None:
            return False
        return self.run is None or self.run.scenario is not self._asked or not self.run.complete

    def start(self, scenario: Scenario) -> None:
        """Compute a scenario; an earlier one is left at its next stretch."""
        self._next = self._asked = scenario
        if self._busy:
            self._ask_to_stop()
        else:
            self._begin_next()

    def cancel(self) -> None:
        """Leave what is under way; what has been computed of it stays in ``run``."""
        if not self.computing:
            return
        self._next = None
        self._ask_to_stop()
        self.cancelled.emit()

    def go_on(self) -> None:
        """Compute the rest of what was left off, if it was."""
        if self.left_off and self._asked is not None:
            self.start(self._asked)

    def close(self) -> None:
        """End the process; the window is closing."""
        self._timer.stop()
        self._busy, self._next = False, None
        self._worker.close()

    def _begin_next(self) -> None:
        scenario, self._next = self._next, None
        if scenario is None:
            self._timer.stop()
            return
        from engine.run import BudgetError, check_budget

        try:
            # Here as well as in the process: the record's arrays are allocated on this side.
            check_budget(scenario)
        except BudgetError as error:
            self._timer.stop()
            self._asked = None
            self.failed.emit(translated(str(error)))
            return
        known_steps = self.run.computed if self.run is not None and self._worker.alive else 0
        try:
            self._worker.start()
            self._worker.send(Word.COMPUTE, (scenario, known_steps))
        except (WorkerDiedError, OSError) as error:
            log.error("no computing process: %r", error)
            self.failed.emit(tr("The computing process could not be started."))
            return
        self._before, self.run = self.run, Run(scenario)
        self._busy, self._stopping_since = True, None
        self._timer.start()
        self.started.emit()

    def _ask_to_stop(self) -> None:
        if self._stopping_since is not None:
            return
        self._stopping_since = time.monotonic()
        try:
            self._worker.send(Word.STOP)
        except WorkerDiedError:
            self._died()

    def _look(self) -> None:
        """Collect what has arrived, as long as it takes but not longer than a moment."""
        until = time.monotonic() + LONGEST_LOOK_S
        grew = False
        while self._busy and time.monotonic() < until:
            try:
                message = self._worker.receive()
            except WorkerDiedError:
                self._died()
                return
            if message is None:
                break
            grew = self._take(message, grew)
        if grew:
            self.grew.emit()
        if self._stopping_since is not None and (
            time.monotonic() - self._stopping_since > PATIENCE_S
        ):
            self._worker.close()
            self._ended()

    def _take(self, message: Message, grew: bool) -> bool:
        """Deal with one message; return whether the run has grown and nobody knows yet."""
        if message.word is Word.STRETCH:
            if self._stopping_since is not None or self.run is None:
                return grew
            first_step = message.content.first_step
            if self.run.computed == 0 and first_step and self._before is not None:
                self.run.begin_with(self._before, first_step)
            self._before = None
            self.run.append(message.content)
            return True
        if grew:  # the last steps are told before the end is
            self.grew.emit()
        if self._stopping_since is not None:
            self._ended()
        elif message.word is Word.DONE:
            self._ended()
            self.finished.emit()
        elif message.word is Word.FAILED:
            sentence, where = message.content
            log.error("the computation failed\n%s", where)
            self._asked = None  # it would fail again
            self._ended()
            self.failed.emit(tr("The computation failed ({reason}).", reason=translated(sentence)))
        return False

    def _ended(self) -> None:
        self._busy, self._stopping_since = False, None
        self._begin_next()

    def _died(self) -> None:
        log.error("the computing process ended unexpectedly")
        stopping = self._stopping_since is not None
        self._worker.close()
        self._ended()
        if not stopping:
            self.failed.emit(
                tr(
                    "The computing process ended unexpectedly. Your scenario is unharmed; the next "
                    "change starts the computation anew."
                )
            )
