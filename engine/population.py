"""Who holds what when a scenario begins.

The directional crowd
    Position sizes are log-normal with a bounded tail. Leverage is log-normal and falls with size,
    so that it is high by number of accounts and low by money:

        ln size = s·z,  z ≤ Z_MAX        ln leverage = ln L_n + slope·z + spread·ε

    with slope chosen so that the open interest's median leverage is L_u: weighting accounts by size
    moves the mean of z from 0 to s − φ(Z_MAX − s)/Φ(Z_MAX − s).
    Whoever is still there has survived: the distance to liquidation is at least |N(0, 1)| times
    the asset's volatility over the holding time, so that it thins out towards zero, as it does
    behind any absorbing boundary.
Market-neutral accounts
    Fewer, larger, always short, with the coins held elsewhere.
Market makers
    Take the difference, so contracts add up to zero.

In every pool the larger of the accounts' long and short notional is the pool's open interest.
"""

from __future__ import annotations

from math import erf, exp, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.margin import Tiers, maintenance_usd, tiers_of
from engine.randomness import Stream, generator
from engine.scenario import ACCOUNTS_PER_POOL, MOST_POSITIONS, Crowd, Scenario
from engine.state import Accounts, Floats, Ints, Kind, Layout

Z_MAX = 2.5
"""Cut of the size distribution: without it one account can be 2% of a venue."""

NEUTRAL_ROWS = 0.06
"""Share of a pool's accounts that are market-neutral, if there are any."""

HEDGER_SIZE_SPREAD = 1.2
HEDGER_LEVERAGE_SPREAD = 0.5
LOWEST_LEVERAGE = 0.2
STEEPEST = 1.5

LEAST_DISTANCE = 0.002
"""Nobody starts closer to liquidation than this share of their position."""


def populate(scenario: Scenario, worlds: int) -> Accounts:
    """Return the accounts of all worlds at the scenario's start."""
    layout = layout_of(scenario, worlds)
    accounts = Accounts(
        layout=layout,
        qty=np.zeros((layout.assets, layout.rows)),
        entry_usd=np.zeros((layout.assets, layout.rows)),
        cash_usd=np.zeros(layout.rows),
        kind=np.full(layout.rows, Kind.DESK, dtype=np.uint8),
        habit=np.ones(layout.rows),
        weight=np.ones(layout.rows),
    )
    tiers = tiers_of(scenario.assets)
    for world in range(worlds):
        rng = generator(scenario.seed, world, Stream.POPULATION)
        for v in range(layout.venues):
            for a in range(layout.assets):
                first, last = layout.home_start[world, v, a : a + 2]
                _fill_pool(accounts, scenario, tiers, rng, (v, a), slice(first, last))
    return accounts


def layout_of(scenario: Scenario, worlds: int) -> Layout:
    """Return where the rows of a scenario lie."""
    counts = _home_counts(scenario)
    venues, assets = counts.shape
    desk_homes = np.zeros(MOST_POSITIONS, dtype=np.int64)
    for p, position in enumerate(scenario.desk):
        desk_homes[p] = scenario.asset_names.index(position.asset)
    per_block = np.concatenate([counts, np.full((venues, 1), MOST_POSITIONS)], axis=1)
    ends = np.cumsum(np.tile(per_block.ravel(), worlds)).reshape(worlds, venues, assets + 1)
    starts = ends - per_block
    pools = []
    for block in range(worlds * venues):
        homes = np.concatenate([np.repeat(np.arange(assets), counts[block % venues]), desk_homes])
        pools.append(block * assets + homes.astype(np.int64))
    return Layout(
        worlds=worlds,
        venues=venues,
        assets=assets,
        home_start=starts.astype(np.int64),
        block_start=np.append(starts[..., 0].ravel(), ends[-1, -1, -1]).astype(np.int64),
        pool=np.concatenate(pools),
    )


def desk_rows(scenario: Scenario, layout: Layout) -> Ints:
    """Return the row of each desk position in each world, (W, P).

    Every venue has a row for every position there may be, so that a position's row hangs on
    nothing but its venue and its place in the list.
    """
    venues = [scenario.venue_names.index(position.venue) for position in scenario.desk]
    rows: Ints = layout.home_start[:, venues, -1] + np.arange(len(venues))
    return rows


def _home_counts(scenario: Scenario) -> Ints:
    """Accounts of each pool, (V, A): by the venue's share and the root of open interest."""
    venue = np.array(scenario.venue_shares("open_interest_share"))
    asset = np.sqrt([asset.open_interest_usd for asset in scenario.assets])
    share = venue[:, None] * asset / asset.sum()
    least = ACCOUNTS_PER_POOL
    spare = scenario.crowd.accounts - least * share.size
    exact = share * spare
    counts = np.floor(exact).astype(np.int64)
    missing = spare - int(counts.sum())
    largest = np.argsort(-(exact - counts), axis=None, kind="stable")[:missing]
    counts.ravel()[largest] += 1
    homes: Ints = counts + least
    return homes


def _fill_pool(
    accounts: Accounts,
    scenario: Scenario,
    tiers: Tiers,
    rng: np.random.Generator,
    place: tuple[int, int],
    rows: slice,
) -> None:
    """Draw the accounts of one pool."""
    v, a = place
    crowd, asset = scenario.crowd, scenario.assets[a]
    count = rows.stop - rows.start
    hedgers = max(1, round(NEUTRAL_ROWS * count)) if crowd.hedged_share else 0
    longs = min(max(1, round(crowd.long_share * (count - hedgers))), count - hedgers - 1)
    z = _bounded_normal(rng, count)
    noise = rng.standard_normal((3, count))
    sign = np.where(np.arange(count) < longs, 1.0, -1.0)
    hedged = np.arange(count) >= count - hedgers
    size = np.exp(np.where(hedged, HEDGER_SIZE_SPREAD, crowd.size_spread) * z)
    target = asset.open_interest_usd * scenario.venue_shares("open_interest_share")[v]
    notional = size * _scales(crowd, size, sign, hedged, target)
    habit = np.where(
        hedged, crowd.hedge_leverage, crowd.leverage_median * np.exp(leverage_slope(crowd) * z)
    )
    spread = np.where(hedged, HEDGER_LEVERAGE_SPREAD, crowd.leverage_spread)
    leverage = drawn_leverage(habit, spread * noise[0], asset.leverage_cap)
    weight = crowd.people / crowd.accounts
    table = Tiers(tiers.rate[a : a + 1], tiers.amount_usd[a : a + 1])
    rate = maintenance_usd(table, notional[None], weight)[0] / np.maximum(notional, 1e-12)
    swing = asset.volatility_per_year * np.sqrt(crowd.holding_days / 365.25) * np.abs(noise[2])
    equity = equity_for(notional, rate, np.maximum(1 / leverage - rate, swing))
    entry = asset.price_usd * np.exp(crowd.entry_spread_pct / 100 * noise[1])
    accounts.qty[a, rows] = sign * notional / asset.price_usd
    accounts.entry_usd[a, rows] = np.where(notional > 0, entry, 0)
    accounts.cash_usd[rows] = equity - sign * notional
    accounts.kind[rows] = np.where(hedged, Kind.NEUTRAL, Kind.DIRECTIONAL)
    accounts.habit[rows] = habit
    accounts.weight[rows] = weight


def _scales(
    crowd: Crowd,
    size: Floats,
    sign: Floats,
    hedged: NDArray[np.bool_],
    open_interest_usd: float,
) -> Floats:
    """Factors that give longs, the crowd's shorts and hedgers their notional, (n,)."""
    long = crowd.long_share
    short = 1 - long
    hedge = short * crowd.hedged_share / (1 - crowd.hedged_share)
    unit = open_interest_usd / max(long, short + hedge)
    scale = np.zeros(len(size))
    for group, notional in ((sign > 0, long), ((sign < 0) & ~hedged, short), (hedged, hedge)):
        if group.any():
            scale[group] = notional * unit / size[group].sum()
    return scale


def leverage_slope(crowd: Crowd) -> float:
    """Return how log leverage changes with a standard deviation of log size.

    At most by STEEPEST: accounts of nearly the same size can't differ much because of it.
    """
    reach = Z_MAX - crowd.size_spread
    density = exp(-(reach**2) / 2) / sqrt(2 * pi)
    shift = crowd.size_spread - density / (0.5 * (1 + erf(reach / sqrt(2))))
    slope = log(crowd.leverage_median_by_notional / crowd.leverage_median) / shift
    return min(max(slope, -STEEPEST), STEEPEST)


def _bounded_normal(rng: np.random.Generator, count: int) -> Floats:
    """Standard normals, those above Z_MAX drawn again; always the same number of draws."""
    spare = rng.standard_normal((8, count))
    z = spare[0]
    for again in spare[1:]:
        z = np.where(z > Z_MAX, again, z)
    bounded: Floats = np.minimum(z, Z_MAX)
    return bounded


def drawn_leverage(habit: Floats, deviation: Floats, cap: Floats | float) -> Floats:
    """Return leverages scattered around a habit and kept below the cap.

    Who wants more than nine tenths of the cap gets close to it, the closer the more they want, so
    that not everybody stands at exactly the same leverage. ``deviation`` is in log leverage, (n,).
    """
    wanted = habit * np.exp(deviation)
    near, room = 0.9 * cap, 0.1 * cap
    squeezed = cap - room * np.exp(-np.maximum(wanted - near, 0) / room)
    return np.maximum(np.where(wanted > near, squeezed, wanted), LOWEST_LEVERAGE)


def equity_for(notional_usd: Floats, maintenance_rate: Floats, distance: Floats) -> Floats:
    """Return the equity of positions this far from liquidation, as a share of notional, (n,)."""
    return notional_usd * (maintenance_rate + np.maximum(distance, LEAST_DISTANCE))
