"""Presets change what they name and nothing else, wherever they can be laid."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import pytest

from engine.presets import PRESETS, Preset, Times, applied, laid_over, preset
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings, load
from tests.engine.scenarios import settings, small

OWN_RULES = ("adl", "liquidation", "marking", "protection")
OCTOBER = load(Path(__file__).parents[2] / "assets" / "scenarios" / "october-2025.cascade")


def leaves(settings: Any, path: str = "") -> dict[str, Any]:
    """Every single setting by its path."""
    if isinstance(settings, dict):
        parts = settings.items()
    elif isinstance(settings, list):
        parts = enumerate(settings)
    else:
        return {path: settings}
    inner = [leaves(value, f"{path}.{key}".lstrip(".")) for key, value in parts]
    return {path: value for part in inner for path, value in part.items()}


def in_force(scenario: Scenario) -> dict[str, Any]:
    """Every single setting; venues without rules of their own have everybody's."""
    settings = scenario.model_dump(mode="json")
    for venue in settings["venues"]:
        for part in OWN_RULES:
            venue[part] = venue[part] or settings[part]
    return leaves(settings)


def changed(before: Scenario, after: Scenario) -> dict[str, Any]:
    """Settings in force that differ, with their new values; a changed rule of all is told once."""
    old, new = in_force(before), in_force(after)
    different = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    return {path: new.get(path) for path in different if not is_everybodys(path, new)}


def is_everybodys(path: str, settings: dict[str, Any]) -> bool:
    """Whether this is a venue's rule that is the same for all."""
    venues, _, rule = path.split(".", 2) if path.count(".") > 1 else ("", "", "")
    return venues == "venues" and rule in settings and settings.get(path) == settings[rule]


def multiplies(idea: Preset) -> bool:
    return any(isinstance(value, Times) for _path, value in idea.changes)


def one(*changes: tuple[str, Any]) -> Preset:
    return Preset("one", "One", "", changes)


# ---------------------------------------------------------------- those there are


def test_keys_and_names_differ_and_each_has_a_paragraph() -> None:
    assert len({one.key for one in PRESETS}) == len({one.name for one in PRESETS}) == len(PRESETS)
    assert all(len(one.idea.split(". ")) in {2, 3} for one in PRESETS)
    assert len(PRESETS) == 16


@pytest.mark.parametrize("idea", PRESETS, ids=lambda idea: idea.key)
def test_every_preset_changes_october_where_it_says_and_nowhere_else(idea: Preset) -> None:
    after = applied(OCTOBER, idea)
    different = changed(OCTOBER, after)
    names = [name for name, _value in idea.changes]
    for name in names:
        assert fnmatch.filter(different, f"{name}*"), f"{name} is as it was"
    for path in different:
        assert any(fnmatch.fnmatch(path, f"{name}*") for name in names), path
    before = in_force(OCTOBER)
    for name, value in idea.changes:
        for path in fnmatch.filter(different, name):
            expected = before[path] * value.factor if isinstance(value, Times) else value
            assert different[path] == pytest.approx(expected)


@pytest.mark.parametrize("key", [one.key for one in PRESETS if not multiplies(one)])
def test_laid_twice_is_as_good_as_once_unless_it_multiplies(key: str) -> None:
    once = applied(OCTOBER, preset(key))
    assert applied(once, preset(key)) == once


def test_a_venue_s_own_rules_begin_as_everybody_s() -> None:
    after = applied(OCTOBER, preset("different-logic"))
    common = OCTOBER.liquidation
    first, second, third, fourth, fifth = (venue.liquidation for venue in after.venues)
    assert first is None
    assert second == common.model_copy(update={"ladder": "lower_tier"})
    assert third == common.model_copy(update={"ladder": "staged"})
    slow = pytest.approx(0.1 * common.selling_pace)
    assert fourth == common.model_copy(update={"selling_pace": fourth and fourth.selling_pace})
    assert fourth.selling_pace == slow
    assert fifth
    assert fifth.ladder == "lower_tier"
    assert fifth.selling_pace == pytest.approx(0.3 * common.selling_pace)


# ---------------------------------------------------------------- how they are laid


def test_a_star_stands_for_every_entry() -> None:
    after = applied(small(), one(("assets.*.leverage_cap", 3.0)))
    assert changed(small(), after) == {
        "assets.0.leverage_cap": 3.0,
        "assets.1.leverage_cap": 3.0,
    }


def test_times_multiplies_a_venue_s_own_value_where_it_has_one() -> None:
    venues = settings()["venues"]
    venues[1] |= {"liquidation": {"selling_pace": 8.0}}
    idea = one(
        ("venues.0.liquidation.selling_pace", Times(0.5)),
        ("venues.1.liquidation.selling_pace", Times(0.5)),
    )
    after = applied(small(venues=venues), idea)
    common = small().liquidation.selling_pace
    paces = [venue.liquidation and venue.liquidation.selling_pace for venue in after.venues]
    assert paces == [common / 2, 4.0, None]


def test_several_are_laid_over_each_other_in_order() -> None:
    both = laid_over(OCTOBER, ["no-adl", "pro-rata-adl", "bridges-open"])
    assert (both.adl.rank, both.plumbing.bridge_strain) == ("pro_rata", 0.0)
    assert laid_over(OCTOBER, []) == OCTOBER


def test_an_unknown_key_is_refused_with_those_there_are() -> None:
    with pytest.raises(ScenarioError) as refused:
        preset("no-such-idea")
    text = str(refused.value)
    assert "'no-such-idea'" in text
    assert all(idea.key in text for idea in PRESETS)
    assert "\n" not in text


@pytest.mark.parametrize("key", ["four-hold-95", "different-logic"])
def test_a_scenario_with_too_few_venues_is_refused_in_one_line(key: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        applied(small(), preset(key))
    text = str(refused.value)
    assert text.startswith(f"{key}: ")
    assert "venues" in text
    assert "\n" not in text


def test_what_a_scenario_does_not_allow_is_refused_by_the_preset_s_name() -> None:
    bold = [{"asset": "BTC", "venue": "A", "leverage": 20.0, "open_min": 1.0}]
    with pytest.raises(ScenarioError, match=r"leverage-capped: desk\[0\]\.leverage: 20 is above"):
        applied(small(desk=bold), preset("leverage-capped"))


def test_the_scenario_itself_stays_as_it_was() -> None:
    before = OCTOBER.model_dump_json()
    for idea in PRESETS:
        applied(OCTOBER, idea)
    assert OCTOBER.model_dump_json() == before
    assert from_settings(OCTOBER.model_dump(mode="json")) == OCTOBER
