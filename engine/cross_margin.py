"""Who may be due among the accounts on cross margin, whose collateral stands behind several assets.

With several positions there is no price of liquidation, but a bound: with slack s = equity −
maintenance and gross notional G at some marks, an account can't be due before the mark of one of
its positions has moved against it, down for a long and up for a short one, by

    r = s ÷ (G·(1 + μ_max)),   relative to those marks,

as no position loses more than 1 + μ_max of what its mark moves. Each step checks only the accounts
of positions whose own mark has reached that. Bounds are computed anew for every map, and once the
checks have cost as much.
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
class _Bounds:
    """Positions, one entry each, (n,): whose, where they stand (:func:`_queues`), their bounds."""

    rows: Ints
    queues: Ints
    moves: Floats

    def part(self, which: NDArray[np.bool_]) -> _Bounds:
        """Return some of these positions."""
        return _Bounds(self.rows[which], self.queues[which], self.moves[which])

    def within(self, reach: Floats) -> Ints:
        """Return the accounts whose bounds moves by queue, (2·P,), have reached."""
        return self.rows[self.moves <= reach[self.queues]]


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
        self._watch(mark_usd, *self._positions_and_bounds(mark_usd))

    def _watch(self, mark_usd: Floats, qty: Floats, bound: Floats) -> None:
        """Watch all positions, (n,), by their accounts' bounds at these marks, (c,)."""
        legs = self._accounts.layout.cross_legs
        held = np.flatnonzero(qty)
        account = legs.account[held]
        queues = _queues(legs.pool[held], qty[held])
        self._bounds = _Bounds(legs.rows[account], queues, bound[account])
        self._near = self._bounds.part(self._bounds.moves < NEAR)
        self._marks = mark_usd.copy()
        self._touched: list[Ints] = []
        self._checked = 0

    def _positions_and_bounds(self, mark_usd: Floats) -> tuple[Floats, Floats]:
        """Return all coins, (n,), and how far a mark must move by account, (c,)."""
        accounts, legs = self._accounts, self._accounts.layout.cross_legs
        count = len(legs.rows)
        qty = accounts.qty.ravel()[legs.place]
        value = qty * mark_usd.ravel()[legs.pool]
        notional = np.abs(value)
        equity = accounts.cash_usd[legs.rows] + np.bincount(legs.account, value, count)
        weight = accounts.weight[legs.rows][legs.account]
        margins = np.empty_like(value)
        for asset, (first, last) in enumerate(itertools.pairwise(legs.start)):
            table, here = self._tiers.of(np.array([asset])), slice(first, last)
            margins[here] = maintenance_usd(table, notional[None, here], weight[here])[0]
        slack = equity - np.bincount(legs.account, margins, count)
        most = np.bincount(legs.account, notional, count) * (1 + float(self._tiers.rate.max()))
        bound = np.divide(slack, most, out=np.zeros(count), where=most > 0)
        return qty, np.maximum(bound, 0)

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
        bounds = self._near if (reach < NEAR).all() else self._bounds
        return np.concatenate([bounds.within(reach), *self._touched])

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
        layout = self._accounts.layout
        legs = layout.cross_legs
        qty, bound = self._positions_and_bounds(mark_usd)
        self._watch(mark_usd, qty, bound)
        away = np.sign(qty) * np.minimum(bound, 0.999)[legs.account]
        log_price = np.log(mark_usd.ravel()[legs.pool] * (1 - away))
        queues, count = _queues(legs.pool, qty), 2 * layout.pools
        return by_bin(queues, log_price, np.abs(qty), log_edges, count)

    def forced_qty(self, mark_usd: Floats) -> Floats:
        """Return the coins of the accounts that would be due at these marks, (W, V, A)."""
        accounts, layout = self._accounts, self._accounts.layout
        rows = distinct(self._within(mark_usd))
        equity, maintenance = equity_and_maintenance_usd(accounts, self._tiers, mark_usd, rows)
        due = rows[(equity < maintenance) & (maintenance > 0)]
        asset, column = np.nonzero(accounts.qty[:, due])
        pool = layout.pool[due[column]] + asset
        return sum_by(pool, np.abs(accounts.qty[asset, due[column]]), layout.shape)


def _queues(pool: Ints, qty: Floats) -> Ints:
    """Return where positions stand, pool · 2 + side, (n,)."""
    queues: Ints = 2 * pool + SHORT * (qty < 0)
    return queues
