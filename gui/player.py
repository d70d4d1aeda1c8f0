"""The cursor that plays a run. The only clock of the window.

The engine computes ahead; the cursor moves over what has been computed and never beyond it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from engine.clock import MINUTE_S
from engine.record import Run
from engine.scenario import Scenario

if TYPE_CHECKING:
    from gui.runner import Runner

FRAME_MS = 16
LEAD_IN_S = 300.0
"""An opened scenario waits this long before its first shock."""

AS_COMPUTED = math.inf
SPEEDS = (60.0, 300.0, 600.0, 1_800.0, 3_600.0, 36_000.0, AS_COMPUTED)


class Player(QObject):
    """A cursor over a :class:`engine.record.Run`.

    Attributes
    ----------
    run
        What the screen shows, or None.
    time_s
        Where the cursor stands, in seconds of the scenario.
    playing, speed
        Whether it moves by itself, and how many times faster than the scenario's clock.

    Signals
    -------
    run_changed(run)
        Another run is shown.
    grew()
        The run shown has more steps than before.
    moved()
        The cursor stands elsewhere.
    state_changed()
        ``playing``, ``speed`` or ``waiting`` changed.
    progressed()
        ``waiting_share`` changed.
    """

    run_changed = Signal(object)
    grew = Signal()
    moved = Signal()
    state_changed = Signal()
    progressed = Signal()

    def __init__(self, runner: Runner | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.time_s = 0.0
        self.playing = False
        self.speed = 600.0
        self._opening = False
        self._coming: Run | None = None
        self._wanted_s: float | None = None
        self._replace_at_once = True
        self._runner = runner
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._tick)
        if runner is not None:
            runner.started.connect(self._runner_started)
            runner.grew.connect(self._runner_grew)
            runner.failed.connect(self._runner_failed)
            runner.cancelled.connect(self._runner_cancelled)

    # ---------------------------------------------------------------- where the cursor is

    @property
    def step(self) -> int:
        """Index of the last step finished at the cursor; -1 before the first."""
        if self.run is None or self.run.computed == 0:
            return -1
        finished = int(np.searchsorted(self.run.grid.end_s, self.time_s, side="right")) - 1
        return min(finished, self.run.computed - 1)

    @property
    def computed_s(self) -> float:
        """How far the run shown has been computed: the cursor's limit."""
        return _computed_s(self.run)

    @property
    def duration_s(self) -> float:
        """The end of the scenario shown."""
        return self.run.scenario.clock.duration_min * MINUTE_S if self.run is not None else 0.0

    @property
    def waiting(self) -> bool:
        """Whether the cursor stands still until changed settings have been computed up to it."""
        return self._coming is not None

    @property
    def waiting_share(self) -> float:
        """How far changed settings have been computed, of the way up to the cursor."""
        if self._coming is None or self.time_s <= 0:
            return 1.0
        return min(_computed_s(self._coming) / self.time_s, 1.0)

    @property
    def ready(self) -> bool:
        """Whether the cursor stands where it was meant to, with something computed there."""
        return self.run is not None and self._coming is None and self._wanted_s is None

    @property
    def opening_s(self) -> float | None:
        """Where the cursor is on its way to in a document just opened; None once it is there."""
        return self._wanted_s if self._opening else None

    @property
    def moment_s(self) -> float:
        """The moment a person means who acts at the cursor: where it stands or is on its way to."""
        return self.time_s if self._wanted_s is None else self._wanted_s

    @property
    def at_end(self) -> bool:
        """Whether the cursor stands at the end of the scenario."""
        return self.run is not None and self.time_s >= self.duration_s

    # ---------------------------------------------------------------- commands

    def play(self) -> None:
        """Let the cursor move; from the start again if it stands at the end.

        What was left uncomputed is gone on with: else the cursor would have nowhere to go.
        """
        if self.playing or self.run is None:
            return
        if self._runner is not None:
            self._runner.go_on()
        if self.at_end:
            self.seek(0.0)
        self._want_nothing()
        self.playing = True
        self._elapsed.start()
        self._timer.start()
        self.state_changed.emit()

    def pause(self) -> None:
        if not self.playing:
            return
        self.playing = False
        self._timer.stop()
        self.state_changed.emit()

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def set_speed(self, speed: float) -> None:
        self.speed = speed
        self.state_changed.emit()

    @property
    def kept_speed(self) -> float:
        """The speed as a settings file keeps it, which knows no infinity: 0 for AS_COMPUTED."""
        return 0.0 if self.speed == AS_COMPUTED else self.speed

    def restore_speed(self, kept: float) -> None:
        """Take up a speed that was kept, if it is one of SPEEDS."""
        speed = kept or AS_COMPUTED
        if speed in SPEEDS:
            self.set_speed(speed)

    def step_by(self, steps: int) -> None:
        """Pause, and move to the end of the step before or after (−1, +1, …)."""
        self.pause()
        self._want_nothing()
        if self.run is None:
            return
        end_s, at = self.run.grid.end_s, self.step
        if steps < 0 and at >= 0 and self.time_s > end_s[at]:
            steps += 1  # within a step, one back is the beginning of that step
        to = at + steps
        self._move_to(float(end_s[min(to, len(end_s) - 1)]) if to >= 0 else 0.0)

    def to_start(self) -> None:
        self.seek(0.0)

    def to_end(self) -> None:
        """Move to the end, and along with the computation, which goes on if it was left off."""
        if self._runner is not None:
            self._runner.go_on()
        self.seek(self.duration_s)
        if self.time_s < self.duration_s:
            self._wanted_s = self.duration_s

    def seek(self, time_s: float) -> None:
        """Move the cursor to a time, as far as there is something computed."""
        self._want_nothing()
        self._move_to(time_s)

    # ---------------------------------------------------------------- another run

    def show(self, run: Run) -> None:
        """Show a run now; the cursor stays where it is, as far as possible."""
        self._coming = None
        self._replace_at_once = False
        self.run = run
        wanted_s = self._wanted_s
        limited_s = min(self.time_s if wanted_s is None else wanted_s, self.computed_s)
        moved = limited_s != self.time_s
        self.time_s = limited_s
        if wanted_s is not None and limited_s >= wanted_s:
            self._want_nothing()
        self.run_changed.emit(run)
        if moved:
            self.moved.emit()
        self.state_changed.emit()

    def begin(self, scenario: Scenario) -> None:
        """Prepare for another document: paused, shortly before its first shock."""
        self.pause()
        self._replace_at_once = True
        first_min = min((shock.at_min for shock in scenario.shocks), default=0.0)
        self.time_s = 0.0
        self._wanted_s = max(0.0, first_min * MINUTE_S - LEAD_IN_S)
        self._opening = True

    def _runner_started(self) -> None:
        if self._runner is not None and self._runner.run is not None:
            self._take(self._runner.run)

    def _runner_grew(self) -> None:
        if self._coming is not None:
            self._show_if_caught_up()
        elif self._runner is not None and self._runner.run is self.run:
            self.grew.emit()
            if self._wanted_s is not None:
                wanted_s = self._wanted_s
                if self.computed_s >= wanted_s:
                    self._want_nothing()
                self._move_to(wanted_s)

    def _runner_failed(self, _message: str) -> None:
        self._keep_what_is_shown()

    def _runner_cancelled(self) -> None:
        self._keep_what_is_shown()

    def _take(self, run: Run) -> None:
        """Show a run that has just begun, now or as soon as it reaches the cursor."""
        if self.run is None or self._replace_at_once or self.time_s <= 0:
            self.show(run)
            return
        self._coming = run
        self.state_changed.emit()

    def _show_if_caught_up(self) -> None:
        coming = self._coming
        if coming is None:
            return
        needed_s = min(self.time_s, coming.scenario.clock.duration_min * MINUTE_S)
        if _computed_s(coming) >= needed_s:
            self.show(coming)
        else:
            self.progressed.emit()

    def _keep_what_is_shown(self) -> None:
        self._coming = None
        self._want_nothing()
        self.state_changed.emit()

    # ---------------------------------------------------------------- moving

    def _tick(self) -> None:
        passed_s = self._elapsed.restart() / 1_000.0
        if self._coming is not None:
            return  # the settings changed; the future on the screen is no longer the right one
        if self.speed == AS_COMPUTED:
            self._move_to(self.computed_s)
        else:
            # After a hiccup the cursor goes on from where it was; it doesn't leap.
            self._move_to(self.time_s + min(passed_s, 0.25) * self.speed)
        if self.at_end or self._stranded:
            self.pause()

    @property
    def _stranded(self) -> bool:
        """Whether the cursor has come to the last step computed, and nobody computes more."""
        runner = self._runner
        return runner is not None and not runner.computing and self.time_s >= self.computed_s

    def _want_nothing(self) -> None:
        self._wanted_s, self._opening = None, False

    def _move_to(self, time_s: float) -> None:
        time_s = min(max(time_s, 0.0), self.computed_s)
        if time_s != self.time_s:
            self.time_s = time_s
            self.moved.emit()


def _computed_s(run: Run | None) -> float:
    return float(run.grid.end_s[run.computed - 1]) if run is not None and run.computed else 0.0
