"""Funding: longs pay shorts, or shorts longs, on a schedule.

Premium   P = time average since the last payment of basis + crowding · lean: what the contract
          costs above the index, and what market makers ask for taking the other side of a crowd.
          The lean is the accounts' net long ÷ open interest, beyond what it was at the start.
Rate      F = clip(P + clip(interest − P, ±clamp), ±cap), per interval
Payment   F · mark · quantity, from longs to shorts; everybody who holds contracts pays or receives,
          so what is paid is received.

Source: Binance, "Introduction to funding rates": premium + clamp(0.01% − premium, ±0.05%), paid
every 8 hours at 00:00, 08:00 and 16:00 UTC.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.arrays import Floats, any_nonzero
from engine.clock import HOUR_S
from engine.scenario import Clock, Funding, Scenario
from engine.screen import Screen
from engine.state import State


def follow_premium(state: State, rule: Funding, elapsed_s: float) -> None:
    """Take note of the premium for the time since this was last called, in place."""
    interest = np.maximum(np.maximum(state.long_qty, state.short_qty), state.opening_qty * 1e-9)
    lean = (state.long_qty - state.short_qty) / interest - state.opening_lean
    crowding = rule.crowding_pct / 100 * lean
    state.premium = state.premium + (state.log_basis + crowding) * elapsed_s
    state.premium_s += elapsed_s


def is_due(scenario: Scenario, start_s: float, end_s: float) -> bool:
    """Whether funding is paid at the end of a step."""
    since_midnight = _since_midnight_s(scenario.clock)
    interval = scenario.funding.interval_h * HOUR_S
    return (since_midnight + end_s) // interval > (since_midnight + start_s) // interval


def left_share(scenario: Scenario, time_s: float) -> float:
    """Return the share of the interval that is left until funding is next paid."""
    since_midnight = _since_midnight_s(scenario.clock)
    interval = scenario.funding.interval_h * HOUR_S
    return 1 - (since_midnight + time_s) % interval / interval


@lru_cache(maxsize=1)
def _since_midnight_s(clock: Clock) -> float:
    """Return how long after midnight UTC a scenario begins."""
    start = clock.start_datetime()
    return start.hour * HOUR_S + start.minute * 60 + start.second


def rate(premium: Floats, rule: Funding) -> Floats:
    """Return the funding rates of an interval, as shares of notional."""
    interest, clamp, cap = rule.interest_pct / 100, rule.clamp_pct / 100, rule.cap_pct / 100
    rates: Floats = np.clip(premium + np.clip(interest - premium, -clamp, clamp), -cap, cap)
    return rates


def pay(state: State, screen: Screen, rule: Funding) -> None:
    """Pay funding for the interval that ends, in place."""
    premium = state.premium / state.premium_s if state.premium_s else state.premium
    state.funding_rate = rate(premium, rule)
    state.premium, state.premium_s = np.zeros_like(premium), 0.0
    if not any_nonzero(state.funding_rate):
        return
    due = state.funding_rate * state.mark_usd  # USD per coin
    accounts, layout = state.accounts, state.accounts.layout
    by_row = np.repeat(due.reshape(-1, layout.assets).T, np.diff(layout.block_start), axis=1)
    by_row *= accounts.qty
    accounts.cash_usd -= by_row.sum(axis=0)
    state.maker_cash_usd = state.maker_cash_usd - due * state.maker_qty
    state.arb_cash_usd = state.arb_cash_usd - due * state.arb_qty
    state.engine_cash_usd = state.engine_cash_usd - due[..., None] * state.engine_qty
    screen.renew(state.mark_usd)
