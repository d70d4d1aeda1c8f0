"""What everybody writes: a screen that checks every account in every step. Only to compare with."""

from __future__ import annotations

import itertools

import numpy as np

from engine.arrays import Floats, Ints, sum_by
from engine.margin import Standing, maintenance_usd
from engine.queues import by_bin
from engine.screen import Screen
from engine.state import LONG, SHORT


class FullScan(Screen):
    """Finds and counts what :class:`engine.screen.Screen` does, to the bit, by looking at everyone.

    Block by block, so that no array of all marks has to be built: as fast as plain numpy goes.
    """

    @classmethod
    def in_place_of(cls, screen: Screen, mark_usd: Floats) -> FullScan:
        """Return one that watches the same accounts and counts in the same grains."""
        scan = cls(screen._accounts, screen._tiers, mark_usd)
        scan._grain = screen._grain
        return scan

    def sort(self) -> None:
        """Do nothing: nobody waits in a queue."""

    def renew(self, mark_usd: Floats) -> None:
        """Do nothing: there is nothing to renew."""

    def touch(self, rows: Ints) -> None:
        """Do nothing: whoever changed is looked at anyway."""

    def due(self, mark_usd: Floats) -> Standing | None:
        """Return the accounts below maintenance."""
        rows = self._below(mark_usd)
        if not len(rows):
            return None
        return Standing.of(self._accounts, self._tiers, mark_usd, rows)

    def _below(self, mark_usd: Floats) -> Ints:
        """Return who is below maintenance."""
        accounts, layout = self._accounts, self._accounts.layout
        equity, maintenance = np.empty(layout.rows), np.empty(layout.rows)
        marks = mark_usd.reshape(-1, layout.assets)
        for mark, (first, last) in zip(marks, itertools.pairwise(layout.block_start), strict=True):
            value = accounts.qty[:, first:last] * mark[:, None]
            np.add(accounts.cash_usd[first:last], value.sum(axis=0), out=equity[first:last])
            margins = maintenance_usd(self._tiers, np.abs(value), accounts.weight[first:last])
            margins.sum(axis=0, out=maintenance[first:last])
        return np.flatnonzero((equity < maintenance) & (maintenance > 0))

    def forced_qty(self, mark_usd: Floats, fall: float) -> Floats:
        """Return the coins that a further fall (negative: rise) would set free, (W, V, A)."""
        accounts, layout = self._accounts, self._accounts.layout
        due = self._below(mark_usd * np.exp(-fall))
        cross = due[layout.is_cross[due]]
        some = self._by_side(due[~layout.is_cross[due]])[LONG if fall > 0 else SHORT]
        freed = sum_by(some.pools, self._grains_of(some), self._grain.shape) * self._grain
        asset, column = np.nonzero(accounts.qty[:, cross])
        coins = np.abs(accounts.qty[asset, cross[column]])
        crossed = sum_by(layout.pool[cross[column]] + asset, coins, mark_usd.shape)
        return freed.reshape(mark_usd.shape) + crossed

    def map_qty(self, mark_usd: Floats, log_edges: Floats) -> Floats:
        """Return the coins of all positions by liquidation price, (W·V, A, 2, B)."""
        grains = np.zeros((2 * len(self._grain), log_edges.shape[1] - 1))
        for some in self._by_side(self._accounts.layout.isolated):
            with np.errstate(divide="ignore"):
                log_price = np.log(some.price_usd)
            queues, held = some.pools * 2 + some.side, self._grains_of(some)
            grains += by_bin(queues, log_price, held, log_edges, len(grains))
        coins = grains * np.repeat(self._grain, 2)[:, None]
        coins += self._cross.map_qty(mark_usd, log_edges)
        return coins.reshape(-1, len(log_edges), 2, coins.shape[-1])
