"""A rule that changes while the market runs is told, each one at its time."""

from scenarios import small

from engine.replay import Replay
from engine.run import run

CHANGES = [
    {"at_min": 31.5, "path": "venues.1.adl.rank", "value": "pro_rata"},
    {"at_min": 6.0, "path": "liquidity.depth_floor", "value": 0.2},
    {"at_min": 31.5, "path": "adl.rank", "value": "none"},
]


def told(events):
    return [
        (event.time_s / 60, event.values["path"], event.values["value"])
        for event in events
        if event.kind == "rule_changed"
    ]


def test_every_change_is_told_once_with_what_and_to_which_value():
    expected = [
        (6.0, "liquidity.depth_floor", 0.2),
        (31.5, "venues.1.adl.rank", "pro_rata"),
        (31.5, "adl.rank", "none"),
    ]
    assert told(run(small(rule_changes=CHANGES)).events) == expected


def test_worlds_are_each_told():
    record = run(small(rule_changes=CHANGES[:1]), worlds=3)
    assert [e.world for e in record.events if e.kind == "rule_changed"] == [0, 1, 2]


def test_a_change_entered_later_is_told_when_the_run_goes_on_from_before():
    replay = Replay()
    first = replay.stretches(small(), 0)
    steps = sum(stretch.steps for stretch in first)
    again = list(replay.stretches(small(rule_changes=CHANGES[:1]), steps))
    assert again[0].first_step > 0
    events = [event for stretch in again for event in stretch.events]
    assert told(events) == [(31.5, "venues.1.adl.rank", "pro_rata")]


def test_what_is_set_for_one_step_is_told_in_order_of_time():
    halt = {"at_min": 5.2, "venue": "A"}
    top_up = {"at_min": 5.1}
    rule = {"at_min": 5.05, "path": "adl.rank", "value": "none"}
    record = run(small(halts=[halt], top_ups=[top_up], rule_changes=[rule]))
    kinds = ("outage", "top_up", "rule_changed")
    told_kinds = [event.kind for event in record.events if event.kind in kinds]
    assert told_kinds == ["rule_changed", "top_up", "outage"]
    times_s = [event.time_s for event in record.events]
    assert times_s == sorted(times_s)
