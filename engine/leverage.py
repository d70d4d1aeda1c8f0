"""How leveraged the crowd is now: notional by effective leverage.

Effective leverage   λ = gross notional ÷ equity at mark, equity = collateral ± what was gained.

It is not what people chose when they opened: losses raise it, gains lower it. An account on cross
margin has one leverage, at which each of its positions is counted.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats, Ints
from engine.state import LONG, SHORT, Accounts, Layout

LEVERAGE_EDGES: Floats = np.append(
    np.outer(2.0 ** np.arange(-2, 7), 1 + np.arange(4) / 4).ravel(), 128.0
)
"""Bounds of the bins, four to each doubling, (LEVERAGE_BINS + 1,): … 1, 1.25, 1.5, 1.75, 2, 2.5 …
What lies beyond is counted in the outermost bins; those without equity left are in the last."""

LEVERAGE_BINS = len(LEVERAGE_EDGES) - 1

BELOW_QUARTERS = 21
"""Bits of a 32-bit float below the one that tells quarters of a doubling apart."""


class LeverageCount:
    """Counts notional by effective leverage, over and over; where accounts lie never changes."""

    def __init__(self, layout: Layout) -> None:
        legs = layout.cross_legs
        self._alone, self._several = layout.isolated, legs.rows
        self._owner = legs.account
        self._place = np.concatenate([layout.home_place[self._alone], legs.place])
        self._pool = np.concatenate([layout.pool[self._alone], legs.pool])
        queue = 2 * (layout.world_of(self._pool) * layout.assets + self._pool % layout.assets)
        self._first_bin = (queue + LONG) * LEVERAGE_BINS
        self._shape = (layout.worlds, layout.assets, 2, LEVERAGE_BINS)

    def by_leverage_usd(self, accounts: Accounts, mark_usd: Floats) -> Floats:
        """Return the notional of all positions by effective leverage.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).

        Returns
        -------
        USD at mark over all venues, (W, A, 2, LEVERAGE_BINS): long, short.
        """
        value = accounts.qty.take(self._place) * mark_usd.take(self._pool)
        notional, cash = np.abs(value), accounts.cash_usd
        alone, count = len(self._alone), len(self._several)
        gross: Floats = np.asarray(np.bincount(self._owner, notional[alone:], count), np.float64)
        equity = cash.take(self._several) + np.bincount(self._owner, value[alone:], count)
        key = self._first_bin + (value < 0) * ((SHORT - LONG) * LEVERAGE_BINS)
        key[:alone] += _bins(notional[:alone], cash.take(self._alone) + value[:alone])
        key[alone:] += _bins(gross, equity).take(self._owner)
        counted = np.bincount(key, notional, int(np.prod(self._shape)))
        return np.asarray(counted.reshape(self._shape), dtype=np.float64)


def _bins(notional_usd: Floats, equity_usd: Floats) -> Ints:
    """Return the bin of each account by its leverage, (n,).

    As 32-bit float a number begins with its power of two and the quarters above it.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        leverage = (notional_usd / np.maximum(equity_usd, 0.0)).astype(np.float32)
    quarters = leverage.view(np.int32) >> BELOW_QUARTERS
    first = int(np.float32(LEVERAGE_EDGES[0]).view(np.int32)) >> BELOW_QUARTERS
    within: Ints = (quarters - first).clip(0, LEVERAGE_BINS - 1)
    return within
