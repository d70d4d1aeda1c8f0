"""Auto-deleveraging: winners' positions are closed against bankrupt ones the fund can't carry.

Only as much is closed as takes the needed loss off the fund, at the bankrupt position's bankruptcy
price; no order reaches the book, and open interest falls on both sides. Candidates are accounts of
the same pool on the other side with a gain. Who goes first is a rule: a small function from
:class:`Winners` to a score, in :data:`RANKS`; add your own there.

Rank rules, with P = unrealised gain, N = notional, E = equity:

pnl_times_leverage   P/entry value · N/E           BitMEX and Bybit, ADL ranking
binance              P/max(1, wallet) · M/E        Binance: profit share × margin ratio
hyperliquid          price ratio · N/E             Hyperliquid: mark ÷ entry, inverse for shorts
pnl_only             P/entry value
pro_rata             everybody, in proportion to P Drift, Paradex; haircut = deficit ÷ Σ P
pro_rata_unhedged    the same, hedged accounts spared
none                 nobody: what the fund can't pay is bad debt
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import insurance
from engine.margin import Screen, Tiers, equity_and_maintenance_usd
from engine.scenario import Adl
from engine.state import LONG, SHORT, SIGN, Floats, Ints, Kind, State, rows_of_pools, sum_by, take


@dataclass(frozen=True)
class Winners:
    """Candidates for ADL, one entry each, (n,).

    Attributes
    ----------
    side
        +1 for a long position, −1 for a short one.
    entry_usd, mark_usd
        Prices.
    notional_usd, entry_value_usd, gain_usd
        Position at mark, at entry, and the gain between them, > 0.
    equity_usd, maintenance_usd
        Of the whole account.
    hedged
        Whether the account is market-neutral.
    """

    side: Floats
    entry_usd: Floats
    mark_usd: Floats
    notional_usd: Floats
    entry_value_usd: Floats
    gain_usd: Floats
    equity_usd: Floats
    maintenance_usd: Floats
    hedged: NDArray[np.bool_]


@dataclass(frozen=True)
class Rank:
    """A rank rule: a score, and whether to share out by it or to close the highest first.

    Accounts with score 0 are left alone.
    """

    score: Callable[[Winners], Floats]
    shared: bool = False


def _pnl_times_leverage(w: Winners) -> Floats:
    return w.gain_usd / w.entry_value_usd * (w.notional_usd / w.equity_usd)


def _binance(w: Winners) -> Floats:
    wallet = np.maximum(w.equity_usd - w.gain_usd, 1)
    return w.gain_usd / wallet * (w.maintenance_usd / w.equity_usd)


def _hyperliquid(w: Winners) -> Floats:
    ratio = np.where(w.side > 0, w.mark_usd / w.entry_usd, w.entry_usd / w.mark_usd)
    return ratio * (w.notional_usd / w.equity_usd)


def _pnl_only(w: Winners) -> Floats:
    return w.gain_usd / w.entry_value_usd


def _gain(w: Winners) -> Floats:
    return w.gain_usd


def _gain_unhedged(w: Winners) -> Floats:
    return np.where(w.hedged, 0.0, w.gain_usd)


def _nobody(w: Winners) -> Floats:
    return np.zeros_like(w.gain_usd)


RANKS: dict[str, Rank] = {
    "pnl_times_leverage": Rank(_pnl_times_leverage),
    "binance": Rank(_binance),
    "hyperliquid": Rank(_hyperliquid),
    "pnl_only": Rank(_pnl_only),
    "pro_rata": Rank(_gain, shared=True),
    "pro_rata_unhedged": Rank(_gain_unhedged, shared=True),
    "none": Rank(_nobody),
}


@dataclass(frozen=True)
class Deleveraging:
    """What ADL did in a step.

    Attributes
    ----------
    value_usd, high_usd
        Marked value of the fund before, and its 8-hour high, (W, V, A).
    closed_usd, hedged_usd, accounts
        Winners' notional closed, at mark; the part of hedged accounts; how many, (W, V, A).
    rows, asset, qty, price_usd, place, queue
        Each account that was hit: row, asset, coins closed, at which price, its place in the
        queue (from 1) and the queue's length, (n,).
    """

    value_usd: Floats
    high_usd: Floats
    closed_usd: Floats
    hedged_usd: Floats
    accounts: Floats
    rows: Ints
    asset: Ints
    qty: Floats
    price_usd: Floats
    place: Ints
    queue: Ints


def deleverage(
    state: State, screen: Screen, tiers: Tiers, rule: Adl, time_s: float
) -> Deleveraging | None:
    """Close winners where the fund can't carry what the engine holds, in place."""
    losses = insurance.losses_usd(state)
    value = state.fund_usd - losses.sum(axis=-1)
    high = insurance.follow_high(state, value, time_s)
    needed = insurance.needed_usd(value, high, rule)
    loss = losses.sum(axis=-1)
    share = np.divide(needed, loss, out=np.zeros_like(loss), where=loss > 0)
    wanted = np.where(losses > 0, np.abs(state.engine_qty) * np.minimum(share, 1)[..., None], 0)
    bucket = np.flatnonzero(wanted)
    if not len(bucket) or rule.rank == "none":
        return None
    hit = _close(state, tiers, RANKS[rule.rank], bucket, wanted.ravel()[bucket])
    if hit is None:
        return None
    screen.touch(np.unique(hit.rows))
    return _told(state, hit, value, high)


@dataclass(frozen=True)
class _Hit:
    """Accounts closed by ADL: Deleveraging's lists, and each one's bucket."""

    rows: Ints
    asset: Ints
    qty: Floats
    price_usd: Floats
    bucket: Ints
    place: Ints
    queue: Ints


def _close(state: State, tiers: Tiers, rank: Rank, bucket: Ints, wanted_qty: Floats) -> _Hit | None:
    """Find and close the winners on the other side of these buckets of the engine."""
    layout = state.accounts.layout
    pool, side = bucket // 2, bucket % 2
    rows, group = rows_of_pools(layout, pool)
    place = (pool % layout.assets)[group] * layout.rows + rows
    qty = state.accounts.qty.ravel()[place]
    mark = state.mark_usd.ravel()[pool][group]
    entry = state.accounts.entry_usd.ravel()[place]
    winning = np.flatnonzero((qty * SIGN[side][group] < 0) & (qty * (mark - entry) > 0))
    rows, group = rows[winning], group[winning]
    asset = (pool % layout.assets)[group]
    qty, mark, entry = qty[winning], mark[winning], entry[winning]
    equity, maintenance = equity_and_maintenance_usd(state.accounts, tiers, state.mark_usd, rows)
    score = rank.score(
        Winners(
            side=np.sign(qty),
            entry_usd=entry,
            mark_usd=mark,
            notional_usd=np.abs(qty) * mark,
            entry_value_usd=np.abs(qty) * entry,
            gain_usd=qty * (mark - entry),
            equity_usd=equity,
            maintenance_usd=maintenance,
            hedged=state.accounts.kind[rows] == Kind.NEUTRAL,
        )
    )
    bankruptcy = -state.engine_cash_usd.ravel()[bucket] / state.engine_qty.ravel()[bucket]
    size = _affordable(qty, mark, bankruptcy[group], equity)
    closed = (share_out if rank.shared else queue_up)(group, score, size, wanted_qty)
    hit = closed.qty > 0
    if not hit.any():
        return None
    found = _Hit(
        rows=rows[hit],
        asset=asset[hit],
        qty=closed.qty[hit] * np.sign(qty[hit]),
        price_usd=bankruptcy[group[hit]],
        bucket=bucket[group[hit]],
        place=closed.place[hit],
        queue=closed.queue[hit],
    )
    _book(state, found)
    return found


def _affordable(qty: Floats, mark_usd: Floats, price_usd: Floats, equity_usd: Floats) -> Floats:
    """Coins of each position that can be closed at a price: nobody pays more than they have."""
    cost = np.sign(qty) * (mark_usd - price_usd)  # of a coin, against closing at mark
    whole = np.abs(qty)
    most = np.divide(np.maximum(equity_usd, 0), cost, out=whole.copy(), where=cost > 0)
    return np.minimum(whole, most)


@dataclass(frozen=True)
class Closed:
    """How much of each candidate is closed, and where it stood in its queue, (n,) each."""

    qty: Floats
    place: Ints
    queue: Ints


def queue_up(group: Ints, score: Floats, qty: Floats, wanted_qty: Floats) -> Closed:
    """Close the highest score of each group first, each whole, until the wanted sum is reached.

    Parameters
    ----------
    group
        Which bucket each candidate stands against, rising, (n,).
    score, qty
        Score (0: left alone) and size in coins, (n,).
    wanted_qty
        Coins to close against each bucket, (G,).
    """
    order = np.lexsort((-score, group))
    size = np.where(score[order] > 0, qty[order], 0.0)
    total = np.cumsum(size)
    counts = np.bincount(group, minlength=len(wanted_qty))
    first = np.cumsum(counts) - counts
    start = np.concatenate([[0.0], total])[first]
    before = np.maximum(total - size - start[group], 0)
    taken = np.empty_like(qty)
    taken[order] = np.clip(wanted_qty[group] - before, 0, size)
    place = np.empty_like(group)
    place[order] = np.arange(len(group)) - first[group] + 1
    return Closed(taken, place, counts[group])


def share_out(group: Ints, score: Floats, qty: Floats, wanted_qty: Floats) -> Closed:
    """Close everybody in proportion to score, nobody beyond their size. Parameters as queue_up."""
    groups = len(wanted_qty)
    taken = np.zeros_like(qty)
    open_ = score > 0
    while open_.any():  # whoever is closed whole leaves the rest to the others
        missing = wanted_qty - np.bincount(group, weights=taken, minlength=groups)
        total = np.bincount(group, weights=score * open_, minlength=groups)
        rate = np.divide(missing, total, out=np.zeros(groups), where=total > 0)
        taken = np.where(open_, np.minimum(taken + score * rate[group], qty), taken)
        full = open_ & (taken >= qty)
        if not full.any():
            break
        open_ &= ~full
    counts = np.bincount(group, minlength=groups)
    order = np.lexsort((-score, group))
    place = np.empty_like(group)
    place[order] = np.arange(len(group)) - (np.cumsum(counts) - counts)[group] + 1
    return Closed(taken, place, counts[group])


def _book(state: State, hit: _Hit) -> None:
    """Book closed positions on both sides, in place."""
    accounts = state.accounts
    take(accounts, hit.rows, hit.asset, -hit.qty, hit.price_usd)
    gone = accounts.qty[hit.asset, hit.rows] == 0
    accounts.entry_usd[hit.asset[gone], hit.rows[gone]] = 0
    buckets = state.engine_qty.shape
    coins = sum_by(hit.bucket, hit.qty, buckets)
    state.engine_qty = state.engine_qty + coins
    paid = sum_by(hit.bucket, hit.qty * hit.price_usd, buckets)
    state.engine_cash_usd = state.engine_cash_usd - paid
    state.short_qty += coins[..., LONG]  # against a long bucket, shorts were closed: coins < 0
    state.long_qty -= coins[..., SHORT]
    hedger = accounts.kind[hit.rows] == Kind.NEUTRAL
    bare = np.where(hedger, np.maximum(-hit.qty, 0), 0)
    state.naked_qty += sum_by(hit.bucket // 2, bare, buckets[:-1])


def _told(state: State, hit: _Hit, value: Floats, high: Floats) -> Deleveraging:
    """Sum up by pool what was closed."""
    pool = hit.bucket // 2
    notional = np.abs(hit.qty) * state.mark_usd.ravel()[pool]
    hedged = state.accounts.kind[hit.rows] == Kind.NEUTRAL

    return Deleveraging(
        value_usd=value,
        high_usd=high,
        closed_usd=sum_by(pool, notional, value.shape),
        hedged_usd=sum_by(pool, notional * hedged, value.shape),
        accounts=sum_by(pool, np.ones(len(pool)), value.shape),
        rows=hit.rows,
        asset=hit.asset,
        qty=hit.qty,
        price_usd=hit.price_usd,
        place=hit.place,
        queue=hit.queue,
    )
