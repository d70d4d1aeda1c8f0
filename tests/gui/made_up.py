"""A quick stand-in for the engine, so that the window's tests don't wait for it.

The numbers mean nothing; they have the right shapes, move after the first shock, and contain at
least one event of several kinds. In a module of its own so that a computing process can import it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np

from engine.clock import MINUTE_S, grid
from engine.record import SERIES, Event, Inequality, Stretch, axis_sizes
from engine.scenario import Asset, Clock, Crowd, Position, Scenario, Shock, Tier, Venue


def scenario(**changes) -> Scenario:
    """A small market over four days with one shock, ten hours before the end of the third."""
    tier = (Tier(from_usd=0.0, rate=0.004),)
    sizes = {"BTC": 7e10, "ETH": 4e10, "Large": 3e10, "Mid": 2e10, "Small": 1e10}
    values = {
        "name": "Made up",
        "seed": 7,
        "clock": Clock(),
        "crowd": Crowd(accounts=1_000),
        "assets": tuple(
            Asset(
                name=name, price_usd=121_000 / (1 + i) ** 3, open_interest_usd=usd,
                depth_1pct_usd=usd / 100, shock_beta=1.0 + i, tiers=tier,
            )
            for i, (name, usd) in enumerate(sizes.items())
        ),
        "venues": tuple(
            Venue(
                name=name, open_interest_share=0.2, depth_share=0.2, index_share=0.2,
            )
            for name in ("Alpha", "Beta", "Gamma", "Delta", "Rest")
        ),
        "shocks": (Shock(name="Tariff post", at_min=2_690.0),),
        "desk": (
            Position(asset="BTC", venue="Alpha", side="long", notional_usd=40_000.0, leverage=8.0),
        ),
    }  # fmt: skip
    return Scenario(**{**values, **changes})


def stretches(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """Two hundred steps at a time, at once."""
    steps, sizes = grid(scenario), axis_sizes(scenario, 1)
    shock_s = min((s.at_min * MINUTE_S for s in scenario.shocks), default=1e18)
    prices = np.array([asset.price_usd for asset in scenario.assets])
    betas = np.array([asset.shock_beta for asset in scenario.assets])
    interest = np.array([asset.open_interest_usd for asset in scenario.assets])
    dice = np.random.default_rng(scenario.seed)
    for first in range(0, len(steps), 200):
        end_s = steps.end_s[first : first + 200]
        since_h = np.maximum(end_s - shock_s, 0.0) / 3_600
        fall = -0.12 * (1 - np.exp(-since_h * 3)) * np.exp(-since_h / 30)
        log_price = np.log(prices) + fall[:, None] * betas + dice.normal(0, 1e-3, (len(end_s), 1))
        storm = since_h * np.exp(-since_h * 4) * (since_h > 0)
        by_venue = np.ones(sizes["v"]) / sizes["v"]
        rough = dice.gamma(1.0, 1.0, (len(end_s), sizes["a"]))

        def shaped(values: np.ndarray, by_venue: np.ndarray = by_venue) -> np.ndarray:
            return values[:, None, None, :] * by_venue[:, None]

        level = np.ones(sizes["v"])
        liquidated = shaped(storm[:, None] * interest * 2e-3 * rough)
        price = np.exp(log_price)[:, None, None, :] * level[:, None]
        known = {
            "price_usd": price,
            "mark_usd": price,
            "log_price": log_price[:, None],
            "log_fundamental": log_price[:, None],
            "depth_share": np.exp(-4 * storm)[:, None, None] * np.ones(sizes["a"]),
            "liquidated_long_usd": liquidated,
            "liquidated_short_usd": 0.1 * liquidated[:, :, :, ::-1],
            "liquidated_accounts": np.ceil(liquidated / 1e5),
            "adl_usd": 0.1 * liquidated,
            "adl_hedged_usd": 0.04 * liquidated,
            "adl_accounts": np.ceil(liquidated / 1e6),
            "fund_usd": shaped((1 - 0.5 * (since_h > 0.5))[:, None] * interest * 4e-3),
            "open_interest_usd": shaped((1 - 0.25 * (since_h > 0.3))[:, None] * interest),
            "desk_qty": np.full((len(end_s), 1, sizes["p"]), 0.33),
            "desk_equity_usd": (5_000 + 40_000 * fall)[:, None, None] * np.ones(sizes["p"]),
            "desk_pnl_usd": (40_000 * fall)[:, None, None] * np.ones(sizes["p"]),
            "desk_liquidation_usd": np.full((len(end_s), 1, sizes["p"]), 107_000.0),
            "desk_entry_usd": np.full((len(end_s), 1, sizes["p"]), 121_000.0),
        }
        zeros = {
            name: np.zeros((len(end_s), 1, *(sizes[axis] for axis in what.axes[1:])))
            for name, what in SERIES.items()
            if name not in known
        }
        yield Stretch(
            first, len(end_s), {**zeros, **known}, _events(first, end_s, shock_s), (), (), 0.01,
            0.0, 0.0,
        )  # fmt: skip


def _events(first: int, end_s: np.ndarray, shock_s: float) -> tuple[Event, ...]:
    margin = Inequality("equity_usd", 140.0, "<", "maintenance_usd", 160.0)
    planned = (
        (0.0, "shock", {"name": "Tariff post", "size_pct": -5.0}, ()),
        (240.0, "first_liquidation", {"liquidated_usd": 4.1e6}, margin),
        (1_500.0, "adl_begins", {
            "trigger": "drawdown", "fund_value_usd": 7.8e6, "high_usd": 1.12e7, "drawdown": 0.304,
            "trigger_drawdown": 0.3, "adl_usd": 3.1e6, "accounts": 412,
        }, Inequality("fund_value_usd", 7.8e6, "<", "limit_usd", 0.7 * 1.12e7)),
        (1_900.0, "desk_liquidated", {
            "position": 0, "mark_usd": 106_990.0, "liquidation_price_usd": 107_000.0,
            "equity_usd": 140.0, "maintenance_usd": 160.0, "qty": 0.0,
        }, margin),
        (2_400.0, "fund_empty", {"fund_start_usd": 4e6, "bad_debt_usd": 2e5},
         Inequality("fund_usd", -2e5, "<", "zero", 0.0)),
    )  # fmt: skip
    return tuple(
        Event(shock_s + after, first + int(np.searchsorted(end_s, shock_s + after)), 0, kind,
              *(("", "") if kind == "shock" else ("Alpha", "Small")), values, because)
        for after, kind, values, because in planned
        if end_s[0] - 1 < shock_s + after <= end_s[-1]
    )  # fmt: skip


def endless(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """The first stretches, then nothing more until somebody stops it."""
    stretch = next(iter(stretches(scenario)))
    yield stretch
    while True:
        time.sleep(0.01)
        yield _empty(stretch)


def slow(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """As ``stretches``, with time enough between two of them to do something meanwhile."""
    for stretch in stretches(scenario):
        yield stretch
        time.sleep(0.05)


def dying(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """A process that ends in the middle; with seed 1 it lives."""
    for i, stretch in enumerate(stretches(scenario)):
        if i == 3 and scenario.seed != 1:
            os._exit(9)
        yield stretch


def failing(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """A computation that goes wrong."""
    yield next(iter(stretches(scenario)))
    raise FloatingPointError("equity is not a number")


def without_qt(scenario: Scenario, known_steps: int = 0) -> Iterator[Stretch]:
    """Fail, naming every Qt module that the computing process has loaded."""
    import sys

    loaded = sorted(name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph")))
    raise RuntimeError(f"loaded: {loaded}")
    yield  # a generator


def _empty(stretch: Stretch) -> Stretch:
    series = {name: values[:0] for name, values in stretch.series.items()}
    return Stretch(stretch.steps, 0, series, (), (), (), 0.0, 0.0, 0.0)
