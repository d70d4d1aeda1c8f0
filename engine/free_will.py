"""Why people trade of their own free will when prices move.

A move is how far an asset's log price, over all venues, stands from its moving average, in standard
deviations that such a distance has in calm times: σ·√(τ/2), on a grid of step dt
σ·√(dt·b²/(1 − b²)) with b = exp(−dt/τ). Beyond a threshold, by the excess x:

stops and panic   losers close                                      at a rate stops · x
profit-taking     winners close                                     at a rate profits · x
trend followers   people on the sidelines open with the move        at a rate trend · x
dip buyers        people on the sidelines open against it           at a rate dips · x

Trend followers are caught by the rebound as longs are by the fall: this is where liquidated shorts
come from in a crash. Chance hangs on the moment and the place, see :mod:`engine.randomness`.

Sources: De Long et al. 1990, "Positive feedback investment strategies"; Brock & Hommes 1998 (trend
followers and fundamentalists); rates are estimates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, any_nonzero
from engine.clock import HOUR_S, MINUTE_S
from engine.margin import Tiers
from engine.randomness import Words, drawn_rows, normals, uniforms
from engine.scenario import Scenario
from engine.state import Kind, State
from engine.trades import ENTRIES, PROFITS, STOPS, Trades, closing, opening

GREATEST_EXCESS = 20.0

LEAST_KEPT = 1e-100
"""A memory far shorter than a step keeps nothing, and nobody divides by it."""


def excess_move(
    log_asset: Floats, memory: Floats, variance_per_s: Floats, scenario: Scenario, step_s: float
) -> Floats:
    """Return by how much moves exceed the threshold, signed, in standard deviations, (W, A)."""
    behaviour = scenario.behaviour
    kept = max(np.exp(-2 * step_s / (behaviour.memory_min * MINUTE_S)), LEAST_KEPT)
    scale = np.sqrt(variance_per_s * step_s * kept / (1 - kept))
    move = (log_asset - memory) / scale
    beyond = np.clip(np.abs(move) - behaviour.threshold, 0, GREATEST_EXCESS)
    excess: Floats = np.sign(move) * beyond
    return excess


def decide(
    state: State,
    scenario: Scenario,
    tiers: Tiers,
    keys: Words,
    beat: int,
    elapsed_s: float,
    excess: Floats,
) -> list[Trades]:
    """Return what people decide to trade.

    Parameters
    ----------
    keys, beat
        Random keys of the worlds, (W,), and the number of the moment.
    elapsed_s
        Time since people last decided.
    excess
        See :func:`excess_move`, (W, A).
    """
    if not any_nonzero(excess):
        return []
    rule = scenario.behaviour
    by_pool = np.broadcast_to(excess[:, None, :], state.log_price.shape).ravel()
    strength = np.abs(by_pool) * elapsed_s / HOUR_S
    trades = []
    for nth, (reason, rate, side) in enumerate(
        ((STOPS, rule.stops_per_h, -1.0), (PROFITS, rule.profits_per_h, 1.0))
    ):
        if not rate:
            continue
        rows, pool = drawn(state, keys, 4 * beat + nth, -np.expm1(-rate * strength))
        trades.append(_closers(state, rows, pool, side * by_pool[pool], reason))
    entering = rule.trend_per_h + rule.dips_per_h
    if entering:
        rows, pool = drawn(state, keys, 4 * beat + 2, -np.expm1(-entering * strength))
        trades.append(_entrants(state, scenario, tiers, keys, beat, rows, pool, by_pool[pool]))
    return trades


def drawn(state: State, keys: Words, moment: int, share: Floats) -> tuple[Ints, Ints]:
    """Draw a share of the crowd that may hold a position in each pool; return rows and pools.

    Without the desk's accounts: one more position there would change everybody's luck.

    Parameters
    ----------
    share
        By pool, (W·V·A,).
    """
    layout = state.accounts.layout
    starts, counts = layout.holder_start, layout.crowd_holders
    places = drawn_rows(
        keys,
        moment,
        starts[:-1].reshape(counts.shape),
        counts,
        share.reshape(counts.shape) * counts,
    )
    return layout.holder[places], np.searchsorted(starts, places, side="right") - 1


def _closers(state: State, rows: Ints, pool: Ints, toward: Floats, reason: int) -> Trades:
    """Close whole positions of those on this side who have something left, (n,).

    ``toward`` has the sign of the positions meant.
    """
    accounts, layout = state.accounts, state.accounts.layout
    qty = accounts.qty[pool % layout.assets, rows]
    mine = (qty * toward > 0) & (accounts.kind.take(rows) == Kind.DIRECTIONAL)
    rows, pool, qty = rows[mine], pool[mine], qty[mine]
    return closing(*solvent(state, rows, pool, qty), reason)


def solvent(state: State, rows: Ints, pool: Ints, qty: Floats) -> tuple[Ints, Ints, Floats]:
    """Return those of these positions whose owner owes nothing."""
    accounts, layout = state.accounts, state.accounts.layout
    value = accounts.qty.take(rows, axis=1) * layout.at_rows(np.exp(state.log_price), rows)
    well = accounts.cash_usd.take(rows) + value.sum(axis=0) > 0
    return rows[well], pool[well], qty[well]


def _entrants(
    state: State,
    scenario: Scenario,
    tiers: Tiers,
    keys: Words,
    beat: int,
    rows: Ints,
    pool: Ints,
    excess: Floats,
) -> Trades:
    """Let people on the sidelines open positions with the move or against it."""
    rule, layout = scenario.behaviour, state.accounts.layout
    away = idle(state, rows) & (state.accounts.kind[rows] == Kind.DIRECTIONAL)
    rows, pool, excess = rows[away], pool[away], excess[away]
    key, place = keys[layout.world_of(pool)], layout.in_world(rows)
    follows = uniforms(key, beat, place) * (rule.trend_per_h + rule.dips_per_h) < rule.trend_per_h
    sign = np.where(follows, 1.0, -1.0) * np.sign(excess)
    price = np.exp(state.log_price).ravel()[pool]
    qty = sign * state.accounts.size_usd[rows] / price
    some = qty != 0
    rows, pool, qty, key, place = rows[some], pool[some], qty[some], key[some], place[some]
    bolder = np.log(rule.entry_leverage) / scenario.crowd.leverage_spread
    deviation = normals(key, beat, place) + bolder
    return opening(state, scenario, tiers, rows, pool, qty, deviation, ENTRIES)


def idle(state: State, rows: Ints) -> NDArray[np.bool_]:
    """Whether accounts hold nothing at all, (n,)."""
    accounts = state.accounts
    nothing = np.asarray(accounts.cash_usd.take(rows) == 0)
    nothing[nothing] = (accounts.qty.take(rows[nothing], axis=1) == 0).all(axis=0)
    return nothing
