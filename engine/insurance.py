"""Insurance funds: what one is worth with the positions it stands for, and when that is too little.

Fund           One for each contract, for each venue, or one for all: losses and money of the pools
               it stands for are added up. Its money lies spread over them by their share in it.
Marked value   V = fund + Σ min(0, bucket's cash + bucket's quantity · mark): the fund less what it
               would lose if the engine's positions were closed at mark.
High           H = highest V within the last eight hours, kept per half hour.
Trigger        drawdown            V < (1 − begin)·H;  needs Δ = (1 − stop)·H − V
               fund empty          V < 0;              needs Δ = −V
               equity below zero   a bucket is worth less than nothing; needs all of its loss,
                                   whatever the fund has

Source: Bybit and OKX help pages (drawdown of 30% from the 8-hour high; Bybit stops at 25%), BitMEX
(empty fund), Hyperliquid (account value below zero).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, any_nonzero
from engine.clock import HOUR_S
from engine.rules import TRIGGERS, Rules
from engine.scenario import Insurance
from engine.state import State

SLOTS = 16
SLOT_S = 8 * HOUR_S / SLOTS


def pooled(values: Floats, rule: Insurance) -> Floats:
    """Return sums over the pools that share a fund, to go with (W, V, A)."""
    if rule.scope == "contract":
        return values
    axes = (-1,) if rule.scope == "venue" else (-2, -1)
    sums: Floats = values.sum(axis=axes, keepdims=True)
    return sums


def shares(size_usd: Floats, rule: Insurance) -> Floats:
    """Return each pool's share in its fund, (V, A), by its size; alike if all are empty.

    Parameters
    ----------
    size_usd
        What each pool brings into its fund, (V, A).
    """
    size = np.where(pooled(size_usd, rule) > 0, size_usd, 1.0)
    share: Floats = size / pooled(size, rule)
    return share


def losses_usd(state: State) -> Floats:
    """Return what the engine's positions would lose at mark, ≥ 0, (W, V, A, 2)."""
    value = state.engine_cash_usd + state.engine_qty * state.mark_usd[..., None]
    losses: Floats = np.maximum(-value, 0)
    return losses


def take_note(state: State, value_usd: Floats, time_s: float) -> None:
    """Take note of the funds' marked values, (W, V, A), in place."""
    slot = int(time_s // SLOT_S)
    while state.fund_slot < slot:
        state.fund_slot += 1
        state.fund_highs_usd[state.fund_slot % SLOTS] = value_usd
    here = state.fund_highs_usd[slot % SLOTS]
    np.maximum(here, value_usd, out=here)


def follow_high(state: State, value_usd: Floats, time_s: float) -> Floats:
    """Take note of the funds' marked values and return their 8-hour highs, (W, V, A)."""
    take_note(state, value_usd, time_s)
    highs: Floats = np.maximum(state.fund_highs_usd.max(axis=0), 0)
    return highs


def rescope_highs(state: State, share: Floats, after: Insurance) -> None:
    """Carry the funds' highs over to a new scope, in place: they go with the money.

    Otherwise a contract's fund would be measured against the high of all.

    Parameters
    ----------
    share
        Each pool's share in the fund it had before, (V, A).
    after
        What a fund stands for now.
    """
    highs = pooled(state.fund_highs_usd * share, after)
    state.fund_highs_usd = np.broadcast_to(highs, state.fund_highs_usd.shape).copy()


def charge(state: State, loss_usd: Floats, rule: Insurance, share: Floats) -> None:
    """Let the funds pay losses (negative: take gains), in place; what one can't pay is bad debt.

    Parameters
    ----------
    loss_usd
        By pool, (W, V, A).
    share
        Each pool's share in its fund, (V, A).
    """
    fund = state.fund_usd - loss_usd
    if rule.scope == "contract":
        short_of = np.maximum(-fund, 0)
        state.fund_usd = fund + short_of
        state.bad_debt_usd = state.bad_debt_usd + short_of
        return
    total = pooled(fund, rule)
    short_of = np.maximum(-total, 0)
    # A fund without a loss stays as it is to the bit, whatever happens in other worlds.
    charged = pooled((loss_usd != 0).astype(np.float64), rule) > 0
    state.fund_usd = np.where(charged, (total + short_of) * share, fund)
    state.bad_debt_usd = state.bad_debt_usd + short_of * share


def pay_in(state: State, start_usd: Floats, where: NDArray[np.bool_], amount_usd: float) -> None:
    """Pay money from outside into some funds, by their size at the start, in place.

    Parameters
    ----------
    start_usd, where
        Size of each pool's fund at the start, and which are meant, (V, A).
    """
    size = np.where(where, start_usd, 0.0)
    if not size.any():
        size = where.astype(np.float64)
    state.fund_usd = state.fund_usd + amount_usd * size / size.sum()
    state.deposits_usd = state.deposits_usd + amount_usd


def needed_usd(value_usd: Floats, high_usd: Floats, loss_usd: Floats, rules: Rules) -> Floats:
    """Return how much loss ADL must take off each fund, 0 where it isn't triggered, (W, V, A).

    Parameters
    ----------
    value_usd, high_usd
        Marked value of the fund and its 8-hour high.
    loss_usd
        What the engine's positions would lose at mark, all that the fund stands for.
    """
    fallen = value_usd < (1 - rules.begin) * high_usd
    drawdown = np.where(fallen, (1 - rules.stop) * high_usd - value_usd, 0.0)
    if not any_nonzero(rules.trigger):
        return drawdown
    empty = np.maximum(-value_usd, 0)
    by_trigger = [drawdown, empty, np.broadcast_to(loss_usd, drawdown.shape)]
    needed: Floats = np.select([rules.trigger == i for i in range(len(TRIGGERS))], by_trigger)
    return needed
