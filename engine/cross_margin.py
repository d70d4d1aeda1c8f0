"""Who may be due among the accounts on cross margin, whose collateral stands behind several assets.

With several positions there is no price of liquidation, but a bound: with slack s = equity −
maintenance and gross notional G at some marks, an account can't be due before the mark of one of
its positions has moved against it, down for a long and up for a short one, by

    r = s ÷ (G·(1 + μ_max)),   relative to those marks,

as no position costs more than 1 + μ_max of what its mark moves against it, and none costs slack
when it moves in its favour. Each step checks only the accounts of positions whose own mark has
moved so far. Bounds are computed anew for every map, and once the checks have cost as much.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.margin import Tiers, equity_and_maintenance_usd, maintenance_usd
from engine.queues import MARGIN, by_bin
from engine.state import LONG, SHORT, Accounts, Floats, Ints, distinct, sum_by

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
    """Positions one by one, (n,): whose, in which queue, and how far marks must move."""

    rows: Ints
    queue: Ints
    bound: Floats

    def part(self, which: NDArray[np.bool_]) -> _Watched:
        """Return some of these positions."""
        return _Watched(self.rows[which], self.queue[which], self.bound[which])

    def within(self, reach: Floats) -> Ints:
        """Return the accounts whose bounds moves by queue, (2·P,), have reached."""
        return self.rows[self.bound <= reach[self.queue]]


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
        rows = self._accounts.layout.cross_legs.rows[positions.account]
        self._all = _Watched(rows, positions.queue, bound)
        self._near = self._all.part(bound < NEAR)
        self._marks = mark_usd.copy()
        self._touched: list[Ints] = []
        self._checked = 0

    def _positions(self, mark_usd: Floats) -> _Positions:
        """Return all positions at these marks."""
        legs = self._accounts.layout.cross_legs
        qty = self._accounts.qty.ravel()[legs.place]
        held = np.flatnonzero(qty)
        qty, pool = qty[held], legs.pool[held]
        return _Positions(
            account=legs.account[held],
            queue=2 * pool + SHORT * (qty < 0),
            qty=qty,
            mark_usd=mark_usd.ravel()[pool],
            start=np.searchsorted(held, legs.start),
        )

    def _bounds(self, positions: _Positions) -> Floats:
        """Return how far a mark must move before each position's account may be due, (n,)."""
        accounts, rows = self._accounts, self._accounts.layout.cross_legs.rows
        account, count = positions.account, len(rows)
        value = positions.qty * positions.mark_usd
        notional = np.abs(value)
        equity = accounts.cash_usd[rows] + np.bincount(account, value, count)
        weight = accounts.weight[rows][account]
        margins = np.empty_like(value)
        for asset, (first, last) in enumerate(itertools.pairwise(positions.start)):
            table, here = self._tiers.of(np.array([asset])), slice(first, last)
            margins[here] = maintenance_usd(table, notional[None, here], weight[here])[0]
        slack = equity - np.bincount(account, margins, count)
        most = np.bincount(account, notional, count) * (1 + float(self._tiers.rate.max()))
        bound = np.divide(slack, most, out=np.zeros(count), where=most > 0)
        each: Floats = np.maximum(bound, 0)[account]
        return each

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts changed: their bounds don't hold any more."""
        self._touched.append(rows)

    def reached(self, mark_usd: Floats) -> Ints:
        """Return the accounts that may be due; they may repeat."""
        if self._checked > len(self._accounts.layout.cross_legs.rows) // 4 + 1_000:
            self.renew(mark_usd)
        rows = self._within(mark_usd)
        self._checked += len(rows)
        return rows

    def _within(self, mark_usd: Floats) -> Ints:
        """Return the accounts whose bounds these marks have reached, and the touched ones."""
        rise = (mark_usd / self._marks - 1).ravel()
        against = np.empty((len(rise), 2))
        against[:, LONG], against[:, SHORT] = -rise, rise
        reach = np.maximum(against, 0).ravel() + MARGIN
        watched = self._near if (reach < NEAR).all() else self._all
        return np.concatenate([watched.within(reach), *self._touched])

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
        accounts, layout = self._accounts, self._accounts.layout
        rows = distinct(self._within(mark_usd))
        equity, maintenance = equity_and_maintenance_usd(accounts, self._tiers, mark_usd, rows)
        due = rows[(equity < maintenance) & (maintenance > 0)]
        asset, column = np.nonzero(accounts.qty[:, due])
        pool = layout.pool[due[column]] + asset
        return sum_by(pool, np.abs(accounts.qty[asset, due[column]]), layout.shape)
