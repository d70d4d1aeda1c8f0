"""Concentration: how much of the market the four largest venues hold, as one number to turn.

A scenario lists its venues by size, and last what is left: the smaller ones, taken together or one
by one. The four that stand first are the four largest, whatever the rest adds up to. Volume goes
with open interest, so the share in one is the share in the other.

s → s'      open interest: every share of the four × s'/s, of the rest × (1 − s')/(1 − s)
            depth, index:  the four's odds d/(1 − d) change by the same factor as s/(1 − s)

Proportions among the four, and among the rest, stay. Odds instead of shares let books be spread
otherwise than positions are, and whatever way the slider goes, going back undoes it.

Source: on 10 October 2025 the four largest venues had 62% of the volume; 29.3% the largest alone,
three more about 10–12% each.
"""

from __future__ import annotations

from typing import Any

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings

TOP = 4

LOWEST_SHARE, HIGHEST_SHARE = 0.05, 0.95
"""Where the share may be set; with nothing on one side there would be no proportions to keep."""


def top_four(scenario: Scenario) -> float:
    """Return the four largest venues' share of open interest, and so of everyday volume.

    All of it if there are no more than four.
    """
    return _share_of_first(scenario, "open_interest_share")


def has_rest(scenario: Scenario) -> bool:
    """Whether there are venues beside the four largest for a share to move to."""
    return len(scenario.venues) > TOP


def with_top_four(scenario: Scenario, share: float) -> Scenario:
    """Return the scenario with another share of the four largest venues.

    Raises
    ------
    ScenarioError
        If there are no other venues, one side holds nothing, or the share is out of bounds.
    """
    if not has_rest(scenario):
        raise ScenarioError(
            f"venues: the scenario has {len(scenario.venues)}; the share of the four largest can "
            "only change with at least five"
        )
    if not LOWEST_SHARE <= share <= HIGHEST_SHARE:  # NaN is not either
        raise ScenarioError(
            f"venues: {share:g} is not allowed as share of the four largest; it must be a number "
            f"from {LOWEST_SHARE:g} to {HIGHEST_SHARE:g}"
        )
    before = top_four(scenario)
    if not 0 < before < 1:
        side = "the others" if before else "the four largest"
        raise ScenarioError(f"venues: {side} have no open interest whose share could change")
    factor = share / (1 - share) * (1 - before) / before
    settings = scenario.model_dump(mode="json")
    _rescale(settings["venues"], "open_interest_share", before, share)
    for name in ("depth_share", "index_share"):
        now = _share_of_first(scenario, name)
        if 0 < now < 1:  # else one side has none of it, and gets none
            _rescale(settings["venues"], name, now, now * factor / (1 - now + now * factor))
    return from_settings(settings)


def _share_of_first(scenario: Scenario, name: str) -> float:
    return float(sum(scenario.venue_shares(name)[:TOP]))


def _rescale(venues: list[dict[str, Any]], name: str, before: float, after: float) -> None:
    """Bring the share of the first four from one value to another, in place."""
    total = sum(venue[name] for venue in venues)
    for i, venue in enumerate(venues):
        factor = after / before if i < TOP else (1 - after) / (1 - before)
        venue[name] = venue[name] / total * factor
