"""The crowd renews itself: people come, go, and make room for others.

Turnover   A share of all accounts changes hands each day. The newcomer takes over the positions at
           the last price, so neither price nor open interest moves; what changes is the leverage:
           the old owner withdraws their equity, the new one brings collateral for leverage drawn
           from the crowd's distribution. Without this the risky layer would be gone after one day's
           swings, and the next shock would find nobody close to liquidation.
Coming     Accounts on the sidelines open a position, with the time constant of comeback; so do
           those who were liquidated. Of its assets a cross-margin account takes one, by what it
           usually holds of each.
Going      As many close theirs as fill the sidelines with those who have no appetite:
           1 − (1 − share away at the start) · appetite.
Basis      Hedged shorts go faster when they have to pay funding: each hundredth of a per cent adds
           to their rate; none come until they are paid again. The contract is bought back and the
           coins are sold, which moves open interest but no price.

Who comes and goes takes days over it: they trade at the last price with market makers, who have the
time to hedge what they take on, and move nothing but open interest. Pairs across venues come
together; they go only when a leg breaks.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats, Ints, sum_by
from engine.clock import DAY_S
from engine.free_will import drawn, idle, solvent
from engine.layout import cross_assets
from engine.margin import Standing, Tiers
from engine.population import equity_for
from engine.randomness import Words, drawn_rows, hashed, normals, uniforms
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import Kind, State
from engine.trades import ENTRIES, Trades, closing, opening, usual_leverage

ONE_HUNDREDTH_PCT = 1e-4

EMPTIEST = 0.99
"""At most this share of accounts stays away, however small the appetite."""


def renew(
    state: State,
    screen: Screen,
    tiers: Tiers,
    scenario: Scenario,
    keys: Words,
    beat: int,
    elapsed_s: float,
) -> None:
    """Replace the owners of some accounts by newcomers, in place.

    Parameters
    ----------
    keys
        Random keys of the worlds, (W,).
    beat
        Number of the moment, for the random numbers.
    elapsed_s
        Time since this was last called.
    """
    if not scenario.crowd.turnover_per_day:
        return
    accounts, layout = state.accounts, state.accounts.layout
    blocks = layout.block_start[:-1].reshape(layout.worlds, layout.venues)
    crowd: Ints = layout.home_start[..., -1] - blocks  # without the desk's
    share = min(scenario.crowd.turnover_per_day * elapsed_s / DAY_S, 1.0)
    rows = drawn_rows(keys, beat, blocks, crowd, share * crowd.astype(np.float64))
    some = Standing.of(accounts, tiers, np.exp(state.log_price), rows)
    some = some.part(some.holding & (some.equity_usd > 0))
    if not len(some):
        return
    rows, notional = some.rows, some.notional_usd.sum(axis=0)
    world = layout.world_of(layout.pool[rows])
    chance = _luck(state, keys, beat, rows)
    largest = some.notional_usd.argmax(axis=0)
    leverage = usual_leverage(state, scenario, rows, largest, chance)
    rate = some.maintenance_usd / notional
    value = (some.qty * some.mark_usd).sum(axis=0)
    cash = equity_for(notional, rate, 1 / leverage - rate) - value
    state.deposits_usd = state.deposits_usd + sum_by(
        world, cash - accounts.cash_usd[rows], (layout.worlds,)
    )
    accounts.cash_usd[rows] = cash
    accounts.entry_usd[:, rows] = np.where(some.qty != 0, some.mark_usd, 0)
    screen.touch(rows)


def come_and_go(
    state: State, scenario: Scenario, tiers: Tiers, keys: Words, beat: int, elapsed_s: float
) -> Trades | None:
    """Return who opens and closes without a special reason, to be booked at the last price."""
    days = elapsed_s / DAY_S / scenario.behaviour.comeback_days
    pools = state.accounts.layout.pools
    rows, pool = drawn(state, keys, 4 * beat + 3, np.full(pools, -np.expm1(-days)))
    away = sidelines(scenario)
    leave = -np.expm1(-days * away / (1 - away))
    leaving, left = drawn(state, keys, -4 * beat - 1, np.full(pools, leave))
    return Trades.together(
        [
            _comers(state, scenario, tiers, keys, beat, rows, pool),
            _goers(state, leaving, left, Kind.DIRECTIONAL),
            _ending(state, scenario, keys, beat, days * away / (1 - away), elapsed_s),
            _pairs(state, scenario, tiers, keys, beat, days),
        ]
    )


def sidelines(scenario: Scenario) -> float:
    """Return the share of accounts that stay away in the long run."""
    wanting = (1 - scenario.crowd.away_share) * scenario.behaviour.appetite
    return min(max(1 - wanting, 0.0), EMPTIEST)


def _luck(state: State, keys: Words, beat: int, rows: Ints) -> Floats:
    """Return a standard normal for each account, (n,)."""
    layout = state.accounts.layout
    block = layout.block[rows]
    nth = rows - layout.block_start[block]
    return normals(hashed(keys, beat)[block // layout.venues], block % layout.venues, nth)


def _comers(
    state: State,
    scenario: Scenario,
    tiers: Tiers,
    keys: Words,
    beat: int,
    rows: Ints,
    pool: Ints,
) -> Trades:
    """Open positions of the usual size; basis traders sell and buy the coins elsewhere."""
    accounts, layout = state.accounts, state.accounts.layout
    kind = accounts.kind[rows]
    paid = (kind == Kind.BASIS) & (state.funding_rate.ravel()[pool] >= 0)
    known = (kind == Kind.DIRECTIONAL) | paid
    mine = np.flatnonzero(idle(state, rows) & known & (accounts.size_usd[rows] > 0))
    rows, pool = _one_asset_each(state, scenario, keys, beat, rows[mine], pool[mine])
    side = uniforms(keys[layout.world_of(pool)], beat, -1, layout.in_world(rows))
    longs = (side < scenario.crowd.long_share) & (accounts.kind[rows] == Kind.DIRECTIONAL)
    price = np.exp(state.log_price).ravel()[pool]
    qty = np.where(longs, 1.0, -1.0) * accounts.size_usd[rows] / price
    chance = _luck(state, keys, beat, rows)
    return opening(state, scenario, tiers, rows, pool, qty, chance, ENTRIES)


def _one_asset_each(
    state: State, scenario: Scenario, keys: Words, beat: int, rows: Ints, pool: Ints
) -> tuple[Ints, Ints]:
    """Let each cross-margin account drawn in its first asset choose among all of its assets.

    By their open interest at the start, as positions are spread there; those drawn in another of
    their assets are left out, or they would come more often than they go.
    """
    layout = state.accounts.layout
    cross = np.flatnonzero(layout.is_cross[rows])
    first = layout.home_start.reshape(-1, layout.assets + 2)[:, -2]
    assets = cross_assets(rows[cross] - first[pool[cross] // layout.assets], layout.assets)
    drawn_first = assets[:, 0] == pool[cross] % layout.assets
    interest = np.array([asset.open_interest_usd for asset in scenario.assets])
    weight = np.cumsum(np.where(assets >= 0, interest[assets], 0), axis=1)
    luck = uniforms(keys[layout.world_of(pool[cross])], beat, -2, layout.in_world(rows[cross]))
    choice = (weight <= luck[:, None] * weight[:, -1:]).sum(axis=1)
    chosen = np.take_along_axis(assets, choice[:, None], axis=1)[:, 0]
    pool = pool.copy()
    pool[cross] += chosen - pool[cross] % layout.assets
    stay = np.ones(len(rows), dtype=bool)
    stay[cross] = drawn_first
    return rows[stay], pool[stay]


def _ending(
    state: State, scenario: Scenario, keys: Words, beat: int, usual: float, elapsed_s: float
) -> Trades:
    """End basis trades: ``usual`` ones, as a rate times the time, and those that pay funding."""
    layout = state.accounts.layout
    paid = np.maximum(-state.funding_rate, 0) / ONE_HUNDREDTH_PCT
    leave = usual + scenario.hedging.basis_exit_per_day * paid * elapsed_s / DAY_S
    expected: Floats = -np.expm1(-leave) * layout.basis_rows
    rows = drawn_rows(
        keys,
        -4 * beat - 2,
        layout.basis_start.reshape(layout.worlds, -1),
        layout.basis_rows.reshape(layout.worlds, -1),
        expected.reshape(layout.worlds, -1),
    )
    return _goers(state, rows, layout.pool[rows], Kind.BASIS)


def _goers(state: State, rows: Ints, pool: Ints, who: int) -> Trades:
    """Close positions of those of one kind who owe nothing."""
    accounts, layout = state.accounts, state.accounts.layout
    qty = accounts.qty[pool % layout.assets, rows]
    kind = accounts.kind[rows]
    mine = (qty != 0) & (kind == who)
    return closing(*solvent(state, rows[mine], pool[mine], qty[mine]), ENTRIES)


def _pairs(
    state: State, scenario: Scenario, tiers: Tiers, keys: Words, beat: int, days: float
) -> Trades:
    """Open both legs of pairs that are on the sidelines."""
    accounts, layout = state.accounts, state.accounts.layout
    pairs = layout.pairs
    free = np.flatnonzero(idle(state, pairs[:, 0]) & (accounts.size_usd[pairs[:, 0]] > 0))
    free = free[idle(state, pairs[free, 1])]
    each = max(len(pairs) // layout.worlds, 1)
    luck = uniforms(keys[free // each], -beat, free % each)
    coming = free[luck < -np.expm1(-days)]
    if not len(coming):  # as nearly always
        return closing(coming, coming, np.empty(0), ENTRIES)
    rows = pairs[coming].ravel()
    pool = layout.pool[rows]
    price = np.exp(state.log_price).ravel()[np.repeat(pool[::2], 2)]
    sign = np.tile([-1.0, 1.0], len(coming))
    qty = sign * accounts.size_usd[rows] / price  # as many coins short as long
    chance = _luck(state, keys, beat, rows)
    return opening(state, scenario, tiers, rows, pool, qty, chance, ENTRIES)
