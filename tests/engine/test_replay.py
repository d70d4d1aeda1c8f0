"""Going on from a keyframe gives bit for bit what the straight run gives."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from engine.clock import MINUTE_S
from engine.record import SERIES, Run
from engine.replay import Replay, agree_until_s
from engine.run import Simulation, run
from engine.scenario import Scenario
from tests.engine.random_scenarios import DURATION_MIN, random_markets, scenarios
from tests.engine.scenarios import every_position, everything, small

POST = {"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0}
LATER = {"at_min": 70.5, "size_pct": -5.0}
LONG = {"asset": "BTC", "venue": "A", "side": "long", "notional_usd": 5_000.0, "open_min": 10.0}
SHORT = {"asset": "Small", "venue": "A", "side": "short", "leverage": 5.0, "open_min": 66.0}
HALT = {"at_min": 80.0, "duration_min": 3.0, "venue": "B"}
MONEY = {"at_min": 50.0, "amount_usd": 1e6}
RANK = {"at_min": 60.0, "path": "adl.rank", "value": "pro_rata"}
GROWN = {"at_min": 40.0, "notional_usd": 8_000.0}


def replayed(replay: Replay, scenario: Scenario, before: Run | None) -> tuple[Run, int]:
    """Play a scenario as the window does; return its record and where it went on from."""
    stretches = replay.stretches(scenario, before.computed if before else 0, target_seconds=0.01)
    first = next(stretches)
    record = Run(scenario)
    if before:
        record.begin_with(before, first.first_step)
    record.append(first)
    for stretch in stretches:
        record.append(stretch)
    return record, first.first_step


def assert_same(found: Run, expected: Run) -> None:
    for name in SERIES:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert found.events == expected.events
    for ours, theirs in ((found.adl, expected.adl), (found.maps, expected.maps)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            for mine, its in zip(astuple(one), astuple(other), strict=True):
                np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize(
    ("change", "from_min"),
    [
        ({"shocks": [POST, LATER]}, 70),
        ({"desk": [LONG, SHORT]}, 66),
        ({"desk": [{**LONG, "close_min": 90.0}]}, 90),
        ({"shocks": [POST, {"at_min": 77.0, "size_pct": -20.0, "ramp_min": 0.0}]}, 77),
        ({"shocks": [POST, POST]}, 20),
        ({"desk": [LONG, *[SHORT] * 9]}, 66),
        ({"halts": [{"at_min": 70.5, "venue": "A"}]}, 70),
        ({"rule_changes": [{"at_min": 71, "path": "protection.breaker_pct", "value": 1.0}]}, 71),
        ({"rule_changes": [{"at_min": 72, "path": "liquidity.depth_floor", "value": 0.0}]}, 72),
        ({"name": "Another name", "note": "and a note"}, 120),
    ],
    ids=[
        "a tariff",
        "a position more",
        "a position closed",
        "a tariff without a ramp",
        "the same tariff twice",
        "nine positions more",
        "an outage where none was",
        "circuit breakers switched on",
        "books that can run empty",
        "another name",
    ],
)
def test_a_change_to_the_future_costs_only_the_future(
    change: dict[str, Any], from_min: float
) -> None:
    replay = Replay()
    base = small(shocks=[POST], desk=[LONG])
    before, start = replayed(replay, base, None)
    assert start == 0
    other = small(**{"shocks": [POST], "desk": [LONG]} | change)
    after, start = replayed(replay, other, before)
    begun_s = after.grid.start_s[start]
    assert from_min * 60 - 45 * 60 < begun_s <= from_min * 60  # two keyframes' distance
    straight = run(other)
    assert_same(after, straight)
    played_on = straight["price_usd"][-1].tolist() != before["price_usd"][-1].tolist()
    assert played_on == ("name" not in change and "close_min" not in str(change))


# ------------------------------------------------------------------ with every rule on


def more(name: str, *actions: dict[str, Any]) -> dict[str, Any]:
    """The market with every rule on, with more of what happens at set times."""
    return {name: [*everything().model_dump(mode="json")[name], *actions]}


def rule(at_min: float, path: str, value: Any) -> dict[str, Any]:
    return more("rule_changes", {"at_min": at_min, "path": path, "value": value})


def desk(nth: int, **changes: Any) -> dict[str, Any]:
    """The desk of that market with one of its positions changed."""
    positions = every_position()
    positions[nth] = positions[nth] | changes
    return {"desk": positions}


def fewer(name: str, nth: int) -> dict[str, Any]:
    actions = everything().model_dump(mode="json")[name]
    return {name: actions[:nth] + actions[nth + 1 :]}


COINS = {"asset": "BTC", "venue": "A", "kind": "spot", "leverage": 1.0, "open_min": 45.0}
CROSSED = {"asset": "Small", "venue": "A", "margin": "cross", "open_min": 44.0}
HEDGED = {"asset": "BTC", "venue": "B", "side": "short", "margin": "cross", "open_min": 46.0}

TIMED: dict[str, tuple[dict[str, Any], float]] = {
    "a tariff": (more("shocks", {"at_min": 42.0, "size_pct": -5.0, "recovery_share": 0.5}), 42),
    "a venue's outage": (more("halts", {"at_min": 41.5, "venue": "B"}), 41),
    "a market's outage": (more("halts", {"at_min": 43, "venue": "C", "asset": "BTC"}), 43),
    "an outage less": (fewer("halts", 1), 30),
    "money for all funds": (more("top_ups", {"at_min": 44.0, "amount_usd": 1e8}), 44),
    "money less": (fewer("top_ups", 1), 40),
    "another ladder": (rule(25.0, "liquidation.ladder", "staged"), 25),
    "another rank": (rule(39.2, "adl.rank", "pro_rata"), 39),
    "another fill": (rule(38.0, "adl.fill", "mark"), 38),
    "another scope": (rule(43.0, "insurance.scope", "contract"), 43),
    "a venue's breaker": (rule(42.0, "venues.1.protection.breaker_pct", 0.5), 42),
    "a venue's breaker switched off": (rule(46.0, "venues.0.protection.breaker_pct", 0.0), 46),
    "a venue's mark price": (rule(42.0, "venues.2.marking.rule", "median"), 42),
    "another interval": (rule(42.0, "funding.interval_h", 4), 42),
    "other people": (rule(42.0, "behaviour.stops_per_h", 3.0), 42),
    "working bridges": (rule(42.0, "plumbing.bridge_strain", 0.0), 42),
    "a rule change less": (fewer("rule_changes", 3), 50),
    "a position more": ({"desk": [*every_position(), {**SHORT, "open_min": 41.0}]}, 41),
    "coins more": ({"desk": [*every_position(), COINS]}, 45),
    "a first position on cross margin": ({"desk": [*every_position(), CROSSED]}, 44),
    "a position closed": (desk(5, close_min=48.0), 48),
    "a position changed": (desk(4, changes=[{"at_min": 58.5, "notional_usd": 3e5}]), 58.5),
    "collateral added": (desk(4, changes=[{"at_min": 58.0, "add_collateral_usd": 9e4}]), 58),
    "a position opened elsewhere": (desk(4, venue="A", open_min=57.0), 50),
}


@pytest.fixture(scope="module")
def kept() -> tuple[Replay, Run]:
    """A replay that has played the market with every rule on, and what it recorded."""
    replay = Replay()
    record, _ = replayed(replay, everything(), None)
    return replay, record


def copy_of(replay: Replay) -> Replay:
    """A replay that knows as much; keyframes are never played themselves."""
    copied = Replay()
    copied._scenario, copied._keyframes = replay._scenario, list(replay._keyframes)
    return copied


@pytest.mark.parametrize("name", TIMED)
def test_every_kind_of_timed_action_costs_only_the_future(
    name: str, kept: tuple[Replay, Run]
) -> None:
    replay, before = kept
    change, from_min = TIMED[name]
    other = everything(**change)
    assert agree_until_s(before.scenario, other) == from_min * 60
    after, start = replayed(copy_of(replay), other, before)
    assert 10 * 60 < after.grid.start_s[start] <= from_min * 60
    straight = run(other)
    assert_same(after, straight)
    recorded = ("price_usd", "fund_usd", "desk_pnl_usd", "bad_debt_usd", "funding_rate")
    width = min(len(other.desk), len(before.scenario.desk))
    assert any(
        not np.array_equal(straight[each][-1:, ..., :width], before[each][-1:, ..., :width])
        for each in recorded
    )


def test_a_hedge_declared_later_is_none_before() -> None:
    """Of an account on cross margin ADL hits one position before the hedge is opened."""
    first = {"asset": "Small", "venue": "B", "side": "short", "margin": "cross", "open_min": 2.0}
    replay = Replay()
    before, _ = replayed(replay, everything(desk=[first]), None)
    other = everything(desk=[first, {**COINS, "open_min": 40.0}, {**HEDGED, "hedged": True}])
    after, start = replayed(replay, other, before)
    assert start > 100
    assert_same(after, run(other))
    hits = [event.step for event in after.events if event.kind == "desk_adl"]
    assert 0 < min(hits) < start


def test_changes_follow_each_other() -> None:
    replay = Replay()
    record = None
    for scenario in (
        small(shocks=[POST]),
        small(shocks=[POST, LATER]),
        small(shocks=[POST, LATER], desk=[SHORT]),
        small(shocks=[POST], desk=[SHORT], halts=[{"at_min": 75.0, "venue": "A"}]),
        small(shocks=[POST], top_ups=[MONEY], halts=[HALT]),
    ):
        record, _ = replayed(replay, scenario, record)
        assert_same(record, run(scenario))


def test_a_position_moved_to_another_venue_before_it_is_opened() -> None:
    late = {**LONG, "open_min": 100.0}
    base = small(desk=[late, {**LONG, "venue": "B"}])
    moved = small(desk=[{**late, "venue": "B"}, {**LONG, "venue": "B"}])
    replay = Replay()
    before, _ = replayed(replay, base, None)
    after, start = replayed(replay, moved, before)
    assert start > 0
    assert_same(after, run(moved))


@random_markets(40)
@given(scenarios())
def test_going_on_in_the_middle_of_any_market_is_the_straight_run(scenario: Scenario) -> None:
    """The first half is played of a market where nothing is going to happen in the second."""
    middle_min = DURATION_MIN / 2
    timed = {
        name: tuple(each for each in getattr(scenario, name) if each.at_min < middle_min)
        for name in ("halts", "top_ups", "rule_changes")
    }
    held = {"close_min": None, "changes": ()}
    desk = tuple(position.model_copy(update=held) for position in scenario.desk)
    simulation = Simulation(scenario.model_copy(update={**timed, "desk": desk}))
    first = simulation.advance(simulation.grid.step_at(middle_min * MINUTE_S))
    again = Simulation(scenario, keyframe=simulation.keyframe())
    rest = again.advance(len(again.grid))
    straight = Simulation(scenario).advance(len(again.grid))
    for name, values in straight.series.items():
        both = np.concatenate([first.series[name], rest.series[name]])
        np.testing.assert_array_equal(both, values, err_msg=name)
    assert (*first.events, *rest.events) == straight.events


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"shocks": [{**POST, "at_min": 0.5}]},
        {"halts": [{"at_min": 0.9, "venue": "A"}]},
        {"funding": {"interval_h": 2}},
    ],
)
def test_a_change_to_the_past_or_to_a_rule_begins_at_the_start(
    change: dict[str, Any], kept: tuple[Replay, Run]
) -> None:
    replay, before = kept
    stretches = copy_of(replay).stretches(everything(**change), before.computed)
    assert next(stretches).first_step == 0


def test_no_keyframe_is_used_beyond_what_the_caller_knows() -> None:
    replay = Replay()
    base = small(shocks=[POST])
    record = Run(base)
    for stretch in replay.stretches(base, 0, target_seconds=0.01):
        record.append(stretch)
    other = small(shocks=[POST, {**LATER, "at_min": 110.0}])
    first = next(replay.stretches(other, 100))
    assert first.first_step <= 100


def test_when_scenarios_part() -> None:
    base = small(shocks=[POST], desk=[LONG])
    assert agree_until_s(base, base) == np.inf
    assert agree_until_s(base, small(shocks=[POST, LATER], desk=[LONG])) == 70 * 60
    assert agree_until_s(base, small(shocks=[POST], desk=[])) == 600
    assert agree_until_s(base, small(shocks=[POST], desk=[LONG, SHORT])) == 66 * 60
    assert agree_until_s(base, small(shocks=[], desk=[LONG])) == 20 * 60
    assert agree_until_s(base, small(shocks=[POST], desk=[LONG], news={"correlation": 0.1})) == 0


@pytest.mark.parametrize(
    ("one", "other", "from_min"),
    [
        ({"halts": [HALT]}, {}, 80),
        ({"halts": [HALT]}, {"halts": [{**HALT, "duration_min": 5.0}]}, 80),
        (
            {"halts": [HALT, {**HALT, "at_min": 3.0}]},
            {"halts": [{**HALT, "at_min": 3.0}, HALT]},
            None,
        ),
        ({"top_ups": [MONEY]}, {"top_ups": [{**MONEY, "at_min": 33.3}]}, 33),
        ({"top_ups": [MONEY]}, {"top_ups": [MONEY, MONEY]}, 50),
        ({"rule_changes": [RANK]}, {"rule_changes": [{**RANK, "value": "none"}]}, 60),
        ({"desk": [LONG]}, {"desk": [{**LONG, "open_min": 9.5}]}, 9.5),
        ({"desk": [LONG]}, {"desk": [{**LONG, "margin": "cross"}]}, 10),
        ({"desk": [LONG]}, {"desk": [{**LONG, "changes": [GROWN]}]}, 40),
        (
            {"desk": [{**LONG, "changes": [GROWN]}]},
            {"desk": [{**LONG, "changes": [GROWN, {**GROWN, "at_min": 41.0}]}]},
            41,
        ),
        (
            {"desk": [{**LONG, "changes": [GROWN]}]},
            {"desk": [{**LONG, "changes": [{**GROWN, "add_collateral_usd": 1.0}]}]},
            40,
        ),
        ({"desk": [{**LONG, "close_min": 70.0}]}, {"desk": [{**LONG, "close_min": 65.0}]}, 65),
        (
            {"desk": [{**LONG, "close_min": 70.0, "changes": [GROWN]}]},
            {"desk": [{**LONG, "close_min": 65.0}]},
            40,
        ),
        ({"desk": [SHORT, LONG]}, {"desk": [LONG]}, 10),
    ],
)
def test_timed_actions_part_scenarios_when_they_happen(
    one: dict[str, Any], other: dict[str, Any], from_min: float | None
) -> None:
    expected = np.inf if from_min is None else from_min * 60
    assert agree_until_s(small(**one), small(**other)) == expected
    assert agree_until_s(small(**other), small(**one)) == expected


def test_a_keyframe_is_not_changed_by_playing_on() -> None:
    simulation = Simulation(everything(), worlds=2)
    simulation.advance(100)
    frame = simulation.keyframe()
    first = Simulation(everything(), 2, keyframe=frame).advance(90)
    simulation.advance(90)
    again = Simulation(everything(), 2, keyframe=frame).advance(90)
    for name, values in first.series.items():
        np.testing.assert_array_equal(values, again.series[name], err_msg=name)
    assert first.events == again.events
