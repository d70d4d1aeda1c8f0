"""A market simple enough for pen and paper, and crowds whose liquidation prices lie as one likes.

One asset on one venue, books of constant depth, no noise, nobody who trades of their own free will,
no hedgers, and a liquidation engine that sells within minutes what it takes over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.observation import cascade_numbers
from engine.opening import constants_of, opening_state
from engine.run import Simulation
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import Accounts
from tests.engine.scenarios import small

Floats = NDArray[np.float64]

PRICE_USD = 100.0
DEPTH_USD = 1e9
"""USD per unit of log price: a hundred times the depth within 1%."""

MAINTENANCE = 0.01
SHOCK_AT_MIN = 1.0

NOBODY_DECIDES = {"stops_per_h": 0.0, "profits_per_h": 0.0, "trend_per_h": 0.0, "dips_per_h": 0.0}

CONSTANT_DEPTH = {
    "withdrawal_exponent": 0.0,
    "loss_withdrawal": 0.0,
    "adl_withdrawal": 0.0,
    "resilience_share": 0.0,
    "dislocation_halflife_h": 10_000.0,
    "value_reach": 10.0,
}


def simplest(shock_log: float, ramp_min: float = 20.0, **changes: Any) -> Scenario:
    """One market at which only a shock of this log size and forced orders move the price."""
    base: dict[str, Any] = {
        "clock": {"duration_min": 45, "fine_step_s": 10, "fine_window_min": 45},
        "assets": [
            {
                "name": "Coin",
                "price_usd": PRICE_USD,
                "open_interest_usd": 1e9,
                "depth_1pct_usd": DEPTH_USD / 100,
                "volatility_per_year": 0.0,
                "leverage_cap": 99.0,
                "tiers": [{"from_usd": 0.0, "rate": MAINTENANCE}],
            }
        ],
        "venues": [
            {"name": "Venue", "open_interest_share": 1.0, "depth_share": 1.0, "index_share": 1.0}
        ],
        "crowd": {
            "accounts": 6_000,
            "people": 6_000,
            "hedged_share": 0.0,
            "away_share": 0.0,
            "turnover_per_day": 0.0,
        },
        "behaviour": {**NOBODY_DECIDES, "comeback_days": 10_000.0},
        "shocks": [
            {
                "at_min": SHOCK_AT_MIN,
                "size_pct": float(np.expm1(shock_log)) * 100,
                "ramp_min": ramp_min,
                "volatility_multiplier": 1.0,
            }
        ],
        "liquidity": CONSTANT_DEPTH,
        "liquidation": {"fee_pct": 0.0, "selling_pace": 1_000.0},
        "insurance": {"fund_pct": 0.0},
        "adl": {"rank": "none"},
        "hedging": {"handover_h": 10_000.0, "basis_exit_per_day": 0.0},
        "funding": {"cap_pct": 0.0},
    }
    return small(**(base | changes))


def with_flat_crowd(
    scenario: Scenario, ratio: float, width_log: float, side: float, winners_usd: float = 0.0
) -> Simulation:
    """Play the scenario with accounts liquidated one after another at even log distances.

    Parameters
    ----------
    ratio
        Notional liquidated per unit of log price ÷ depth: the cascade number.
    width_log
        How far the liquidation prices reach from the price at the start.
    side
        +1 for longs, liquidated below the price, −1 for shorts, liquidated above it.
    winners_usd
        Notional of accounts on the other side, at 2×.
    """
    simulation = Simulation(scenario)
    accounts = _emptied(simulation.market.state.accounts)
    rows = int(accounts.layout.home_rows[0, 0, 0])
    winning = 100 if winners_usd else 0
    losing = rows - winning
    at_usd = PRICE_USD * np.exp(-side * (np.arange(losing) + 0.5) / losing * width_log)
    qty = side * ratio * DEPTH_USD * width_log / losing / at_usd
    accounts.qty[0, :losing] = qty
    # At the liquidation price equity is exactly the maintenance margin.
    accounts.cash_usd[:losing] = MAINTENANCE * np.abs(qty) * at_usd - qty * at_usd
    if winning:
        each = winners_usd / winning
        accounts.qty[0, losing:rows] = -side * each / PRICE_USD
        accounts.cash_usd[losing:rows] = each / 2 + side * each
    accounts.entry_usd[0, :rows] = PRICE_USD
    return restarted(simulation, accounts)


def _emptied(accounts: Accounts) -> Accounts:
    for values in (accounts.qty, accounts.cash_usd, accounts.entry_usd):
        values[...] = 0.0
    return accounts


def restarted(simulation: Simulation, accounts: Accounts) -> Simulation:
    """Let the simulation begin anew with these accounts; market makers take the other side."""
    market = simulation.market
    constants = constants_of(simulation.scenario, simulation.worlds)
    market.state = opening_state(simulation.scenario, accounts, constants)
    market.screen = Screen(accounts, constants.tiers, market.state.mark_usd)
    market.cascade = cascade_numbers(market, constants)
    return simulation


def played(simulation: Simulation) -> dict[str, Floats]:
    """Play to the end and return the series of the first world and the first asset's market."""
    stretch = simulation.advance(len(simulation.grid))
    assert stretch.contracts_max_error < 1e-9
    assert stretch.cash_relative_error < 1e-9
    return stretch.series


def fallen(series: dict[str, Floats]) -> float:
    """Return by how much the log price of a one-asset market is below its start at the end."""
    return float(np.log(PRICE_USD) - series["log_price"][-1, 0, 0])
