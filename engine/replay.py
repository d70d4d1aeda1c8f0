"""Going on from where two scenarios part: a change to the future costs only the future.

While a scenario is played, keyframes are kept. When another one is played that differs only in
what happens later (a tariff announced at the cursor, a position opened or closed there), it goes
on from the last keyframe before the difference, and gives bit for bit what playing it from the
start would give: all chance hangs on time, see :mod:`engine.randomness`, and a shock changes the
grid only from its own minute on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import floor, inf

from engine.clock import MINUTE_S
from engine.record import Stretch
from engine.run import Keyframe, Simulation, played
from engine.scenario import Position, Scenario

TIMED = ("shocks", "halts", "top_ups", "rule_changes")
"""Lists of what happens at set times: until then, it makes no difference that it will."""

KEYFRAMES = 24
"""How many are kept of a run, evenly spaced by steps."""

LARGEST_BYTES = 500_000_000
"""All keyframes together hold at most so much memory; of a larger crowd fewer are kept."""


def agree_until_s(one: Scenario, other: Scenario) -> float:
    """Return the time up to which two scenarios play alike, in seconds; infinity if for ever.

    Names and notes don't count.
    """
    timed = {"name": "", "note": "", "desk": (), **dict.fromkeys(TIMED, ())}
    if one.model_copy(update=timed) != other.model_copy(update=timed):
        return 0.0
    parting = []
    for name in TIMED:
        mine, theirs = Counter(getattr(one, name)), Counter(getattr(other, name))
        differing = (mine - theirs) + (theirs - mine)
        parting += [floor(action.at_min) * MINUTE_S for action in differing]
    places = range(max(len(one.desk), len(other.desk)))
    parting += [_position_parts_s(_at(one, i), _at(other, i)) for i in places]
    return min(parting, default=inf)


def _at(scenario: Scenario, i: int) -> Position | None:
    return scenario.desk[i] if i < len(scenario.desk) else None


def _position_parts_s(one: Position | None, other: Position | None) -> float:
    """Return when two positions in the same place begin to differ."""
    if one == other:
        return inf
    if one is None or other is None:
        there = one or other
        return there.open_min * MINUTE_S if there else inf
    later = {"close_min": other.close_min, "changes": other.changes}
    if one.model_copy(update=later) != other:
        return min(one.open_min, other.open_min) * MINUTE_S
    differing = set(one.changes) ^ set(other.changes)
    ends = [p.close_min for p in (one, other) if p.close_min is not None]
    if one.close_min == other.close_min:
        ends = []
    return min([change.at_min for change in differing] + ends) * MINUTE_S


class Replay:
    """Plays one scenario after another, each from where it parts from the last."""

    def __init__(self) -> None:
        self._scenario: Scenario | None = None
        self._keyframes: list[Keyframe] = []

    def stretches(
        self, scenario: Scenario, known_steps: int, target_seconds: float = 0.1
    ) -> Iterator[Stretch]:
        """Play a scenario; the first stretch may begin later than at step 0.

        Parameters
        ----------
        known_steps
            How many steps of the scenario played last the caller still has.

        Raises
        ------
        BudgetError
            As :func:`engine.run.stretches`.
        """
        start = self._start(scenario, known_steps)
        simulation = Simulation(scenario, keyframe=start)
        self._scenario = scenario
        self._keyframes = [frame for frame in self._keyframes if start and frame.step <= start.step]
        spacing = max(len(simulation.grid) // KEYFRAMES, 1)
        for stretch in played(simulation, target_seconds, longest=spacing):
            last = self._keyframes[-1].step if self._keyframes else 0
            if simulation.done - last >= spacing and simulation.done < len(simulation.grid):
                self._keep(simulation.keyframe())
            yield stretch

    def _start(self, scenario: Scenario, known_steps: int) -> Keyframe | None:
        """Return the last keyframe from which the scenario can go on."""
        if self._scenario is None:
            return None
        until_s = agree_until_s(self._scenario, scenario)
        start = None
        for frame in self._keyframes:
            if frame.step <= known_steps and frame.end_s <= until_s:
                start = frame
        return start

    def _keep(self, frame: Keyframe) -> None:
        """Keep one more; if they grow too large together, every other one goes."""
        self._keyframes.append(frame)
        if len(self._keyframes) * frame.nbytes > LARGEST_BYTES and len(self._keyframes) > 1:
            self._keyframes = self._keyframes[1::2]
