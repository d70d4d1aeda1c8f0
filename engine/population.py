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
    Some hold several assets, on the same side, on one cross-margin collateral.
Market-neutral accounts
    Fewer and larger: basis traders, short here with the coins held elsewhere, and pairs, short on
    one venue and long on another.
The sidelines
    A share of all of them but the pairs is away and holds nothing yet.
Market makers
    Take the difference, so contracts add up to zero.

In every pool the larger of the accounts' long and short notional is the pool's open interest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, sum_by
from engine.layout import cross_assets, layout_of, pool_rows
from engine.margin import Tiers, maintenance_usd, tiers_of
from engine.randomness import Stream, generator
from engine.scenario import Crowd, Scenario
from engine.state import Accounts, Kind, Layout

Z_MAX = 2.5
"""Cut of the size distribution: without it one account can be 2% of a venue."""

HEDGER_SIZE_SPREAD = 1.0
HEDGER_LEVERAGE_SPREAD = 0.5
LOWEST_LEVERAGE = 0.2
STEEPEST = 1.5

LEAST_DISTANCE = 0.002
"""Nobody starts closer to liquidation than this share of their position."""

LEG_SIZES = np.array([0.6, 0.4, 0.3])
"""A cross-margin account's positions relative to each other."""


@dataclass(frozen=True)
class Parts:
    """What longs, the crowd's shorts and hedged shorts hold, as shares of open interest.

    ``paired`` is the share of hedged shorts that have their long leg on another venue.
    """

    long: float
    short: float
    hedged: float
    paired: float


def parts_of(scenario: Scenario) -> Parts:
    """Return who holds the open interest; the larger side of all accounts is all of it."""
    crowd = scenario.crowd
    short = 1 - crowd.long_share
    hedged = short * crowd.hedged_share / (1 - crowd.hedged_share)
    paired = crowd.pair_share if len(scenario.venues) > 1 else 0.0
    unit = 1 / max(crowd.long_share + paired * hedged, short + hedged)
    return Parts(crowd.long_share * unit, short * unit, hedged * unit, paired)


def populate(scenario: Scenario, worlds: int) -> Accounts:
    """Return the accounts of all worlds at the scenario's start."""
    layout = layout_of(scenario, worlds)
    accounts = _nobody(layout)
    tiers = tiers_of(scenario.assets)
    for world in range(worlds):
        rng = generator(scenario.seed, world, Stream.POPULATION)
        _fill_pairs(accounts, scenario, generator(scenario.seed, world, Stream.PAIRS), world)
        _fill_cross(accounts, scenario, tiers, world)
        for v in range(layout.venues):
            for a in range(layout.assets):
                _fill_pool(accounts, scenario, tiers, rng, (world, v, a))
    return accounts


def _nobody(layout: Layout) -> Accounts:
    """Return rows without positions."""
    return Accounts(
        layout=layout,
        qty=np.zeros((layout.assets, layout.rows)),
        entry_usd=np.zeros((layout.assets, layout.rows)),
        cash_usd=np.zeros(layout.rows),
        kind=np.full(layout.rows, Kind.DESK, dtype=np.uint8),
        hedged=np.zeros(layout.rows, dtype=bool),
        habit=np.ones(layout.rows),
        size_usd=np.zeros(layout.rows),
        weight=np.ones(layout.rows),
        cool_until_s=np.zeros(layout.rows),
    )


def _pool_interest_usd(scenario: Scenario, v: int, a: int) -> float:
    share: float = scenario.venue_shares("open_interest_share")[v]
    return scenario.assets[a].open_interest_usd * share


def _fill_pairs(
    accounts: Accounts, scenario: Scenario, rng: np.random.Generator, world: int
) -> None:
    """Give the pairs across venues their two legs, of the same size in coins."""
    layout, crowd = accounts.layout, scenario.crowd
    each = len(layout.pairs) // layout.worlds
    pairs = layout.pairs[world * each : (world + 1) * each]
    z, noise = _bounded_normal(rng, each), rng.standard_normal((4, each))
    size = np.exp(HEDGER_SIZE_SPREAD * z)
    asset = layout.pool[pairs[:, 0]] % layout.assets
    part = parts_of(scenario)
    paired_usd = np.array(
        [part.hedged * part.paired * asset.open_interest_usd for asset in scenario.assets]
    )
    total = sum_by(asset, size, (layout.assets,))
    price = np.array([asset.price_usd for asset in scenario.assets])[asset]
    notional = size * np.divide(paired_usd, total, out=np.zeros_like(total), where=total > 0)[asset]
    cap = np.array([asset.leverage_cap for asset in scenario.assets])[asset]
    for leg, sign in ((0, -1.0), (1, 1.0)):
        rows = pairs[:, leg]
        leverage = drawn_leverage(
            np.full(each, crowd.hedge_leverage), HEDGER_LEVERAGE_SPREAD * noise[leg], cap
        )
        entry = price * np.exp(crowd.entry_spread_pct / 100 * noise[2])
        accounts.qty[asset, rows] = sign * notional / price
        accounts.entry_usd[asset, rows] = entry
        accounts.cash_usd[rows] = notional / leverage - sign * notional
        accounts.kind[rows] = Kind.PAIR
        accounts.hedged[rows] = True
        accounts.habit[rows] = crowd.hedge_leverage
        accounts.size_usd[rows] = notional
        accounts.weight[rows] = crowd.people / crowd.accounts


def _fill_cross(accounts: Accounts, scenario: Scenario, tiers: Tiers, world: int) -> None:
    """Draw the cross-margin accounts of a world, venue by venue."""
    layout, crowd, part = accounts.layout, scenario.crowd, parts_of(scenario)
    rng = generator(scenario.seed, world, Stream.CROSS_MARGIN)
    price = np.array([asset.price_usd for asset in scenario.assets])
    sigma = np.array([asset.volatility_per_year for asset in scenario.assets])
    cap = np.array([asset.leverage_cap for asset in scenario.assets])
    for v in range(layout.venues):
        first, last = layout.home_start[world, v, -2:]
        rows = np.arange(first, last)
        count = len(rows)
        if not count:
            continue
        z, noise = _bounded_normal(rng, count), rng.standard_normal((2 + layout.assets, count))
        sign = np.where(_every_other(count, crowd.long_share), 1.0, -1.0)
        present = rng.random(count) >= crowd.away_share
        notional = _legs(np.exp(crowd.size_spread * z), layout.assets)
        for a in range(layout.assets):
            target = crowd.cross_share * _pool_interest_usd(scenario, v, a)
            for side, share in ((1.0, part.long), (-1.0, part.short)):
                mine = (sign == side) & (notional[a] > 0)
                if (mine & present).any():
                    notional[a, mine] *= target * share / notional[a, mine & present].sum()
        gross = notional.sum(axis=0)
        weight = crowd.people / crowd.accounts
        rate = maintenance_usd(tiers, notional, weight).sum(axis=0) / gross
        habit = crowd.leverage_median * np.exp(leverage_slope(crowd) * z)
        reach = np.where(notional > 0, cap[:, None], np.inf).min(axis=0)
        leverage = drawn_leverage(habit, crowd.leverage_spread * noise[0], reach)
        mean_sigma = (notional * sigma[:, None]).sum(axis=0) / gross
        swing = mean_sigma * np.sqrt(crowd.holding_days / 365.25) * np.abs(noise[1])
        equity = equity_for(gross, rate, np.maximum(1 / leverage - rate, swing))
        entry = price[:, None] * np.exp(crowd.entry_spread_pct / 100 * noise[2:])
        held = present & (notional > 0)
        accounts.qty[:, rows] = np.where(held, sign * notional / price[:, None], 0)
        accounts.entry_usd[:, rows] = np.where(held, entry, 0)
        accounts.cash_usd[rows] = np.where(present, equity - sign * gross, 0)
        _describe(accounts, rows, habit, gross, weight)


def _every_other(count: int, share: float) -> NDArray[np.bool_]:
    """Spread a share of True evenly over ``count`` places."""
    steps = np.floor(np.arange(count + 1) * share)
    chosen: NDArray[np.bool_] = np.diff(steps) > 0
    return chosen


def _legs(size: Floats, assets: int) -> Floats:
    """Split sizes among each cross-margin account's assets, (A, n)."""
    held = cross_assets(np.arange(len(size)), assets)
    notional = np.zeros((assets, len(size)))
    for nth, share in enumerate(LEG_SIZES):
        mine = held[:, nth] >= 0
        notional[held[mine, nth], np.flatnonzero(mine)] = share * size[mine]
    return notional


def _describe(
    accounts: Accounts, rows: Ints, habit: Floats, notional_usd: Floats, weight: float
) -> None:
    """Note what kind of people directional accounts belong to."""
    accounts.kind[rows] = Kind.DIRECTIONAL
    accounts.habit[rows] = habit
    accounts.size_usd[rows] = notional_usd
    accounts.weight[rows] = weight


def _fill_pool(
    accounts: Accounts,
    scenario: Scenario,
    tiers: Tiers,
    rng: np.random.Generator,
    place: tuple[int, int, int],
) -> None:
    """Draw the isolated accounts of one pool; pairs and cross-margin accounts are there already."""
    w, v, a = place
    layout, crowd, asset = accounts.layout, scenario.crowd, scenario.assets[a]
    first, last = layout.home_start[w, v, a : a + 2]
    count = int(last - first)
    z = _bounded_normal(rng, count)
    noise = rng.standard_normal((3, count))
    groups = _groups(scenario, count)
    hedged = groups >= BASIS
    away = (groups == AWAY) | (groups == BASIS_AWAY)
    size = np.exp(np.where(hedged, HEDGER_SIZE_SPREAD, crowd.size_spread) * z)
    usual = size * _scales(accounts, scenario, place, size, groups)
    notional = np.where(away, 0, usual)
    sign = np.where(groups == LONGS, 1.0, -1.0)
    habit = np.where(
        hedged, crowd.hedge_leverage, crowd.leverage_median * np.exp(leverage_slope(crowd) * z)
    )
    spread = np.where(hedged, HEDGER_LEVERAGE_SPREAD, crowd.leverage_spread)
    leverage = drawn_leverage(habit, spread * noise[0], asset.leverage_cap)
    weight = crowd.people / crowd.accounts
    table = tiers.of(np.array([a]))
    rate = maintenance_usd(table, notional[None], weight)[0] / np.maximum(notional, 1e-12)
    swing = asset.volatility_per_year * np.sqrt(crowd.holding_days / 365.25) * np.abs(noise[2])
    equity = equity_for(notional, rate, np.maximum(1 / leverage - rate, swing))
    entry = asset.price_usd * np.exp(crowd.entry_spread_pct / 100 * noise[1])
    mine = np.flatnonzero(groups != PAIRED)
    rows = first + mine
    accounts.qty[a, rows] = (sign * notional / asset.price_usd)[mine]
    accounts.entry_usd[a, rows] = np.where(notional > 0, entry, 0)[mine]
    accounts.cash_usd[rows] = (equity - sign * notional)[mine]
    _describe(accounts, rows, habit[mine], usual[mine], weight)
    accounts.kind[first + np.flatnonzero(groups == PAIRED)] = Kind.PAIR
    basis = first + np.flatnonzero(hedged)
    accounts.kind[basis] = Kind.BASIS
    accounts.hedged[basis] = True


LONGS, SHORTS, AWAY, PAIRED, BASIS, BASIS_AWAY = range(6)
"""Groups of a pool's isolated accounts, in the order of their rows."""


def _groups(scenario: Scenario, count: int) -> Ints:
    """Group of each isolated account of a pool, (n,)."""
    part = pool_rows(scenario.crowd, count, len(scenario.venues))
    sizes = [part.longs, part.shorts, part.away, part.pairs, part.basis, part.basis_away]
    return np.repeat(np.arange(len(sizes)), sizes)


def _scales(
    accounts: Accounts,
    scenario: Scenario,
    place: tuple[int, int, int],
    size: Floats,
    groups: Ints,
) -> Floats:
    """Factors that give each group its notional, (n,): what pairs and cross margin leave of it.

    Who is away would hold what the others of their size do.
    """
    w, v, a = place
    layout, part = accounts.layout, parts_of(scenario)
    price = scenario.assets[a].price_usd
    pool = (w * layout.venues + v) * layout.assets + a
    begin = layout.holder_start[pool]
    # Without the desk's rows: even empty ones would round these sums otherwise.
    held = layout.holder[begin : begin + layout.crowd_holders.ravel()[pool]]
    held_usd = accounts.qty[a, held] * price
    paired = accounts.kind[held] == Kind.PAIR
    interest = _pool_interest_usd(scenario, v, a)
    long_usd = (part.long + part.paired * part.hedged) * interest
    basis_usd = part.hedged * interest - np.maximum(-held_usd[paired], 0).sum()
    # Pairs fall on pools by chance; what basis traders can't make up for, the crowd's shorts do.
    missing_usd = basis_usd if basis_usd < 0 or not (groups == BASIS).any() else 0.0
    short_usd = part.short * interest + missing_usd
    targets = {
        LONGS: long_usd - np.maximum(held_usd, 0).sum(),
        SHORTS: short_usd - np.maximum(-held_usd[~paired], 0).sum(),
        BASIS: basis_usd,
    }
    scale = np.zeros(len(size))
    for group, target in targets.items():
        mine = groups == group
        if mine.any():
            scale[mine] = max(target, 0.0) / size[mine].sum()
    present = (groups == LONGS) | (groups == SHORTS)
    scale[groups == AWAY] = (size * scale)[present].sum() / size[present].sum()
    scale[groups == BASIS_AWAY] = scale[groups == BASIS].max(initial=0)
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
