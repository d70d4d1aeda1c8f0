"""Hedges: what happens when one leg breaks, and how market makers pass on what they bought.

Broken basis trades   An account that was short here and owns the coins elsewhere, and whose short
                      was closed by ADL or liquidation, still owns the coins. Some open the short
                      again on another venue, as far as bridges let their collateral there; the
                      others sell the coins within minutes, at most at the selling pace. Either way
                      somebody sells: ADL so feeds the fall that caused it. Coins are spot: selling
                      them moves the price but no contracts.
Broken pairs          An account that is short on one venue and long on another, and lost part of
                      one leg, cuts the other leg to the same size within minutes, by market order.
Handing on            Market makers who bought from the liquidation engine pass their inventory to
                      traders who close: without this, open interest would never fall although
                      positions are liquidated. Both sides close at the last price.

Source: reports of 10 October 2025, when ADL closed one leg of market-neutral positions; rates are
estimates.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats, Ints, any_nonzero, quotient, sum_by
from engine.clock import HOUR_S, MINUTE_S
from engine.free_will import solvent
from engine.margin import Tiers
from engine.protection import Mask
from engine.randomness import Words, drawn_rows, normals, uniforms
from engine.scenario import Scenario
from engine.state import Kind, State
from engine.trades import ENTRIES, HEDGES, Trades, closing, opening


def spot_sales_qty(
    state: State, price_usd: Floats, depth_usd: Floats, move: Floats, rules: Scenario, step_s: float
) -> Floats:
    """Return the coins that broken hedges sell in a step, ≥ 0, (W, V, A).

    Parameters
    ----------
    price_usd, depth_usd
        Last price, and depth in USD per unit of log price, (W, V, A).
    move
        Largest log price change these sales may cause, (A,).
    """
    rate = (1 - _reopening(rules)) / (rules.hedging.unwind_min * MINUTE_S)
    wanted = state.naked_qty * -np.expm1(-step_s * rate)
    sold: Floats = np.minimum(wanted, move * depth_usd / price_usd)
    return sold


def _reopening(rules: Scenario) -> float:
    """Share of broken basis trades that open again elsewhere."""
    if len(rules.venues) < 2:
        return 0.0
    return rules.hedging.reopen_share * (1 - rules.plumbing.bridge_strain)


def mend(
    state: State,
    rules: Scenario,
    tiers: Tiers,
    venue_weight: Floats,
    trading: Mask | None,
    keys: Words,
    beat: int,
    elapsed_s: float,
) -> list[Trades]:
    """Return what owners of broken hedges trade in contracts; coins so hedged are no more naked.

    Parameters
    ----------
    venue_weight
        Share of depth of each venue, (V,).
    trading
        Which markets are open, (W, V, A); None if all are.
    keys, beat
        Random keys of the worlds, (W,), and the number of the moment.
    elapsed_s
        Time since this was last called.
    """
    return [
        _cut_pairs(state, rules, keys, beat, elapsed_s),
        _reopened(state, rules, tiers, venue_weight, trading, keys, beat, elapsed_s),
    ]


def _cut_pairs(state: State, rules: Scenario, keys: Words, beat: int, elapsed_s: float) -> Trades:
    """Cut the longer leg of broken pairs to the length of the other."""
    accounts, layout = state.accounts, state.accounts.layout
    pairs, asset = layout.pairs, layout.pool[layout.pairs[:, 0]] % layout.assets
    short, long = accounts.qty[asset, pairs[:, 0]], accounts.qty[asset, pairs[:, 1]]
    excess = long + short  # > 0: the short leg is shorter
    broken = np.flatnonzero(np.abs(excess) > 1e-9 * (long - short))
    if not len(broken):
        return closing(*_NOTHING, HEDGES)
    each = max(len(pairs) // layout.worlds, 1)
    luck = uniforms(keys[broken // each], beat, broken % each)
    broken = broken[luck < -np.expm1(-elapsed_s / (rules.hedging.unwind_min * MINUTE_S))]
    excess = excess[broken]
    rows = np.where(excess > 0, pairs[broken, 1], pairs[broken, 0])
    return closing(rows, layout.pool[rows], excess, HEDGES)


def _reopened(
    state: State,
    rules: Scenario,
    tiers: Tiers,
    venue_weight: Floats,
    trading: Mask | None,
    keys: Words,
    beat: int,
    elapsed_s: float,
) -> Trades:
    """Open shorts for naked coins on other venues: one account in each market sells for all."""
    layout = state.accounts.layout
    rate = _reopening(rules) / (rules.hedging.unwind_min * MINUTE_S)
    going = state.naked_qty * -np.expm1(-elapsed_s * rate)
    groups = layout.basis_rows > 0
    if not any_nonzero(going) or not any_nonzero(groups):
        return closing(*_NOTHING, HEDGES)
    weight = venue_weight[:, None] * (groups if trading is None else groups & trading)
    others = weight.sum(axis=1, keepdims=True) - weight
    sent = np.where(others > 0, going, 0.0)
    state.naked_qty = state.naked_qty - sent
    rate_out = quotient(sent, others)
    arriving = weight * (rate_out.sum(axis=1, keepdims=True) - rate_out)
    pool = np.flatnonzero(arriving > 0)
    world, place = layout.world_of(pool), pool % (layout.venues * layout.assets)
    luck = uniforms(keys[world], beat, place, 1)
    nth = (luck * layout.basis_rows.ravel()[pool]).astype(np.int64)
    rows = layout.basis_start.ravel()[pool] + nth
    chance = normals(keys[world], beat, place)
    qty = -arriving.ravel()[pool]
    return opening(state, rules, tiers, rows, pool, qty, chance, HEDGES)


def keep_naked(state: State, wanted: Trades, done: Trades | None) -> None:
    """Leave coins naked, in place, whose short found no room in the book it was meant for."""
    left = _hedged_qty(state, wanted)
    if done is not None:
        left = left - _hedged_qty(state, done)
    state.naked_qty = state.naked_qty + left


def _hedged_qty(state: State, trades: Trades) -> Floats:
    """Coins that reopened shorts hedge, (W, V, A)."""
    mine = trades.opens & (trades.reason == HEDGES)
    return sum_by(trades.pool[mine], -trades.qty[mine], state.naked_qty.shape)


_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def hand_on(
    state: State, rules: Scenario, keys: Words, beat: int, elapsed_s: float
) -> Trades | None:
    """Return who closes at the last price, against makers' surplus.

    The surplus passes on with time constant ``handover_h``. How many accounts close follows from
    their mean size; the fraction that is left over is rounded up or down by chance.

    Parameters
    ----------
    keys
        Random keys of the worlds, (W,).
    beat
        Number of the moment, for the random numbers.
    elapsed_s
        Time since the last one.
    """
    layout = state.accounts.layout
    # What arbitrageurs hold here they hold the other way round elsewhere, and bring back.
    surplus = state.maker_qty + state.arb_qty - state.maker_rest_qty
    closes = np.where(surplus > 0, state.short_qty, state.long_qty)
    share = np.abs(surplus) * -np.expm1(-elapsed_s / (rules.hedging.handover_h * HOUR_S))
    expected = quotient(share * layout.home_rows, closes)
    first = layout.home_start[..., :-2]
    rows = drawn_rows(
        keys,
        beat,
        first.reshape(layout.worlds, -1),
        layout.home_rows.reshape(layout.worlds, -1),
        np.minimum(expected, layout.home_rows).reshape(layout.worlds, -1),
    )
    if not len(rows):
        return None
    return _leaving(state, rows, surplus.ravel()[layout.pool[rows]])


def _leaving(state: State, rows: Ints, toward: Floats) -> Trades | None:
    """Close whole positions opposite to ``toward``, except legs of pairs."""
    accounts, layout = state.accounts, state.accounts.layout
    pool = layout.pool[rows]
    qty = accounts.qty[pool % layout.assets, rows]
    mine = (qty * toward < 0) & (accounts.kind[rows] != Kind.PAIR)
    rows, pool, qty = solvent(state, rows[mine], pool[mine], qty[mine])
    return closing(rows, pool, qty, ENTRIES) if len(rows) else None
