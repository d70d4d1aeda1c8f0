"""Halts and price bands: where nothing, or not everything, is traded for a while.

Outage     A venue, or one market of it, stands still: nothing is traded, liquidated or
           deleveraged there.
Breaker    A market is halted for some minutes once |log p − average| exceeds a limit. Orders wait;
           mark prices go on, and so does liquidation: what it takes over waits with the rest.
Empty book A market without depth is halted until depth has returned.
Band       Orders that would carry the price further than a limit from the index are filled only so
           far; what is left of them waits.
Reopening  A halted market's price stands still. It opens again at the mean of the open markets, or,
           if none is open, where news and value buyers would have taken it.

Sources: limit-up limit-down plan of US exchanges (bands, 5-minute halts); help pages of crypto
venues on price limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, any_nonzero
from engine.clock import MINUTE_S
from engine.rules import Rules
from engine.scenario import Scenario
from engine.state import State

EMPTY_BOOK = 1e-3
"""A book with less than this share of its calm depth is empty."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Outages:
    """Every outage of a scenario: when, (K,), and which markets, (K, V, A)."""

    from_s: Floats
    to_s: Floats
    where: Mask

    @cached_property
    def _everywhere(self) -> Mask:
        return np.ones(self.where.shape[1:], dtype=bool)

    def serving(self, start_s: float, end_s: float) -> Mask:
        """Return which markets work throughout a step, (V, A)."""
        if not len(self.where):
            return self._everywhere
        out = (self.from_s < end_s) & (self.to_s > start_s)
        if not any_nonzero(out):
            return self._everywhere
        working = ~(self.where & out[:, None, None]).any(axis=0)
        return np.asarray(working)


def outages_of(scenario: Scenario) -> Outages:
    """Return the outages of a scenario."""
    where = np.zeros((len(scenario.halts), len(scenario.venues), len(scenario.assets)), dtype=bool)
    for k, halt in enumerate(scenario.halts):
        where[k] = markets(scenario, halt.venue, halt.asset)
    start = np.array([halt.at_min for halt in scenario.halts]) * MINUTE_S
    length = np.array([halt.duration_min for halt in scenario.halts]) * MINUTE_S
    return Outages(start, start + length, where)


def markets(scenario: Scenario, venue: str | None, asset: str | None) -> Mask:
    """Return which markets are meant by a venue and an asset, (V, A); None means all."""
    venues = np.array([venue in (None, name) for name in scenario.venue_names])
    assets = np.array([asset in (None, name) for name in scenario.asset_names])
    both: Mask = venues[:, None] & assets
    return both


def open_markets(state: State, serving: Mask, start_s: float) -> Mask:
    """Return where orders are filled in a step, (W, V, A)."""
    going = state.halted_until_s <= start_s
    return serving & going & (state.depth_share >= EMPTY_BOOK)


def reopened(state: State, trading: Mask, venue_weight: Floats) -> Floats:
    """Let markets that open again find their price, in place; return by how much it jumps.

    Parameters
    ----------
    trading
        Which markets are open now, (W, V, A).
    venue_weight
        Share of depth of each venue, (V,).
    """
    opening = trading & ~state.was_open
    going_on = trading & state.was_open
    state.was_open = trading
    if not any_nonzero(opening):
        return np.zeros(trading.shape)
    weight = going_on * venue_weight[:, None]
    total = weight.sum(axis=1, keepdims=True)
    mean = (weight * state.log_price).sum(axis=1, keepdims=True)
    others = np.divide(mean, total, out=np.zeros_like(mean), where=total > 0)
    price = np.where(total > 0, others, state.quote)
    jump = np.where(opening, price - state.log_price, 0.0)
    state.log_price = state.log_price + jump
    state.reference = np.where(opening, state.log_price, state.reference)
    state.dent = np.where(opening, 0.0, state.dent)
    return jump


def within_band(quoted: Floats, move: Floats, log_index: Floats, rules: Rules) -> Floats:
    """Return which share of the orders is filled so that prices stay in their bands, (W, V, A).

    Parameters
    ----------
    quoted, move
        Log price before the orders and what they would change it by, (W, V, A).
    log_index
        Log of the index, (W, 1, A).
    """
    target = quoted + move
    inside = np.clip(target, log_index - rules.band, log_index + rules.band)
    room = inside - quoted
    carried = (inside != target) & (move != 0)
    with np.errstate(over="ignore"):  # the room may be any number of times a tiny move
        share = np.divide(room, move, out=np.ones_like(move), where=carried)
    return np.clip(share, 0.0, 1.0)


def trip_breakers(state: State, rules: Rules, end_s: float) -> Mask:
    """Halt markets that have run too far, in place; return which, (W, V, A).

    Only those that traded in the step: a market at rest can't run, whatever its average does.
    """
    away = np.abs(state.log_price - state.reference)
    tripped: Mask = (away > rules.breaker) & state.was_open
    state.halted_until_s = np.where(tripped, end_s + rules.halt_s, state.halted_until_s)
    return tripped
