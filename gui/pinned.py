"""A: a run that is kept, so that every further one, B, can be held against it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.record import Run
from engine.scenario import Scenario
from gui.player import Player


class Pinned(QObject):
    """The run that was kept, and the one that a change has just taken the place of.

    A run is never changed once another one is shown, so keeping it costs its memory and no copy.

    Attributes
    ----------
    run
        A, or None.
    shown
        Whether it is drawn behind the run on the screen.
    before
        What was on the screen before the last change: A for whoever says so afterwards.

    Signals
    -------
    changed()
        There is another A or B, another run before, or A is shown or hidden.
    """

    changed = Signal()

    def __init__(self, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self.run: Run | None = None
        self.before: Run | None = None
        self.shown = True
        self._last = player.run
        player.run_changed.connect(self._another_run)

    @property
    def other(self) -> Run | None:
        """A while it is another run than the one on the screen: what there is to compare with."""
        return self.run if self.run is not self.player.run else None

    @property
    def drawn(self) -> Run | None:
        """What is to be drawn behind the run on the screen."""
        return self.other if self.shown else None

    @property
    def seeds_differ(self) -> bool:
        """Whether chance differs between A and B, beside the settings."""
        here = self.player.run
        return (
            self.run is not None
            and here is not None
            and self.run.scenario.seed != here.scenario.seed
        )

    @property
    def can_pin(self) -> bool:
        """Whether there is something on the screen to keep."""
        return self.player.run is not None and self.player.run is not self.run

    @property
    def can_pin_before(self) -> bool:
        """Whether a change has taken the place of a run that could be kept."""
        return self.before is not None and self.before is not self.run

    def pin(self) -> None:
        """Keep the run on the screen as A, as far as it is computed."""
        if self.can_pin:
            self._keep(self.player.run)

    def pin_before(self) -> None:
        """Keep the run that the last change took the place of."""
        if self.can_pin_before:
            self._keep(self.before)

    def unpin(self) -> None:
        """Let go of A."""
        if self.run is not None:
            self._keep(None)

    def set_shown(self, on: bool) -> None:
        """Draw A, or don't."""
        if on != self.shown:
            self.shown = on
            self.changed.emit()

    def decline(self) -> None:
        """Don't keep the run before, whoever offers it; the next change makes another one."""
        self.before = None
        self.changed.emit()

    def forget_document(self, _scenario: Scenario) -> None:
        """Another one is opened: what was on the screen was not before a change of it."""
        self.before, self._last = None, None

    def _keep(self, run: Run | None) -> None:
        self.run, self.shown = run, True
        self.changed.emit()

    def _another_run(self, run: Run | None) -> None:
        """Remember the run before; of those half computed during a drag, none that says less."""
        last, self._last = self._last, run
        if last is not None and run is not None and last.scenario is run.scenario:
            if self.run is last:  # not another run: the same one, gone on with
                self.run = run
        elif last is not None and last.computed:
            known = self.before.computed if self.before is not None else 0
            if last.complete or last.computed >= known:
                self.before = last
        self.changed.emit()
