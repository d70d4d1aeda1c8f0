"""What stands where in the set-up panel: which settings are seen at once, and which count when.

A section holds every number and choice of the parts it is for. Those named here are seen at once,
the others behind "More", so a setting that the engine gains has its place without being named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from engine.scenario import Scenario
from gui.i18n import as_shipped, tr
from gui.panels.setting import levers, setting_at


@dataclass(frozen=True)
class Contents:
    """A section: the parts of a scenario it is for, what is seen at once, if it is open at all.

    ``lists`` are the scenario's lists whose entries are edited there.
    """

    name: str
    parts: tuple[str, ...]
    first: tuple[str, ...] = ()
    folded: bool = True
    lists: tuple[str, ...] = ()

    @property
    def more(self) -> tuple[str, ...]:
        """The settings that come after a click."""
        everything = [path for part in self.parts for path in levers(part)]
        return tuple(path for path in everything if path not in self.first)


SECTIONS = (
    Contents("scenario", ("clock",), ("name", "note", "clock.start", "clock.duration_min")),
    Contents("market", (), lists=("assets",)),
    Contents(
        "crowd",
        ("crowd",),
        (
            "crowd.leverage_median",
            "crowd.leverage_median_by_notional",
            "crowd.long_share",
            "crowd.hedged_share",
            "crowd.accounts",
        ),
        folded=False,
    ),
    Contents("shock", (), folded=False, lists=("shocks",)),
    Contents("planned", (), lists=("halts", "top_ups", "rule_changes")),
    Contents(
        "insurance",
        ("insurance", "adl"),
        (
            "insurance.fund_pct",
            "adl.rank",
            "adl.trigger_drawdown",
            "adl.stop_drawdown",
        ),
        folded=False,
    ),
    Contents(
        "liquidation",
        ("liquidation",),
        ("liquidation.ladder", "liquidation.selling_pace", "liquidation.fee_pct"),
    ),
    Contents("marking", ("marking",), ("marking.rule", "marking.window_s")),
    Contents("protection", ("protection",), ("protection.band_pct", "protection.breaker_pct")),
    Contents(
        "liquidity",
        ("liquidity",),
        (
            "liquidity.withdrawal_threshold",
            "liquidity.withdrawal_exponent",
            "liquidity.depth_floor",
        ),
    ),
    Contents("venues", (), lists=("venues",)),
    Contents(
        "plumbing",
        ("plumbing",),
        ("plumbing.arbitrage_pct", "plumbing.bridge_strain", "plumbing.fiat_strain"),
    ),
    Contents("hedging", ("hedging",), ("hedging.unwind_min", "hedging.reopen_share")),
    Contents("funding", ("funding",), ("funding.interval_h", "funding.cap_pct")),
    Contents(
        "behaviour",
        ("behaviour",),
        (
            "behaviour.stops_per_h",
            "behaviour.profits_per_h",
            "behaviour.trend_per_h",
            "behaviour.dips_per_h",
        ),
    ),
    Contents("news", ("news",), ("news.correlation", "news.clustering")),
)
"""In their order on the screen."""


def headings() -> dict[str, str]:
    """Return the headings of the sections by name, in the language on the screen."""
    return {
        "scenario": tr("Scenario and clock"),
        "market": tr("Market"),
        "planned": tr("Planned"),
        "crowd": tr("Crowd"),
        "shock": tr("Tariff shock"),
        "insurance": tr("Insurance and ADL"),
        "liquidation": tr("Liquidation"),
        "marking": tr("Mark price"),
        "protection": tr("Price protection"),
        "liquidity": tr("Liquidity"),
        "venues": tr("Venues"),
        "plumbing": tr("Plumbing"),
        "hedging": tr("Hedges"),
        "funding": tr("Funding"),
        "behaviour": tr("Behaviour"),
        "news": tr("News"),
    }


def heading_of(path: str) -> str:
    """Return the heading of the section that a rule stands in, also of a venue's own."""
    keys = path.split(".")
    part = keys[2] if keys[0] == "venues" else keys[0]
    name = next(contents.name for contents in SECTIONS if part in contents.parts)
    return headings()[name]


@dataclass(frozen=True)
class OnlyIf:
    """That another setting has one of some choices, or none of some; without any: is not nought."""

    path: str
    among: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def holds(self, value: Any) -> bool:
        """Whether it does with this value of the other setting."""
        if self.among:
            return value in self.among
        return value not in self.but if self.but else bool(value)

    def told(self) -> str:
        """Say it."""
        other = setting_at(self.path)
        name = tr(other.label)
        if self.among:
            choices = " / ".join(tr(other.choices[choice]) for choice in self.among)
            return tr("Counts only if “{setting}” is: {choice}.", setting=name, choice=choices)
        if self.but:
            choices = " / ".join(tr(other.choices[choice]) for choice in self.but)
            return tr("Doesn't count if “{setting}” is: {choice}.", setting=name, choice=choices)
        return tr("Counts only while “{setting}” is not 0.", setting=name)


_IN_STEPS = OnlyIf("liquidation.ladder", among=("staged",))
_IN_PARTS = OnlyIf("liquidation.ladder", but=("full",))
_WITH_ADL = OnlyIf("adl.rank", but=("none",))
_BY_DRAWDOWN = OnlyIf("adl.trigger", among=("drawdown",))
_BREAKING = OnlyIf("protection.breaker_pct")
_FUNDED = OnlyIf("funding.cap_pct")

COUNTS: dict[str, OnlyIf] = {
    "liquidation.stage_share": _IN_STEPS,
    "liquidation.stage_from_usd": _IN_STEPS,
    "liquidation.cooldown_s": _IN_PARTS,
    "liquidation.backstop_share": _IN_PARTS,
    "adl.trigger": _WITH_ADL,
    "adl.fill": _WITH_ADL,
    "adl.trigger_drawdown": _BY_DRAWDOWN,
    "adl.stop_drawdown": _BY_DRAWDOWN,
    "marking.window_s": OnlyIf("marking.rule", among=("median",)),
    "protection.breaker_window_min": _BREAKING,
    "protection.halt_min": _BREAKING,
    "liquidity.maker_capital_pct": OnlyIf("liquidity.loss_withdrawal"),
    "liquidity.resilience_halflife_min": OnlyIf("liquidity.resilience_share"),
    "news.clustering_days": OnlyIf("news.clustering"),
    "funding.interval_h": _FUNDED,
    "funding.interest_pct": _FUNDED,
    "funding.clamp_pct": _FUNDED,
    "shocks.0.recovery_halflife_h": OnlyIf("shocks.0.recovery_share"),
}
"""What has to be so for a setting to count. The first shock stands for all."""


OF_VENUE = re.compile(r"venues\.\d+\.(?=\w+\.)")
"""The beginning of the path of a venue's own rule."""


def why_idle(path: str, scenario: Scenario) -> str:
    """Return why a setting counts for nothing in a scenario; empty if it counts.

    What a later change of the rules will need counts already.
    """
    of_venue = OF_VENUE.match(path)
    before = of_venue[0] if of_venue else ""
    bare = path.removeprefix(before)
    condition = COUNTS.get(re.sub(r"\.\d+\.", ".0.", bare))
    if condition is None:
        return ""
    deciding = before + _beside(bare, condition.path)
    later = [rule.value for rule in scenario.rule_changes if rule.path == deciding]
    if not any(map(condition.holds, [setting_at(deciding).value(scenario), *later])):
        return condition.told()
    return why_idle(deciding, scenario)


def _beside(path: str, other: str) -> str:
    """Return the path of another setting in the same entry of a list."""
    number = re.search(r"\.\d+\.", path)
    return other.replace(".0.", number[0]) if number else other


def with_own_rules(contents: Contents, scenario: Scenario) -> list[str]:
    """Return the venues for which a section's settings don't count: they have their own rules."""
    return [
        as_shipped(venue.name)
        for venue in scenario.venues
        if any(getattr(venue, part, None) is not None for part in contents.parts)
    ]
