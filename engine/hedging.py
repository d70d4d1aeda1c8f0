"""Broken hedges, and market makers handing on what they bought.

Broken hedges   A market-neutral account whose short was closed for it still owns the coins it
                hedged. It sells them within minutes, at most at the selling pace. This is spot: it
                moves the price but no contracts. ADL so feeds the fall that caused it.
Handing on      Market makers who bought from the liquidation engine pass their inventory to
                traders who close: without this, open interest would never fall although positions
                are liquidated. The accounts that close are drawn at random and leave the venue;
                both sides close at the last price, so nothing moves.

Source: reports of 10 October 2025, when ADL closed one leg of market-neutral positions.
"""

from __future__ import annotations

import numpy as np

from engine.clock import HOUR_S, MINUTE_S
from engine.margin import Screen
from engine.randomness import Words, drawn_rows
from engine.scenario import Hedging
from engine.state import Floats, Ints, State, sum_by


def spot_sales_qty(
    state: State, price_usd: Floats, depth_usd: Floats, move: Floats, rule: Hedging, step_s: float
) -> Floats:
    """Return the coins that broken hedges sell in a step, ≥ 0, (W, V, A).

    Parameters
    ----------
    price_usd, depth_usd
        Last price, and depth in USD per unit of log price, (W, V, A).
    move
        Largest log price change these sales may cause, (A,).
    """
    wanted = state.naked_qty * (1 - np.exp(-step_s / (rule.unwind_min * MINUTE_S)))
    sold: Floats = np.minimum(wanted, move * depth_usd / price_usd)
    return sold


def hand_on(
    state: State, screen: Screen, keys: Words, beat: int, rule: Hedging, elapsed_s: float
) -> None:
    """Let accounts close against market makers' surplus inventory, in place.

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
    surplus = state.maker_qty - state.maker_rest_qty
    closing = np.where(surplus > 0, state.short_qty, state.long_qty)
    share = np.abs(surplus) * (1 - np.exp(-elapsed_s / (rule.handover_h * HOUR_S)))
    expected = np.divide(
        share * layout.home_rows, closing, out=np.zeros_like(share), where=closing > 0
    )
    expected = np.minimum(expected, layout.home_rows)
    worlds = layout.worlds
    rows = drawn_rows(
        keys,
        beat,
        layout.home_start[..., :-1].reshape(worlds, -1),
        layout.home_rows.reshape(worlds, -1),
        expected.reshape(worlds, -1),
    )
    if not len(rows):
        return
    home = layout.pool[rows] % layout.assets
    qty = state.accounts.qty[home, rows]
    price = np.exp(state.log_price).ravel()[layout.pool[rows]]
    solvent = state.accounts.cash_usd[rows] + qty * price > 0
    gone = solvent & (qty * surplus.ravel()[layout.pool[rows]] < 0)
    _leave(state, rows[gone], home[gone], qty[gone], price[gone])
    screen.touch(rows[gone])


def _leave(state: State, rows: Ints, home: Ints, qty: Floats, price_usd: Floats) -> None:
    """Close whole positions at a price against market makers; equity is withdrawn."""
    accounts, layout = state.accounts, state.accounts.layout
    pool = layout.pool[rows]
    world = pool // (layout.venues * layout.assets)
    withdrawn = accounts.cash_usd[rows] + qty * price_usd
    accounts.qty[home, rows] = 0
    accounts.entry_usd[home, rows] = 0
    accounts.cash_usd[rows] = 0
    state.deposits_usd -= sum_by(world, withdrawn, (layout.worlds,))
    state.maker_qty += sum_by(pool, qty, layout.shape)
    state.maker_cash_usd -= sum_by(pool, qty * price_usd, layout.shape)
    state.long_qty -= sum_by(pool, np.maximum(qty, 0), layout.shape)
    state.short_qty -= sum_by(pool, np.maximum(-qty, 0), layout.shape)
