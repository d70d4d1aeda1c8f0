"""The arrays of accounts and markets, and the identities that hold between them.

Market arrays have shape (W, V, A), flattened "pools" in the same order: pool = (w·V + v)·A + a.
Account arrays have one column per margin account, grouped by block (world, venue), and within a
block by home asset, so that the isolated accounts of a pool lie side by side; what the person at
the screen holds comes last in its block:

    world 0: venue 0: [asset 0 | asset 1 | … | desk]  venue 1: […] …   world 1: …

Every world has the same layout.

The two identities
------------------
Contracts   accounts + liquidation engine + market makers + arbitrage = 0 in every pool.
Cash        the sum of all ledgers = what was deposited less what was withdrawn.
Equity of an account = cash + Σ_a quantity·mark: cash is collateral less what the position cost, so
entry prices are needed only to show gains and to rank winners, never for solvency.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONG, SHORT = 0, 1
"""The last axis of what the liquidation engine holds."""

SIGN = np.array([1.0, -1.0])
"""Sign of a quantity on each side."""


class Kind(IntEnum):
    """Who owns an account."""

    DIRECTIONAL = 0
    NEUTRAL = 1  # short here, owns the coins elsewhere
    DESK = 2  # the person at the screen


@dataclass(frozen=True)
class Layout:
    """Where rows lie.

    Attributes
    ----------
    worlds, venues, assets
        Lengths of the axes.
    home_start
        First row of each pool's isolated accounts and, as last entry of each block, of its desk
        rows: (W, V, A + 1).
    block_start
        First row of each block and the number of rows in all, (W·V + 1,).
    pool
        Pool of each row's home asset, (N,).
    """

    worlds: int
    venues: int
    assets: int
    home_start: Ints
    block_start: Ints
    pool: Ints

    @property
    def pools(self) -> int:
        """Number of pools, W·V·A."""
        return self.worlds * self.venues * self.assets

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of market arrays, (W, V, A)."""
        return self.worlds, self.venues, self.assets

    @property
    def rows(self) -> int:
        """Number of accounts, N."""
        return int(self.block_start[-1])

    @property
    def home_rows(self) -> Ints:
        """Number of isolated accounts of each pool, (W, V, A)."""
        return np.diff(self.home_start, axis=-1)


@dataclass
class Accounts:
    """All margin accounts.

    Attributes
    ----------
    layout
        Where rows lie.
    qty
        Signed quantities, coins, (A, N).
    entry_usd
        Average entry price of each position, (A, N); 0 without one.
    cash_usd
        Collateral less the cost of positions, (N,).
    kind
        Owner, values of :class:`Kind`, (N,).
    habit
        Leverage the owner of an account of this size typically takes, (N,).
    weight
        How many real accounts each stands for, (N,); 1 for the desk's.
    """

    layout: Layout
    qty: Floats
    entry_usd: Floats
    cash_usd: Floats
    kind: NDArray[np.uint8]
    habit: Floats
    weight: Floats


@dataclass
class State:
    """Everything that a step reads and writes. Shapes are (W, V, A) unless said otherwise.

    Attributes
    ----------
    accounts
        All margin accounts.
    long_qty, short_qty
        Sums of the accounts' long and short quantities, both ≥ 0, kept up to date.
    opening_qty
        Open interest of each pool at the start, coins: the measure of rounding errors.
    log_fundamental
        Log fundamental value, (W, A).
    log_price
        Log last price.
    log_basis
        Moving average of log last price − log index.
    mark_usd
        Mark price.
    trend, unrest, depth_share
        Moving average of the asset's log price; its squared deviation relative to normal; share
        of calm depth in the books, (W, A) each.
    maker_qty, maker_cash_usd, maker_rest_qty
        What market makers hold, its cash, and the quantity they are content to hold.
    engine_qty, engine_cash_usd
        What the liquidation engine took over and has not sold yet, (W, V, A, 2): long, short.
    fund_usd, bad_debt_usd
        Insurance fund, and losses beyond it that the venue carries.
    fund_highs_usd, fund_slot
        Highest marked value of the fund in each of the last half hours, (SLOTS, W, V, A), and
        which half hour comes last.
    arb_qty, arb_cash_usd
        Contracts of arbitrageurs.
    arb_dollars_usd, arb_coins_usd
        Dollars and coins (in USD) that arbitrage can still use on each venue.
    naked_qty
        Coins that hedgers still own after their short was closed for them.
    deposits_usd
        Deposits less withdrawals, (W,).
    """

    accounts: Accounts
    long_qty: Floats
    short_qty: Floats
    opening_qty: Floats
    log_fundamental: Floats
    log_price: Floats
    log_basis: Floats
    mark_usd: Floats
    trend: Floats
    unrest: Floats
    depth_share: Floats
    maker_qty: Floats
    maker_cash_usd: Floats
    maker_rest_qty: Floats
    engine_qty: Floats
    engine_cash_usd: Floats
    fund_usd: Floats
    bad_debt_usd: Floats
    fund_highs_usd: Floats
    fund_slot: int
    arb_qty: Floats
    arb_cash_usd: Floats
    arb_dollars_usd: Floats
    arb_coins_usd: Floats
    naked_qty: Floats
    deposits_usd: Floats

    def open_interest_usd(self) -> Floats:
        """Notional of all long positions, whoever holds them, at mark, (W, V, A)."""
        longs = (
            self.long_qty
            + self.engine_qty[..., LONG]
            + np.maximum(self.maker_qty, 0)
            + np.maximum(self.arb_qty, 0)
        )
        return longs * self.mark_usd


def contracts_error(state: State) -> float:
    """Return the largest |sum of quantities| ÷ open interest over all pools.

    The open interest at the start or now, whichever is larger: a pool may have emptied since.
    """
    rows = state.accounts.qty
    starts = np.minimum(state.accounts.layout.block_start[:-1], rows.shape[1] - 1)
    sums = np.add.reduceat(rows, starts, axis=1).T.reshape(state.log_price.shape)
    total = sums + state.engine_qty.sum(axis=-1) + state.maker_qty + state.arb_qty
    scale = np.maximum(np.maximum(state.long_qty, state.short_qty), state.opening_qty)
    return float(np.max(np.abs(total) / scale))


def cash_error(state: State) -> float:
    """Return the largest |sum of cash − deposits| ÷ deposits over all worlds."""
    worlds = state.accounts.layout.worlds
    held = state.accounts.cash_usd.reshape(worlds, -1).sum(axis=1)
    for ledger in (state.maker_cash_usd, state.fund_usd, state.arb_cash_usd):
        held = held + ledger.sum(axis=(1, 2))
    held = held + state.engine_cash_usd.sum(axis=(1, 2, 3)) - state.bad_debt_usd.sum(axis=(1, 2))
    return float(np.max(np.abs(held - state.deposits_usd) / np.abs(state.deposits_usd)))


def take(accounts: Accounts, rows: Ints, asset: Ints | int, qty: Floats, price_usd: Floats) -> None:
    """Let accounts trade: add ``qty`` coins bought at ``price_usd`` (negative: sold), in place.

    Only for trades that open a position or make it smaller: entry prices stay as they are while
    a position shrinks. ``rows`` must not repeat for one asset.
    """
    accounts.qty[asset, rows] += qty
    accounts.cash_usd[rows] -= qty * price_usd


def sum_by(place: Ints, values: NDArray[Any], shape: tuple[int, ...]) -> Floats:
    """Return the sums of values that share a place, as an array of ``shape``; places are flat."""
    size = int(np.prod(shape))
    return np.asarray(np.bincount(place, values, size), dtype=np.float64).reshape(shape)


def rows_of_pools(layout: Layout, pools: Ints) -> tuple[Ints, Ints]:
    """Return the rows that may hold a position in some pools, and which of the pools (by place).

    These are the pools' isolated accounts and the desk's, pool after pool.
    """
    block, asset = pools // layout.assets, pools % layout.assets
    homes = layout.home_start.reshape(-1, layout.assets + 1)
    starts = np.stack([homes[block, asset], homes[block, -1]], axis=1).ravel()
    ends = np.stack([homes[block, asset + 1], layout.block_start[block + 1]], axis=1).ravel()
    rows, which = ranges(starts, ends)
    return rows, which // 2


def ranges(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of all ranges ``starts[i]:ends[i]`` end to end, and each one's ``i``."""
    lengths = ends - starts
    which = np.repeat(np.arange(len(starts)), lengths)
    first = np.cumsum(lengths) - lengths
    return starts[which] + np.arange(len(which)) - first[which], which
