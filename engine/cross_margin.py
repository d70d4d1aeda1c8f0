"""Who may be due among the accounts on cross margin, whose collateral stands behind several assets.

With several positions there is no price of liquidation, but a bound: with slack s = equity −
maintenance and gross notional G at some marks, an account can't be due before the mark of one of
its positions has moved against it, down for a long and up for a short one, by

    r = s ÷ (G·(1 + μ_max)),   relative to those marks,

as no position costs more than 1 + μ_max of what its mark moves against it, and none costs slack
when it moves in its favour. Each step checks only the accounts of positions whose own mark has
moved so far; whoever was checked, or changed, has a new bound from there on. All bounds are
computed anew for every map, and once the checks have cost as much.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, all_true, distinct, quotient, sum_by
from engine.margin import Standing, Tiers, maintenance_usd
from engine.queues import MARGIN, by_bin
from engine.state import LONG, SHORT, Accounts

NEAR = 0.03
"""While no mark has moved further, only bounds below this are looked at."""


@dataclass(frozen=True)
class _Positions:
    """All positions on cross margin, asset after asset, (n,).

    Attributes
    ----------
    account
        Whose, a place among ``CrossLegs.rows``.
    queue, qty, mark_usd
        Pool · 2 + side, signed coins and the mark price.
    start
        First position in each asset, and the number of all, (A + 1,).
    """

    account: Ints
    queue: Ints
    qty: Floats
    mark_usd: Floats
    start: Ints


@dataclass(frozen=True)
class _Watched:
    """Positions one by one, (n,): whose, in which queue, and how far marks must move.

    A bound is below zero if the account is due as things stand, infinite if it is watched no more.
    """

    rows: Ints
    queue: Ints
    bound: Floats

    @classmethod
    def nobody(cls) -> _Watched:
        """Return no positions."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))

    def part(self, which: NDArray[np.bool_]) -> _Watched:
        """Return some of these positions."""
        return _Watched(self.rows[which], self.queue[which], self.bound[which])

    def joined(self, other: _Watched) -> _Watched:
        """Return these positions and others."""
        return _Watched(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.queue, other.queue]),
            np.concatenate([self.bound, other.bound]),
        )

    def within(self, reach: Floats) -> NDArray[np.bool_]:
        """Whether moves by queue, (2·P,), have reached these bounds, (n,)."""
        reached: NDArray[np.bool_] = self.bound <= reach.take(self.queue)
        return reached

    def taken(self, reach: Floats) -> Ints:
        """Return the accounts whose bounds have been reached, and watch these positions no more."""
        reached = np.flatnonzero(self.within(reach))
        self.bound[reached] = np.inf
        return self.rows.take(reached)


class CrossMargin:
    """The cross-margin accounts, by how far a mark must move before one may be due.

    Parameters
    ----------
    accounts, tiers
        Whom to watch, and the maintenance tables.
    mark_usd
        Mark prices now, (W, V, A).
    """

    def __init__(self, accounts: Accounts, tiers: Tiers, mark_usd: Floats) -> None:
        self._accounts = accounts
        self._tiers = tiers
        self.renew(mark_usd)

    def renew(self, mark_usd: Floats) -> None:
        """Compute all bounds anew at these marks."""
        positions = self._positions(mark_usd)
        self._watch(mark_usd, positions, self._bounds(positions))

    def _watch(self, mark_usd: Floats, positions: _Positions, bound: Floats) -> None:
        """Watch all positions by their bounds at these marks, (n,)."""
        rows = self._accounts.layout.cross_legs.rows.take(positions.account)
        self._all = _Watched(rows, positions.queue, np.where(bound > 0, bound, -np.inf))
        self._near = self._all.part(bound < NEAR)
        self._fresh = _Watched.nobody()
        self._marks = mark_usd.copy()
        self._touched: list[Ints] = []
        self._checked = 0

    def _positions(self, mark_usd: Floats) -> _Positions:
        """Return all positions at these marks."""
        legs = self._accounts.layout.cross_legs
        qty = self._accounts.qty.take(legs.place)
        held = np.flatnonzero(qty)
        qty, pool = qty.take(held), legs.pool.take(held)
        return _Positions(
            account=legs.account.take(held),
            queue=2 * pool + SHORT * (qty < 0),
            qty=qty,
            mark_usd=mark_usd.take(pool),
            start=np.searchsorted(held, legs.start),
        )

    def _bounds(self, positions: _Positions) -> Floats:
        """Return how far a mark must move before each position's account may be due, (n,)."""
        accounts, rows = self._accounts, self._accounts.layout.cross_legs.rows
        account, count = positions.account, len(rows)
        value = positions.qty * positions.mark_usd
        notional = np.abs(value)
        equity = accounts.cash_usd.take(rows) + np.bincount(account, value, count)
        weight = accounts.weight.take(rows).take(account)
        margins = np.empty_like(value)
        for asset, (first, last) in enumerate(itertools.pairwise(positions.start)):
            table, here = self._tiers.of(np.array([asset])), slice(first, last)
            margins[here] = maintenance_usd(table, notional[None, here], weight[here])[0]
        slack = equity - np.bincount(account, margins, count)
        most = sum_by(account, notional, (count,)) * (1 + float(self._tiers.rate.max()))
        bound = quotient(slack, most)
        each: Floats = np.maximum(bound, 0).take(account)
        return each

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts changed: their bounds don't hold any more."""
        self._touched.append(rows)

    def reached(self, mark_usd: Floats) -> Ints:
        """Return the accounts that may be due, each once; they are watched no more."""
        if self._checked > len(self._accounts.layout.cross_legs.rows) // 4 + 1_000:
            self.renew(mark_usd)
        if not (len(self._all.rows) or len(self._fresh.rows) or self._touched):
            return self._all.rows
        reach = self._reach(mark_usd)
        watched = self._near if all_true(reach < NEAR) else self._all
        rows = np.concatenate([watched.taken(reach), self._fresh.taken(reach), *self._touched])
        self._touched = []
        if len(rows):
            self._fresh = self._fresh.part(self._fresh.bound < np.inf)
            self._checked += len(rows)
        return distinct(rows)

    def watch(self, some: Standing) -> None:
        """Watch accounts from these marks on, where they are above maintenance."""
        slack = some.equity_usd - some.maintenance_usd
        most = some.notional_usd.sum(axis=0) * (1 + float(self._tiers.rate.max()))
        held, asset, column = some.positions()
        rows = some.rows.take(column)
        pool = self._accounts.layout.pool.take(rows) + asset
        short = some.qty.take(held) < 0
        sign = np.where(short, -1.0, 1.0)
        away = some.mark_usd.take(held) * (1 - sign * (slack / most).take(column))
        bound = sign * (1 - away / self._marks.take(pool))
        self._fresh = self._fresh.joined(_Watched(rows, 2 * pool + SHORT * short, bound))

    def lines(self) -> tuple[Floats, Floats]:
        """Return the marks by pool above and below which nobody may be due, (P,) each.

        As long as nobody is touched.
        """
        least = np.full(2 * self._marks.size, NEAR)
        for watched in (self._near, self._fresh):
            np.minimum.at(least, watched.queue, watched.bound)
        marks = self._marks.ravel()
        return marks * (1 - least[LONG::2]), marks * (1 + least[SHORT::2])

    def _reach(self, mark_usd: Floats) -> Floats:
        """Return how far marks have moved against the positions of each queue, (2·P,)."""
        rise = (mark_usd / self._marks - 1).ravel()
        against = np.empty((len(rise), 2))
        against[:, LONG], against[:, SHORT] = -rise, rise
        return against.ravel() + MARGIN

    def map_qty(self, mark_usd: Floats, log_edges: Floats) -> Floats:
        """Return the coins by the price where accounts would be liquidated at the earliest.

        With bounds of now: older ones hang on what happened in other worlds too.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        log_edges
            Bounds of the bins of each asset's log price, rising, (A, B + 1).

        Returns
        -------
        Coins by pool · 2 + side, (2·P, B). What lies beyond the outer bounds isn't counted.
        """
        positions = self._positions(mark_usd)
        bound = self._bounds(positions)
        self._watch(mark_usd, positions, bound)
        away = np.sign(positions.qty) * np.minimum(bound, 0.999)
        log_price = np.log(positions.mark_usd * (1 - away))
        coins, count = np.abs(positions.qty), 2 * self._accounts.layout.pools
        return by_bin(positions.queue, log_price, coins, log_edges, count)

    def forced_qty(self, mark_usd: Floats) -> Floats:
        """Return the coins of the accounts that would be due at these marks, (W, V, A)."""
        layout = self._accounts.layout
        reach = self._reach(mark_usd)
        near = self._near if all_true(reach < NEAR) else self._all
        found = [watched.rows[watched.within(reach)] for watched in (near, self._fresh)]
        rows = distinct(np.concatenate([*found, *self._touched]))
        standing = Standing.of(self._accounts, self._tiers, mark_usd, rows)
        due = standing.part(standing.below)
        held, asset, column = due.positions()
        pool = layout.pool.take(due.rows.take(column)) + asset
        return sum_by(pool, np.abs(due.qty.take(held)), layout.shape)
