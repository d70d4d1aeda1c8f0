"""Going on from a keyframe gives bit for bit what the straight run gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.record import SERIES, Run
from engine.replay import Replay, agree_until_s
from engine.run import Simulation, run
from engine.scenario import Scenario
from tests.engine.scenarios import small

POST = {"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0}
LATER = {"at_min": 70.5, "size_pct": -5.0}
LONG = {"asset": "BTC", "venue": "A", "side": "long", "notional_usd": 5_000.0, "open_min": 10.0}
SHORT = {"asset": "Small", "venue": "A", "side": "short", "leverage": 5.0, "open_min": 66.0}


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


@pytest.mark.parametrize(
    ("change", "from_min"),
    [
        ({"shocks": [POST, LATER]}, 70),
        ({"desk": [LONG, SHORT]}, 66),
        ({"desk": [{**LONG, "close_min": 90.0}]}, 90),
        ({"shocks": [POST, {"at_min": 77.0, "size_pct": -20.0, "ramp_min": 0.0}]}, 77),
        ({"shocks": [POST, POST]}, 20),
        ({"desk": [LONG, *[SHORT] * 9]}, 66),
        ({"name": "Another name", "note": "and a note"}, 120),
    ],
    ids=[
        "a tariff",
        "a position more",
        "a position closed",
        "a tariff without a ramp",
        "the same tariff twice",
        "nine positions more",
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
    assert_same(after, run(other))


def test_changes_follow_each_other() -> None:
    replay = Replay()
    record = None
    for scenario in (
        small(shocks=[POST]),
        small(shocks=[POST, LATER]),
        small(shocks=[POST, LATER], desk=[SHORT]),
        small(shocks=[POST], desk=[SHORT]),
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


def test_a_change_to_the_past_or_to_a_rule_begins_at_the_start() -> None:
    replay = Replay()
    before, _ = replayed(replay, small(shocks=[POST]), None)
    for other in (small(shocks=[POST], seed=4), small(shocks=[{**POST, "at_min": 0.5}])):
        _, start = replayed(replay, other, before)
        assert start == 0
        before, _ = replayed(replay, small(shocks=[POST]), before)


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


def test_a_keyframe_is_not_changed_by_playing_on() -> None:
    simulation = Simulation(small())
    simulation.advance(50)
    frame = simulation.keyframe()
    first = Simulation(small(), keyframe=frame).advance(200).series["price_usd"]
    simulation.advance(200)
    again = Simulation(small(), keyframe=frame).advance(200).series["price_usd"]
    np.testing.assert_array_equal(first, again)
