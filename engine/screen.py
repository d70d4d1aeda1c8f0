"""The screen: finds the accounts below maintenance without looking at all of them.

Isolated accounts   The liquidation price doesn't move with the market, so the accounts of a pool
                    and side are sorted by it once; whoever is due stands in front. Who traded
                    (``touch``) waits beside these queues, unsorted, until the next sorting.
Cross margin        With several positions there is no such price, but a bound, see
                    :mod:`engine.cross_margin`.

Queues and bounds only say who may be due: equity and maintenance decide, so the result is that of
a check of every account.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats, Ints, all_true, any_nonzero, distinct, sum_by
from engine.cross_margin import CrossMargin
from engine.margin import Standing, Tiers, liquidation_price_usd
from engine.queues import MARGIN, Loose, Queue, by_bin
from engine.state import LONG, SHORT, Accounts

GRAIN = 2.0**-50
"""Part of a pool's coins that sums of them are counted in."""


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
        self._cross = CrossMargin(accounts, tiers, mark_usd)
        self._grain = self._grains()
        self.sort()

    def _grains(self) -> Floats:
        """Return the grain of each pool, coins, (W·V·A,): what quantities are rounded to in sums.

        Sums of whole grains don't hang on who stands in which queue, or in which world.
        """
        layout = self._accounts.layout
        every = layout.isolated
        held = np.abs(self._accounts.qty.take(layout.home_place.take(every)))
        whole = sum_by(layout.pool[every], held, (layout.pools,))
        return np.where(whole > 0, whole, 1.0) * GRAIN

    def renew(self, mark_usd: Floats) -> None:
        """Look at everybody anew: all accounts' cash changed."""
        self.sort()
        self._cross.renew(mark_usd)

    def sort(self) -> None:
        """Sort the queues of isolated accounts anew; every touched one finds its new place."""
        layout = self._accounts.layout
        self._queues = [Queue(side, layout.pools, layout.rows) for side in (LONG, SHORT)]
        self._loose = self._by_side(layout.isolated)
        self._touched: list[Ints] = []
        self._lines: tuple[Floats, Floats] | None = None
        self._changed = np.zeros(layout.rows, dtype=bool)
        self._admit_loose()

    def _admit_loose(self) -> None:
        """Let those who wait beside the queues find their places in them."""
        for nth, (queue, loose) in enumerate(zip(self._queues, self._loose, strict=True)):
            queue.admit(loose, self._grains_of(loose))
            self._loose[nth] = loose.part(np.zeros(len(loose), dtype=bool))

    def _by_side(self, rows: Ints) -> list[Loose]:
        """Return those of these isolated accounts with a position: the longs, the shorts."""
        accounts, layout = self._accounts, self._accounts.layout
        qty = accounts.qty.take(layout.home_place.take(rows))
        sides = []
        for side, which in ((LONG, np.flatnonzero(qty > 0)), (SHORT, np.flatnonzero(qty < 0))):
            mine, coins = rows.take(which), qty.take(which)
            pools = layout.pool.take(mine)
            cash, weight = accounts.cash_usd.take(mine), accounts.weight.take(mine)
            price = liquidation_price_usd(self._tiers, pools % layout.assets, coins, cash, weight)
            sides.append(Loose(side, mine, pools, price))
        return sides

    def _grains_of(self, some: Loose) -> Floats:
        """Return the sizes of these accounts' positions now, in whole grains, (n,)."""
        home = self._accounts.layout.home_place.take(some.rows)
        coins = np.abs(self._accounts.qty.take(home))
        whole: Floats = np.rint(coins / self._grain.take(some.pools))
        return whole

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts' quantities or cash changed; rows must not repeat."""
        if not len(rows):
            return
        self._lines = None
        cross = self._accounts.layout.is_cross.take(rows)
        if any_nonzero(cross):
            self._cross.touch(rows[cross])
            rows = rows[~cross]
        self._touched.append(rows)

    def due(self, mark_usd: Floats) -> Standing | None:
        """Return the accounts below maintenance, in row order; None if there are none.

        They are not looked at again unless touched: whoever keeps a position must be, also if
        nothing was done about it.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        """
        rows = self._maybe_due(mark_usd)
        if not len(rows):
            return None
        standing = Standing.of(self._accounts, self._tiers, mark_usd, rows)
        below = standing.below
        if all_true(below):
            return standing
        early = ~below & standing.holding
        if any_nonzero(early):
            self._watch_on(standing.part(early))
        return standing.part(below) if any_nonzero(below) else None

    def _watch_on(self, early: Standing) -> None:
        """Watch accounts on that were looked at too early."""
        cross = self._accounts.layout.is_cross.take(early.rows)
        if any_nonzero(cross):
            self._cross.watch(early.part(cross))
        self.touch(early.rows[~cross])

    def _maybe_due(self, mark_usd: Floats) -> Ints:
        """Return the accounts that may be due, and pass the isolated ones."""
        mark = mark_usd.ravel()
        if self._is_quiet(mark):
            return self._accounts.layout.isolated[:0]
        self._join_touched()
        if sum(map(len, self._loose)) > 1_000 + self._accounts.layout.rows // 50:
            self._admit_loose()
        log_mark = np.log(mark)
        found = [queue.reached(log_mark) for queue in self._queues]
        for nth, loose in enumerate(self._loose):
            if not len(loose):
                continue
            beyond = loose.beyond(mark, MARGIN)
            if any_nonzero(beyond):
                found.append(loose.rows[beyond])
                self._loose[nth] = loose.part(~beyond)
        rows = distinct(np.concatenate([*found, self._cross.reached(mark_usd)]))
        if not len(rows):
            self._lines = self._lines_now()
        return rows

    def _is_quiet(self, mark: Floats) -> bool:
        """Whether marks by pool, (P,), have crossed no line since these were drawn."""
        if self._lines is None:
            return False
        low, high = self._lines
        return all_true((mark > low) & (mark < high))

    def _lines_now(self) -> tuple[Floats, Floats]:
        """Return the marks by pool between which nobody may be due unless touched, (P,) each."""
        low, high = self._cross.lines()
        longs, shorts = (queue.first_usd() for queue in self._queues)
        low, high = np.maximum(low, longs), np.minimum(high, shorts)
        np.maximum.at(low, self._loose[LONG].pools, self._loose[LONG].price_usd)
        np.minimum.at(high, self._loose[SHORT].pools, self._loose[SHORT].price_usd)
        return low * (1 + 2 * MARGIN), high * (1 - 2 * MARGIN)

    def _join_touched(self) -> None:
        """Let the accounts touched since the last time wait beside the queues."""
        if not self._touched:
            return
        rows = distinct(np.concatenate(self._touched))
        self._touched = []
        for queue in self._queues:
            queue.leave(rows)
        self._changed[rows] = True
        self._loose = [
            loose.part(~self._changed[loose.rows]).joined(fresh)
            for loose, fresh in zip(self._loose, self._by_side(rows), strict=True)
        ]
        self._changed[rows] = False

    def forced_qty(self, mark_usd: Floats, fall: float) -> Floats:
        """Return the coins that a further fall (negative: rise) of all marks would set free.

        Those of the queues between the marks and the marks after the fall, those that wait beside
        them, and those of cross-margin accounts that would be due.

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
        side = LONG if fall > 0 else SHORT
        mark = mark_usd.ravel()
        freed = self._queues[side].freed(np.log(mark) - fall)
        loose = self._loose[side]
        due = loose.part(loose.beyond(mark * np.exp(-fall), 0.0))
        loosened = sum_by(due.pools, self._grains_of(due), freed.shape)
        freed = (freed + loosened) * self._grain
        return freed.reshape(mark_usd.shape) + self._cross.forced_qty(mark_usd * np.exp(-fall))

    def map_qty(self, mark_usd: Floats, log_edges: Floats) -> Floats:
        """Return the coins of all positions by liquidation price, longs and shorts apart.

        Cross-margin positions stand where they would be liquidated at the earliest, see
        :mod:`engine.cross_margin`, if all prices moved alike from the marks on.

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
        grains = np.stack([queue.by_bin(log_edges) for queue in self._queues], axis=1)
        for loose in self._loose:
            with np.errstate(divide="ignore"):
                log_price = np.log(loose.price_usd)
            queues, held = loose.pools * 2 + loose.side, self._grains_of(loose)
            waiting = by_bin(queues, log_price, held, log_edges, 2 * len(self._grain))
            grains = grains + waiting.reshape(grains.shape)
        coins = grains * self._grain[:, None, None]
        coins += self._cross.map_qty(mark_usd, log_edges).reshape(coins.shape)
        return coins.reshape(-1, *log_edges.shape[:1], 2, coins.shape[-1])
