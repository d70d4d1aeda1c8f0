"""The screen: finds the accounts below maintenance without looking at all of them.

Isolated accounts   The liquidation price doesn't move with the market, so the accounts of a pool
                    and side are sorted by it once; whoever is due stands in front. All queues lie
                    in one array of keys, pool·SPAN ∓ log price, and one ``searchsorted`` per side
                    serves all pools.
Cross margin        With several positions there is no such price, but a bound: with slack
                    s = equity − maintenance and gross notional G at some marks, an account can't
                    be due before one of its block's marks has moved by
                        r = s ÷ (G·(1 + μ_max)),   relative to those marks.
                    Accounts are sorted by r; each step only those are checked whose r the largest
                    move has reached, and r is computed anew once that has cost as much as sorting.
Changed accounts    Whoever traded (``touch``) waits, unsorted, until the next sorting.

Queues and bounds only say who may be due: equity and maintenance decide, so the result is that of
a check of every account.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.margin import Tiers, equity_and_maintenance_usd, liquidation_price_usd
from engine.state import Accounts, Floats, Ints, ranges, sum_by

NOBODY = np.empty(0, dtype=np.int64)

SPAN = 128.0
"""Room for one pool's log prices (±50), or one block's bounds, among the keys."""

GRAIN = 2.0**-50
"""Part of a pool's coins that sums of them are counted in."""

MARGIN = 1e-8
"""How far around a liquidation price accounts are looked at; above the keys' rounding."""


class Screen:
    """Finds the accounts below maintenance; see the top of this file.

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
        self._offsets: Floats = np.arange(accounts.layout.pools, dtype=np.float64) * SPAN
        self._cross = _Cross(accounts, tiers, mark_usd)
        self._grain = self._grains()
        self.sort()

    def _grains(self) -> Floats:
        """Return the grain of each pool, coins, (W·V·A,): what quantities are rounded to in sums.

        Sums of whole grains don't hang on who stands in which queue, or in which world.
        """
        layout = self._accounts.layout
        every = layout.isolated
        pool = layout.pool[every]
        held = np.abs(self._accounts.qty[pool % layout.assets, every])
        whole = sum_by(pool, held, (layout.pools,))
        return np.where(whole > 0, whole, 1.0) * GRAIN

    def _in_grains(self, pool: Ints, qty: Floats) -> Floats:
        """Return the sizes of positions in whole grains of their pools, (n,)."""
        whole: Floats = np.rint(np.abs(qty) / self._grain[pool])
        return whole

    def renew(self, mark_usd: Floats) -> None:
        """Look at everybody anew: all accounts' cash changed."""
        self.sort()
        self._cross.sort(mark_usd)

    def sort(self) -> None:
        """Sort the queues of isolated accounts anew; every touched one finds its new place."""
        layout = self._accounts.layout
        every = layout.isolated
        price, qty = self._prices(every)
        with np.errstate(divide="ignore"):
            log_price = np.log(price)
        starts = np.arange(layout.pools + 1)
        self._queues = []
        for sign in (-1.0, 1.0):  # longs are due first at the highest price, shorts at the lowest
            mine = (qty * sign < 0) & np.isfinite(log_price)
            rows = every[mine]
            keys = layout.pool[rows] * SPAN + sign * np.clip(log_price[mine], -50, 50)
            order = np.argsort(keys)
            rows, keys = rows[order], keys[order]
            pools = layout.pool[rows]
            grains = self._in_grains(pools, qty[mine][order])
            first = np.searchsorted(pools, starts)[:-1]
            self._queues.append(_Queue(rows, keys, pools, first, sign, grains))
        self._touched: list[Ints] = []
        self._gone: list[Ints] = []
        self._is_gone = np.zeros(layout.rows, dtype=bool)
        self._loose = _Loose(every[:0], np.empty(0), np.empty(0))

    def _prices(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return liquidation price and quantity of isolated accounts, (n,) each."""
        accounts = self._accounts
        home = accounts.layout.pool[rows] % accounts.layout.assets
        qty = accounts.qty[home, rows]
        cash, weight = accounts.cash_usd[rows], accounts.weight[rows]
        return liquidation_price_usd(self._tiers, home, qty, cash, weight), qty

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts' quantities or cash changed; rows must not repeat."""
        cross = self._accounts.layout.is_cross[rows]
        if cross.any():
            self._cross.touch(rows[cross])
            rows = rows[~cross]
        self._touched.append(rows)
        fresh = rows[~self._is_gone[rows]]
        self._is_gone[fresh] = True
        self._gone.append(fresh)

    def postpone(self, rows: Ints) -> None:
        """Look at these accounts again in the next step: they were due, but nothing was done."""
        self.touch(rows[~self._accounts.layout.is_cross[rows]])

    def due(self, mark_usd: Floats) -> tuple[Ints, Floats, Floats]:
        """Return the accounts below maintenance, with their equity and maintenance, in row order.

        Isolated ones are not looked at again unless touched: whoever keeps a position must be.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        """
        rows = self._maybe_due(mark_usd)
        if not len(rows):
            return rows, np.empty(0), np.empty(0)
        equity, maintenance = equity_and_maintenance_usd(
            self._accounts, self._tiers, mark_usd, rows
        )
        below = (equity < maintenance) & (maintenance > 0)
        spared = rows[~below & (maintenance > 0)]
        self.touch(spared[~self._accounts.layout.is_cross[spared]])
        return rows[below], equity[below], maintenance[below]

    def _maybe_due(self, mark_usd: Floats) -> Ints:
        """Return the accounts that may be due, and pass the isolated ones."""
        self._join_touched()
        if len(self._loose.rows) > 1_000 + self._accounts.layout.rows // 50:
            self.sort()
        log_mark = np.log(mark_usd).ravel()
        woken = [queue.reached(self._offsets, log_mark, MARGIN) for queue in self._queues]
        mark = mark_usd.ravel()[self._accounts.layout.pool[self._loose.rows]]
        found, self._loose = self._loose.reached(mark, MARGIN)
        return np.unique(np.concatenate([*woken, found, self._cross.reached(mark_usd)]))

    def _join_touched(self) -> None:
        """Let the accounts touched since the last time wait beside the queues."""
        if self._touched:
            rows = np.unique(np.concatenate(self._touched))
            self._loose = self._loose.joined(rows, *self._prices(rows))
            self._touched = []

    def forced_qty(self, mark_usd: Floats, fall: float) -> Floats:
        """Return the coins that a further fall (negative: rise) of all marks would set free.

        Those of the queues between the marks and the marks after the fall, less those that have
        changed since the queues were sorted, plus those that wait beside them, and those of
        cross-margin accounts that would be due.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        fall
            Log price change, > 0 for a fall.

        Returns
        -------
        Coins, (W, V, A).
        """
        self._join_touched()
        queue = self._queues[0 if fall > 0 else 1]
        reach = queue.reach(self._offsets, np.log(mark_usd).ravel() - fall, 0.0)
        pool = self._accounts.layout.pool
        gone = np.concatenate([NOBODY, *self._gone])
        freed = queue.between(reach) - queue.between(reach, gone, pool[gone])
        loose = self._loose.of_side(queue.sign)
        marks = mark_usd.ravel()[pool[loose.rows]] * np.exp(-fall)
        due, _ = loose.reached(marks, 0.0)
        home = pool[due] % self._accounts.layout.assets
        loosened = self._in_grains(pool[due], self._accounts.qty[home, due])
        freed = (freed + sum_by(pool[due], loosened, freed.shape)) * self._grain
        return freed.reshape(mark_usd.shape) + self._cross.forced_qty(mark_usd * np.exp(-fall))

    def map_qty(self, mark_usd: Floats, log_edges: Floats) -> Floats:
        """Return the coins of all positions by liquidation price, longs and shorts apart.

        Cross-margin positions stand where they would be liquidated at the earliest, see the bound
        at the top of this file, if all prices moved alike from the marks on.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        log_edges
            Bounds of the bins of each asset's log price, rising, (A, B + 1).

        Returns
        -------
        Coins, (W·V, A, 2, B): long, short. What lies beyond the outer bounds isn't counted.
        """
        self._join_touched()
        layout = self._accounts.layout
        gone = np.concatenate([NOBODY, *self._gone])
        sides = []
        for queue in self._queues:
            grains = queue.by_bin(self._offsets, log_edges)
            known = gone[queue.waits(gone, layout.pool[gone])]
            _count(grains, layout.pool[known], *queue.prices_and_grains(known), log_edges, -1.0)
            loose = self._loose.of_side(queue.sign)
            pool = layout.pool[loose.rows]
            held = self._in_grains(pool, self._accounts.qty[pool % layout.assets, loose.rows])
            with np.errstate(divide="ignore"):
                _count(grains, pool, np.log(loose.price_usd), held, log_edges, 1.0)
            sides.append(grains * self._grain[:, None])
        both = np.stack(sides, axis=1).reshape(-1, layout.assets, 2, log_edges.shape[1] - 1)
        return both + self._cross.map_qty(mark_usd, log_edges)


def _count(
    coins: Floats, pool: Ints, log_price: Floats, qty: Floats, log_edges: Floats, sign: float
) -> None:
    """Add (sign 1) or take away (−1) positions in the bins of their log prices, in place."""
    first, width = log_edges[:, 0], log_edges[:, 1] - log_edges[:, 0]
    asset = pool % len(log_edges)
    with np.errstate(invalid="ignore"):
        nth = np.floor((log_price - first[asset]) / width[asset])
    inside = (nth >= 0) & (nth < coins.shape[1])
    np.add.at(coins, (pool[inside], nth[inside].astype(np.int64)), sign * qty[inside])


class _Cross:
    """Cross-margin accounts, sorted by how far a mark must move before one may be due."""

    def __init__(self, accounts: Accounts, tiers: Tiers, mark_usd: Floats) -> None:
        self._accounts = accounts
        self._tiers = tiers
        self._worst = 1 + float(tiers.rate.max())
        self._all = np.flatnonzero(accounts.layout.is_cross)
        self._offsets = np.arange(len(accounts.layout.block_start) - 1) * SPAN
        self.sort(mark_usd)

    def sort(self, mark_usd: Floats) -> None:
        """Compute the bounds anew at these marks; touched accounts find their places."""
        held, block, bound = self._bounds(mark_usd)
        keys = block * SPAN + bound
        order = np.argsort(keys)
        self._rows, self._keys = held[order], keys[order]
        self._first = np.searchsorted(self._keys, self._offsets)
        self._marks = mark_usd.reshape(-1, self._accounts.layout.assets).copy()
        self._touched: list[Ints] = []
        self._checked = 0

    def _bounds(self, mark_usd: Floats) -> tuple[Ints, Ints, Floats]:
        """Return who holds a position, in which block, and how far marks must move, (n,) each."""
        accounts, layout = self._accounts, self._accounts.layout
        held = self._all[(accounts.qty[:, self._all] != 0).any(axis=0)]
        equity, maintenance = equity_and_maintenance_usd(accounts, self._tiers, mark_usd, held)
        block = layout.pool[held] // layout.assets
        marks = mark_usd.reshape(-1, layout.assets)
        gross = (np.abs(accounts.qty[:, held]) * marks[block].T).sum(axis=0)
        bound = np.clip((equity - maintenance) / (gross * self._worst), 0, SPAN / 2)
        return held, block, bound

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts changed: their bounds don't hold any more."""
        self._touched.append(rows)

    def reached(self, mark_usd: Floats) -> Ints:
        """Return the accounts that may be due; they may repeat."""
        if self._checked > 4 * len(self._rows) + 1_000:
            self.sort(mark_usd)
        rows = self._within(mark_usd)
        self._checked += len(rows)
        return rows

    def _within(self, mark_usd: Floats) -> Ints:
        """Return the accounts whose bounds these marks have reached, and the touched ones."""
        if not len(self._all):
            return NOBODY
        marks = mark_usd.reshape(self._marks.shape)
        moved = np.abs(marks / self._marks - 1).max(axis=1)
        reach = self._offsets + np.minimum(moved + MARGIN, SPAN / 2 + 1)
        places, _ = ranges(self._first, np.searchsorted(self._keys, reach, side="right"))
        return np.concatenate([self._rows[places], *self._touched])

    def map_qty(self, mark_usd: Floats, log_edges: Floats) -> Floats:
        """Return the coins by liquidation price as :meth:`Screen.map_qty` does.

        With bounds of now: those of the last sorting hang on what happened in other worlds too.
        """
        accounts, layout = self._accounts, self._accounts.layout
        coins = np.zeros((2, layout.pools, log_edges.shape[1] - 1))
        held, blocks, bounds = self._bounds(mark_usd)
        asset, column = np.nonzero(accounts.qty[:, held])
        qty = accounts.qty[asset, held[column]]
        block, bound = blocks[column], np.minimum(bounds[column], 0.999)
        marks = mark_usd.reshape(-1, layout.assets)[block, asset]
        log_price = np.log(marks * (1 - np.sign(qty) * bound))
        for side, sign in enumerate((1.0, -1.0)):
            mine = qty * sign > 0
            pool = block[mine] * layout.assets + asset[mine]
            _count(coins[side], pool, log_price[mine], np.abs(qty[mine]), log_edges, 1.0)
        shape = (-1, layout.assets, 2, log_edges.shape[1] - 1)
        return np.moveaxis(coins, 0, 1).reshape(shape)

    def forced_qty(self, mark_usd: Floats) -> Floats:
        """Return the coins of the accounts that would be due at these marks, (W, V, A)."""
        accounts, layout = self._accounts, self._accounts.layout
        rows = np.unique(self._within(mark_usd))
        equity, maintenance = equity_and_maintenance_usd(accounts, self._tiers, mark_usd, rows)
        due = rows[(equity < maintenance) & (maintenance > 0)]
        asset, column = np.nonzero(accounts.qty[:, due])
        pool = layout.pool[due[column]] + asset
        return sum_by(pool, np.abs(accounts.qty[asset, due[column]]), layout.shape)


@dataclass(frozen=True)
class _Loose:
    """Accounts that are watched one by one, each once.

    Attributes
    ----------
    rows, price_usd, sign
        Accounts, liquidation prices, and −1 for longs, +1 for shorts, (n,).
    """

    rows: Ints
    price_usd: Floats
    sign: Floats

    def joined(self, rows: Ints, price_usd: Floats, qty: Floats) -> _Loose:
        """Return these accounts with some more, or anew; who has no position isn't watched."""
        held = qty != 0
        stay = ~np.isin(self.rows, rows)
        return _Loose(
            np.concatenate([self.rows[stay], rows[held]]),
            np.concatenate([self.price_usd[stay], price_usd[held]]),
            np.concatenate([self.sign[stay], -np.sign(qty[held])]),
        )

    def of_side(self, sign: float) -> _Loose:
        """Return the accounts of one side."""
        mine = self.sign == sign
        return _Loose(self.rows[mine], self.price_usd[mine], self.sign[mine])

    def reached(self, mark_usd: Floats, margin: float) -> tuple[Ints, _Loose]:
        """Return the accounts reached by their marks, (n,), and those that stay."""
        beyond = self.sign * (mark_usd - self.price_usd) > -margin * mark_usd
        if not beyond.any():
            return self.rows[:0], self
        stay = ~beyond
        return self.rows[beyond], _Loose(self.rows[stay], self.price_usd[stay], self.sign[stay])


@dataclass
class _Queue:
    """Accounts of one side, pool after pool, first to be liquidated first.

    Attributes
    ----------
    rows, keys, pools
        Accounts, their keys, rising, and their pools, (n,).
    next
        First account of each pool that has not been reached yet, (P,).
    sign
        −1 for longs, which are due when the price is low; +1 for shorts.
    grains
        Size of their positions when sorted, (n,); see :meth:`Screen._grains`.
    """

    rows: Ints
    keys: Floats
    pools: Ints
    next: Ints
    sign: float
    grains: Floats

    def __post_init__(self) -> None:
        # Whole numbers add up without rounding; over many pools the sum may run over, but
        # differences are right all the same.
        self._total = np.concatenate([[0], np.cumsum(self.grains.astype(np.int64))])
        self._place = np.full(int(self.rows.max(initial=0)) + 1, -1)
        self._place[self.rows] = np.arange(len(self.rows))

    def reach(self, offsets: Floats, log_mark: Floats, margin: float) -> Ints:
        """Return for each pool the first account that stays above maintenance, (P,)."""
        return np.searchsorted(self.keys, offsets + self.sign * log_mark + margin, side="right")

    def reached(self, offsets: Floats, log_mark: Floats, margin: float) -> Ints:
        """Return the accounts newly reached by the mark prices and pass them."""
        reach = np.maximum(self.reach(offsets, log_mark, margin), self.next)
        if not (reach > self.next).any():
            return self.rows[:0]
        places, _ = ranges(self.next, reach)
        self.next = reach
        return self.rows[places]

    def between(self, reach: Ints, rows: Ints | None = None, pool: Ints | None = None) -> Floats:
        """Return the grains, as sorted, between those passed and ``reach``, by pool, (P,).

        Of all accounts, or of ``rows`` in these pools, (n,), as far as they stand in this queue.
        """
        until = np.maximum(reach, self.next)
        if rows is None or pool is None:
            sums: Floats = (self._total[until] - self._total[self.next]).astype(np.float64)
            return sums
        known = rows < len(self._place)
        place, pool = self._place[rows[known]], pool[known]
        inside = (place >= self.next[pool]) & (place < until[pool])
        return sum_by(pool[inside], self.grains[place[inside]], self.next.shape)

    def waits(self, rows: Ints, pool: Ints) -> NDArray[np.bool_]:
        """Whether accounts of these pools stand in this queue and have not been reached, (n,)."""
        known = rows < len(self._place)
        place = np.where(known, self._place[np.where(known, rows, 0)], -1)
        return place >= self.next[pool]

    def prices_and_grains(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return log liquidation prices and grains of accounts in this queue, as sorted."""
        place = self._place[rows]
        return self.sign * (self.keys[place] - self.pools[place] * SPAN), self.grains[place]

    def by_bin(self, offsets: Floats, log_edges: Floats) -> Floats:
        """Return the grains, as sorted, of those not reached yet by log price, (P, B)."""
        edges = np.tile(log_edges, (len(offsets) // len(log_edges), 1))
        places = np.searchsorted(self.keys, offsets[:, None] + self.sign * edges)
        totals = self._total[np.maximum(places, self.next[:, None])]
        return np.abs(np.diff(totals, axis=1)).astype(np.float64)
