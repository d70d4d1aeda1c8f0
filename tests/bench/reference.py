"""The reference model: what everybody's first model of liquidations has, and nothing else.

One asset at one venue, isolated margin, one rate of maintenance, nobody comes back. In each of
1,000 steps of a second

    log price += what is given from outside − coins taken over in the step before · price / depth

and whoever's equity, cash + coins · price, is then below rate · |coins| · price is taken over.
Every implementation gets the same accounts and the same changes from outside and must take over as
many accounts of the same total size. Ours plays it as a scenario, step by step through every
mechanism, and writes down what the others do, and what moved the price.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.arrays import Floats
from engine.observation import cascade_numbers
from engine.opening import constants_of, opening_state
from engine.record import CAUSES, Recording
from engine.run import Simulation
from engine.scenario import Scenario
from engine.scenario_file import from_settings
from engine.screen import Screen
from engine.state import Kind

STEPS = 1_000
TAKEN = ("liquidated_accounts", "liquidated_long_usd", "liquidated_short_usd")
RECORDING = Recording(frozenset({*TAKEN, "causes_log"}), events=False, maps=False)
PRICE_USD, DEPTH_USD, RATE = 100.0, 2e10, 0.01


@dataclass(frozen=True)
class Task:
    """What every implementation gets: accounts, (n,), and log price changes from outside, (T,)."""

    qty: Floats
    cash_usd: Floats
    outside_log: Floats

    def save(self, file: Path) -> None:
        """Write it down for implementations in other environments."""
        np.savez(
            file,
            qty=self.qty,
            cash_usd=self.cash_usd,
            outside_log=self.outside_log,
            price_usd=PRICE_USD,
            depth_usd=DEPTH_USD,
            rate=RATE,
        )


@dataclass(frozen=True)
class Result:
    """Processor seconds, and by step how many were taken over and of what size, summed up, (T,)."""

    seconds: float
    accounts: Floats
    size_usd: Floats


def scenario(accounts: int) -> Scenario:
    """Return the model as a scenario: most of the market is switched off."""
    return from_settings(
        {
            "name": "Reference model",
            "seed": 5,
            "clock": {"duration_min": 17, "fine_window_min": 17, "fine_step_s": 1},
            "assets": [
                {
                    "name": "Coin",
                    "price_usd": PRICE_USD,
                    "open_interest_usd": 4e9,
                    "depth_1pct_usd": DEPTH_USD / 100,
                    "volatility_per_year": 0.5,
                    "leverage_cap": 50.0,
                    "tiers": [{"from_usd": 0.0, "rate": RATE}],
                }
            ],
            "venues": [
                {"name": "V", "open_interest_share": 1.0, "depth_share": 1.0, "index_share": 1.0}
            ],
            "crowd": {
                "accounts": accounts,
                "people": accounts,
                "hedged_share": 0.0,
                "away_share": 0.0,
                "turnover_per_day": 0.0,
                "leverage_median": 10.0,
            },
            "behaviour": dict.fromkeys(
                ("stops_per_h", "profits_per_h", "trend_per_h", "dips_per_h"), 0.0
            ),
            "shocks": [
                {
                    "at_min": 0.0,
                    "size_pct": -10.0,
                    "ramp_min": 12.0,
                    "volatility_multiplier": 1.0,
                }
            ],
            "liquidity": {
                "withdrawal_exponent": 0.0,
                "loss_withdrawal": 0.0,
                "adl_withdrawal": 0.0,
                "resilience_share": 0.0,
            },
            "liquidation": {"fee_pct": 0.0, "selling_pace": 1_000.0},
            "insurance": {"fund_pct": 0.0},
            "adl": {"rank": "none"},
            "marking": {"rule": "last"},
            "funding": {"cap_pct": 0.0},
        }
    )


def prepared(accounts: int) -> Simulation:
    """Return the engine before the first step."""
    simulation = Simulation(scenario(accounts), recording=RECORDING)
    market, crowd = simulation.market, simulation.market.state.accounts
    # Legs of pairs neither come nor go of their own free will; here they are on their own.
    crowd.kind[:] = Kind.PAIR
    constants = constants_of(simulation.scenario, 1)
    market.state = opening_state(simulation.scenario, crowd, constants)
    market.screen = Screen(crowd, constants.tiers, market.state.mark_usd)
    market.cascade = cascade_numbers(market, constants)
    return simulation


def by_engine(accounts: int) -> tuple[Task, Result]:
    """Play it in the engine; return also what the others need to play the same."""
    simulation = prepared(accounts)
    crowd = simulation.market.state.accounts
    held = np.flatnonzero(crowd.qty[0])
    qty, cash = crowd.qty[0, held].copy(), crowd.cash_usd[held].copy()
    begun = time.process_time()
    series = simulation.advance(STEPS).series
    seconds = time.process_time() - begun
    taken = series["liquidated_accounts"][:, 0, 0, 0]
    size = series["liquidated_long_usd"] + series["liquidated_short_usd"]
    causes = series["causes_log"][:, 0, 0]
    outside = causes.sum(axis=-1) - causes[:, CAUSES.index("liquidations")]
    result = Result(seconds, np.cumsum(taken), np.cumsum(size[:, 0, 0, 0]))
    return Task(qty, cash, outside), result


def by_numpy(task: Task, steps: int) -> Result:
    """Play it as one would write it down: everybody is checked in every step."""
    qty, cash = task.qty.copy(), task.cash_usd.copy()
    log_price, price, waiting = np.log(PRICE_USD), PRICE_USD, 0.0
    accounts, size = np.zeros(steps), np.zeros(steps)
    begun = time.process_time()
    for i in range(steps):
        log_price += task.outside_log[i] - waiting * price / DEPTH_USD
        price = np.exp(log_price)
        due = np.flatnonzero(cash + qty * price < RATE * np.abs(qty) * price)
        waiting = qty[due].sum()
        accounts[i], size[i] = len(due), np.abs(qty[due]).sum() * price
        qty[due] = cash[due] = 0.0
    return Result(time.process_time() - begun, np.cumsum(accounts), np.cumsum(size))
