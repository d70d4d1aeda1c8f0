"""Random scenarios for the engine's tests: small, short, with every setting drawn."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args, get_origin

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.scenario import (
    Adl,
    Behaviour,
    Crowd,
    Funding,
    Hedging,
    Insurance,
    Liquidation,
    Liquidity,
    Marking,
    Plumbing,
    Protection,
    Scenario,
)
from tests.engine.scenarios import TIERS, small

DURATION_MIN = 30

Range = tuple[float, float]


class Log(NamedTuple):
    """Bounds between which numbers are drawn evenly by their logarithm."""

    low: float
    high: float


RULES: dict[str, tuple[type[BaseModel], dict[str, Range | Log]]] = {
    "crowd": (
        Crowd,
        {
            "accounts": (100, 600),
            "people": (100, 100_000),
            "leverage_median": (2, 20),
            "leverage_median_by_notional": (1, 20),
            "leverage_spread": (0.05, 2),
            "size_spread": (0.1, 3),
            "long_share": (0.1, 0.9),
            "hedged_share": (0, 0.8),
            "hedge_leverage": (1, 20),
            "pair_share": (0, 1),
            "cross_share": (0, 0.9),
            "away_share": (0, 0.9),
            "holding_days": (0, 10),
            "turnover_per_day": (0, 5),
            "entry_spread_pct": (0, 20),
        },
    ),
    "behaviour": (
        Behaviour,
        {
            "memory_min": (1, 60),
            "threshold": (0, 3),
            "stops_per_h": (0, 5),
            "profits_per_h": (0, 5),
            "trend_per_h": (0, 5),
            "dips_per_h": (0, 5),
            "entry_leverage": Log(0.1, 10),
            "comeback_days": Log(0.1, 1_000),
            "appetite": Log(0.1, 5),
        },
    ),
    "liquidity": (
        Liquidity,
        {
            "volume_per_day": (0, 5),
            "withdrawal_threshold": (1, 4),
            "withdrawal_exponent": (0, 4),
            "depth_floor": (0, 1),
            "maker_capital_pct": Log(0.01, 100),
            "loss_withdrawal": (0, 20),
            "adl_withdrawal": (0, 50),
            "fall_min": Log(0.05, 5),
            "return_min": Log(0.1, 60),
            "resilience_share": (0, 0.95),
            "resilience_halflife_min": Log(0.05, 60),
            "volatility_window_min": (0.5, 20),
            "dislocation_halflife_h": Log(0.01, 10),
            "value_reach": (0.1, 2),
        },
    ),
    "liquidation": (
        Liquidation,
        {
            "stage_share": (0.01, 1),
            "stage_from_usd": Log(1, 1e6),
            "cooldown_s": (0, 300),
            "backstop_share": (0, 1),
            "fee_pct": (0, 2),
            "selling_pace": Log(0.1, 1_000),
        },
    ),
    "insurance": (Insurance, {"fund_pct": (0, 2)}),
    "adl": (Adl, {"trigger_drawdown": (0.3, 1), "stop_drawdown": (0, 0.3)}),
    "hedging": (
        Hedging,
        {
            "unwind_min": (0.1, 30),
            "selling_pace": Log(0.1, 1_000),
            "reopen_share": (0, 1),
            "basis_exit_per_day": (0, 50),
            "handover_h": (0.1, 20),
        },
    ),
    "plumbing": (
        Plumbing,
        {
            "arbitrage_pct": (0, 5),
            "bridge_h": Log(0.01, 10),
            "fiat_h": Log(0.01, 10),
            "bridge_strain": (0, 1),
            "fiat_strain": (0, 1),
            "congestion": (0, 20),
            "speed_s": (1, 1_000),
        },
    ),
    "marking": (Marking, {"window_s": (1, 600)}),
    "protection": (
        Protection,
        {
            "band_pct": (0, 10),
            "breaker_pct": (0, 10),
            "breaker_window_min": (0.1, 30),
            "halt_min": (0.1, 10),
        },
    ),
    "funding": (
        Funding,
        {
            "interval_h": (1, 8),
            "interest_pct": (-1, 1),
            "clamp_pct": (0, 1),
            "cap_pct": (0, 5),
            "crowding_pct": (0, 10),
        },
    ),
}
"""Every part that has settings of its own, and between which bounds they are drawn; what is chosen
from a list is read off the part."""

NEVER_CHANGED = {"insurance.fund_pct"}
OWN_RULES = ("liquidation", "adl", "marking", "protection")
CHANGING = [
    (part, name)
    for part, (kind, _) in RULES.items()
    for name in kind.model_fields
    if part != "crowd" and f"{part}.{name}" not in NEVER_CHANGED
]


def shares(count: int, weights: list[float]) -> list[float]:
    """Turn positive weights into shares that add up to one."""
    total = sum(weights[:count])
    return [weight / total for weight in weights[:count]]


class Draw:
    """Draws settings; what has no bounds above can't be drawn, so none is forgotten."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, low: float, high: float) -> float:
        # Rounded: a share of 1e-300 finds nothing that nought doesn't.
        return round(self._draw(st.floats(low, high, allow_subnormal=False)), 6)

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def one_of(self, values: Any) -> Any:
        return self._draw(st.sampled_from(list(values)))

    def chance(self) -> bool:
        return self._draw(st.booleans())

    def at_min(self) -> float:
        """A time within the scenario: on a full minute, or anywhere."""
        whole = self.chance()
        return float(self.whole(0, DURATION_MIN - 1)) if whole else self.number(0, 29.9)

    def setting(self, part: str, name: str) -> Any:
        kind, bounds = RULES[part]
        annotation = kind.model_fields[name].annotation
        if get_origin(annotation) is Literal:
            return self.one_of(get_args(annotation))
        low, high = bounds[name]
        if annotation is int:
            return self.whole(int(low), int(high))
        if isinstance(bounds[name], Log):
            return min(max(low * (high / low) ** self.number(0, 1), low), high)
        return self.number(low, high)

    def part(self, part: str) -> dict[str, Any]:
        return {name: self.setting(part, name) for name in RULES[part][0].model_fields}

    def some(self, most: int) -> range:
        return range(self.whole(0, most))


def _assets(d: Draw) -> list[dict[str, Any]]:
    return [
        {
            "name": f"a{i}",
            "price_usd": 10 ** d.number(-3, 5),
            "open_interest_usd": 10 ** d.number(7, 10),
            "depth_1pct_usd": 10 ** d.number(5, 8),
            "volatility_per_year": d.number(0, 3),
            "shock_beta": d.number(-1, 4),
            "leverage_cap": d.number(5, 60),
            "tiers": TIERS[: d.whole(1, 2)],
        }
        for i in range(d.whole(1, 4))
    ]


def _venues(d: Draw) -> list[dict[str, Any]]:
    count = d.whole(1, 4)
    share = [shares(count, [d.number(0.05, 1) for _ in range(count)]) for _ in range(3)]
    return [
        {
            "name": f"v{i}",
            "open_interest_share": share[0][i],
            "depth_share": share[1][i],
            "index_share": share[2][i],
            "fund_pct": d.number(0, 2) if d.chance() else None,
            **{part: d.part(part) for part in OWN_RULES if d.whole(0, 2) == 0},
        }
        for i in range(count)
    ]


def _shock(d: Draw, assets: list[str]) -> dict[str, Any]:
    return {
        "at_min": d.at_min(),
        "size_pct": d.number(-40, 40),
        "ramp_min": d.number(0, 20),
        "recovery_share": d.number(0, 1),
        "recovery_halflife_h": 10 ** d.number(-2, 1),
        "volatility_multiplier": d.number(1, 20),
        "volatility_halflife_min": d.number(1, 300),
        "sensitivities": [{"asset": d.one_of(assets), "beta": d.number(-2, 4)} for _ in d.some(2)],
    }


def _news(d: Draw, assets: list[str]) -> dict[str, Any]:
    path = None
    if d.whole(0, 3) == 0:
        columns = assets[: d.whole(1, len(assets))]
        path = {
            "at_min": [0.0, d.number(1, 14), d.number(15, 60)],
            "columns": [
                {"asset": name, "price_usd": [10 ** d.number(0, 0.3) for _ in range(3)]}
                for name in columns
            ],
        }
    return {
        "correlation": d.number(0, 0.99),
        "clustering": d.number(0, 1.5),
        "clustering_days": 10 ** d.number(-1, 2),
        "path": path,
    }


def _desk(d: Draw, assets: list[dict[str, Any]], venues: list[str]) -> list[dict[str, Any]]:
    """Positions of every kind; one that counts as hedged comes with the coins behind it."""
    desk: list[dict[str, Any]] = []
    crossed = set()
    for _ in d.some(3):
        traded, venue = d.one_of(assets), d.one_of(venues)
        asset, opened = traded["name"], d.number(0, 15)
        closed = d.number(22, 29) if d.chance() else None
        position: dict[str, Any] = {"asset": asset, "venue": venue, "open_min": opened}
        position |= {"notional_usd": 10 ** d.number(2, 8), "close_min": closed}
        kind = d.one_of(["isolated", "cross", "spot", "hedged"])
        at_min = [d.number(16, 18), d.number(19, 21)][: d.whole(0, 2)]
        changes: list[dict[str, Any]] = [
            {"at_min": at, "notional_usd": 10 ** d.number(2, 8) if d.chance() else None}
            for at in at_min
        ]
        position["changes"] = changes
        coins = position | {"kind": "spot", "leverage": 1.0, "side": "long"}
        if kind == "spot":
            desk.append(coins)
            continue
        for change in changes:
            change["add_collateral_usd"] = d.number(0, 1e6)
        position["leverage"] = d.number(1, min(traded["leverage_cap"], 35))
        position["side"] = d.one_of(["long", "short"])
        if kind == "cross" and (venue, asset) not in crossed:
            crossed.add((venue, asset))
            position["margin"] = "cross"
        if kind == "hedged":
            desk.append(coins | {"changes": []})
            position |= {"side": "short", "hedged": True}
        desk.append(position)
    return desk


def _rule_change(d: Draw, venues: int) -> dict[str, Any]:
    part, name = d.one_of(CHANGING)
    path = f"{part}.{name}"
    if part in OWN_RULES and d.chance():
        path = f"venues.{d.whole(0, venues - 1)}.{path}"
    return {"at_min": d.at_min(), "path": path, "value": d.setting(part, name)}


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Random scenarios: any setting, up or down shocks, up to four assets and venues, a desk."""
    d = Draw(draw)
    assets, venues = _assets(d), _venues(d)
    coins, places = [asset["name"] for asset in assets], [venue["name"] for venue in venues]
    parts = {part: d.part(part) for part in RULES}
    if d.chance():
        parts["liquidity"]["depth_floor"] = 0.0  # books can run empty
    return small(
        seed=d.whole(0, 2**32),
        clock={
            # Within the half hour funding is paid at eight, whatever the interval.
            "start": f"2025-10-09T{d.one_of(['07', '15'])}:{d.whole(31, 59)}:{d.whole(0, 59):02}Z",
            "duration_min": DURATION_MIN,
            "calm_step_s": d.one_of([60, 120, 300]),
            "fine_step_s": d.one_of([10, 20, 60]),
            "fine_window_min": d.whole(0, 10),
        },
        assets=assets,
        venues=venues,
        shocks=[_shock(d, coins) for _ in d.some(2)],
        news=_news(d, coins),
        halts=[
            {
                "at_min": d.at_min(),
                "duration_min": d.number(0.01, 10),
                "venue": d.one_of(places),
                "asset": d.one_of([None, *coins]),
            }
            for _ in d.some(2)
        ],
        top_ups=[
            {
                "at_min": d.at_min(),
                "amount_usd": 10 ** d.number(0, 9),
                "venue": d.one_of([None, *places]),
                "asset": d.one_of([None, *coins]),
            }
            for _ in d.some(2)
        ],
        rule_changes=[_rule_change(d, len(venues)) for _ in d.some(3)],
        desk=_desk(d, assets, places),
        **parts,
    )


def random_markets(examples: int) -> hypothesis.settings:
    """How tests that play random scenarios look for one that fails.

    They don't try to make it simpler: playing it a thousand times more would take minutes.
    """
    return hypothesis.settings(
        max_examples=examples, phases=[Phase.explicit, Phase.reuse, Phase.generate]
    )
