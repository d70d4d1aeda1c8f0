"""The grid of time: long steps in calm, short ones after each shock, known before a run starts.

News is drawn minute by minute (:mod:`engine.news`), so steps are whole minutes or divide one, and
a run on a finer grid sees the same news.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats
from engine.scenario import Scenario

MINUTE_S = 60.0
HOUR_S = 3_600.0
DAY_S = 86_400.0
YEAR_S = 365.25 * DAY_S


@lru_cache(maxsize=256)
def kept(step_s: float, constant_s: float) -> float:
    """Return what is left after a step of what fades with this time constant, e^(−dt/τ)."""
    return float(np.exp(-step_s / constant_s))


def is_round(start_s: float, step_s: float, fine_every_s: float, calm_every_s: float) -> bool:
    """Whether a step reaches the next round time: one pace in calm, one in steps below a minute."""
    every_s = fine_every_s if step_s < MINUTE_S else calm_every_s
    return (start_s + step_s) // every_s > start_s // every_s


@dataclass(frozen=True)
class Grid:
    """Step ``i`` lasts from ``start_s[i]`` to ``end_s[i]`` = ``start_s[i] + step_s[i]``, (T,)."""

    start_s: Floats
    step_s: Floats

    @cached_property
    def end_s(self) -> Floats:
        """Ends of the steps, (T,)."""
        return self.start_s + self.step_s

    def __len__(self) -> int:
        return len(self.start_s)

    def step_at(self, time_s: float) -> int:
        """Return the step in which ``time_s`` lies; the last one for a time beyond the end."""
        return min(int(np.searchsorted(self.end_s, time_s, side="right")), len(self) - 1)


def _fine_minutes(scenario: Scenario) -> NDArray[np.bool_]:
    """Return for each minute whether it is in a shock's fine window."""
    fine = np.zeros(scenario.clock.duration_min, dtype=bool)
    for shock in scenario.shocks:
        first = int(shock.at_min)
        fine[first : first + scenario.clock.fine_window_min] = True
    return fine


def step_count(scenario: Scenario) -> int:
    """Return about how many steps the grid has, without making it; at least as many."""
    fine = int(_fine_minutes(scenario).sum())
    calm = scenario.clock.duration_min - fine
    per_minute = scenario.clock.calm_step_s / MINUTE_S
    return (
        fine * 60 // scenario.clock.fine_step_s + int(calm / per_minute) + len(scenario.shocks) + 1
    )


def grid(scenario: Scenario) -> Grid:
    """Return the scenario's grid.

    A shock's fine window begins with the minute the shock falls in and not before, so adding a
    shock leaves all steps that end before it as they were.
    """
    clock = scenario.clock
    minutes = clock.duration_min
    fine = _fine_minutes(scenario)
    changes = np.diff(fine, prepend=~fine[:1], append=~fine[-1:])
    edges: list[int] = np.flatnonzero(changes).tolist()
    starts: list[Floats] = []
    for first, last in pairwise(edges):
        step_s = clock.fine_step_s if fine[first] else clock.calm_step_s
        starts.append(np.arange(first * MINUTE_S, last * MINUTE_S, step_s, dtype=np.float64))
    start_s = np.concatenate(starts)
    return Grid(start_s, np.diff(start_s, append=minutes * MINUTE_S))
