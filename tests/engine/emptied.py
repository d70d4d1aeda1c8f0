"""A market whose crowd has left: a test places the few accounts it is about, and nothing else acts.

Two assets, Big at 100 USD and Small at 2 USD, on the venues A, B and C. There is no noise, nobody
trades of their own free will, value buyers, arbitrage, funding and withdrawal of depth are off;
a test turns on what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import adl, liquidation
from engine.adl import Deleveraging
from engine.arrays import Floats
from engine.clock import MINUTE_S
from engine.liquidation import Takeover
from engine.market import Constants, Market
from engine.opening import opening_state
from engine.record import Event
from engine.rules import open_interest_usd
from engine.run import Simulation
from engine.scenario import Scenario
from engine.scenario_file import from_settings
from engine.screen import Screen
from engine.state import Kind, State

BIG, SMALL = 0, 1
A, B, C = 0, 1, 2

TIERS = [{"from_usd": 0.0, "rate": 0.01}, {"from_usd": 50_000.0, "rate": 0.025}]

STILL: dict[str, Any] = {
    "name": "Emptied market",
    "seed": 7,
    "clock": {"start": "2025-10-10T00:00:00Z", "duration_min": 600},
    "assets": [
        {
            "name": name,
            "price_usd": price,
            "open_interest_usd": interest,
            "depth_1pct_usd": depth,
            "volatility_per_year": 0.0,
            "tiers": TIERS,
        }
        for name, price, interest, depth in (("Big", 100.0, 1e8, 1e7), ("Small", 2.0, 1e7, 1e6))
    ],
    "venues": [
        {"name": "A", "open_interest_share": 0.5, "depth_share": 0.5, "index_share": 0.5},
        {"name": "B", "open_interest_share": 0.3, "depth_share": 0.3, "index_share": 0.3},
        {"name": "C", "open_interest_share": 0.2, "depth_share": 0.2, "index_share": 0.2},
    ],
    "crowd": {"accounts": 400, "people": 400, "turnover_per_day": 0.0},
    "behaviour": {
        "stops_per_h": 0.0,
        "profits_per_h": 0.0,
        "trend_per_h": 0.0,
        "dips_per_h": 0.0,
        "comeback_days": 10_000.0,
    },
    "liquidity": {
        "withdrawal_exponent": 0.0,
        "loss_withdrawal": 0.0,
        "adl_withdrawal": 0.0,
        "resilience_share": 0.0,
        "dislocation_halflife_h": 10_000.0,
    },
    "liquidation": {"fee_pct": 0.0},
    "hedging": {"reopen_share": 0.0, "basis_exit_per_day": 0.0, "handover_h": 10_000.0},
    "plumbing": {"arbitrage_pct": 0.0},
    "funding": {"cap_pct": 0.0},
}
"""Everything at rest. Each account stands for one person: tiers see its own size."""


def still(**changes: Any) -> Scenario:
    """The market at rest as a scenario; ``changes`` are laid over the settings of its parts."""
    settings = dict(STILL)
    for name, part in changes.items():
        before = settings.get(name)
        settings[name] = before | part if isinstance(before, dict) else part
    return from_settings(settings)


@dataclass(frozen=True)
class Holder:
    """An account to place.

    ``coins`` and ``entry_usd`` (today's price if None) are of ``asset`` alone on isolated margin,
    of all assets on cross margin; ``equity_usd`` holds at the prices of the start.
    """

    coins: float | tuple[float, ...]
    equity_usd: float
    entry_usd: float | tuple[float, ...] | None = None
    venue: int = A
    asset: int = BIG
    kind: Kind = Kind.DIRECTIONAL
    hedged: bool = False
    size_usd: float = 0.0


class Emptied:
    """A simulation with nobody in it but some holders; ``rows`` are their accounts, in order."""

    def __init__(self, scenario: Scenario, *holders: Holder, worlds: int = 1) -> None:
        self.simulation = Simulation(scenario, worlds)
        self.constants: Constants = self.simulation._constants
        accounts = self.simulation.market.state.accounts
        for array in (accounts.qty, accounts.entry_usd, accounts.cash_usd, accounts.size_usd):
            array[:] = 0
        accounts.hedged[:] = False
        self._price = np.array([asset.price_usd for asset in scenario.assets])
        self._taken: set[int] = set()
        self.rows = [self._place(holder) for holder in holders]
        state = opening_state(scenario, accounts, self.constants)
        # Rounding errors are measured by what is usually held, not by the few holders.
        state.opening_qty[:] = np.maximum(open_interest_usd(scenario), 1e6) / self._price
        state.opening_lean[:] = 0  # the market that left was balanced
        screen = Screen(accounts, self.constants.tiers, state.mark_usd)
        before = self.simulation.market
        self.simulation.market = Market(state, screen, before.desk, before.cascade)

    def _place(self, holder: Holder) -> int:
        accounts, layout = self.state.accounts, self.state.accounts.layout
        place = holder.asset
        coins, entry = np.zeros(layout.assets), self._price.copy()
        if isinstance(holder.coins, tuple):
            place = layout.assets  # where a block's cross-margin accounts begin
            coins[:] = holder.coins
            if holder.entry_usd is not None:
                entry[:] = holder.entry_usd
        else:
            coins[holder.asset] = holder.coins
            if holder.entry_usd is not None:
                entry[holder.asset] = holder.entry_usd
        first, last = layout.home_start[0, holder.venue, place : place + 2]
        own = {Kind.BASIS: layout.basis_start[0, holder.venue, holder.asset]}
        candidates: Iterable[int] = range(own.get(holder.kind, first), last)
        row = next(row for row in candidates if row not in self._taken)
        self._taken.add(row)
        every = layout.rows // layout.worlds
        for world in range(layout.worlds):
            here = row + world * every
            accounts.qty[:, here] = coins
            accounts.entry_usd[:, here] = np.where(coins != 0, entry, 0)
            accounts.cash_usd[here] = holder.equity_usd - coins @ self._price
            accounts.kind[here] = holder.kind
            accounts.hedged[here] = holder.hedged
            accounts.size_usd[here] = holder.size_usd
        return int(row)

    @property
    def market(self) -> Market:
        """The market as it stands."""
        return self.simulation.market

    @property
    def state(self) -> State:
        """The market's arrays as they stand."""
        return self.simulation.market.state

    def qty(self, nth: int, asset: int = BIG) -> float:
        """What the nth holder holds, coins."""
        return float(self.state.accounts.qty[asset, self.rows[nth]])

    def cash(self, nth: int) -> float:
        """What the nth holder has in cash."""
        return float(self.state.accounts.cash_usd[self.rows[nth]])

    def equity(self, nth: int) -> float:
        """Equity of the nth holder at its venue's mark prices."""
        layout, row = self.state.accounts.layout, self.rows[nth]
        block = layout.pool[row] // layout.assets
        mark = self.state.mark_usd.reshape(-1, layout.assets)[block]
        return self.cash(nth) + float(self.state.accounts.qty[:, row] @ mark)

    def price(self, usd: float, venue: int | None = None, asset: int = BIG) -> None:
        """Bring an asset's prices, everywhere or at one venue, to a value; nobody traded there."""
        where = (slice(None), slice(None) if venue is None else venue, asset)
        self.state.log_price = self.state.log_price.copy()
        self.state.log_price[where] = np.log(usd)
        self.state.mark_usd[where] = usd
        self.state.quote = self.state.log_price

    def give_engine(
        self, coins: float, bankruptcy_usd: float, venue: int = A, asset: int = BIG
    ) -> None:
        """Let the liquidation engine hold a position; market makers hold the other side of it."""
        state, bucket = self.state, (0, venue, asset, 0 if coins > 0 else 1)
        state.engine_qty[bucket] += coins
        state.engine_cash_usd[bucket] -= coins * bankruptcy_usd
        state.maker_qty[bucket[:3]] -= coins
        state.maker_cash_usd[bucket[:3]] += coins * bankruptcy_usd

    def halt(self, until_min: float) -> None:
        """Halt all markets as circuit breakers do: orders wait, liquidation and ADL go on."""
        self.state.halted_until_s[:] = until_min * MINUTE_S
        self.simulation._constants = replace(self.simulation._constants, guarded=True)

    def take_over(self, time_s: float = 0.0, serving: Any = True) -> Takeover | None:
        """Let the liquidation engine take over who is due."""
        works = np.broadcast_to(serving, self.state.mark_usd.shape[1:])
        return liquidation.take_over(
            self.state,
            self.market.screen,
            self.constants.tiers,
            self.constants.rules,
            works,
            time_s,
        )

    def deleverage(self, time_s: float = 0.0, serving: Any = True) -> Deleveraging | None:
        """Let ADL close what the funds can't carry."""
        return adl.deleverage(
            self.state,
            self.market.screen,
            self.constants.tiers,
            self.constants.rules,
            self.constants.scenario.insurance,
            self.constants.fund_share,
            np.broadcast_to(serving, self.state.mark_usd.shape[1:]),
            time_s,
        )

    def play(self, steps: int | None = None) -> tuple[dict[str, Floats], list[Event]]:
        """Play some steps, or all; return what was recorded and told."""
        if steps is None:
            steps = len(self.simulation.grid) - self.simulation.done
        stretch = self.simulation.advance(steps)
        assert stretch.contracts_max_error < 1e-9
        assert stretch.cash_relative_error < 1e-9
        return stretch.series, list(stretch.events)
