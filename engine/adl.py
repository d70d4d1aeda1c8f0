"""Auto-deleveraging: winners' positions are closed against bankrupt ones the fund can't carry.

Only as much is closed as takes the needed loss off the fund; no order reaches the book, and open
interest falls on both sides. It fills at the bankrupt position's bankruptcy price, so that winners
bear the loss, or at mark: then they keep their gain, the fund pays, and the venue is only rid of
the position. Candidates are accounts of the same pool on the other side with a gain.

Who goes first is a rule: a small function from :class:`Winners` to a score, in :data:`RANKS`; add
your own there.

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
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine import insurance as funds
from engine.arrays import Floats, Ints, any_nonzero, distinct, quotient, sum_by
from engine.margin import Standing, Tiers
from engine.rules import Rules
from engine.scenario import Insurance
from engine.screen import Screen
from engine.state import LONG, SHORT, SIGN, Kind, State, rows_of_pools, take

LEAST_GAIN_USD = 1e-9
"""Less is no gain: positions so small that their value rounds to nothing can't be ranked."""


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


def _by_equity(w: Winners, values_usd: Floats) -> Floats:
    """Return values ÷ equity; 0, so left alone, where ADL has taken all of it before."""
    ratio = np.zeros_like(values_usd)
    return np.divide(values_usd, w.equity_usd, out=ratio, where=w.equity_usd > 0)


def _pnl_times_leverage(w: Winners) -> Floats:
    return w.gain_usd / w.entry_value_usd * _by_equity(w, w.notional_usd)


def _binance(w: Winners) -> Floats:
    wallet = np.maximum(w.equity_usd - w.gain_usd, 1)
    return w.gain_usd / wallet * _by_equity(w, w.maintenance_usd)


def _hyperliquid(w: Winners) -> Floats:
    ratio = np.where(w.side > 0, w.mark_usd / w.entry_usd, w.entry_usd / w.mark_usd)
    return ratio * _by_equity(w, w.notional_usd)


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
class Hits:
    """Accounts closed by ADL, one entry each, (n,).

    Attributes
    ----------
    rows, asset, bucket
        Account, asset, and the bucket of the liquidation engine it was closed against.
    qty, price_usd, mark_usd
        Coins closed, signed, at which price, and what the mark was.
    gain_usd, cost_usd
        Unrealised gain of the whole position before, and what closing away from mark cost.
    hedged
        Whether the account is one leg of a hedge.
    place, queue
        Its place in the queue (from 1) and the queue's length.
    """

    rows: Ints
    asset: Ints
    bucket: Ints
    qty: Floats
    price_usd: Floats
    mark_usd: Floats
    gain_usd: Floats
    cost_usd: Floats
    hedged: NDArray[np.bool_]
    place: Ints
    queue: Ints


@dataclass(frozen=True)
class Deleveraging:
    """What ADL did in a step; (W, V, A) unless said otherwise.

    Attributes
    ----------
    value_usd, high_usd, needed_usd
        Marked value of the fund before, its 8-hour high, and the loss to be taken off it.
    due_usd
        What of that loss falls to a pool's own positions, where something was closed against them.
    closed_usd, hedged_usd, cost_usd, accounts
        Winners' notional closed, at mark; the part of hedged accounts; what it cost them against
        mark; how many.
    hits
        Each account that was hit.
    """

    value_usd: Floats
    high_usd: Floats
    needed_usd: Floats
    due_usd: Floats
    closed_usd: Floats
    hedged_usd: Floats
    cost_usd: Floats
    accounts: Floats
    hits: Hits


def deleverage(
    state: State,
    screen: Screen,
    tiers: Tiers,
    rules: Rules,
    insurance: Insurance,
    share: Floats,
    serving: NDArray[np.bool_],
    time_s: float,
) -> Deleveraging | None:
    """Close winners where the fund can't carry what the engine holds, in place.

    Parameters
    ----------
    insurance, share
        What one fund stands for, and each pool's share in it, (V, A).
    serving
        Where ADL is at work, (V, A): not during an outage.
    """
    if not state.engine_holds():  # as in nearly every step of a calm day
        funds.take_note(state, funds.pooled(state.fund_usd, insurance), time_s)
        return None
    losses = funds.losses_usd(state)
    loss = funds.pooled(losses.sum(axis=-1), insurance)
    value = funds.pooled(state.fund_usd, insurance) - loss
    if value.shape != state.fund_usd.shape:
        value = np.broadcast_to(value, state.fund_usd.shape)
    if not rules.closing:
        funds.take_note(state, value, time_s)
        return None
    high = funds.follow_high(state, value, time_s)
    needed = funds.needed_usd(value, high, loss, rules)
    if not any_nonzero(needed) or not any_nonzero(losses):
        return None
    part = quotient(needed, loss) * serving
    wanted = np.where(losses > 0, np.abs(state.engine_qty) * np.minimum(part, 1)[..., None], 0)
    hits = _close_by_rank(state, tiers, rules, wanted.ravel())
    if hits is None:
        return None
    _book(state, hits, rules, insurance, share)
    screen.touch(distinct(hits.rows))
    here = quotient(losses.sum(axis=-1), loss)
    return _told(hits, value, high, needed, needed * here)


def _close_by_rank(state: State, tiers: Tiers, rules: Rules, wanted_qty: Floats) -> Hits | None:
    """Find the winners against all buckets, each venue by its own rank rule."""
    layout = state.accounts.layout
    every = np.flatnonzero(wanted_qty)
    venue = every // 2 // layout.assets % layout.venues
    found = []
    for name in dict.fromkeys(rules.ranks):
        mine = np.array([rank == name for rank in rules.ranks])[venue]
        bucket = every[mine]
        if name == "none" or not len(bucket):
            continue
        hits = _close(state, tiers, rules, RANKS[name], bucket, wanted_qty[bucket])
        if len(hits.rows):
            found.append(hits)
    if not found:
        return None
    return Hits(*(np.concatenate([getattr(hits, f.name) for hits in found]) for f in fields(Hits)))


def _close(
    state: State, tiers: Tiers, rules: Rules, rank: Rank, bucket: Ints, wanted_qty: Floats
) -> Hits:
    """Find the winners on the other side of these buckets of the engine, and how much is closed."""
    layout = state.accounts.layout
    pool, side = bucket // 2, bucket % 2
    rows, group = rows_of_pools(layout, pool)
    place = (pool % layout.assets * layout.rows).take(group) + rows
    qty = state.accounts.qty.take(place)
    mark = state.mark_usd.take(pool).take(group)
    entry = state.accounts.entry_usd.take(place)
    gain = qty * (mark - entry)
    winning = np.flatnonzero((qty * SIGN.take(side).take(group) < 0) & (gain > LEAST_GAIN_USD))
    rows, group = rows.take(winning), group.take(winning)
    qty, mark, entry = qty.take(winning), mark.take(winning), entry.take(winning)
    standing = Standing.of(state.accounts, tiers, state.mark_usd, rows)
    winners = Winners(
        side=np.sign(qty),
        entry_usd=entry,
        mark_usd=mark,
        notional_usd=np.abs(qty) * mark,
        entry_value_usd=np.abs(qty) * entry,
        gain_usd=qty * (mark - entry),
        equity_usd=standing.equity_usd,
        maintenance_usd=standing.maintenance_usd,
        hedged=state.accounts.hedged[rows],
    )
    bankruptcy = -state.engine_cash_usd.ravel()[bucket] / state.engine_qty.ravel()[bucket]
    at_mark = rules.at_mark[pool // layout.assets % layout.venues, 0]
    price = np.where(at_mark, state.mark_usd.ravel()[pool], bankruptcy)[group]
    claims = np.bincount(rows)[rows]  # on a collateral that stands behind several positions
    size = _affordable(qty, mark, price, standing.equity_usd / claims)
    closed = (share_out if rank.shared else queue_up)(group, rank.score(winners), size, wanted_qty)
    hit = closed.qty > 0
    coins = closed.qty[hit] * winners.side[hit]
    return Hits(
        rows=rows[hit],
        asset=(pool % layout.assets)[group[hit]],
        bucket=bucket[group[hit]],
        qty=coins,
        price_usd=price[hit],
        mark_usd=mark[hit],
        gain_usd=winners.gain_usd[hit],
        cost_usd=coins * (mark - price)[hit],
        hedged=winners.hedged[hit],
        place=closed.place[hit],
        queue=closed.queue[hit],
    )


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
    counts = np.bincount(group, minlength=len(wanted_qty))
    first = np.cumsum(counts) - counts
    nth = np.arange(len(group)) - first[group]
    # A row per group: one sum over all would round by what stands in other groups and worlds.
    queues = np.zeros((len(wanted_qty), int(counts.max(initial=0))))
    queues[group, nth] = size
    before = np.cumsum(queues, axis=1)[group, nth] - size
    taken = np.empty_like(qty)
    taken[order] = np.clip(wanted_qty[group] - before, 0, size)
    place = np.empty_like(group)
    place[order] = nth + 1
    return Closed(taken, place, counts[group])


def share_out(group: Ints, score: Floats, qty: Floats, wanted_qty: Floats) -> Closed:
    """Close everybody in proportion to score, nobody beyond their size. Parameters as queue_up."""
    groups = len(wanted_qty)
    taken = np.zeros_like(qty)
    open_ = score > 0
    short_of = np.ones(groups, dtype=bool)
    while short_of.any():  # whoever is closed whole leaves the rest to the others
        missing = wanted_qty - np.bincount(group, weights=taken, minlength=groups)
        total = np.bincount(group, weights=score * open_, minlength=groups)
        rate = np.divide(missing, total, out=np.zeros(groups), where=short_of & (total > 0))
        taken = np.where(open_, np.minimum(taken + score * rate[group], qty), taken)
        full = open_ & (taken >= qty)
        open_ &= ~full
        # Group by group: whether others need another round must not change a bit here.
        short_of = np.bincount(group[full], minlength=groups) > 0
    counts = np.bincount(group, minlength=groups)
    order = np.lexsort((-score, group))
    place = np.empty_like(group)
    place[order] = np.arange(len(group)) - (np.cumsum(counts) - counts)[group] + 1
    return Closed(taken, place, counts[group])


def _book(state: State, hits: Hits, rules: Rules, insurance: Insurance, share: Floats) -> None:
    """Book closed positions on both sides, in place; the funds pay for closing at mark."""
    accounts, layout = state.accounts, state.accounts.layout
    take(accounts, hits.rows, hits.asset, -hits.qty, hits.price_usd)
    gone = accounts.qty[hits.asset, hits.rows] == 0
    accounts.entry_usd[hits.asset[gone], hits.rows[gone]] = 0
    buckets = state.engine_qty.shape
    coins = sum_by(hits.bucket, hits.qty, buckets)
    paid = sum_by(hits.bucket, hits.qty * hits.price_usd, buckets)
    before, after = state.engine_qty, state.engine_qty + coins
    left = state.engine_cash_usd - paid
    if any_nonzero(rules.at_mark):
        kept = np.divide(after, before, out=np.zeros_like(after), where=before != 0)
        at_mark = rules.at_mark[..., None] & (coins != 0)
        keeping = np.where(at_mark, state.engine_cash_usd * kept, left)
        funds.charge(state, (keeping - left).sum(axis=-1), insurance, share)
        left = keeping
    state.engine_qty, state.engine_cash_usd = after, left
    state.short_qty = state.short_qty + coins[..., LONG]  # against longs, shorts were closed
    state.long_qty = state.long_qty - coins[..., SHORT]
    basis = accounts.kind[hits.rows] == Kind.BASIS
    bare = sum_by(hits.bucket // 2, np.where(basis, np.maximum(-hits.qty, 0), 0), layout.shape)
    state.naked_qty = state.naked_qty + bare
    shorts = sum_by(
        hits.bucket // 2, np.where(hits.hedged, np.maximum(-hits.qty, 0), 0), layout.shape
    )
    state.adl_share = state.adl_share + shorts / state.hedged_qty


def _told(
    hits: Hits, value: Floats, high: Floats, needed: Floats, falls_here: Floats
) -> Deleveraging:
    """Sum up by pool what was closed; ``falls_here`` is each pool's part of what was needed."""
    pool = hits.bucket // 2
    notional = np.abs(hits.qty) * hits.mark_usd
    closed = sum_by(pool, notional, value.shape)
    return Deleveraging(
        value_usd=value,
        high_usd=high,
        needed_usd=needed,
        due_usd=np.where(closed > 0, falls_here, 0.0),
        closed_usd=closed,
        hedged_usd=sum_by(pool, notional * hits.hedged, value.shape),
        cost_usd=sum_by(pool, hits.cost_usd, value.shape),
        accounts=sum_by(pool, None, value.shape),
        hits=hits,
    )
