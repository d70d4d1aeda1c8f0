"""Small scenarios for the engine's tests: one plain, and one with every rule on."""

from __future__ import annotations

from typing import Any

from engine.scenario import Scenario
from engine.scenario_file import from_settings

TIERS = [{"from_usd": 0.0, "rate": 0.01}, {"from_usd": 50_000.0, "rate": 0.025}]


def settings(**changes: Any) -> dict[str, Any]:
    """Settings of a small market with a hard shock: two assets, three venues, two hours."""
    base: dict[str, Any] = {
        "name": "Small market",
        "seed": 3,
        "clock": {"duration_min": 120, "fine_step_s": 10, "fine_window_min": 40},
        "assets": [
            {
                "name": "BTC",
                "price_usd": 100_000.0,
                "open_interest_usd": 4e9,
                "depth_1pct_usd": 2e8,
                "tiers": TIERS,
            },
            {
                "name": "Small",
                "price_usd": 0.5,
                "open_interest_usd": 1e9,
                "depth_1pct_usd": 5e6,
                "volatility_per_year": 1.2,
                "shock_beta": 2.5,
                "leverage_cap": 25.0,
                "tiers": TIERS,
            },
        ],
        "venues": [
            {"name": "A", "open_interest_share": 0.5, "depth_share": 0.6, "index_share": 0.5},
            {"name": "B", "open_interest_share": 0.3, "depth_share": 0.3, "index_share": 0.3},
            {"name": "C", "open_interest_share": 0.2, "depth_share": 0.1, "index_share": 0.2},
        ],
        "crowd": {"accounts": 2_000, "people": 50_000},
        "shocks": [{"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0}],
    }
    return base | changes


def small(**changes: Any) -> Scenario:
    """The small market as a scenario, whole parts replaced by ``changes``."""
    return from_settings(settings(**changes))


# ------------------------------------------------------------------ every rule at once


def everything(**changes: Any) -> Scenario:
    """The small market with every rule on, whole parts replaced by ``changes``.

    An hour and a half that ends at eight: a fall, then news that turns out less grave. Each venue
    liquidates and deleverages in its own way.
    """
    plain = settings()
    one, two, three = plain["venues"]
    venues = [
        one | {"protection": {"breaker_pct": 9.0, "halt_min": 2.0}},
        two
        | {
            "fund_pct": 0.2,
            "liquidation": {"ladder": "staged", "stage_from_usd": 1_000.0, "cooldown_s": 60.0},
            "adl": {"trigger": "fund_empty", "rank": "hyperliquid", "fill": "mark"},
        },
        three
        | {
            "liquidation": {"ladder": "lower_tier"},
            "adl": {"trigger": "equity_below_zero", "rank": "pro_rata"},
            "marking": {"rule": "last"},
            "protection": {"band_pct": 4.0},
        },
    ]
    base: dict[str, Any] = {
        "clock": {
            "start": "2025-10-10T06:30:00Z",
            "duration_min": 90,
            "fine_step_s": 10,
            "fine_window_min": 20,
        },
        "venues": venues,
        "crowd": {"accounts": 2_000, "people": 50_000, "turnover_per_day": 2.0},
        "behaviour": {
            "threshold": 2.0,
            "stops_per_h": 0.05,
            "profits_per_h": 0.1,
            "trend_per_h": 0.3,
            "dips_per_h": 0.1,
            "comeback_days": 0.3,
        },
        "news": {"clustering": 0.5, "clustering_days": 0.2},
        "shocks": [
            {
                "at_min": 20.0,
                "size_pct": -8.0,
                "ramp_min": 6.0,
                "recovery_share": 0.8,
                "recovery_halflife_h": 0.1,
                "sensitivities": [{"asset": "BTC", "beta": 1.1}],
            }
        ],
        "liquidity": {
            "depth_floor": 0.0,
            "loss_withdrawal": 1.0,
            "return_min": 5.0,
            "dislocation_halflife_h": 0.2,
            "resilience_halflife_min": 3.0,
        },
        "insurance": {"fund_pct": 0.1},
        "hedging": {"reopen_share": 0.8, "handover_h": 1.0, "basis_exit_per_day": 20.0},
        "plumbing": {"bridge_strain": 0.2, "fiat_strain": 0.3},
        "funding": {"interval_h": 1, "crowding_pct": 1.0},
        "halts": [
            {"at_min": 22.5, "duration_min": 3.0, "venue": "A"},
            {"at_min": 30.0, "duration_min": 2.0, "venue": "B", "asset": "Small"},
        ],
        "top_ups": [
            {"at_min": 28.0, "amount_usd": 1e6},
            {"at_min": 40.0, "amount_usd": 1e6, "venue": "A", "asset": "Small"},
        ],
        "rule_changes": [
            {"at_min": 26.0, "path": "venues.2.adl.rank", "value": "pro_rata_unhedged"},
            {"at_min": 33.0, "path": "insurance.scope", "value": "venue"},
            {"at_min": 36.5, "path": "liquidation.ladder", "value": "lower_tier"},
            {"at_min": 50.0, "path": "protection.band_pct", "value": 2.0},
            {"at_min": 60.0, "path": "insurance.scope", "value": "shared"},
        ],
        "desk": every_position(),
    }
    return small(**(base | changes))


def every_position() -> list[dict[str, Any]]:
    """A desk with positions of every kind in the small market, some of them at high leverage."""
    return [
        {
            "asset": "BTC",
            "venue": "A",
            "leverage": 20.0,
            "open_min": 1.0,
            "changes": [{"at_min": 10.0, "notional_usd": 3e4}],
        },
        {"asset": "Small", "venue": "B", "side": "short", "margin": "cross", "open_min": 2.0},
        {"asset": "BTC", "venue": "B", "margin": "cross", "open_min": 3.0, "close_min": 80.0},
        {"asset": "Small", "venue": "C", "kind": "spot", "leverage": 1.0, "notional_usd": 5e4},
        {"asset": "BTC", "venue": "C", "leverage": 2.0, "open_min": 50.0, "close_min": 80.0},
        {
            "asset": "Small",
            "venue": "A",
            "side": "short",
            "leverage": 3.0,
            "notional_usd": 4e4,
            "open_min": 5.0,
            "hedged": True,
            "changes": [
                {"at_min": 12.0, "add_collateral_usd": 2_000.0},
                {"at_min": 45.0, "notional_usd": 1e4},
            ],
        },
    ]
