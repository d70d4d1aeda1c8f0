"""What is measured of a run to be held against reality.

Each measure is a function of a run and a world that returns a number, or None where the run can't
tell: no shock, too short, not computed so far. None of them knows which scenario is running.
Sizes of assets go by open interest at the start: the two largest are the majors, the last is the
smallest. The days of the shock are the UTC day on which the main shock breaks and the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import expm1

import numpy as np
from numpy.typing import NDArray

from engine import explain
from engine.arrays import Floats
from engine.clock import DAY_S, HOUR_S, MINUTE_S
from engine.concentration import has_rest, top_four
from engine.ledgers import adl_ledger
from engine.record import CAUSES, Run

Measure = Callable[[Run, int], "float | None"]

BN = 1e9
HITS_USD = 1e5
"""ADL of less than this in a step counts as none: what rounding leaves."""

LOW_WITHIN_H = 6.0
"""The low of a shock is looked for within this time after it."""

CASCADE_SHARE = 0.02
"""An hour in which more than this share of open interest is liquidated has seen a cascade."""


def by_size(run: Run) -> list[int]:
    """Return the assets, the largest open interest first."""
    sizes = [-asset.open_interest_usd for asset in run.scenario.assets]
    order: list[int] = np.argsort(sizes, kind="stable").tolist()
    return order


def _ranked(run: Run, rank: int) -> int | None:
    """Return the asset of this rank by size, counted from the end if negative; None if too few."""
    order = by_size(run)
    return order[rank] if -len(order) <= rank < len(order) else None


def shock_s(run: Run) -> float | None:
    """Return when the main shock breaks; None without one, or if it has not been computed yet."""
    shock = explain.main_shock(run)
    if shock is None or not run.computed:
        return None
    at_s = shock.at_min * MINUTE_S
    return at_s if run.grid.end_s[run.computed - 1] > at_s + HOUR_S else None


def _steps(run: Run, from_s: float, to_s: float) -> slice:
    """Return the steps that begin within a time."""
    first, last = np.searchsorted(run.grid.start_s[: run.computed], [from_s, to_s])
    return slice(int(first), int(last))


def _since_midnight(run: Run) -> float:
    """Return how many seconds after midnight UTC the scenario starts."""
    start = run.scenario.clock.start_datetime()
    return start.hour * HOUR_S + start.minute * MINUTE_S + start.second


def _days_of_shock(run: Run) -> slice | None:
    at_s = shock_s(run)
    if at_s is None:
        return None
    since_midnight = _since_midnight(run)
    midnight = (since_midnight + at_s) // DAY_S * DAY_S - since_midnight
    return _steps(run, midnight, midnight + 2 * DAY_S)


def _after_shock(run: Run, hours: float) -> slice | None:
    at_s = shock_s(run)
    return None if at_s is None else _steps(run, at_s, at_s + hours * HOUR_S)


def _liquidated(run: Run, world: int) -> Floats:
    """Liquidations of each step, USD, (T,)."""
    both = run["liquidated_long_usd"][:, world] + run["liquidated_short_usd"][:, world]
    total: Floats = both.sum(axis=(1, 2))
    return total


def _sums(run: Run, steps: slice, flow: Floats, span_s: float) -> Floats:
    """Return sums of a flow, (T,), over these steps by span of time: by minute, by hour."""
    span = (run.grid.start_s[steps] // span_s).astype(np.int64)
    return np.asarray(np.bincount(span - span[0], flow[steps]), dtype=np.float64)


def liquidated_bn(run: Run, world: int) -> float | None:
    """Liquidations on the days of the shock, bn USD."""
    days = _days_of_shock(run)
    return None if days is None else float(_liquidated(run, world)[days].sum()) / BN


def long_share_pct(run: Run, world: int) -> float | None:
    """Share of longs among liquidations on the days of the shock, %."""
    days = _days_of_shock(run)
    if days is None:
        return None
    total = float(_liquidated(run, world)[days].sum())
    longs = float(run["liquidated_long_usd"][days, world].sum())
    return 100 * longs / total if total else None


def peak_minute_bn(run: Run, world: int) -> float | None:
    """Most liquidations within one minute after the shock, bn USD."""
    after = _after_shock(run, 24)
    if after is None:
        return None
    return float(_sums(run, after, _liquidated(run, world), MINUTE_S).max()) / BN


def _worst_hour_share(run: Run, world: int, steps: slice) -> float:
    """Most liquidations within one hour ÷ open interest before these steps."""
    sums = _sums(run, steps, _liquidated(run, world), HOUR_S)
    interest = float(run["open_interest_usd"][max(steps.start - 1, 0), world].sum())
    return float(sums.max()) / max(interest, 1.0)


def cascades_pct(run: Run, world: int) -> float | None:
    """100 if the shock sets off a cascade, else 0."""
    after = _after_shock(run, LOW_WITHIN_H)
    if after is None:
        return None
    return 100.0 * (_worst_hour_share(run, world, after) > CASCADE_SHARE)


def cascades_early_pct(run: Run, world: int) -> float | None:
    """100 if there is a cascade before any shock, else 0."""
    calm = _calm(run)
    if calm.stop <= calm.start:
        return None
    return 100.0 * (_worst_hour_share(run, world, calm) > CASCADE_SHARE)


def fall_pct(rank: int) -> Measure:
    """Return a measure: change from the shock to the low, %, of the asset of this rank by size."""

    def measure(run: Run, world: int) -> float | None:
        after, asset = _after_shock(run, LOW_WITHIN_H), _ranked(run, rank)
        if after is None or asset is None:
            return None
        log_price = run["log_price"][:, world, asset]
        before = log_price[max(after.start - 1, 0)]
        return 100 * expm1(float(log_price[after].min() - before))

    return measure


def interest_drop_bn(run: Run, world: int) -> float | None:
    """Fall of open interest from its highest before the shock to its lowest in three days, bn."""
    after = _after_shock(run, 72)
    if after is None:
        return None
    interest = run["open_interest_usd"][:, world].sum(axis=(1, 2))
    return float(interest[after].min() - interest[: after.start + 1].max()) / BN


def _adl(run: Run, world: int) -> Floats:
    """ADL of each step and asset, USD, (T, A)."""
    closed: Floats = run["adl_usd"][:, world].sum(axis=1)
    return closed


def adl_first_min(run: Run, world: int) -> float | None:
    """Minutes from the shock to the first ADL; None if there is none within a day."""
    return _adl_first(run, world, by_size(run))


def _adl_first(run: Run, world: int, assets: list[int]) -> float | None:
    after, at_s = _after_shock(run, 24), shock_s(run)
    if after is None or at_s is None:
        return None
    hits = np.flatnonzero(_adl(run, world)[after][:, assets].sum(axis=1) > HITS_USD)
    if not len(hits):
        return None
    return float(run.grid.end_s[after][hits[0]] - at_s) / MINUTE_S


def adl_share_pct(run: Run, world: int) -> float | None:
    """Notional closed by ADL ÷ liquidations, in the day after the shock, %."""
    after = _after_shock(run, 24)
    if after is None:
        return None
    forced = float(_liquidated(run, world)[after].sum())
    return 100 * float(_adl(run, world)[after].sum()) / forced if forced else None


def adl_small_first_min(run: Run, world: int) -> float | None:
    """Minutes by which ADL comes to the majors later than to the others; a day if never."""
    order = by_size(run)
    small = _adl_first(run, world, order[2:])
    if small is None:
        return None
    major = _adl_first(run, world, order[:2])
    return DAY_S / MINUTE_S if major is None else major - small


def adl_burst_ratio(run: Run, world: int) -> float | None:
    """Busiest minute of ADL ÷ the average minute between the first and the last one."""
    after = _after_shock(run, 24)
    if after is None:
        return None
    closed = _sums(run, after, _adl(run, world).sum(axis=1), MINUTE_S)
    hit = np.flatnonzero(closed > HITS_USD)
    if not len(hit):
        return None
    return float(closed.max() / closed[hit[0] : hit[-1] + 1].mean())


def adl_bn(run: Run, world: int) -> float | None:
    """Notional closed by ADL in the day after the shock, bn USD."""
    after = _after_shock(run, 24)
    return None if after is None else float(_adl(run, world)[after].sum()) / BN


def bad_debt_bn(run: Run, world: int) -> float | None:
    """Losses nobody carried up to the end, bn USD."""
    return float(run["bad_debt_usd"][-1, world].sum()) / BN if run.computed else None


def worst_haircut_pct(run: Run, world: int) -> float | None:
    """Share of gain that the worst-hit winner of a wave of ADL loses, %, the average wave.

    A wave is what happens in one pool in one step; waves count by what they close.
    """
    ledger = adl_ledger(run, world)
    if not len(ledger):
        return None
    assets = len(run.scenario.assets)
    place = np.stack([ledger.time_s, ledger.venue * assets + ledger.asset])
    _, wave = np.unique(place, axis=1, return_inverse=True)
    worst = np.zeros(int(wave.max()) + 1)
    np.maximum.at(worst, wave, np.clip(ledger.haircut, 0, 1))
    return 100 * float(np.average(worst, weights=np.bincount(wave, ledger.closed_usd)))


def adl_hedged_pct(run: Run, world: int) -> float | None:
    """Share of what ADL closed that belonged to hedged accounts, %."""
    after = _after_shock(run, 24)
    if after is None:
        return None
    closed = float(run["adl_usd"][after, world].sum())
    return 100 * float(run["adl_hedged_usd"][after, world].sum()) / closed if closed else None


def hedge_sales_pct(run: Run, world: int) -> float | None:
    """Part of broken hedges in the fall of the asset where it is largest, log-%."""
    after = _after_shock(run, LOW_WITHIN_H)
    if after is None:
        return None
    parts = []
    for asset in range(len(run.scenario.assets)):
        low = after.start + int(run["log_price"][after, world, asset].argmin())
        causes = run["causes_log"][after.start : low + 1, world, asset]
        parts.append(-100 * float(causes[:, CAUSES.index("broken hedges")].sum()))
    return max(parts)


def fund_left_with_adl_pct(run: Run, world: int) -> float | None:
    """Most money a venue had left in all its funds, % of the start, while it used ADL."""
    after = _after_shock(run, 24)
    if after is None:
        return None
    fund = run["fund_usd"][:, world].sum(axis=2)
    left = 100 * fund / np.where(fund[0] > 0, fund[0], np.inf)  # nothing is left of nothing
    using = run["adl_usd"][after, world].sum(axis=2) > HITS_USD
    return float(left[after][using].max()) if using.any() else None


def _gaps_pct(run: Run, world: int) -> Floats:
    """Highest price above the lowest over venues, %, (T, A)."""
    price = run["price_usd"][:, world]
    gaps: Floats = 100 * (price.max(axis=1) / price.min(axis=1) - 1)
    return gaps


def gap_pct(rank: int) -> Measure:
    """Return a measure: widest gap between venues in the day after the shock, %, by size rank."""

    def measure(run: Run, world: int) -> float | None:
        after, asset = _after_shock(run, 24), _ranked(run, rank)
        if after is None or asset is None or len(run.scenario.venues) < 2:
            return None
        return float(_gaps_pct(run, world)[after][:, asset].max())

    return measure


def _calm(run: Run) -> slice:
    """Steps before any shock; all without one."""
    first = min((shock.at_min for shock in run.scenario.shocks), default=np.inf) * MINUTE_S
    return _steps(run, 0.0, first)


def calm_gap_pct(run: Run, world: int) -> float | None:
    """Widest gap between venues before any shock, %."""
    calm = _gaps_pct(run, world)[_calm(run)]
    return float(calm.max()) if len(calm) and len(run.scenario.venues) > 1 else None


def gap_without_shock_pct(run: Run, world: int) -> float | None:
    """Widest gap between venues in a run without any shock, %."""
    return None if run.scenario.shocks else calm_gap_pct(run, world)


def liquidated_per_calm_day_bn(run: Run, world: int) -> float | None:
    """Liquidations a day before any shock, bn USD; None if that is less than twelve hours."""
    calm = _calm(run)
    seconds = float(run.grid.step_s[calm].sum())
    if seconds < DAY_S / 2:
        return None
    return float(_liquidated(run, world)[calm].sum()) / BN / (seconds / DAY_S)


def adl_in_calm_bn(run: Run, world: int) -> float | None:
    """Notional closed by ADL before any shock, bn USD."""
    calm = _calm(run)
    return float(_adl(run, world)[calm].sum()) / BN if calm.stop > calm.start else None


def depth_low_pct(rank: int) -> Measure:
    """Return a measure: least depth after the shock, % of normal, of the asset of this rank."""

    def measure(run: Run, world: int) -> float | None:
        after, asset = _after_shock(run, 24), _ranked(run, rank)
        if after is None or asset is None:
            return None
        return 100 * float(run["depth_share"][after, world, asset].min())

    return measure


def rebound_within_hour_pct(run: Run, world: int) -> float | None:
    """Share of the largest asset's rebound in the day after its low that came within an hour, %."""
    after, at_s = _after_shock(run, LOW_WITHIN_H), shock_s(run)
    if after is None or at_s is None:
        return None
    log_price = run["log_price"][:, world, by_size(run)[0]]
    low = after.start + int(log_price[after].argmin())
    low_s = float(run.grid.end_s[low])
    hour, day = _steps(run, low_s, low_s + HOUR_S), _steps(run, low_s, low_s + DAY_S)
    if day.stop <= hour.start:
        return None
    whole = float(log_price[day].max() - log_price[low])
    return 100 * float(log_price[hour].max() - log_price[low]) / whole if whole > 0 else None


def amplification(rank: int) -> Measure:
    """Return a measure: fall of the price ÷ fall of the fundamental value, in logarithms.

    From the shock to the low of the price, of the asset of this rank by size.
    """

    def measure(run: Run, world: int) -> float | None:
        after, asset = _after_shock(run, LOW_WITHIN_H), _ranked(run, rank)
        if after is None or asset is None:
            return None
        before = max(after.start - 1, 0)
        price, value = (run[name][:, world, asset] for name in ("log_price", "log_fundamental"))
        low = after.start + int(price[after].argmin())
        news = float(value[before] - value[low])
        return float(price[before] - price[low]) / news if news > 0 else None

    return measure


def top_four_pct(run: Run, world: int) -> float | None:  # noqa: ARG001  (the same in every world)
    """Share of open interest, and so of everyday volume, at the four largest venues, %."""
    return 100 * top_four(run.scenario) if has_rest(run.scenario) else None


def volume_bn_per_day(run: Run, world: int) -> float | None:
    """Volume a day, bn USD."""
    seconds = float(run.grid.step_s[: run.computed].sum())
    return float(run["volume_usd"][:, world].sum()) / BN / (seconds / DAY_S) if seconds else None


def _by_day(run: Run, values: Floats) -> Floats:
    """Return sums per UTC day of a flow recorded per step, whole days only."""
    since_midnight = _since_midnight(run)
    day = ((run.grid.start_s[: run.computed] + since_midnight) // DAY_S).astype(np.int64)
    end_s = float(run.grid.end_s[run.computed - 1]) + since_midnight
    whole = slice(1 if since_midnight else 0, int(end_s // DAY_S))
    return np.asarray(np.bincount(day, values)[whole], dtype=np.float64)


def _is_a_year(run: Run) -> bool:
    return run.complete and run.scenario.clock.duration_min >= 360 * DAY_S / MINUTE_S


def of_a_year(measure: Measure) -> Measure:
    """Return the measure for runs of a year; for shorter ones it can't be told."""

    def measured(run: Run, world: int) -> float | None:
        return measure(run, world) if _is_a_year(run) else None

    return measured


def liquidated_in_all_bn(run: Run, world: int) -> float | None:
    """All liquidations, bn USD."""
    return float(_liquidated(run, world).sum()) / BN


def median_day_bn(run: Run, world: int) -> float | None:
    """Liquidations of the median day, bn USD."""
    return float(np.median(_by_day(run, _liquidated(run, world)))) / BN


def worst_day_share_pct(run: Run, world: int) -> float | None:
    """Share of the worst day in all liquidations, %."""
    days = _by_day(run, _liquidated(run, world))
    return 100 * float(days.max() / days.sum()) if days.sum() else None


def volume_tn(run: Run, world: int) -> float | None:
    """All volume, tn USD."""
    return float(run["volume_usd"][:, world].sum()) / 1e12


def interest_bn(pick: Callable[[NDArray[np.float64]], float]) -> Measure:
    """Return a measure of total open interest over time, bn USD, e.g. of ``np.max``."""

    def measure(run: Run, world: int) -> float | None:
        return float(pick(run["open_interest_usd"][:, world].sum(axis=(1, 2)))) / BN

    return measure
