"""Arbitrage between venues, and the plumbing it lives on.

Arbitrageurs sell where an asset is dear and buy where it is cheap, against the gap to the
depth-weighted mean price:

    wanted order = −gap · D · (1 − exp(−dt/speed))

limited by the dollars (to buy) and coins (to sell) they have on that venue; buying turns one into
the other. Both sides of the trade are the same size. Used balances refill through bridges and
fiat channels with time constant refill/(1 − strain); what was bought and sold is then netted and
passes to market makers. When balances run out, gaps stay open.
"""

from __future__ import annotations

import numpy as np

from engine.clock import HOUR_S
from engine.scenario import Plumbing
from engine.state import Floats, State


def orders_usd(
    state: State, depth_usd: Floats, venue_weight: Floats, plumbing: Plumbing, step_s: float
) -> Floats:
    """Return the arbitrageurs' orders in USD, (W, V, A); they add up to zero over venues.

    Parameters
    ----------
    depth_usd
        Depth now, USD per unit of log price, (W, V, A).
    venue_weight
        Share of depth of each venue, (V,).
    """
    mean = (state.log_price * venue_weight[:, None]).sum(axis=1, keepdims=True)
    closed = 1 - np.exp(-step_s / plumbing.speed_s)
    wanted = (mean - state.log_price) * depth_usd * closed
    buys = np.minimum(np.maximum(wanted, 0), state.arb_dollars_usd)
    sells = np.minimum(np.maximum(-wanted, 0), state.arb_coins_usd)
    bought, sold = buys.sum(axis=1, keepdims=True), sells.sum(axis=1, keepdims=True)
    matched = np.minimum(bought, sold)
    orders: Floats = buys * _ratio(matched, bought) - sells * _ratio(matched, sold)
    return orders


def settle(state: State, orders_usd: Floats, qty: Floats, fill_usd: Floats) -> None:
    """Book the arbitrageurs' fills, in place: contracts, cash and what balances are left."""
    state.arb_qty += qty
    state.arb_cash_usd -= qty * fill_usd
    state.arb_dollars_usd -= orders_usd
    state.arb_coins_usd += orders_usd


def refill(state: State, target_usd: Floats, plumbing: Plumbing, step_s: float) -> None:
    """Let bridges and fiat channels refill balances towards their targets, in place.

    Parameters
    ----------
    target_usd
        Dollars, and as much in coins, that stand on each venue in calm times, (V, A).
    """
    rate_per_s = (1 - plumbing.strain) / (plumbing.refill_h * HOUR_S)
    kept = float(np.exp(-step_s * rate_per_s))
    state.arb_dollars_usd = target_usd + (state.arb_dollars_usd - target_usd) * kept
    state.arb_coins_usd = target_usd + (state.arb_coins_usd - target_usd) * kept
    netted = state.arb_qty * (1 - kept)
    state.arb_qty -= netted
    state.arb_cash_usd += netted * state.mark_usd
    state.maker_qty += netted
    state.maker_cash_usd -= netted * state.mark_usd


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
