"""The positions of the person at the screen: same rows, same rules, only watched.

A position is opened, changed and closed by market orders at its set times. What was paid in and out
is remembered, so an isolated position's gain or loss is equity + paid out − paid in, whatever
happened in between. Positions on cross margin at one venue share an account: their gain is that of
their own trades, quantity · mark − cost. Coins are bought and sold on the spot market: they move
the price like any order, but nobody can liquidate or deleverage them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, any_nonzero, distinct, first_places, sum_by
from engine.clock import MINUTE_S
from engine.insurance import charge
from engine.layout import desk_rows
from engine.liquidation import LARGEST_MOVE
from engine.margin import Standing, Tiers, liquidation_price_usd
from engine.scenario import Insurance, Position, Scenario
from engine.screen import Screen
from engine.state import Accounts, Layout, State

REMEMBERED = (
    "coins",
    "held_qty",
    "working_qty",
    "is_open",
    "is_filled",
    "entry_usd",
    "exit_usd",
    "cost_usd",
    "paid_in_usd",
    "paid_out_usd",
    "adl_place",
)


@dataclass(frozen=True)
class Instructions:
    """What is ordered when, in order of time, (K,).

    Attributes
    ----------
    at_s, position
        When, and for which position.
    notional_usd
        Size to bring it to: NaN to leave it, 0 to close it.
    collateral_usd
        Paid in, beside what a larger size needs.
    """

    at_s: Floats
    position: Ints
    notional_usd: Floats
    collateral_usd: Floats


@dataclass
class Desk:
    """The desk's positions in all worlds, (W, P) unless said otherwise.

    Attributes
    ----------
    instructions
        What is ordered when.
    rows, pools
        Account and pool of each position.
    sign, leverage, is_cross, is_spot, is_hedged
        What was ordered, (P,).
    coins
        Coins owned, of spot positions.
    held_qty, working_qty
        Signed coins held after the last step, and those that orders have still to trade.
    is_open, is_filled
        Whether it has been opened and neither closed nor liquidated since; whether the opening
        order has been filled.
    entry_usd, exit_usd
        Average price at opening, and last price at closing; NaN before.
    cost_usd
        Coins bought × price, less coins sold × price.
    paid_in_usd, paid_out_usd
        Money moved.
    adl_place
        Place in the ADL queue as last looked at, see :mod:`engine.adl_queue`.
    """

    instructions: Instructions
    rows: Ints
    pools: Ints
    sign: Floats
    leverage: Floats
    is_cross: NDArray[np.bool_]
    is_spot: NDArray[np.bool_]
    is_hedged: NDArray[np.bool_]
    coins: Floats
    held_qty: Floats
    working_qty: Floats
    is_open: NDArray[np.bool_]
    is_filled: NDArray[np.bool_]
    entry_usd: Floats
    exit_usd: Floats
    cost_usd: Floats
    paid_in_usd: Floats
    paid_out_usd: Floats
    adl_place: Floats

    def __len__(self) -> int:
        return len(self.sign)


def set_up(scenario: Scenario, layout: Layout) -> Desk:
    """Return the desk before anything has been opened."""
    rows = desk_rows(scenario, layout)
    assets = [scenario.asset_names.index(position.asset) for position in scenario.desk]
    pools = layout.block[rows] * layout.assets + np.array(assets, dtype=np.int64)
    return Desk(
        instructions=_instructions(scenario.desk),
        rows=rows,
        pools=pools,
        sign=np.array([1.0 if p.side == "long" else -1.0 for p in scenario.desk]),
        leverage=np.array([p.leverage for p in scenario.desk]),
        is_cross=np.array([p.margin == "cross" for p in scenario.desk], dtype=bool),
        is_spot=np.array([p.kind == "spot" for p in scenario.desk], dtype=bool),
        is_hedged=np.array([p.hedged for p in scenario.desk], dtype=bool),
        coins=np.zeros(rows.shape),
        held_qty=np.zeros(rows.shape),
        working_qty=np.zeros(rows.shape),
        is_open=np.zeros(rows.shape, dtype=bool),
        is_filled=np.zeros(rows.shape, dtype=bool),
        entry_usd=np.full(rows.shape, np.nan),
        exit_usd=np.full(rows.shape, np.nan),
        cost_usd=np.zeros(rows.shape),
        paid_in_usd=np.zeros(rows.shape),
        paid_out_usd=np.zeros(rows.shape),
        adl_place=np.full(rows.shape, np.nan),
    )


def declare(desk: Desk, accounts: Accounts) -> None:
    """Mark the accounts of positions declared as hedges, as long as these are open, in place."""
    accounts.hedged[desk.rows] = False
    accounts.hedged[desk.rows[desk.is_open & desk.is_hedged]] = True


def _instructions(positions: tuple[Position, ...]) -> Instructions:
    told: list[tuple[float, int, float, float]] = []
    for p, position in enumerate(positions):
        told.append((position.open_min, p, position.notional_usd, 0.0))
        for change in position.changes:
            size = np.nan if change.notional_usd is None else change.notional_usd
            told.append((change.at_min, p, size, change.add_collateral_usd))
        if position.close_min is not None:
            told.append((position.close_min, p, 0.0, 0.0))
    told.sort(key=lambda row: row[:2])
    at_min, position_, notional, collateral = np.array(told).reshape(-1, 4).T
    return Instructions(at_min * MINUTE_S, position_.astype(np.int64), notional, collateral)


def taken_up(desk: Desk, before: Desk) -> Desk:
    """Return a desk just set up with what the same positions of an earlier one have been through.

    The positions of both agree as far as both have any; the longer desk's others are new, or gone.
    """
    both = min(len(desk), len(before))
    for name in REMEMBERED:
        getattr(desk, name)[:, :both] = getattr(before, name)[:, :both]
    return desk


@dataclass(frozen=True)
class DeskOrders:
    """What the desk trades in a step, (W, P).

    Attributes
    ----------
    qty
        Coins, signed.
    leaving
        Positions whose time to close has come.
    """

    qty: Floats
    leaving: NDArray[np.bool_]


@dataclass(frozen=True)
class DeskChanges:
    """The (world, position) of what happened in a step, (n, 2) each.

    Positions opened whole, brought to a new size, and closed whole.
    """

    opened: Ints
    changed: Ints
    closed: Ints


def orders(
    desk: Desk, state: State, depth_usd: Floats, start_s: float, end_s: float
) -> DeskOrders | None:
    """Return what the desk trades in a step; None if there is nothing to do.

    What would move a price by more than LARGEST_MOVE waits for the next step.
    """
    if not len(desk):
        return None
    told = desk.instructions
    due = np.flatnonzero((told.at_s >= start_s) & (told.at_s < end_s))
    if not len(due) and not any_nonzero(desk.working_qty):
        return None  # nothing to do in nearly every step
    price = np.exp(state.log_price)
    for i in due.tolist():
        _instruct(desk, state, i, price)
    declare(desk, state.accounts)
    ended = told.position[(told.at_s < end_s) & (told.notional_usd == 0)]
    leaving = np.isin(np.arange(len(desk)), ended) & desk.is_open
    # ADL may have closed some meanwhile: nobody sells more than they have.
    held = _held(desk, state)
    less = desk.working_qty * held < 0
    capped = np.sign(desk.working_qty) * np.minimum(np.abs(desk.working_qty), np.abs(held))
    desk.working_qty = np.where(leaving, -held, np.where(less, capped, desk.working_qty))
    together = by_pool(desk, state.accounts.layout, np.abs(desk.working_qty))
    most = LARGEST_MOVE * depth_usd / price
    share = np.divide(most, together, out=np.ones_like(most), where=together > most)
    return DeskOrders(desk.working_qty * share.ravel()[desk.pools], leaving)


def _instruct(desk: Desk, state: State, i: int, price_usd: Floats) -> None:
    """Turn an instruction into coins to trade, and pay in what it needs, in place."""
    told = desk.instructions
    p = int(told.position[i])
    price = price_usd.ravel()[desk.pools[:, p]]
    held = _held(desk, state)[:, p]
    opening = told.at_s[i] == told.at_s[told.position == p][0]
    alive = desk.is_open[:, p] | opening
    wanted = held
    if np.isfinite(told.notional_usd[i]):
        wanted = np.where(alive, desk.sign[p] * told.notional_usd[i] / price, held)
    desk.working_qty[:, p] = np.where(alive, wanted - held, 0)
    desk.is_open[:, p] |= opening
    if desk.is_spot[p]:
        return
    more = np.maximum(np.abs(wanted) - np.abs(held), 0) * price / desk.leverage[p]
    paid = np.where(alive, more + told.collateral_usd[i], 0.0)
    desk.paid_in_usd[:, p] += paid
    state.accounts.cash_usd[desk.rows[:, p]] += paid
    state.deposits_usd = state.deposits_usd + paid


def settle(
    desk: Desk,
    state: State,
    screen: Screen,
    done: DeskOrders,
    fill_usd: Floats,
    rule: Insurance,
    share: Floats,
) -> DeskChanges:
    """Book the desk's fills, in place; what a closed position leaves is paid out.

    Parameters
    ----------
    fill_usd
        Price of all fills, (W, V, A).
    rule, share
        What an insurance fund stands for, and each pool's share in it.
    """
    qty = done.qty
    fill = fill_usd.ravel()[desk.pools]
    before = _held(desk, state)
    # The last fill of a closing order ends at nothing, not at a rounding error.
    last = qty == desk.working_qty
    after = np.where(done.leaving & last, 0.0, before + qty)
    growing = np.abs(after) > np.abs(before)
    cost = np.where(before != 0, before * np.nan_to_num(desk.entry_usd), 0.0)
    desk.entry_usd = np.divide(cost + qty * fill, after, out=desk.entry_usd.copy(), where=growing)
    desk.exit_usd = np.where((qty != 0) & ~growing, fill, desk.exit_usd)
    desk.cost_usd = desk.cost_usd + qty * fill
    desk.working_qty = desk.working_qty - qty
    filled = (qty != 0) & last
    opened = filled & ~desk.is_filled & ~done.leaving
    desk.is_filled |= opened
    _hold(desk, state, before, after, qty * fill)
    closed = done.leaving & (after == 0)
    _pay_out(desk, state, closed, rule, share)
    declare(desk, state.accounts)
    screen.touch(distinct(desk.rows[:, ~desk.is_spot].ravel()))  # also who only paid in
    changed = filled & ~opened & ~closed
    return DeskChanges(np.argwhere(opened), np.argwhere(changed), np.argwhere(closed))


def _hold(desk: Desk, state: State, before: Floats, after: Floats, paid_usd: Floats) -> None:
    """Enter new quantities of contracts and coins, and what they cost, in place."""
    accounts, layout = state.accounts, state.accounts.layout
    desk.held_qty = after
    desk.coins = np.where(desk.is_spot, after, 0.0)
    mine = np.broadcast_to(~desk.is_spot, after.shape)
    rows, asset = desk.rows[mine], (desk.pools % layout.assets)[mine]
    accounts.qty[asset, rows] = after[mine]
    accounts.entry_usd[asset, rows] = np.where(after != 0, desk.entry_usd, 0)[mine]
    np.subtract.at(accounts.cash_usd, rows, paid_usd[mine])
    change, is_long = np.where(mine, np.abs(after) - np.abs(before), 0), desk.sign > 0
    state.long_qty = state.long_qty + by_pool(desk, layout, np.where(is_long, change, 0))
    state.short_qty = state.short_qty + by_pool(desk, layout, np.where(is_long, 0, change))


def _pay_out(
    desk: Desk, state: State, closed: NDArray[np.bool_], rule: Insurance, share: Floats
) -> None:
    """Pay out what closed positions leave; the fund carries a loss beyond the collateral.

    A cross-margin account is paid out when its last position is closed.
    """
    desk.is_open &= ~closed
    accounts, layout = state.accounts, state.accounts.layout
    world, place = np.nonzero(closed & ~desk.is_spot)
    if not len(world):
        return
    once = first_places(desk.rows[world, place])  # several positions may share an account
    world, place = world[once], place[once]
    rows = desk.rows[world, place]
    over = ~(np.isin(rows, desk.rows[desk.is_open]) | accounts.qty[:, rows].any(axis=0))
    world, place, rows = world[over], place[over], rows[over]
    cash = accounts.cash_usd[rows]
    accounts.cash_usd[rows] = 0
    paid, owed = np.maximum(cash, 0), np.maximum(-cash, 0)
    np.subtract.at(state.deposits_usd, world, paid)
    desk.paid_out_usd[world, place] += paid
    if any_nonzero(owed):
        charge(state, sum_by(desk.pools[world, place], owed, layout.shape), rule, share)


def forced(desk: Desk, state: State, price_usd: Floats) -> None:
    """Take note of what others closed of the desk's positions at these prices, in place.

    Parameters
    ----------
    price_usd
        By pool, (W, V, A).
    """
    held = _held(desk, state)
    desk.cost_usd = desk.cost_usd + (held - desk.held_qty) * price_usd.ravel()[desk.pools]
    desk.held_qty = held


def forget(desk: Desk, rows: Ints) -> Ints:
    """Take note that whole accounts were taken over; return the (world, position) of the desk's.

    What was still to be bought for them is not bought any more.
    """
    gone = np.isin(desk.rows, rows) & desk.is_open & ~desk.is_spot
    desk.is_open &= ~gone
    desk.working_qty[gone] = 0
    return np.argwhere(gone)


def contracts_and_coins(desk: Desk, layout: Layout, qty: Floats) -> tuple[Floats, Floats]:
    """Return what the desk trades by pool, contracts and coins apart, (W, V, A) each."""
    coins = np.where(desk.is_spot, qty, 0.0)
    return by_pool(desk, layout, qty - coins), by_pool(desk, layout, coins)


def by_pool(desk: Desk, layout: Layout, values: Floats) -> Floats:
    """Return the sums of what belongs to positions, by pool, (W, V, A)."""
    return sum_by(desk.pools.ravel(), values.ravel(), layout.shape)


def _held(desk: Desk, state: State) -> Floats:
    """Quantities of all positions, contracts or coins, (W, P)."""
    qty: Floats = state.accounts.qty[desk.pools % state.accounts.layout.assets, desk.rows]
    return np.where(desk.is_spot, desk.coins, qty)


@dataclass(frozen=True)
class DeskView:
    """How the desk stands at a moment, (W, P) each; see SERIES in :mod:`engine.record`."""

    qty: Floats
    equity_usd: Floats
    pnl_usd: Floats
    liquidation_usd: Floats
    maintenance_usd: Floats


def view(desk: Desk, state: State, tiers: Tiers) -> DeskView:
    """Return how each position stands at the mark price; coins at the last price.

    What isn't open has nothing behind it, though its account may hold others on cross margin.
    """
    if not len(desk):
        none = desk.entry_usd
        return DeskView(none, none, none, none, none)
    accounts, assets = state.accounts, state.accounts.layout.assets
    rows, home = desk.rows.ravel(), (desk.pools % assets).ravel()
    qty = _held(desk, state)
    standing = Standing.of(accounts, tiers, state.mark_usd, rows)
    equity, maintenance = standing.equity_usd, standing.maintenance_usd
    mark = state.mark_usd.ravel()[desk.pools]
    # At which price of this asset, all others standing still, the account falls below.
    own = accounts.qty[home, rows] * mark.ravel()
    others = maintenance - _maintenance_of(tiers, home, own)
    cash = equity - own - others
    price = liquidation_price_usd(tiers, home, accounts.qty[home, rows], cash, 1.0)
    last = np.exp(state.log_price).ravel()[desk.pools]
    shape = qty.shape
    equity = np.where(desk.is_spot, qty * last, equity.reshape(shape))
    whole = equity + desk.paid_out_usd - desk.paid_in_usd
    traded = qty * np.where(desk.is_spot, last, mark) - desk.cost_usd
    return DeskView(
        qty=qty,
        equity_usd=np.where(desk.is_open, equity, 0.0),
        pnl_usd=np.where(desk.is_cross | desk.is_spot, traded, whole),
        liquidation_usd=np.where(desk.is_spot, np.nan, price.reshape(shape)),
        maintenance_usd=np.where(desk.is_open & ~desk.is_spot, maintenance.reshape(shape), 0.0),
    )


def _maintenance_of(tiers: Tiers, asset: Ints, value_usd: Floats) -> Floats:
    """Maintenance margin of single positions, (n,)."""
    table = tiers.of(asset)
    lines = table.rate * np.abs(value_usd)[:, None] - table.amount_usd
    margins: Floats = np.maximum(lines.max(axis=1), 0)
    return margins
