"""News: what moves fundamental values, whatever the market does.

    df_a = σ_a · m(t) · (√ρ dB_0 + √(1−ρ) dB_a) + β_a · ln(1 + size) · d ramp

with annual volatility σ_a, correlation ρ, the excitement
m(t) = 1 + Σ (multiplier − 1)·2^(−age/halflife) after each shock, and a ramp that spreads a shock's
size evenly over its length.

Noise is drawn for every minute; within a minute a Brownian bridge fills in finer steps. A finer
grid, or one more shock later on, therefore leaves the noise of every minute as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.clock import DAY_S, MINUTE_S, YEAR_S, Grid
from engine.randomness import Stream, generator
from engine.scenario import Scenario, Shock

Floats = NDArray[np.float64]

DAY_MIN = int(DAY_S / MINUTE_S)
HOUR_MIN = 60

SHORTEST_RAMP_MIN = 1e-3
"""A shorter ramp is none."""


class News:
    """Changes of the log fundamental value, step by step, for all worlds.

    Parameters
    ----------
    scenario, grid, worlds
        What is run, on which steps, in how many worlds.
    """

    def __init__(self, scenario: Scenario, grid: Grid, worlds: int) -> None:
        self._seed = scenario.seed
        self._worlds = worlds
        self._grid = grid
        # In one order, whatever the file's: sums of floats depend on it.
        self._shocks = tuple(sorted(scenario.shocks, key=lambda s: (s.at_min, s.size_pct, s.name)))
        self._substeps = 60 // scenario.clock.fine_step_s
        self._scale = np.array([asset.volatility_per_year for asset in scenario.assets])
        self._beta = np.array([asset.shock_beta for asset in scenario.assets])
        self._common = np.sqrt(scenario.news.correlation)
        self._own = np.sqrt(1 - scenario.news.correlation)
        self._kept: dict[Stream, tuple[int, Floats]] = {}

    def changes(self, first: int, last: int) -> Floats:
        """Return the change of the log fundamental value in steps ``first:last``, (n, W, A)."""
        start_s = self._grid.start_s[first:last]
        step_s = self._grid.step_s[first:last]
        brownian = self._brownian(start_s, step_s)
        noise = self._common * brownian[..., :1] + self._own * brownian[..., 1:]
        excitement = excitement_at(self._shocks, start_s + step_s / 2)
        scale = self._scale / np.sqrt(YEAR_S) * excitement[:, None]
        moved = ramped(self._shocks, start_s + step_s) - ramped(self._shocks, start_s)
        changes: Floats = noise * scale[:, None, :] + moved[:, None, None] * self._beta
        return changes

    def _brownian(self, start_s: Floats, step_s: Floats) -> Floats:
        """Increments of independent Brownian motions in each step, (n, W, 1 + A), in √s."""
        out = np.empty((len(start_s), self._worlds, 1 + len(self._scale)))
        minute = (start_s // MINUTE_S).astype(np.int64)
        whole = step_s >= MINUTE_S
        for i in np.flatnonzero(whole & (step_s > MINUTE_S)):
            minutes = minute[i] + np.arange(int(step_s[i] // MINUTE_S))
            out[i] = self._minutes(minutes).sum(axis=0)
        single = whole & (step_s == MINUTE_S)
        out[single] = self._minutes(minute[single])
        out[~whole] = self._bridge(minute[~whole], start_s[~whole], step_s[~whole])
        out *= np.sqrt(MINUTE_S)
        return out

    def _minutes(self, minute: NDArray[np.int64]) -> Floats:
        """Standard normal increments of whole minutes, (n, W, 1 + A)."""
        out = np.empty((len(minute), self._worlds, 1 + len(self._scale)))
        for day in np.unique(minute // DAY_MIN):
            inside = minute // DAY_MIN == day
            out[inside] = self._day(int(day))[minute[inside] % DAY_MIN]
        return out

    def _bridge(self, minute: NDArray[np.int64], start_s: Floats, step_s: Floats) -> Floats:
        """Increments of steps within minutes, in √min; those of one minute add up to its own."""
        out = np.empty((len(minute), self._worlds, 1 + len(self._scale)))
        part = np.round((start_s - minute * MINUTE_S) / step_s).astype(np.int64)
        for hour in np.unique(minute // HOUR_MIN):
            inside = minute // HOUR_MIN == hour
            within = self._within(int(hour))
            m = minute[inside] % HOUR_MIN
            pull = within[m, part[inside]] - within[m].mean(axis=1)
            whole = self._minutes(minute[inside])
            out[inside] = pull / np.sqrt(self._substeps) + whole / self._substeps
        return out

    def _day(self, day: int) -> Floats:
        """Standard normals of the minutes of a day, (1440, W, 1 + A)."""
        return self._drawn(Stream.NEWS_BY_MINUTE, day, (DAY_MIN,))

    def _within(self, hour: int) -> Floats:
        """Standard normals within the minutes of an hour, (60, substeps, W, 1 + A)."""
        return self._drawn(Stream.NEWS_WITHIN_MINUTE, hour, (HOUR_MIN, self._substeps))

    def _drawn(self, stream: Stream, key: int, shape: tuple[int, ...]) -> Floats:
        """Draw for all worlds; only the day and the hour at hand are kept."""
        if self._kept.get(stream, (-1, None))[0] != key:
            columns = 1 + len(self._scale)
            drawn = np.empty((*shape, self._worlds, columns))
            for world in range(self._worlds):
                dice = generator(self._seed, world, stream, key)
                drawn[..., world, :] = dice.standard_normal((*shape, columns))
            self._kept[stream] = (key, drawn)
        return self._kept[stream][1]


def excitement_at(shocks: tuple[Shock, ...], time_s: Floats) -> Floats:
    """Return the factor on the volatility of news at each time: 1 in calm."""
    factor = np.ones_like(time_s)
    for shock in shocks:
        age_min = time_s / MINUTE_S - shock.at_min
        fade = np.exp2(-np.maximum(age_min, 0) / shock.volatility_halflife_min)
        factor += np.where(age_min >= 0, (shock.volatility_multiplier - 1) * fade, 0)
    return factor


def ramped(shocks: tuple[Shock, ...], time_s: Floats) -> Floats:
    """Return the log change that all shocks together have made by each time, at β = 1."""
    total = np.zeros_like(time_s)
    for shock in shocks:
        age_min = time_s / MINUTE_S - shock.at_min
        at_once = shock.ramp_min < SHORTEST_RAMP_MIN
        done = (age_min > 0).astype(np.float64) if at_once else age_min / shock.ramp_min
        total += np.log1p(shock.size_pct / 100) * np.clip(done, 0, 1)
    return total
