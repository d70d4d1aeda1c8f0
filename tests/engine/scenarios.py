"""Small scenarios for the engine's tests: one fixed, and random ones that use every rule."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from engine.rule_settings import AdlRank
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


def shares(count: int, weights: list[float]) -> list[float]:
    """Turn positive weights into shares that add up to one."""
    total = sum(weights[:count])
    return [weight / total for weight in weights[:count]]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Random scenarios: any rule, up or down shocks, up to four assets and venues, a desk."""

    def number(low: float, high: float) -> float:
        return draw(st.floats(low, high, allow_nan=False, allow_subnormal=False))

    assets = [
        {
            "name": f"a{i}",
            "price_usd": 10 ** number(-3, 5),
            "open_interest_usd": 10 ** number(7, 10),
            "depth_1pct_usd": 10 ** number(5, 8),
            "volatility_per_year": number(0, 2),
            "shock_beta": number(-1, 4),
            "leverage_cap": number(5, 60),
            "tiers": TIERS[: draw(st.integers(1, 2))],
        }
        for i in range(draw(st.integers(1, 3)))
    ]
    count = draw(st.integers(1, 4))
    weights = st.lists(st.floats(0.05, 1), min_size=count, max_size=count)
    parts = [shares(count, draw(weights)) for _ in range(3)]
    venues = [
        {
            "name": f"v{i}",
            "open_interest_share": parts[0][i],
            "depth_share": parts[1][i],
            "index_share": parts[2][i],
        }
        for i in range(count)
    ]
    desk = [
        {
            "asset": assets[draw(st.integers(0, len(assets) - 1))]["name"],
            "venue": venues[draw(st.integers(0, count - 1))]["name"],
            "side": draw(st.sampled_from(["long", "short"])),
            "notional_usd": 10 ** number(2, 8),
            "leverage": number(1, 5),
            "open_min": number(0, 20),
            "close_min": draw(st.none() | st.floats(21, 40)),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    return small(
        seed=draw(st.integers(0, 2**32)),
        clock={"duration_min": 45, "fine_step_s": 20, "fine_window_min": 20},
        assets=assets,
        venues=venues,
        desk=desk,
        crowd={
            "accounts": draw(st.integers(100, 600)),
            "people": draw(st.integers(100, 100_000)),
            "leverage_median": number(2, 20),
            "leverage_median_by_notional": number(1, 20),
            "long_share": number(0.1, 0.9),
            "hedged_share": number(0, 0.8),
            "turnover_per_day": number(0, 5),
        },
        shocks=[
            {
                "at_min": number(0, 30),
                "size_pct": number(-40, 40),
                "ramp_min": number(0, 20),
            }
            for _ in range(draw(st.integers(0, 2)))
        ],
        liquidity={
            "withdrawal_threshold": number(1, 4),
            "withdrawal_exponent": number(0, 3),
            "depth_floor": number(0.01, 1),
            "value_reach": number(0.1, 2),
        },
        liquidation={
            "fee_pct": number(0, 2),
            "selling_pace": 10 ** number(0, 2),
        },
        insurance={"fund_pct": number(0, 2)},
        adl={
            "rank": draw(st.sampled_from(get_args(AdlRank))),
            "trigger_drawdown": number(0.3, 1),
            "stop_drawdown": number(0, 0.3),
        },
        hedging={"handover_h": number(0.1, 20), "unwind_min": number(0.1, 30)},
        plumbing={"arbitrage_pct": number(0, 5), "strain": number(0, 1)},
        marking={"rule": draw(st.sampled_from(["median", "last"]))},
    )
