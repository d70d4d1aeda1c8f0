"""Forced liquidation: takeover of accounts below maintenance, and selling what was taken over.

Takeover   Position and remaining collateral pass to the liquidation engine. What it holds of one
           pool and side is a bucket of Q coins and C USD of cash; its bankruptcy price is −C/Q, the
           price at which it comes out even. With several positions an account's equity is split
           among them by notional. A fee, at most what equity is left, goes to the insurance fund.
Selling    The engine sends orders that move the price by at most the selling pace, which is in
           units of the asset's own volatility. Against the
           bankruptcy price it gains or loses; the fund takes the gain and pays the loss, and what
           it can't pay is bad debt.

Source: BitMEX and Binance help pages on liquidation and the insurance fund.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.clock import MINUTE_S
from engine.insurance import charge
from engine.margin import Screen
from engine.scenario import Liquidation
from engine.state import LONG, SHORT, Floats, Ints, Kind, State, sum_by

LARGEST_MOVE = 0.1
"""A step's orders move a log price by at most this much, however long the step."""


@dataclass(frozen=True)
class Takeover:
    """What the liquidation engine took over in a step.

    Attributes
    ----------
    rows, equity_usd, maintenance_usd
        Accounts and the two sides of the inequality, (n,).
    notional_usd
        At mark, (W, V, A, 2): long, short.
    accounts
        Number of accounts by home asset, (W, V, A).
    """

    rows: Ints
    equity_usd: Floats
    maintenance_usd: Floats
    notional_usd: Floats
    accounts: Floats


def take_over(state: State, screen: Screen, rule: Liquidation) -> Takeover | None:
    """Pass every account below maintenance to the liquidation engine, in place.

    Hedgers whose short was taken over still own the coins it hedged.
    """
    rows, equity, maintenance = screen.due(state.mark_usd)
    if not len(rows):
        return None
    accounts, layout = state.accounts, state.accounts.layout
    qty = accounts.qty[:, rows]
    block = layout.pool[rows] // layout.assets
    mark = state.mark_usd.reshape(-1, layout.assets)[block].T
    notional = np.abs(qty) * mark
    part = equity * notional / notional.sum(axis=0)
    fee = np.clip(part, 0, rule.fee_pct / 100 * notional)
    cash = part - qty * mark

    asset, column = np.nonzero(qty)
    legs = (asset, column)
    side = np.where(qty[legs] > 0, LONG, SHORT)
    pool = block[column] * layout.assets + asset
    bucket = pool * 2 + side
    buckets = (*layout.shape, 2)
    state.engine_qty = state.engine_qty + sum_by(bucket, qty[legs], buckets)
    state.engine_cash_usd = state.engine_cash_usd + sum_by(bucket, (cash - fee)[legs], buckets)
    state.fund_usd += sum_by(pool, fee[legs], layout.shape)
    forced_qty = sum_by(bucket, np.abs(qty[legs]), buckets)
    state.long_qty -= forced_qty[..., LONG]
    state.short_qty -= forced_qty[..., SHORT]
    hedged = (accounts.kind[rows] == Kind.NEUTRAL)[column] & (side == SHORT)
    state.naked_qty += sum_by(pool, np.where(hedged, -qty[legs], 0), layout.shape)
    accounts.qty[:, rows] = 0
    accounts.entry_usd[:, rows] = 0
    accounts.cash_usd[rows] = 0
    return Takeover(
        rows,
        equity,
        maintenance,
        notional_usd=sum_by(bucket, notional[legs], buckets),
        accounts=sum_by(layout.pool[rows], np.ones(len(rows)), layout.shape),
    )


def pace(deviations_per_min: float, variance_per_s: Floats, step_s: float) -> Floats:
    """Return the log price change that orders at this pace may cause in a step, (A,).

    Parameters
    ----------
    deviations_per_min
        In one-minute standard deviations of the asset's price a minute.
    variance_per_s
        Calm variance of the assets' log prices, (A,).
    """
    minute = np.sqrt(variance_per_s * MINUTE_S)
    moves: Floats = np.minimum(deviations_per_min * minute * step_s / MINUTE_S, LARGEST_MOVE)
    return moves


def orders_qty(state: State, price_usd: Floats, depth_usd: Floats, move: Floats) -> Floats:
    """Return the coins the engine trades to close its buckets, (W, V, A, 2): long ones are sold.

    The sign comes from the quantity, not the side: what rounding leaves in a bucket that ADL closed
    may have either.

    Parameters
    ----------
    price_usd, depth_usd
        Last price, and depth in USD per unit of log price, (W, V, A).
    move
        Largest log price change the orders of one bucket may cause, (A,).
    """
    most = (move * depth_usd / price_usd)[..., None]
    return -np.sign(state.engine_qty) * np.minimum(np.abs(state.engine_qty), most)


def settle(state: State, traded_qty: Floats, fill_usd: Floats) -> None:
    """Book the engine's fills, in place; gain or loss against bankruptcy goes to the fund.

    What is left of a bucket keeps its bankruptcy price: C' = C·Q'/Q.
    """
    before = state.engine_qty
    after = before + traded_qty
    kept = np.divide(after, before, out=np.zeros_like(after), where=before != 0)
    cash_after = state.engine_cash_usd * kept
    gain = state.engine_cash_usd - traded_qty * fill_usd[..., None] - cash_after
    state.engine_qty, state.engine_cash_usd = after, cash_after
    charge(state, -gain.sum(axis=-1))
