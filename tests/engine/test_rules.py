"""The rules in force: everybody's, or each venue's own, and as they change over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.rules import LADDERS, TRIGGERS, fund_start_usd, rules_of
from engine.run import Simulation
from tests.engine.emptied import BIG, A, B, C, Emptied, Holder, still


def with_own(venue: int, **parts: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = still().model_dump(mode="json")["venues"]
    listed[venue] |= parts
    return listed


def test_a_venue_without_rules_of_its_own_has_everybodys() -> None:
    scenario = still(
        liquidation={"fee_pct": 0.7, "ladder": "staged"},
        adl={"rank": "binance", "trigger": "fund_empty", "fill": "mark"},
        marking={"rule": "last", "window_s": 45.0},
        protection={"band_pct": 5.0, "halt_min": 3.0},
    )
    rules = rules_of(scenario)
    assert rules.fee.tolist() == pytest.approx([0.007] * 3)
    assert [LADDERS[n] for n in rules.ladder] == ["staged"] * 3
    assert rules.ranks == ("binance",) * 3
    assert [TRIGGERS[n] for n in rules.trigger.ravel()] == ["fund_empty"] * 3
    assert rules.at_mark.all()
    assert rules.last_only.all()
    assert rules.basis_window_s.ravel().tolist() == [45.0] * 3
    assert rules.band.ravel().tolist() == pytest.approx([np.log(1.05)] * 3)
    assert rules.halt_s.ravel().tolist() == [180.0] * 3


@pytest.mark.parametrize("venue", [A, B, C])
def test_a_venues_own_rules_are_its_alone(venue: int) -> None:
    own = {
        "liquidation": {"fee_pct": 2.0, "ladder": "lower_tier", "selling_pace": 1.0},
        "adl": {"rank": "pro_rata", "trigger_drawdown": 0.9, "stop_drawdown": 0.8},
        "marking": {"rule": "last"},
        "protection": {"breaker_pct": 10.0},
    }
    common, mixed = rules_of(still()), rules_of(still(venues=with_own(venue, **own)))
    others = [v for v in (A, B, C) if v != venue]
    for name in ("fee", "selling_pace", "ladder", "begin", "stop", "last_only", "breaker"):
        before, after = getattr(common, name), getattr(mixed, name)
        assert (before[others] == after[others]).all(), name
        assert (before[venue] != after[venue]).all(), name
    assert [mixed.ranks[v] for v in others] == [common.ranks[A]] * 2
    assert mixed.ranks[venue] == "pro_rata"


def test_limits_that_are_off_are_infinite() -> None:
    rules = rules_of(still())
    assert np.isinf(rules.band).all()
    assert np.isinf(rules.breaker).all()
    assert not rules.banded
    assert not rules.breaking
    one = rules_of(still(venues=with_own(C, protection={"band_pct": 5.0, "breaker_pct": 7.0})))
    assert one.banded
    assert one.breaking


def test_a_venue_may_have_a_larger_fund_than_the_others() -> None:
    """Share of the open interest of each contract there."""
    funds = fund_start_usd(still(insurance={"fund_pct": 0.4}, venues=with_own(B, fund_pct=2.0)))
    expected = [[200e3, 20e3], [600e3, 60e3], [80e3, 8e3]]
    np.testing.assert_allclose(funds, expected)


def test_the_fee_of_each_venue_is_taken_there() -> None:
    market = Emptied(
        still(venues=with_own(B, liquidation={"fee_pct": 0.1})),
        Holder(10.0, 100.0),
        Holder(10.0, 100.0, venue=B),
    )
    before = market.state.fund_usd.copy()
    market.price(90.8)
    assert market.take_over() is not None
    earned = (market.state.fund_usd - before)[0, :, BIG]
    assert earned == pytest.approx([0, 0.908, 0])


def test_a_rule_holds_from_the_step_of_its_time_on() -> None:
    """Changed at minute 2: the third step is the first with the new rule."""
    change = {"at_min": 2.0, "path": "marking.rule", "value": "last"}
    market = Emptied(still(rule_changes=[change], marking={"window_s": 36_000.0}))
    market.price(80.0, venue=A)
    market.state.log_basis[:] = 0.0
    series, _ = market.play(4)
    low = series["mark_usd"][:, 0, A, BIG] < 81
    assert low.tolist() == [False, False, True, True]


def test_a_change_of_one_venues_rule_begins_with_everybodys() -> None:
    change = {"at_min": 1.0, "path": "venues.1.adl.rank", "value": "pro_rata"}
    scenario = still(rule_changes=[change], adl={"trigger": "fund_empty"})
    simulation = Simulation(scenario)
    simulation.advance(1)
    assert simulation._constants.rules.ranks == ("pnl_times_leverage",) * 3
    simulation.advance(1)
    rules = simulation._constants.rules
    assert rules.ranks == ("pnl_times_leverage", "pro_rata", "pnl_times_leverage")
    assert [TRIGGERS[n] for n in rules.trigger.ravel()] == ["fund_empty"] * 3
