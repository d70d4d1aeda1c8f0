"""Arbitrage between venues, and the plumbing it lives on.

Arbitrageurs sell where an asset is dear and buy where it is cheap, against the gap to the
depth-weighted mean price:

    wanted order = −gap · D · (1 − exp(−dt/speed))

limited by the dollars (to buy, one balance for all assets of a venue) and the coins (to sell) they
have there; buying turns one into the other. Both sides of the trade are the same size. Balances
refill, coins through bridges and dollars through fiat channels, with time constant

    τ = refill · (1 + congestion · max(z − 1, 0)) ÷ (1 − strain)

where z is how many times volatility, the average of all assets by depth, exceeds normal. As coins
and dollars arrive, what was bought and sold is netted and passes to market makers. When balances
run out, gaps stay open.

Source: Makarov & Schoar 2020, "Trading and arbitrage in cryptocurrency markets": gaps between
venues last where capital can't move.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats, all_true, any_nonzero
from engine.clock import HOUR_S, kept
from engine.protection import Mask
from engine.scenario import Plumbing
from engine.state import State

LEAST_USD = 1e-200
"""Stands for nothing where something is divided by it."""


def orders_usd(
    state: State,
    log_quote: Floats,
    depth_usd: Floats,
    venue_weight: Floats,
    trading: Mask | None,
    plumbing: Plumbing,
    step_s: float,
) -> Floats:
    """Return the arbitrageurs' orders in USD, (W, V, A); they add up to zero over venues.

    Parameters
    ----------
    log_quote
        Log prices at which books are quoted, (W, V, A).
    depth_usd
        Depth now, USD per unit of log price, (W, V, A).
    venue_weight
        Share of depth of each venue, (V,).
    trading
        Which markets are open, (W, V, A); None if all are.
    """
    if len(venue_weight) == 1:  # nowhere to buy what is sold here
        return np.zeros(log_quote.shape)
    weight = venue_weight[:, None]
    if trading is not None:
        weight = weight * trading
        total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        # All open is as if nothing were said: another world's halt changes no bit here.
        weight = weight / np.where(trading.all(axis=1, keepdims=True), 1.0, total)
        depth_usd = depth_usd * trading
    mean = (log_quote * weight).sum(axis=1, keepdims=True)
    closed = 1 - kept(step_s, plumbing.speed_s)
    wanted = (mean - log_quote) * depth_usd * closed
    buys = np.maximum(wanted, 0)
    spent = buys.sum(axis=-1)
    buys = buys * np.minimum(_ratio(state.arb_dollars_usd, spent), 1)[..., None]
    sells = np.minimum(np.maximum(-wanted, 0), state.arb_coins_usd)
    bought, sold = buys.sum(axis=1, keepdims=True), sells.sum(axis=1, keepdims=True)
    matched = np.minimum(bought, sold)
    orders: Floats = buys * _ratio(matched, bought) - sells * _ratio(matched, sold)
    return orders


def settle(state: State, orders_usd: Floats, qty: Floats, fill_usd: Floats) -> None:
    """Book the arbitrageurs' fills, in place: contracts, cash and what balances are left."""
    if not any_nonzero(orders_usd):
        return
    state.arb_qty = state.arb_qty + qty
    state.arb_cash_usd = state.arb_cash_usd - qty * fill_usd
    # A cheap venue's coins cost dollars there; what it sold brings dollars back.
    state.arb_dollars_usd = np.maximum(state.arb_dollars_usd - orders_usd.sum(axis=-1), 0)
    state.arb_coins_usd = np.maximum(state.arb_coins_usd + orders_usd, 0)


def refill(
    state: State, target_usd: Floats, asset_weight: Floats, plumbing: Plumbing, step_s: float
) -> None:
    """Let bridges and fiat channels refill balances towards their targets, in place.

    Parameters
    ----------
    target_usd
        Coins that stand on each venue in calm times, (V, A); in dollars, their sum.
    asset_weight
        Share of each asset in all depth, (A,).
    """
    dollars = target_usd.sum(axis=-1)
    holding = any_nonzero(state.arb_qty)
    if (
        not holding
        and all_true(state.arb_coins_usd == target_usd)
        and all_true(state.arb_dollars_usd == dollars)
    ):
        return  # nothing is missing, as always where there is but one venue
    volatility = np.sqrt((state.unrest * asset_weight).sum(axis=-1))
    crowding = 1 + plumbing.congestion * np.maximum(volatility - 1, 0)  # (W,)
    seconds = step_s / (crowding * HOUR_S)
    coins_kept = np.exp(-seconds * (1 - plumbing.bridge_strain) / plumbing.bridge_h)
    dollars_kept = np.exp(-seconds * (1 - plumbing.fiat_strain) / plumbing.fiat_h)
    state.arb_dollars_usd = dollars + (state.arb_dollars_usd - dollars) * dollars_kept[:, None]
    state.arb_coins_usd = (
        target_usd + (state.arb_coins_usd - target_usd) * coins_kept[:, None, None]
    )
    if not holding:
        return
    netted = state.arb_qty * (1 - coins_kept)[:, None, None]
    value = netted * state.mark_usd
    state.arb_qty = state.arb_qty - netted
    state.arb_cash_usd = state.arb_cash_usd + value
    state.maker_qty = state.maker_qty + netted
    state.maker_cash_usd = state.maker_cash_usd - value


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return part ÷ whole; of nothing, a number that is multiplied by nothing."""
    ratio: Floats = part / np.maximum(whole, LEAST_USD)
    return ratio
