"""Forced liquidation: takeover of accounts below maintenance, and selling what was taken over.

Takeover   Position and remaining collateral pass to the liquidation engine. What it holds of one
           pool and side is a bucket of Q coins and C USD of cash; its bankruptcy price is −C/Q, the
           price at which it comes out even. With several positions an account's equity is split
           among them by notional. A fee, at most what equity is left, goes to the insurance fund.
Ladder     full         the whole account at once
           lower tier   positions are cut to the bound of the next lower maintenance tier, and on
                        from tier to tier, until what is left satisfies maintenance; whole if none
                        does
           staged       of positions above a size only a share is closed, then the account has a
                        pause; below a share of maintenance it is taken over whole
           What is cut passes to the engine at mark, so its bankruptcy price is the mark; the
           account keeps its collateral less the fee. The fund bears how the sale goes.
Selling    The engine sends orders that move the price by at most the selling pace, which is in
           units of the asset's own volatility. Against the bankruptcy price it gains or loses; the
           fund takes the gain and pays the loss, and what it can't pay is bad debt.

Sources: BitMEX and Binance help pages on liquidation and the insurance fund; Binance and Bybit on
cutting to lower tiers; Hyperliquid on liquidation in steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, all_true, sum_by
from engine.clock import MINUTE_S
from engine.insurance import charge
from engine.margin import Standing, Tiers, maintenance_usd
from engine.rules import LADDERS, Rules
from engine.scenario import Insurance
from engine.screen import Screen
from engine.state import LONG, SHORT, Accounts, Kind, State

LARGEST_MOVE = 0.1
"""A step's orders move a log price by at most this much, however long the step."""


class Takeover(NamedTuple):
    """What the liquidation engine took over in a step.

    Attributes
    ----------
    rows, equity_usd, maintenance_usd
        Accounts and the two sides of the inequality, (n,).
    whole
        Whether nothing was left to them, (n,).
    notional_usd
        At mark, (W, V, A, 2): long, short.
    margin_usd
        Collateral that the owners lost with it, (W, V, A).
    accounts
        Number of accounts by their largest position, (W, V, A).
    leg_pool, leg_column
        Pool of each position taken over, and the place of its account among ``rows``, (m,).
    """

    rows: Ints
    equity_usd: Floats
    maintenance_usd: Floats
    whole: NDArray[np.bool_]
    notional_usd: Floats
    margin_usd: Floats
    accounts: Floats
    leg_pool: Ints
    leg_column: Ints

    def example(self, pool: int) -> int:
        """Return the place among ``rows`` of the first account with a position in a pool."""
        return int(self.leg_column[np.flatnonzero(self.leg_pool == pool)[0]])


def take_over(
    state: State,
    screen: Screen,
    tiers: Tiers,
    rules: Rules,
    serving: NDArray[np.bool_],
    time_s: float,
) -> Takeover | None:
    """Pass accounts below maintenance to the liquidation engine, in place.

    Hedgers whose short was taken over still own the coins it hedged.

    Parameters
    ----------
    serving
        Where liquidation is at work, (V, A): not during an outage.
    time_s
        Now.
    """
    due = screen.due(state.mark_usd)
    if due is None:
        return None
    layout = state.accounts.layout
    ready = _ready(state, due, rules, serving, time_s)
    if not all_true(ready):
        screen.touch(due.rows[~ready])
        due = due.part(ready)
        if not len(due):
            return None
    rows, block = due.rows, layout.block.take(due.rows)
    venue = block % layout.venues
    whole, taken = np.ones(len(rows), dtype=bool), due
    if rules.stepwise:
        share = _shares(state, tiers, rules, due)
        whole = (share == 1).all(axis=0)
        qty = due.qty * share
        taken = replace(due, qty=qty, notional_usd=np.abs(qty) * due.mark_usd)
    legs = _Legs.of(state.accounts, taken, block, whole, rules.fee.take(venue))
    _book(state, legs, rows, whole)
    if not all_true(whole):
        _cool_down(state, rules, rows[~whole], venue[~whole], time_s)
        screen.touch(rows[~whole])
    pool = legs.bucket // 2
    largest = block * layout.assets + due.notional_usd.argmax(axis=0)
    return Takeover(
        rows,
        due.equity_usd,
        due.maintenance_usd,
        whole,
        notional_usd=sum_by(legs.bucket, legs.notional_usd, (*layout.shape, 2)),
        margin_usd=sum_by(pool, legs.margin_usd, layout.shape),
        accounts=sum_by(largest, None, layout.shape),
        leg_pool=pool,
        leg_column=legs.column,
    )


def _cool_down(state: State, rules: Rules, rows: Ints, venue: Ints, time_s: float) -> None:
    """Give accounts that were cut a pause, in place, where their venue liquidates in stages."""
    staged = rules.ladder[venue] == LADDERS.index("staged")
    until_s = time_s + rules.cooldown_s[venue[staged]]
    state.accounts.cool_until_s[rows[staged]] = until_s
    state.pause_until_s = max(state.pause_until_s, float(until_s.max(initial=0)))


def _ready(
    state: State, due: Standing, rules: Rules, serving: NDArray[np.bool_], time_s: float
) -> NDArray[np.bool_]:
    """Whether accounts can be taken over now: their venue works, they don't cool down, (n,).

    Of a cross-margin account every market it is in must work.
    """
    accounts, layout = state.accounts, state.accounts.layout
    ready = np.ones(len(due), dtype=bool)
    pausing, outage = time_s < state.pause_until_s, not all_true(serving)
    if not (pausing or outage):
        return ready
    venue = layout.block[due.rows] % layout.venues
    if pausing:
        backstop = due.equity_usd < rules.backstop_share[venue] * due.maintenance_usd
        ready = (accounts.cool_until_s[due.rows] <= time_s) | backstop
    if outage:
        ready &= (serving[venue].T | (due.qty == 0)).all(axis=0)
    return ready


def _shares(state: State, tiers: Tiers, rules: Rules, due: Standing) -> Floats:
    """Return which share of each position is taken, (A, n)."""
    layout, weight = state.accounts.layout, state.accounts.weight[due.rows]
    venue = layout.block[due.rows] % layout.venues
    notional, equity = due.notional_usd, due.equity_usd
    ladder = rules.ladder[venue]
    share = np.ones(notional.shape)
    staged = ladder == LADDERS.index("staged")
    large = notional.sum(axis=0) > rules.stage_from_usd[venue] * weight
    strong = equity >= rules.backstop_share[venue] * due.maintenance_usd
    first = staged & large & strong
    share[:, first] = rules.stage_share[venue[first]]
    cut = np.flatnonzero(ladder == LADDERS.index("lower_tier"))
    fee = rules.fee[venue[cut]]
    share[:, cut] = cut_shares(tiers, notional[:, cut], weight[cut], equity[cut], fee)
    return share


def cut_shares(
    tiers: Tiers, notional_usd: Floats, weight: Floats, equity_usd: Floats, fee: Floats
) -> Floats:
    """Return which share of each position to cut so that a lower tier's margin suffices, (A, n).

    All of everything where no tier does.

    Parameters
    ----------
    notional_usd
        Positions, (A, n).
    weight, equity_usd, fee
        How many real accounts each stands for, equity, and fee as a share of what is cut, (n,).
    """
    share = np.ones_like(notional_usd)
    tier = (notional_usd[None] > tiers.from_usd.T[..., None] * weight).sum(axis=0) - 1
    left = notional_usd
    open_ = np.ones(notional_usd.shape[1], dtype=bool)
    for _ in range(tiers.rate.shape[1] - 1):
        bound = np.take_along_axis(tiers.from_usd, np.maximum(tier, 0), axis=1) * weight
        left = np.where(tier > 0, bound, left)
        tier = np.maximum(tier - 1, 0)
        after = equity_usd - fee * (notional_usd - left).sum(axis=0)
        cut = (left < notional_usd).any(axis=0)
        cured = open_ & cut & (after >= maintenance_usd(tiers, left, weight).sum(axis=0))
        kept = np.divide(left, notional_usd, out=np.zeros_like(left), where=notional_usd > 0)
        share[:, cured] = 1 - kept[:, cured]
        open_ &= ~cured
    return share


class _Legs(NamedTuple):
    """Positions taken over, one entry each, (m,).

    Attributes
    ----------
    column
        Which of the accounts' it is.
    place, bucket
        Where it lies among all positions, laid end to end, and into which bucket it goes.
    qty, notional_usd, cash_usd, fee_usd
        What passes to the engine, at mark, and the fee.
    margin_usd
        Collateral that the owner loses with it.
    """

    column: Ints
    place: Ints
    bucket: Ints
    qty: Floats
    notional_usd: Floats
    cash_usd: Floats
    fee_usd: Floats
    margin_usd: Floats

    @classmethod
    def of(
        cls,
        accounts: Accounts,
        taken: Standing,
        block: Ints,
        whole: NDArray[np.bool_],
        fee_rate: Floats,
    ) -> _Legs:
        """Return the legs of what is taken over; each account's block and fee rate, (n,)."""
        held, asset, column = taken.positions()
        place = asset * accounts.layout.rows + taken.rows.take(column)
        coins, mark = taken.qty.take(held), taken.mark_usd.take(held)
        notional, total = taken.notional_usd.take(held), taken.notional_usd.sum(axis=0)
        part = taken.equity_usd.take(column) * notional / total.take(column)
        fee = np.minimum(np.maximum(part, 0), fee_rate.take(column) * notional)
        # All equity passes with a whole account; of what is cut, only the fee.
        passes = part if all_true(whole) else np.where(whole.take(column), part, fee)
        gain = coins * (mark - accounts.entry_usd.take(place))
        pool = block.take(column) * len(taken.qty) + asset
        return cls(
            column=column,
            place=place,
            bucket=2 * pool + np.where(coins > 0, LONG, SHORT),
            qty=coins,
            notional_usd=notional,
            cash_usd=passes - fee - coins * mark,
            fee_usd=fee,
            margin_usd=passes - gain,
        )


def _book(state: State, legs: _Legs, rows: Ints, whole: NDArray[np.bool_]) -> None:
    """Pass positions to the liquidation engine, fees to the funds, in place."""
    accounts, shape = state.accounts, state.accounts.layout.shape
    buckets, pool = (*shape, 2), legs.bucket // 2
    coins = sum_by(legs.bucket, legs.qty, buckets)
    state.engine_qty = state.engine_qty + coins
    state.engine_cash_usd = state.engine_cash_usd + sum_by(legs.bucket, legs.cash_usd, buckets)
    state.fund_usd = state.fund_usd + sum_by(pool, legs.fee_usd, shape)
    state.long_qty = state.long_qty - coins[..., LONG]
    state.short_qty = state.short_qty + coins[..., SHORT]
    short = np.flatnonzero(legs.qty < 0)
    hedged = short[accounts.kind[rows[legs.column[short]]] == Kind.BASIS]
    if len(hedged):
        bare = sum_by(pool[hedged], -legs.qty[hedged], shape)
        state.naked_qty = state.naked_qty + bare
    held, entry = accounts.qty.reshape(-1), accounts.entry_usd.reshape(-1)
    if all_true(whole):
        held[legs.place] = 0
        entry[legs.place] = 0
        accounts.cash_usd[rows] = 0
        return
    held[legs.place] -= legs.qty
    entry[legs.place[whole[legs.column]]] = 0
    given = sum_by(legs.column, legs.cash_usd + legs.fee_usd, (len(rows),))
    left = accounts.cash_usd[rows] - given
    accounts.cash_usd[rows] = np.where(whole, 0.0, left)


def pace(deviations_per_min: Floats | float, variance_per_s: Floats, step_s: float) -> Floats:
    """Return the log price change that orders at this pace may cause in a step, (…, A).

    Parameters
    ----------
    deviations_per_min
        In one-minute standard deviations of the asset's price a minute; (V, 1) or a number.
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
        Largest log price change the orders of one bucket may cause, (V, A).
    """
    most = (move * depth_usd / price_usd)[..., None]
    return -np.sign(state.engine_qty) * np.minimum(np.abs(state.engine_qty), most)


def settle(
    state: State, traded_qty: Floats, fill_usd: Floats, rule: Insurance, share: Floats
) -> None:
    """Book the engine's fills, in place; gain or loss against bankruptcy goes to the fund.

    What is left of a bucket keeps its bankruptcy price: C' = C·Q'/Q.
    """
    before = state.engine_qty
    after = before + traded_qty
    kept = np.divide(after, before, out=np.zeros_like(after), where=before != 0)
    cash_after = state.engine_cash_usd * kept
    gain = state.engine_cash_usd - traded_qty * fill_usd[..., None] - cash_after
    state.engine_qty, state.engine_cash_usd = after, cash_after
    charge(state, -gain.sum(axis=-1), rule, share)
