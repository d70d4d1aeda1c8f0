"""What accounts of the crowd trade of their own free will, and how it is booked.

Whoever closes a position with nothing left takes the money home; whoever opens one brings
collateral. Market makers are the other side of every contract.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints, any_nonzero, distinct, first_places, sum_by
from engine.insurance import charge
from engine.margin import Tiers, maintenance_usd
from engine.population import HEDGER_LEVERAGE_SPREAD, drawn_leverage, equity_for
from engine.scenario import Insurance, Scenario
from engine.screen import Screen
from engine.state import Kind, Layout, State, enter, take

LEAST_TRADE_USD = 1e-6
"""Nobody opens a position of less."""

STOPS, PROFITS, ENTRIES, HEDGES = range(4)
"""Why somebody trades."""

REASONS = 4


@dataclass(frozen=True)
class Trades:
    """Trades of accounts, one entry each, (n,); a pair of row and pool must not repeat.

    Attributes
    ----------
    rows, pool
        Account and market.
    qty
        Coins, signed.
    deposit_usd
        Collateral paid in with it.
    opens
        Whether it opens a position or adds to one; else it makes one smaller.
    reason
        STOPS, PROFITS, ENTRIES or HEDGES.
    """

    rows: Ints
    pool: Ints
    qty: Floats
    deposit_usd: Floats
    opens: NDArray[np.bool_]
    reason: Ints

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def together(cls, parts: list[Trades]) -> Trades | None:
        """Return all trades of several lists; None if there are none."""
        some = [part for part in parts if len(part)]
        if not some:
            return None
        return cls(*(np.concatenate([getattr(part, f.name) for part in some]) for f in fields(cls)))

    def scaled(self, share: Floats) -> Trades:
        """Return these trades filled to a share by pool, (W, V, A); what is none is left out."""
        each = share.ravel()[self.pool]
        some = self.qty * each != 0
        filled = replace(self, qty=self.qty * each, deposit_usd=self.deposit_usd * each)
        return Trades(*(getattr(filled, f.name)[some] for f in fields(Trades)))

    def by_pool(self, layout: Layout) -> Floats:
        """Return the coins traded by reason and pool, (REASONS, W, V, A)."""
        shape = (REASONS, *layout.shape)
        return sum_by(self.reason * layout.pools + self.pool, self.qty, shape)


def closing(rows: Ints, pool: Ints, qty: Floats, reason: int) -> Trades:
    """Return trades that close positions of ``qty`` coins."""
    nothing = np.zeros(len(rows))
    why = np.full(len(rows), reason)
    return Trades(rows, pool, -qty, nothing, np.zeros(len(rows), dtype=bool), why)


def opening(
    state: State,
    scenario: Scenario,
    tiers: Tiers,
    rows: Ints,
    pool: Ints,
    qty: Floats,
    deviation: Floats,
    reason: int,
) -> Trades:
    """Return trades that open positions, with collateral by each owner's habit.

    Parameters
    ----------
    qty
        Signed coins, (n,).
    deviation
        How many standard deviations of log leverage each is off its habit, (n,).
    """
    accounts, assets = state.accounts, state.accounts.layout.assets
    price = np.exp(state.log_price).ravel()[pool]
    some = np.abs(qty) * price >= LEAST_TRADE_USD
    rows, pool, qty, deviation = rows[some], pool[some], qty[some], deviation[some]
    notional = np.abs(qty) * price[some]
    leverage = usual_leverage(state, scenario, rows, pool % assets, deviation)
    table, weight = tiers.of(pool % assets), accounts.weight[rows]
    rate = maintenance_usd(table, notional[:, None], weight[:, None])[:, 0] / notional
    deposit = equity_for(notional, rate, 1 / leverage - rate)
    opens = np.ones(len(rows), dtype=bool)
    return Trades(rows, pool, qty, deposit, opens, np.full(len(rows), reason))


def usual_leverage(
    state: State, scenario: Scenario, rows: Ints, asset: Ints, deviation: Floats
) -> Floats:
    """Return leverages scattered around the habits of these accounts' owners, (n,)."""
    accounts, crowd = state.accounts, scenario.crowd
    cap = np.array([asset.leverage_cap for asset in scenario.assets])[asset]
    directional = accounts.kind[rows] == Kind.DIRECTIONAL
    spread = np.where(directional, crowd.leverage_spread, HEDGER_LEVERAGE_SPREAD)
    return drawn_leverage(accounts.habit[rows], spread * deviation, cap)


def settle(
    state: State,
    screen: Screen,
    trades: Trades,
    price_usd: Floats,
    rule: Insurance,
    share: Floats,
) -> None:
    """Book trades at these prices, in place.

    Parameters
    ----------
    price_usd
        By trade, (n,).
    rule, share
        What an insurance fund stands for, and each pool's share in it: it carries what somebody
        who closes owes beyond their collateral.
    """
    accounts, layout = state.accounts, state.accounts.layout
    rows, asset, opens = trades.rows, trades.pool % layout.assets, trades.opens
    before = accounts.qty[asset, rows]
    take(accounts, rows[~opens], asset[~opens], trades.qty[~opens], price_usd[~opens])
    enter(accounts, rows[opens], asset[opens], trades.qty[opens], price_usd[opens])
    np.add.at(accounts.cash_usd, rows, trades.deposit_usd)
    after = accounts.qty[asset, rows]
    flat = after == 0
    accounts.entry_usd[asset[flat], rows[flat]] = 0

    def change(sign: float) -> Floats:
        grown = np.maximum(sign * after, 0) - np.maximum(sign * before, 0)
        return sum_by(trades.pool, grown, layout.shape)

    state.long_qty = state.long_qty + change(1.0)
    state.short_qty = state.short_qty + change(-1.0)
    state.maker_qty = state.maker_qty - sum_by(trades.pool, trades.qty, layout.shape)
    paid = sum_by(trades.pool, trades.qty * price_usd, layout.shape)
    state.maker_cash_usd = state.maker_cash_usd + paid
    paid_in = sum_by(layout.world_of(trades.pool), trades.deposit_usd, (layout.worlds,))
    state.deposits_usd = state.deposits_usd + paid_in
    _take_home(state, rows[flat], trades.pool[flat], rule, share)
    screen.touch(distinct(rows))


def _take_home(state: State, rows: Ints, pool: Ints, rule: Insurance, share: Floats) -> None:
    """Withdraw what accounts without any position left hold, in place."""
    accounts, layout = state.accounts, state.accounts.layout
    first = first_places(rows)
    rows, pool = rows[first], pool[first]
    empty = (accounts.qty[:, rows] == 0).all(axis=0)
    rows, pool = rows[empty], pool[empty]
    cash = accounts.cash_usd[rows]
    accounts.cash_usd[rows] = 0
    home = sum_by(layout.world_of(pool), np.maximum(cash, 0), (layout.worlds,))
    state.deposits_usd = state.deposits_usd - home
    if any_nonzero(cash < 0):
        charge(state, sum_by(pool, np.maximum(-cash, 0), layout.shape), rule, share)
