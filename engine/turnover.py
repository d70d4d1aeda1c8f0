"""The crowd renews itself: positions are closed by their owners and opened anew by others.

A share of all accounts is replaced each day. The newcomer takes over the position at the last
price, so neither price nor open interest moves; what changes is the leverage: the old owner
withdraws their equity, the new one brings collateral for leverage drawn from the crowd's
distribution. Without this the risky layer would be gone after one day's swings, and the next
shock would find nobody close to liquidation.

An account without a position stays empty.
"""

from __future__ import annotations

import numpy as np

from engine.margin import Screen, Tiers, maintenance_usd
from engine.population import HEDGER_LEVERAGE_SPREAD, drawn_leverage, equity_for
from engine.randomness import Words, drawn_rows, uniforms
from engine.scenario import Scenario
from engine.state import Floats, Ints, Kind, State, sum_by


def renew(
    state: State,
    screen: Screen,
    tiers: Tiers,
    scenario: Scenario,
    keys: Words,
    beat: int,
    elapsed_days: float,
) -> None:
    """Replace some accounts by newcomers, in place.

    Parameters
    ----------
    keys
        Random keys of the worlds, (W,).
    beat
        Number of the moment, for the random numbers.
    elapsed_days
        Time since this was last called.
    """
    accounts, layout = state.accounts, state.accounts.layout
    blocks = layout.block_start[:-1].reshape(layout.worlds, layout.venues)
    isolated: Ints = layout.home_start[..., -1] - blocks  # without the desk's
    share = min(scenario.crowd.turnover_per_day * elapsed_days, 1.0)
    expected: Floats = share * isolated.astype(np.float64)
    rows = drawn_rows(keys, beat, blocks, isolated, expected)
    home = layout.pool[rows] % layout.assets
    qty = accounts.qty[home, rows]
    price = np.exp(state.log_price).ravel()[layout.pool[rows]]
    solvent = accounts.cash_usd[rows] + qty * price > 0  # nobody takes over a loss
    held = (qty != 0) & solvent
    rows, home, qty, price = rows[held], home[held], qty[held], price[held]
    if not len(rows):
        return
    world = layout.pool[rows] // (layout.venues * layout.assets)
    notional = np.abs(qty) * price
    weight = accounts.weight[rows]
    rate = (
        maintenance_usd(_tables(tiers, home), notional[:, None], weight[:, None])[:, 0] / notional
    )
    cap = np.array([asset.leverage_cap for asset in scenario.assets])[home]
    block = layout.pool[rows] // layout.assets
    chance = _normals(keys[world], beat, block % layout.venues, rows - layout.block_start[block])
    hedged = accounts.kind[rows] == Kind.NEUTRAL
    spread = np.where(hedged, HEDGER_LEVERAGE_SPREAD, scenario.crowd.leverage_spread)
    leverage = drawn_leverage(accounts.habit[rows], spread * chance, cap)
    equity = equity_for(notional, rate, 1 / leverage - rate)
    cash = equity - qty * price
    state.deposits_usd += sum_by(world, cash - accounts.cash_usd[rows], (layout.worlds,))
    accounts.cash_usd[rows] = cash
    accounts.entry_usd[home, rows] = price
    screen.touch(rows)


def _tables(tiers: Tiers, home: Ints) -> Tiers:
    """Return the maintenance table of each account's asset."""
    return Tiers(tiers.rate[home], tiers.amount_usd[home])


def _normals(keys: Words, beat: int, venue: Ints, nth: Ints) -> Floats:
    """Return a standard normal for the nth account of a venue (Box & Muller 1958)."""
    first, second = (uniforms(keys, beat, venue, nth, -draw) for draw in (1, 2))
    normals: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return normals
