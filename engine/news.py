"""News: what moves fundamental values, whatever the market does.

    df_a = σ_a · m(t) · v(t) · (√ρ dB_0 + √(1−ρ) dB_a) + Σ β_sa · dg_s

with annual volatility σ_a and correlation ρ. Of an asset with a price path the first term is the
change of the path's log price instead, which runs in straight lines from moment to moment. If the
path leaves what lies between to noise, the first term is added to it as a bridge: less its own
straight lines between the path's moments, so that it starts and ends at nothing between them.
(Excitement is left out of these lines: the noise it adds stays.) A path may say how lively the
noise is from each of its moments on, a factor for all assets.

Excitement
    m(t) = 1 + Σ (multiplier − 1)·2^(−age/halflife) after each shock.
Clustering of volatility, one for all assets of a world
    v(t) = exp(h − var h): the mean of v² is 1. At whole hours
    h_k = φ·h_(k−1) + c·√(1−φ²)·z_k and h_0 = c·z_0, with φ = exp(−1 h / clusters last); c is the
    standard deviation of h, z are standard normals. Within an hour h runs in a straight line, and
    each minute takes v from its middle.
Shocks
    g_s = ln(1 + size)·(ramp − recovery share·(1 − 2^(−t/halflife))): a ramp spreads the size
    evenly over its length; t is the time since its end. Each asset has its own sensitivity β_sa.

Noise is drawn for every minute; within a minute a Brownian bridge fills in finer steps. A finer
grid, or one more shock later on, therefore leaves the noise of every minute as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, distinct
from engine.clock import DAY_S, HOUR_S, MINUTE_S, YEAR_S, Grid
from engine.randomness import Stream, generator
from engine.scenario import Scenario, Shock

DAY_MIN = int(DAY_S / MINUTE_S)
DAY_H = int(DAY_S / HOUR_S)
HOUR_MIN = int(HOUR_S / MINUTE_S)

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
        self._shocks = tuple(sorted(scenario.shocks, key=_order))
        assets = range(len(scenario.assets))
        self._beta = np.array([[scenario.beta(s, a) for a in assets] for s in self._shocks])
        self._substeps = 60 // scenario.clock.fine_step_s
        self._scale = np.array([asset.volatility_per_year for asset in scenario.assets])
        self._common = np.sqrt(scenario.news.correlation)
        self._own = np.sqrt(1 - scenario.news.correlation)
        self._clusters = Clusters(scenario, worlds)
        self._path_s, self._path_log = _path(scenario)
        path = scenario.news.path
        self._bridged = path is not None and path.between == "noise"
        self._liveliness = np.array(path.liveliness if path else ())
        self._kept: dict[Stream, tuple[int, Floats]] = {}

    def changes(self, first: int, last: int) -> Floats:
        """Return the change of the log fundamental value in steps ``first:last``, (n, W, A)."""
        start_s = self._grid.start_s[first:last]
        step_s = self._grid.step_s[first:last]
        end_s = start_s + step_s
        lively = excitement_at(self._shocks, start_s + step_s / 2) * self._liveliness_at(start_s)
        changes = self._noise(self._brownian(start_s, step_s)) * lively[:, None, None]
        for asset, log_price in self._path_log.items():
            if not self._bridged:
                changes[..., asset] = 0
            for world, bridge in enumerate(self._bridges[..., asset].T):
                line = log_price - bridge
                begun, ended = (np.interp(edge, self._path_s, line) for edge in (start_s, end_s))
                changes[:, world, asset] += ended - begun
        changes += self._moved(start_s, end_s)[:, None, :]
        return changes

    def _noise(self, brownian: Floats) -> Floats:
        """Everyday changes of log values from those of Brownian motions, (…, A)."""
        noise: Floats = self._common * brownian[..., :1] + self._own * brownian[..., 1:]
        noise *= self._scale / np.sqrt(YEAR_S)
        return noise

    def _liveliness_at(self, time_s: Floats) -> Floats:
        """Factor of the path on the noise of what begins at these times, (n,)."""
        if not len(self._liveliness):
            return np.ones_like(time_s)
        place = np.searchsorted(self._path_s, time_s, side="right") - 1
        factor: Floats = np.where(place >= 0, self._liveliness[np.maximum(place, 0)], 1.0)
        return factor

    @cached_property
    def _bridges(self) -> Floats:
        """What noise alone has made at the path's moments, (K, W, A); zero if none belongs there.

        Counted in whole minutes.
        """
        moments = (self._path_s // MINUTE_S).astype(np.int64)
        made = np.zeros((len(moments), self._worlds, 1 + len(self._scale)))
        if self._bridged:
            for nth, (first, last) in enumerate(pairwise(moments.tolist()), start=1):
                between = self._minutes(np.arange(first, last)).sum(axis=0)
                lively = self._liveliness_at(self._path_s[nth - 1 : nth])
                made[nth] = made[nth - 1] + lively * between
        return self._noise(made * np.sqrt(MINUTE_S))

    def _moved(self, start_s: Floats, end_s: Floats) -> Floats:
        """Log changes that shocks make in each step, (n, A)."""
        moved = np.zeros((len(start_s), len(self._scale)))
        for shock, beta in zip(self._shocks, self._beta, strict=True):
            made = ramped((shock,), end_s) - ramped((shock,), start_s)
            moved += made[:, None] * beta
        return moved

    def _brownian(self, start_s: Floats, step_s: Floats) -> Floats:
        """Increments of independent clustered Brownian motions in each step, (n, W, 1 + A), √s."""
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
        """Increments of whole minutes, in √min, (n, W, 1 + A)."""
        out = np.empty((len(minute), self._worlds, 1 + len(self._scale)))
        for day in distinct(minute // DAY_MIN):
            inside = minute // DAY_MIN == day
            out[inside] = self._day(int(day))[minute[inside] % DAY_MIN]
        return out

    def _bridge(self, minute: NDArray[np.int64], start_s: Floats, step_s: Floats) -> Floats:
        """Increments of steps within minutes, in √min; those of one minute add up to its own."""
        out = np.empty((len(minute), self._worlds, 1 + len(self._scale)))
        part = np.round((start_s - minute * MINUTE_S) / step_s).astype(np.int64)
        for hour in distinct(minute // HOUR_MIN):
            inside = minute // HOUR_MIN == hour
            pulls = self._pulls(int(hour))
            out[inside] = pulls[minute[inside] % HOUR_MIN, part[inside]]
        out += self._minutes(minute) / self._substeps
        return out

    def _day(self, day: int) -> Floats:
        """Increments of the minutes of a day, in √min, (1440, W, 1 + A)."""

        def drawn() -> Floats:
            normals = self._normals(Stream.NEWS_BY_MINUTE, day, (DAY_MIN,))
            normals *= self._clusters.day(day)[:, :, None]
            return normals

        return self._once(Stream.NEWS_BY_MINUTE, day, drawn)

    def _pulls(self, hour: int) -> Floats:
        """Deviations from an even share within each minute of an hour, (60, substeps, W, 1 + A).

        In √min; those of one minute add up to zero.
        """

        def drawn() -> Floats:
            normals = self._normals(Stream.NEWS_WITHIN_MINUTE, hour, (HOUR_MIN, self._substeps))
            normals -= normals.mean(axis=1, keepdims=True)
            first = hour % DAY_H * HOUR_MIN
            factor = self._clusters.day(hour // DAY_H)[first : first + HOUR_MIN]
            normals *= (factor / np.sqrt(self._substeps))[:, None, :, None]
            return normals

        return self._once(Stream.NEWS_WITHIN_MINUTE, hour, drawn)

    def _normals(self, stream: Stream, key: int, shape: tuple[int, ...]) -> Floats:
        """Draw standard normals for all worlds, (*shape, W, 1 + A)."""
        columns = 1 + len(self._scale)
        drawn = np.empty((*shape, self._worlds, columns))
        for world in range(self._worlds):
            dice = generator(self._seed, world, stream, key)
            drawn[..., world, :] = dice.standard_normal((*shape, columns))
        return drawn

    def _once(self, stream: Stream, key: int, drawn: Callable[[], Floats]) -> Floats:
        """Draw what isn't at hand; of each stream only the day or the hour drawn last is kept."""
        if self._kept.get(stream, (-1, None))[0] != key:
            self._kept[stream] = (key, drawn())
        return self._kept[stream][1]


class Clusters:
    """How lively news is: a factor on its volatility for every minute of every world.

    It hangs on the seed, the world and the time only, so it is built up from the first hour on,
    whatever is asked for; days once passed stay at hand, 24 numbers per world each.

    Parameters
    ----------
    scenario, worlds
        What is run, in how many worlds.
    """

    def __init__(self, scenario: Scenario, worlds: int) -> None:
        self._seed = scenario.seed
        self._worlds = worlds
        self._spread = scenario.news.clustering
        self._stays = np.exp(-1 / (DAY_H * scenario.news.clustering_days))
        self._days: list[Floats] = []
        self._kept: tuple[int, Floats] = (-1, np.empty(0))

    def day(self, day: int) -> Floats:
        """Return the factor for the minutes of a day, (1440, W); the mean of its square is 1."""
        if self._kept[0] != day:
            self._kept = (day, self._factor(day))
        return self._kept[1]

    def _factor(self, day: int) -> Floats:
        while len(self._days) < day + 2:  # the last hour of a day leads to the first of the next
            self._days.append(self._next_day())
        hours = np.concatenate([self._days[day], self._days[day + 1][:1]])
        later = ((np.arange(HOUR_MIN) + 0.5) / HOUR_MIN)[:, None]
        earlier = 1 - later
        normal = earlier * hours[:-1, None] + later * hours[1:, None]
        # Between two hours a straight line varies less than at them.
        variance = earlier**2 + later**2 + 2 * earlier * later * self._stays
        log_factor = self._spread * normal - self._spread**2 * variance
        factor: Floats = np.exp(log_factor.reshape(DAY_MIN, self._worlds))
        return factor

    def _next_day(self) -> Floats:
        """Log-volatility at the hours of the next day, in standard deviations, (24, W)."""
        number = len(self._days)
        hours = np.empty((DAY_H, self._worlds))
        for world in range(self._worlds):
            dice = generator(self._seed, world, Stream.VOLATILITY, number)
            hours[:, world] = dice.standard_normal(DAY_H)
        fresh = np.sqrt(1 - self._stays**2)
        before = self._days[-1][-1] if number else np.zeros(self._worlds)
        for hour, normal in enumerate(hours):
            # The first hour of all is as likely quiet or wild as any other.
            share = fresh if number or hour else 1.0
            before = hours[hour] = self._stays * before + share * normal
        return hours


def excitement_at(shocks: tuple[Shock, ...], time_s: Floats) -> Floats:
    """Return the factor on the volatility of news at each time: 1 in calm."""
    factor = np.ones_like(time_s)
    for shock in shocks:
        age_min = time_s / MINUTE_S - shock.at_min
        fade = np.exp2(-np.maximum(age_min, 0) / shock.volatility_halflife_min)
        factor += np.where(age_min >= 0, (shock.volatility_multiplier - 1) * fade, 0)
    return factor


def ramped(shocks: tuple[Shock, ...], time_s: Floats) -> Floats:
    """Return the log change that shocks together have made by each time, at β = 1.

    What a shock takes back after its ramp is no longer counted.
    """
    total = np.zeros_like(time_s)
    for shock in shocks:
        age_min = time_s / MINUTE_S - shock.at_min
        at_once = shock.ramp_min < SHORTEST_RAMP_MIN
        done = (age_min > 0).astype(np.float64) if at_once else age_min / shock.ramp_min
        since_h = np.maximum(age_min - shock.ramp_min, 0) / HOUR_MIN
        taken_back = shock.recovery_share * (1 - np.exp2(-since_h / shock.recovery_halflife_h))
        total += np.log1p(shock.size_pct / 100) * (np.clip(done, 0, 1) - taken_back)
    return total


def _order(shock: Shock) -> tuple[float, float, str, str]:
    return (shock.at_min, shock.size_pct, shock.name, shock.model_dump_json())


def _path(scenario: Scenario) -> tuple[Floats, dict[int, Floats]]:
    """Moments of the price path, in seconds, and log prices at them by the asset's number."""
    path = scenario.news.path
    if path is None:
        return np.empty(0), {}
    names = scenario.asset_names
    columns = {names.index(c.asset): np.log(np.array(c.price_usd)) for c in path.columns}
    return np.array(path.at_min) * MINUTE_S, columns
