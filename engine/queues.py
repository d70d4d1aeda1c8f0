"""Queues of accounts on isolated margin by liquidation price, and those that wait beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, ranges, sum_by
from engine.state import LONG

SPAN = 128.0
"""Room for one pool's log prices (±50) among the keys."""

MARGIN = 1e-8
"""How much earlier accounts are looked at than they are due; above the keys' rounding."""


class Queue:
    """Accounts of one side, pool after pool, first to be liquidated first.

    All lie in one array of keys, pool·SPAN ∓ log price, so that one search serves all pools. Who
    leaves keeps the place until others come, but holds nothing there.

    Parameters
    ----------
    side
        LONG, due when the price is low, or SHORT.
    pools, accounts
        Number of all pools and of all accounts.
    """

    def __init__(self, side: int, pools: int, accounts: int) -> None:
        # Longs are due first at the highest price, shorts at the lowest.
        self._sign = -1.0 if side == LONG else 1.0
        self._offsets: Floats = np.arange(pools, dtype=np.float64) * SPAN
        self._rows, self._grains = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self._keys = np.array([np.inf])  # behind all others
        self._next = np.zeros(pools, dtype=np.int64)
        self._place = np.full(accounts, -1)

    def admit(self, some: Loose, grains: Floats) -> None:
        """Let accounts find their places, those without a price of liquidation apart.

        ``grains`` are the sizes of their positions, whole numbers of each pool's grain, (n,).
        """
        with np.errstate(divide="ignore"):
            log_price = np.log(some.price_usd)
        keys = self._offsets[some.pools] + self._sign * np.clip(log_price, -50, 50)
        coming = np.argsort(keys)
        coming = coming[np.isfinite(log_price)[coming]]
        staying = np.flatnonzero(self._place[self._rows] == np.arange(len(self._rows)))
        keys = np.concatenate([self._keys[staying], keys[coming]])
        order = np.argsort(keys, kind="stable")  # which merges what is in order already
        self._keys = np.append(keys[order], np.inf)
        self._rows = np.concatenate([self._rows[staying], some.rows[coming]])[order]
        whole = grains[coming].astype(np.int64)
        self._grains = np.concatenate([self._grains[staying], whole])[order]
        self._next = np.searchsorted(self._keys, self._offsets - SPAN / 2)
        self._place[self._rows] = np.arange(len(self._rows))

    def leave(self, rows: Ints) -> None:
        """Let accounts go, as far as they stand here."""
        place = self._place.take(rows)
        self._grains[place[place >= 0]] = 0
        self._place[rows] = -1

    def _reach(self, log_mark: Floats, margin: float) -> Ints:
        """Return for each pool the first account that stays above maintenance, (P,)."""
        keys = self._offsets + self._sign * log_mark + margin
        reached = (self._keys[self._next] <= keys).nonzero()[0]
        if not len(reached):  # as in most steps
            return self._next
        reach = self._next.copy()
        reach[reached] = self._keys.searchsorted(keys[reached], side="right")
        return reach

    def reached(self, log_mark: Floats) -> Ints:
        """Return the accounts newly reached by the mark prices and let them go."""
        reach = self._reach(log_mark, MARGIN)
        if reach is self._next:
            return self._rows[:0]
        places, _ = ranges(self._next, reach)
        self._next = reach
        rows = self._rows.take(places)
        self._grains[places] = 0
        self._place[rows] = -1
        return rows

    def first_usd(self) -> Floats:
        """Return the price of liquidation of each pool's first account, (P,).

        0 for longs and infinity for shorts if none is left; that of one who left is possible.
        """
        log_price = self._sign * (self._keys[self._next] - self._offsets)
        # Beyond this it is another pool's first.
        gone = log_price * self._sign > SPAN / 2
        return np.exp(np.where(gone, self._sign * np.inf, log_price))

    def freed(self, log_mark: Floats) -> Floats:
        """Return the grains of those that these mark prices would reach, by pool, (P,)."""
        places, pool = ranges(self._next, self._reach(log_mark, 0.0))
        return sum_by(pool, self._grains.take(places), self._next.shape)

    def by_bin(self, log_edges: Floats) -> Floats:
        """Return the grains of those not reached yet by log price, (P, B)."""
        edges = np.tile(log_edges, (len(self._offsets) // len(log_edges), 1))
        places = np.searchsorted(self._keys, self._offsets[:, None] + self._sign * edges)
        # Whole numbers add up without rounding; over many pools the sum may run over, but
        # differences are right all the same.
        total = np.concatenate([[0], np.cumsum(self._grains)])
        waiting = np.diff(total[np.maximum(places, self._next[:, None])], axis=1)
        return np.abs(waiting).astype(np.float64)


@dataclass(frozen=True)
class Loose:
    """Accounts of one side that are watched one by one, each once.

    Attributes
    ----------
    side
        LONG or SHORT.
    rows, pools, price_usd
        Accounts, their pools and liquidation prices, (n,).
    """

    side: int
    rows: Ints
    pools: Ints
    price_usd: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, which: NDArray[np.bool_]) -> Loose:
        """Return some of these accounts."""
        return Loose(self.side, self.rows[which], self.pools[which], self.price_usd[which])

    def joined(self, other: Loose) -> Loose:
        """Return these accounts and others."""
        return Loose(
            self.side,
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.pools, other.pools]),
            np.concatenate([self.price_usd, other.price_usd]),
        )

    def beyond(self, mark_usd: Floats, margin: float) -> NDArray[np.bool_]:
        """Whether marks by pool, (P,), have reached the accounts' prices, (n,)."""
        mark = mark_usd.take(self.pools)
        away = self.price_usd - mark if self.side == LONG else mark - self.price_usd
        reached: NDArray[np.bool_] = away > -margin * mark
        return reached


def by_bin(queue: Ints, log_price: Floats, coins: Floats, log_edges: Floats, count: int) -> Floats:
    """Return the coins of positions by queue and log price, (Q, B).

    Parameters
    ----------
    queue, log_price, coins
        Where each position stands, its pool · 2 + side; log price and size, (n,).
    log_edges
        Bounds of the bins of each asset, (A, B + 1), evenly spaced.
    count
        Number of queues, Q.
    """
    assets, bins = len(log_edges), log_edges.shape[1] - 1
    each = np.repeat(np.tile(np.arange(assets), count // (2 * assets)), 2)
    first, width = log_edges[each, 0], log_edges[each, 1] - log_edges[each, 0]
    nth = np.floor((log_price - first.take(queue)) / width.take(queue))
    # What lies outside goes to a bin more on either side.
    place = queue * (bins + 2) + (np.clip(nth, -1, bins) + 1).astype(np.int64)
    return sum_by(place, coins, (count, bins + 2))[:, 1:-1]
