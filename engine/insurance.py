"""Insurance funds: what one is worth with the positions it stands for, and when that is too little.

Marked value   V = fund + Σ_side min(0, bucket's cash + bucket's quantity · mark): the fund less
               what it would lose if the engine's positions were closed at mark.
High           H = highest V within the last eight hours, kept per half hour.
Trigger        ADL begins when V < (1 − begin)·H and needs Δ = (1 − stop)·H − V.

Source: Bybit and OKX help pages, drawdown of 30% from the 8-hour high; Bybit stops at 25%.
"""

from __future__ import annotations

import numpy as np

from engine.clock import HOUR_S
from engine.scenario import Adl
from engine.state import Floats, State

SLOTS = 16
SLOT_S = 8 * HOUR_S / SLOTS


def losses_usd(state: State) -> Floats:
    """Return what the engine's positions would lose at mark, ≥ 0, (W, V, A, 2)."""
    value = state.engine_cash_usd + state.engine_qty * state.mark_usd[..., None]
    losses: Floats = np.maximum(-value, 0)
    return losses


def follow_high(state: State, value_usd: Floats, time_s: float) -> Floats:
    """Take note of the funds' marked values and return their 8-hour highs, (W, V, A)."""
    slot = int(time_s // SLOT_S)
    while state.fund_slot < slot:
        state.fund_slot += 1
        state.fund_highs_usd[state.fund_slot % SLOTS] = value_usd
    here = state.fund_highs_usd[slot % SLOTS]
    np.maximum(here, value_usd, out=here)
    highs: Floats = np.maximum(state.fund_highs_usd.max(axis=0), 0)
    return highs


def charge(state: State, loss_usd: Floats) -> None:
    """Let the funds pay losses (negative: take gains), in place; what one can't pay is bad debt.

    Parameters
    ----------
    loss_usd
        By pool, (W, V, A).
    """
    state.fund_usd = state.fund_usd - loss_usd
    short_of = np.maximum(-state.fund_usd, 0)
    state.fund_usd += short_of
    state.bad_debt_usd += short_of


def needed_usd(value_usd: Floats, high_usd: Floats, rule: Adl) -> Floats:
    """Return how much loss ADL must take off each fund, 0 where it isn't triggered, (W, V, A)."""
    begun = value_usd < (1 - rule.trigger_drawdown) * high_usd
    needed: Floats = np.where(begun, (1 - rule.stop_drawdown) * high_usd - value_usd, 0.0)
    return needed
