"""The arrays of accounts and markets, and the identities that hold between them.

Market arrays have shape (W, V, A), flattened "pools" in the same order: pool = (w·V + v)·A + a.
Account arrays have one column per margin account, grouped by block (world, venue). Within a block
come the isolated accounts by home asset, so that those of a pool lie side by side, then the
cross-margin accounts, and last what the person at the screen holds:

    world 0: venue 0: [asset 0 | asset 1 | … | cross | desk]  venue 1: […] …   world 1: …

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
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, any_nonzero, ranges

LONG, SHORT = 0, 1
"""The last axis of what the liquidation engine holds."""

SIGN = np.array([1.0, -1.0])
"""Sign of a quantity on each side."""


class Kind:
    """Who owns an account; plain numbers, as arrays of them are compared with these."""

    DIRECTIONAL = 0
    BASIS = 1  # short here, owns the coins elsewhere
    DESK = 2  # the person at the screen
    PAIR = 3  # one leg here, the opposite one on another venue


@dataclass(frozen=True)
class CrossLegs:
    """Every position that a cross-margin account may have, asset after asset, (n,).

    Attributes
    ----------
    rows
        The accounts, (c,).
    account
        Whose position it is, a place among ``rows``.
    place, pool
        Where it lies among all quantities, laid end to end, and its pool.
    start
        First position in each asset, and the number of all, (A + 1,).
    """

    rows: Ints
    account: Ints
    place: Ints
    pool: Ints
    start: Ints


@dataclass(frozen=True)
class Layout:
    """Where rows lie.

    Attributes
    ----------
    worlds, venues, assets
        Lengths of the axes.
    home_start
        First row of each pool's isolated accounts, then of each block's cross-margin accounts and
        of its desk rows: (W, V, A + 2).
    block_start
        First row of each block and the number of rows in all, (W·V + 1,).
    pool
        Pool of each row's home asset, of cross-margin accounts the block's first, (N,).
    holder, holder_start
        All rows that may hold a position in a pool, pool after pool, the desk's last, (H,); where
        each pool's begin and the number of all, (W·V·A + 1,).
    crowd_holders
        How many of each pool's are not the desk's, (W, V·A).
    pairs
        Rows of the short and the long leg of each pair across venues, (R, 2).
    basis_start, basis_rows
        First basis trader of each pool, and how many there are, (W, V, A).
    """

    worlds: int
    venues: int
    assets: int
    home_start: Ints
    block_start: Ints
    pool: Ints
    holder: Ints
    holder_start: Ints
    crowd_holders: Ints
    pairs: Ints
    basis_start: Ints
    basis_rows: Ints

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
        return np.diff(self.home_start[..., :-1], axis=-1)

    @cached_property
    def block(self) -> Ints:
        """Block of each row: world · V + venue, (N,)."""
        return self.pool // self.assets

    @cached_property
    def is_cross(self) -> NDArray[np.bool_]:
        """Whether a row's collateral stands behind several assets, (N,)."""
        cross = np.zeros(self.rows, dtype=bool)
        for block, (first, desk) in enumerate(self.home_start[..., -2:].reshape(-1, 2)):
            cross[first:desk] = True
            cross[self.block_start[block + 1] - 1] = True
        return cross

    @cached_property
    def home_place(self) -> Ints:
        """Where each row's position in its home asset lies among all, laid end to end, (N,)."""
        return self.pool % self.assets * self.rows + np.arange(self.rows)

    @cached_property
    def isolated(self) -> Ints:
        """Rows of all accounts on isolated margin, (n,)."""
        return np.flatnonzero(~self.is_cross)

    @cached_property
    def cross_legs(self) -> CrossLegs:
        """Where the positions of cross-margin accounts lie."""
        pool = np.repeat(np.arange(self.pools), np.diff(self.holder_start))
        cross = self.is_cross[self.holder]
        row, pool = self.holder[cross], pool[cross]
        asset = pool % self.assets
        place = asset * self.rows + row
        order = np.argsort(place)
        rows = np.flatnonzero(self.is_cross)
        return CrossLegs(
            rows=rows,
            account=np.searchsorted(rows, row[order]),
            place=place[order],
            pool=pool[order],
            start=np.searchsorted(asset[order], np.arange(self.assets + 1)),
        )

    def in_world(self, rows: Ints) -> Ints:
        """Return rows counted from the first of their world."""
        return rows % (self.rows // self.worlds)

    def at_rows(self, market: Floats, rows: Ints) -> Floats:
        """Return what market values, (W, V, A), are for the assets of some rows, (A, n)."""
        return market.reshape(-1, self.assets).T.take(self.block.take(rows), axis=1)

    def world_of(self, pool: Ints) -> Ints:
        """Return the worlds in which pools lie."""
        return pool // (self.venues * self.assets)


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
    hedged
        Whether the account is one leg of a hedge, (N,).
    habit
        Leverage the owner of an account of this size typically takes, (N,).
    size_usd
        Notional the owner typically holds, (N,).
    weight
        How many real accounts each stands for, (N,); 1 for the desk's.
    cool_until_s
        Until when a stepwise liquidation pauses, (N,); 0 if never touched.
    """

    layout: Layout
    qty: Floats
    entry_usd: Floats
    cash_usd: Floats
    kind: NDArray[np.uint8]
    hedged: NDArray[np.bool_]
    habit: Floats
    size_usd: Floats
    weight: Floats
    cool_until_s: Floats


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
    opening_lean
        The accounts' net long ÷ the larger side at the start: what market makers are used to.
    log_fundamental
        Log fundamental value, (W, A).
    log_price
        Log last price.
    log_basis
        Moving average of log last price − log index.
    mark_usd
        Mark price.
    trend, unrest, memory
        Moving average of the asset's log price; its squared deviation relative to normal; the
        longer average that people compare with, (W, A) each.
    depth_share
        Share of calm depth in the books.
    dent
        Part of the log price that orders have moved and that goes back as books refill.
    maker_loss, adl_share
        What market makers have lost, as a share of their capital, and the share of hedged shorts
        that ADL has closed, lately.
    maker_equity_usd
        Market makers' equity after the last step.
    hedged_qty
        Hedged shorts at the start, coins.
    maker_qty, maker_cash_usd, maker_rest_qty
        What market makers hold, its cash, and the quantity they are content to hold.
    engine_qty, engine_cash_usd
        What the liquidation engine took over and has not sold yet, (W, V, A, 2): long, short.
    fund_usd, bad_debt_usd
        Insurance fund, and losses beyond it that the venue carries. A fund shared by several pools
        lies spread over them by their shares.
    fund_highs_usd, fund_slot
        Highest marked value of the fund in each of the last half hours, (SLOTS, W, V, A), and
        which half hour comes last.
    arb_qty, arb_cash_usd
        Contracts of arbitrageurs.
    arb_dollars_usd
        Dollars that arbitrage can still use on each venue, (W, V).
    arb_coins_usd
        Coins, in USD, that it can still use.
    naked_qty
        Coins that hedgers still own after their short was closed for them.
    deposits_usd
        Deposits less withdrawals, (W,).
    halted_until_s, reference, was_open
        When a market may trade again; the average log price its circuit breaker looks at; whether
        it could trade in the last step.
    quote
        Log price at which a market would open again, had nobody been able to trade.
    premium, premium_s, funding_rate
        Sum of premium × time since funding was last paid, that time in seconds (a number), and the
        rate paid last.
    pause_until_s
        When the last account that cools down after a staged liquidation may be liquidated again.
    decided_s, renewed_s
        When people last decided to trade, and when the crowd last changed.
    """

    accounts: Accounts
    long_qty: Floats
    short_qty: Floats
    opening_qty: Floats
    opening_lean: Floats
    log_fundamental: Floats
    log_price: Floats
    log_basis: Floats
    mark_usd: Floats
    trend: Floats
    unrest: Floats
    memory: Floats
    depth_share: Floats
    dent: Floats
    maker_loss: Floats
    adl_share: Floats
    maker_equity_usd: Floats
    hedged_qty: Floats
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
    halted_until_s: Floats
    reference: Floats
    was_open: NDArray[np.bool_]
    quote: Floats
    premium: Floats
    premium_s: float
    funding_rate: Floats
    pause_until_s: float
    decided_s: float
    renewed_s: float

    def engine_holds(self) -> bool:
        """Whether the liquidation engine holds anything, in any world.

        Cash that rounding left of positions closed to the last coin counts: otherwise what becomes
        of it would depend on other worlds.
        """
        return any_nonzero(self.engine_qty) or any_nonzero(self.engine_cash_usd)

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

    Only for trades that make a position smaller, or close it: entry prices stay as they are while
    a position shrinks. A pair of row and asset must not repeat; a row may.
    """
    accounts.qty[asset, rows] += qty
    np.subtract.at(accounts.cash_usd, rows, qty * price_usd)


def enter(accounts: Accounts, rows: Ints, asset: Ints, qty: Floats, price_usd: Floats) -> None:
    """Let accounts open positions or add to them, in place; entry prices are averaged.

    A pair of row and asset must not repeat; a row may.
    """
    before = accounts.qty[asset, rows]
    cost = before * accounts.entry_usd[asset, rows] + qty * price_usd
    accounts.qty[asset, rows] = before + qty
    accounts.entry_usd[asset, rows] = cost / (before + qty)
    np.subtract.at(accounts.cash_usd, rows, qty * price_usd)


def rows_of_pools(layout: Layout, pools: Ints) -> tuple[Ints, Ints]:
    """Return the rows that may hold a position in some pools, and which of the pools (by place)."""
    places, which = ranges(layout.holder_start[pools], layout.holder_start[pools + 1])
    return layout.holder[places], which
