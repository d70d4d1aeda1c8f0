"""The positions of the person at the screen: same rows, same rules, only watched.

A position is opened and closed by a market order at its set time. What was paid in and out is
remembered, so its gain or loss is equity + paid out − paid in, whatever happened in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.clock import MINUTE_S
from engine.insurance import charge
from engine.liquidation import LARGEST_MOVE
from engine.margin import Screen, Tiers, equity_and_maintenance_usd, liquidation_price_usd
from engine.population import desk_rows
from engine.scenario import Scenario
from engine.state import Floats, Ints, Layout, State, sum_by


@dataclass
class Desk:
    """The desk's positions in all worlds, (W, P) unless said otherwise.

    Attributes
    ----------
    rows, pools
        Account and pool of each position.
    sign, notional_usd, leverage, open_s, close_s
        What was ordered, (P,).
    working_qty
        Signed coins of an opening order that are not filled yet.
    is_open
        Whether it has been opened and neither closed nor liquidated since.
    entry_usd, exit_usd
        Average price at opening, and last price at closing; NaN before.
    paid_in_usd, paid_out_usd
        Money moved.
    """

    rows: Ints
    pools: Ints
    sign: Floats
    notional_usd: Floats
    leverage: Floats
    open_s: Floats
    close_s: Floats
    working_qty: Floats
    is_open: NDArray[np.bool_]
    entry_usd: Floats
    exit_usd: Floats
    paid_in_usd: Floats
    paid_out_usd: Floats

    def __len__(self) -> int:
        return len(self.sign)


def set_up(scenario: Scenario, layout: Layout) -> Desk:
    """Return the desk before anything has been opened."""
    rows = desk_rows(scenario, layout)
    closes = [np.inf if p.close_min is None else p.close_min for p in scenario.desk]
    return Desk(
        rows=rows,
        pools=layout.pool[rows],
        sign=np.array([1.0 if p.side == "long" else -1.0 for p in scenario.desk]),
        notional_usd=np.array([p.notional_usd for p in scenario.desk]),
        leverage=np.array([p.leverage for p in scenario.desk]),
        open_s=np.array([p.open_min for p in scenario.desk]) * MINUTE_S,
        close_s=np.array(closes) * MINUTE_S,
        working_qty=np.zeros(rows.shape),
        is_open=np.zeros(rows.shape, dtype=bool),
        entry_usd=np.full(rows.shape, np.nan),
        exit_usd=np.full(rows.shape, np.nan),
        paid_in_usd=np.zeros(rows.shape),
        paid_out_usd=np.zeros(rows.shape),
    )


def taken_up(desk: Desk, before: Desk) -> Desk:
    """Return a desk just set up with what the same positions of an earlier one have been through.

    The positions of both agree as far as both have any; the longer desk's others are new, or gone.
    """
    both = min(len(desk), len(before))
    for name in ("working_qty", "is_open", "entry_usd", "exit_usd", "paid_in_usd", "paid_out_usd"):
        getattr(desk, name)[:, :both] = getattr(before, name)[:, :both]
    return desk


@dataclass(frozen=True)
class DeskOrders:
    """What the desk trades in a step.

    Attributes
    ----------
    qty
        Coins, signed, (W, P).
    leaving
        Positions whose time to close has come, (W, P).
    """

    qty: Floats
    leaving: NDArray[np.bool_]


@dataclass(frozen=True)
class DeskChanges:
    """The (world, position) of positions opened whole and closed whole in a step, (n, 2) each."""

    opened: Ints
    closed: Ints


def orders(
    desk: Desk, state: State, depth_usd: Floats, start_s: float, end_s: float
) -> DeskOrders | None:
    """Return what the desk trades in a step; None if there is nothing to do.

    What would move a price by more than LARGEST_MOVE waits for the next step.
    """
    opening = (desk.open_s >= start_s) & (desk.open_s < end_s)
    leaving = (desk.close_s < end_s) & (desk.is_open | opening)
    if not (opening.any() or leaving.any() or desk.working_qty.any()):
        return None
    price = np.exp(state.log_price)
    if opening.any():
        _pay_in(desk, state, opening, price)
    desk.working_qty[leaving] = 0
    wanted = np.where(leaving, -_held(desk, state), desk.working_qty)
    together = by_pool(desk, state.accounts.layout, np.abs(wanted))
    most = LARGEST_MOVE * depth_usd / price
    share = np.divide(most, together, out=np.ones_like(most), where=together > most)
    return DeskOrders(wanted * share.ravel()[desk.pools], leaving)


def _pay_in(desk: Desk, state: State, opening: NDArray[np.bool_], price_usd: Floats) -> None:
    """Pay in the collateral of positions about to be opened, and size their orders."""
    price = price_usd.ravel()[desk.pools]
    margin = np.where(opening, desk.notional_usd / desk.leverage, np.zeros(price.shape))
    desk.working_qty += np.where(opening, desk.sign * desk.notional_usd, 0.0) / price
    desk.paid_in_usd += margin
    desk.is_open |= opening[None, :]
    state.accounts.cash_usd[desk.rows] += margin
    state.deposits_usd += margin.sum(axis=1)


def settle(
    desk: Desk, state: State, screen: Screen, done: DeskOrders, fill_usd: Floats
) -> DeskChanges:
    """Book the desk's fills, in place; what a closed position leaves is paid out.

    Parameters
    ----------
    fill_usd
        Price of all fills, (W, V, A).
    """
    layout, qty = state.accounts.layout, done.qty
    asset = desk.pools % layout.assets
    fill = fill_usd.ravel()[desk.pools]
    before = _held(desk, state)
    after = before + qty
    growing = np.abs(after) > np.abs(before)
    cost = np.where(before != 0, before * np.nan_to_num(desk.entry_usd), 0.0)
    desk.entry_usd = np.divide(cost + qty * fill, after, out=desk.entry_usd.copy(), where=growing)
    desk.exit_usd = np.where((qty != 0) & ~growing, fill, desk.exit_usd)
    desk.working_qty = np.where(growing, desk.working_qty - qty, desk.working_qty)
    state.accounts.qty[asset, desk.rows] = after
    state.accounts.entry_usd[asset, desk.rows] = np.where(after != 0, desk.entry_usd, 0)
    state.accounts.cash_usd[desk.rows] -= qty * fill
    change, is_long = np.abs(after) - np.abs(before), desk.sign > 0
    state.long_qty += by_pool(desk, layout, np.where(is_long, change, 0))
    state.short_qty += by_pool(desk, layout, np.where(is_long, 0, change))
    closed = done.leaving & (after == 0)
    _pay_out(desk, state, closed)
    screen.touch(np.unique(desk.rows[qty != 0]))
    opened = growing & (desk.working_qty == 0)
    return DeskChanges(np.argwhere(opened), np.argwhere(closed))


def _pay_out(desk: Desk, state: State, closed: NDArray[np.bool_]) -> None:
    """Pay out what closed positions leave; the fund carries a loss beyond the collateral."""
    cash = np.where(closed, state.accounts.cash_usd[desk.rows], 0.0)
    left = np.maximum(cash, 0)
    state.accounts.cash_usd[desk.rows] -= cash
    state.deposits_usd -= left.sum(axis=1)
    desk.paid_out_usd += left
    desk.is_open &= ~closed
    if (cash < 0).any():
        charge(state, by_pool(desk, state.accounts.layout, np.maximum(-cash, 0)))


def forget(desk: Desk, rows: Ints) -> Ints:
    """Take note that accounts were taken over; return the (world, position) of the desk's, (n, 2).

    What was still to be bought for them is not bought any more.
    """
    gone = np.isin(desk.rows, rows)
    desk.is_open &= ~gone
    desk.working_qty[gone] = 0
    return np.argwhere(gone)


def by_pool(desk: Desk, layout: Layout, values: Floats) -> Floats:
    """Return the sums of what belongs to positions, by pool, (W, V, A)."""
    return sum_by(desk.pools.ravel(), values.ravel(), layout.shape)


def _held(desk: Desk, state: State) -> Floats:
    """Quantities of all positions, (W, P)."""
    qty: Floats = state.accounts.qty[desk.pools % state.accounts.layout.assets, desk.rows]
    return qty


@dataclass(frozen=True)
class DeskView:
    """How the desk stands at a moment, (W, P) each; see SERIES in :mod:`engine.record`."""

    qty: Floats
    equity_usd: Floats
    pnl_usd: Floats
    liquidation_usd: Floats
    maintenance_usd: Floats


def view(desk: Desk, state: State, tiers: Tiers) -> DeskView:
    """Return how each position stands at the mark price."""
    if not len(desk):
        none = desk.entry_usd
        return DeskView(none, none, none, none, none)
    rows = desk.rows.ravel()
    qty = _held(desk, state)
    equity, maintenance = equity_and_maintenance_usd(state.accounts, tiers, state.mark_usd, rows)
    home = desk.pools.ravel() % state.accounts.layout.assets
    cash = state.accounts.cash_usd[rows]
    price = liquidation_price_usd(tiers, home, qty.ravel(), cash, 1.0)
    return DeskView(
        qty=qty,
        equity_usd=equity.reshape(qty.shape),
        pnl_usd=equity.reshape(qty.shape) + desk.paid_out_usd - desk.paid_in_usd,
        liquidation_usd=price.reshape(qty.shape),
        maintenance_usd=maintenance.reshape(qty.shape),
    )
