"""Outages, circuit breakers, price bands and empty books: what waits, and what goes on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine import protection
from engine.market import moment_of
from engine.rules import rules_of
from engine.run import run
from engine.state import LONG
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still
from tests.engine.scenarios import small

CALM_CLOCK = {"fine_window_min": 0}
DROP = {"at_min": 2.0, "size_pct": -12.0, "ramp_min": 0.0}
"""The price falls by 12% in the third minute, everywhere."""


def venues(**own: Any) -> list[dict[str, Any]]:
    """The venues, the first of them with price protection of its own."""
    listed: list[dict[str, Any]] = still().model_dump(mode="json")["venues"]
    listed[A]["protection"] = own
    return listed


# ---------------------------------------------------------------- outages


def test_during_an_outage_nothing_is_traded_liquidated_or_deleveraged_there() -> None:
    halt = {"at_min": 22.0, "duration_min": 20.0, "venue": "A"}
    record = run(small(halts=[halt]))
    start, end = record.grid.start_s, record.grid.end_s
    out = (start < 42 * 60) & (end > 22 * 60)
    here = {name: record[name][out, 0, A] for name in ("volume_usd", "adl_usd", "price_usd")}
    assert not here["volume_usd"].any()
    assert not here["adl_usd"].any()
    assert (here["price_usd"] == here["price_usd"][0]).all()
    for side in ("liquidated_long_usd", "liquidated_short_usd"):
        assert not record[side][out, 0, A].any()
    assert (record["halted"][:, 0, A].all(axis=-1) == out).all()


def test_other_venues_go_on_and_what_is_due_is_taken_over_afterwards() -> None:
    halt = {"at_min": 22.0, "duration_min": 20.0, "venue": "A"}
    record = run(small(halts=[halt]))
    out = (record.grid.start_s < 42 * 60) & (record.grid.end_s > 22 * 60)
    after = int(np.flatnonzero(out)[-1]) + 1
    assert record["liquidated_long_usd"][out, 0, B:].sum() > 1e7
    assert (record["volume_usd"][out, 0, B:] > 0).all()
    assert record["liquidated_long_usd"][after, 0, A].sum() > 1e6
    assert not record["halted"][:, 0, B:].any()


def test_an_outage_of_one_market_leaves_the_venues_others_open() -> None:
    halt = {"at_min": 2.0, "duration_min": 3.0, "venue": "B", "asset": "Small"}
    series, events = Emptied(still(halts=[halt])).play(8)
    expected = np.zeros((8, 3, 2))
    expected[2:5, B, SMALL] = 1
    np.testing.assert_array_equal(series["halted"][:, 0], expected)
    told = [(event.kind, event.time_s, event.venue, event.asset) for event in events]
    assert told == [("outage", 120, "B", "Small"), ("market_opens", 360, "B", "Small")]


def test_a_market_opens_again_at_the_depth_weighted_mean_of_the_open_ones() -> None:
    """B and C, with depth 0.3 and 0.2, stand at 80 and 90 when A comes back from 100."""
    halt = {"at_min": 0.0, "duration_min": 3.0, "venue": "A"}
    market = Emptied(still(halts=[halt]))
    market.play(2)
    market.price(80.0, venue=B)
    market.price(90.0, venue=C)
    series, events = market.play(2)
    log_price = np.log(series["price_usd"][:, 0, A, BIG])
    assert log_price[0] == pytest.approx(np.log(100))
    expected = (0.3 * np.log(80) + 0.2 * np.log(90)) / 0.5
    assert log_price[1] == pytest.approx(expected, abs=1e-4)
    jump = series["causes_log"][1, 0, BIG]
    assert jump.sum() == pytest.approx(0.5 * (expected - np.log(100)), abs=1e-4)
    (event,) = [event for event in events if event.asset == "Big"]
    assert event.kind == "market_opens"
    assert event.values["price_usd"] == pytest.approx(np.exp(expected), rel=1e-4)


def test_if_none_is_open_it_opens_where_news_and_value_buyers_would_have_taken_it() -> None:
    """Of a small dislocation d, 2^(−t/halflife) is left; news of 2% comes on top meanwhile."""
    halts = [{"at_min": 0.0, "duration_min": 180.0, "venue": name} for name in "ABC"]
    news = [{"at_min": 60.0, "size_pct": 2.0, "ramp_min": 0.0}]
    liquidity = {"dislocation_halflife_h": 1.0, "value_reach": 10.0}
    scenario = still(halts=halts, liquidity=liquidity, shocks=news, clock=CALM_CLOCK)
    market = Emptied(scenario)
    market.price(99.0)
    series, _ = market.play(181)
    assert series["price_usd"][179, 0, :, BIG] == pytest.approx(np.full(3, 99.0))
    left = np.log(99 / 100) * 2 ** (-181 / 60)
    opened = np.log(series["price_usd"][180, 0, :, BIG] / 102)
    assert opened == pytest.approx(np.full(3, left), rel=0.01)


def test_mark_prices_go_on_while_a_market_is_out() -> None:
    """The index falls to 0.2·100 + 0.8·88; the basis b is averaged over 30 s, so that after a
    minute the mark is index · e^(b·(1 − e^−2))."""
    halt = {"at_min": 1.0, "duration_min": 30.0, "venue": "C"}
    market = Emptied(still(halts=[halt], shocks=[DROP], clock=CALM_CLOCK))
    series, _ = market.play(10)
    assert series["price_usd"][-1, 0, C, BIG] == pytest.approx(100)
    index = 0.2 * 100 + 0.8 * 88
    mark = index * (100 / index) ** (1 - np.exp(-2))
    assert series["mark_usd"][2, 0, C, BIG] == pytest.approx(mark, rel=1e-4)


# ---------------------------------------------------------------- circuit breakers


def test_a_breaker_halts_beyond_its_limit_for_its_time_and_not_below() -> None:
    """|p − average| > ln(1 + limit): after a fall by 12%, 0.128, a limit of 13% lets it pass."""
    for limit, halted in ((10.0, 5), (13.0, 5), (14.0, 0)):
        rule = {"breaker_pct": limit, "halt_min": 5.0, "breaker_window_min": 1_440.0}
        market = Emptied(still(venues=venues(**rule), shocks=[DROP], clock=CALM_CLOCK))
        series, events = market.play(20)
        expected = np.zeros(20)
        expected[3 : 3 + halted] = 1
        assert series["halted"][:, 0, A, BIG].tolist() == expected.tolist(), limit
        assert not series["halted"][:, 0, B:].any()
        told = [event for event in events if event.kind == "market_halted"]
        assert len(told) == (2 if halted else 0)
        for event in told:
            assert event.because[0] == "move_log"
            assert event.because[1] > event.because[4] == pytest.approx(np.log1p(limit / 100))
            assert event.values == {"halt_min": 5.0}


def test_a_breaker_looks_at_the_average_over_its_window() -> None:
    """A fall by 12% spread over an hour never is 10% from its average over five minutes."""
    slow = DROP | {"ramp_min": 60.0}
    rule = {"breaker_pct": 10.0, "breaker_window_min": 5.0}
    market = Emptied(still(protection=rule, shocks=[slow], clock=CALM_CLOCK))
    series, _ = market.play(90)
    assert not series["halted"].any()
    market = Emptied(still(protection=rule, shocks=[DROP], clock=CALM_CLOCK))
    series, _ = market.play(90)
    assert series["halted"].any()


def test_while_a_market_is_halted_orders_wait_and_liquidation_goes_on() -> None:
    rule = {"breaker_pct": 10.0, "halt_min": 5.0, "breaker_window_min": 60.0}
    late = Holder(100.0, equity_usd=1_260.0)  # due below about 88.3
    market = Emptied(
        still(venues=venues(**rule), shocks=[DROP], clock=CALM_CLOCK, adl={"rank": "none"}), late
    )
    series, _ = market.play(12)
    taken = series["liquidated_long_usd"][:, 0, A, BIG]
    assert np.flatnonzero(taken).tolist() == [2]
    market = Emptied(
        still(venues=venues(**rule), shocks=[DROP], clock=CALM_CLOCK, adl={"rank": "none"})
    )
    market.play(3)
    market.give_engine(100.0, 88.0)
    series, _ = market.play(9)
    held = series["inventory_usd"][:, 0, A, BIG]
    assert held[:5] == pytest.approx(np.full(5, 8_800), rel=1e-3)
    assert held[5] == 0
    assert not series["volume_usd"][:5, 0, A, BIG].any()


def test_who_falls_below_maintenance_during_a_breakers_halt_is_taken_over_at_once() -> None:
    """The halted price stands still at 88; the mark follows the others' 80 as far as 87.45."""
    rule = {"breaker_pct": 10.0, "halt_min": 30.0, "breaker_window_min": 60.0}
    holder = Holder(100.0, equity_usd=1_330.0)  # due below 86.7/0.99 = 87.58
    market = Emptied(still(venues=venues(**rule), shocks=[DROP], clock=CALM_CLOCK), holder)
    market.play(4)
    market.price(80.0, venue=B)
    market.price(80.0, venue=C)
    series, _ = market.play(5)
    assert series["halted"][:, 0, A, BIG].all()
    assert series["price_usd"][-1, 0, A, BIG] == pytest.approx(88, rel=1e-3)
    assert series["liquidated_long_usd"][:, 0, A, BIG].sum() > 0


def test_a_market_that_opens_after_a_halt_is_not_halted_for_the_same_move_again() -> None:
    rule = {"breaker_pct": 10.0, "halt_min": 1.0, "breaker_window_min": 1_440.0}
    market = Emptied(still(venues=venues(**rule), shocks=[DROP], clock=CALM_CLOCK))
    series, _ = market.play(30)
    assert series["halted"][:, 0, A, BIG].sum() == 1


# ---------------------------------------------------------------- bands


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_orders_never_carry_a_price_out_of_its_band(side: float) -> None:
    """|p − index| ≤ ln(1 + band), index as of the step's beginning; the rest waits."""
    rule = {"band_pct": 1.0}
    market = Emptied(still(venues=venues(**rule), liquidation={"selling_pace": 1_000.0}))
    market.give_engine(side * 2e6, 100.0)
    market.give_engine(side * 2e6, 100.0, venue=B)
    before = market.state.engine_qty[0, A, BIG].sum()
    start = np.full(3, np.log(100))
    series, _ = market.play(6)
    paths = np.concatenate([start[None], np.log(series["price_usd"][:, 0, :, BIG])])
    weights = np.array([0.5, 0.3, 0.2])
    for earlier, later in pairwise(paths):
        index = np.log(np.exp(earlier) @ weights)
        assert abs(later[A] - index) <= np.log(1.01) + 1e-12
    assert abs(paths[-1, B] - start[B]) > np.log(1.05)  # without a band it runs on
    assert 0 < abs(market.state.engine_qty[0, A, BIG].sum()) < abs(before)


def test_within_band_as_a_formula() -> None:
    """Share of the orders filled: room to the band's edge ÷ move; inward orders are free."""
    rules = rules_of(still(protection={"band_pct": 100 * np.expm1(0.1)}))
    for quoted, move, share in (
        (0.0, -0.05, 1.0),
        (0.0, -0.4, 0.25),
        (0.05, 0.1, 0.5),
        (-0.3, -0.1, 0.0),
        (-0.3, 0.1, 1.0),
        (-0.3, 0.8, 0.5),
        (0.0, 0.0, 1.0),
    ):
        place = np.full((1, 3, 2), quoted), np.full((1, 3, 2), move), np.zeros((1, 1, 2))
        found = protection.within_band(*place, rules)
        assert found == pytest.approx(np.full((1, 3, 2), share)), (quoted, move)


def test_without_a_band_everything_is_filled() -> None:
    rules = rules_of(still())
    assert not rules.banded
    place = np.zeros((1, 3, 2)), np.full((1, 3, 2), -5.0), np.zeros((1, 1, 2))
    assert (protection.within_band(*place, rules) == 1).all()


# ---------------------------------------------------------------- empty books


def test_an_empty_book_halts_its_market_until_depth_is_back_and_both_are_told() -> None:
    """Less than a thousandth of calm depth is none."""
    scenario = still(liquidity={"depth_floor": 0.0, "return_min": 60.0})
    market = Emptied(scenario)
    market.play(1)
    market.state.depth_share[0, B, BIG] = 0.5e-3
    series, events = market.play(6)
    assert series["halted"][:, 0, B, BIG].tolist() == [1, 0, 0, 0, 0, 0]
    assert series["halted"].sum() == 1
    opens = [event for event in events if event.kind == "market_opens"]
    assert [(event.venue, event.asset, event.step) for event in opens] == [("B", "Big", 2)]


def test_an_empty_book_is_told_with_the_depth_that_is_left() -> None:
    scenario = still(liquidity={"depth_floor": 0.0, "withdrawal_exponent": 4.0, "fall_min": 0.05})
    market = Emptied(scenario)
    market.state.unrest[:] = 1e6
    series, events = market.play(3)
    told = [event for event in events if event.kind == "book_empty"]
    assert {(event.venue, event.asset) for event in told} == {
        (venue, asset) for venue in "ABC" for asset in ("Big", "Small")
    }
    for event in told:
        left, depth, relation, right, limit = event.because
        assert (left, relation, right, limit) == ("depth_share", "<", "empty_book", 1e-3)
        assert 0 <= depth < 1e-3
        assert series["halted"][event.step].all()


def test_where_there_is_no_depth_at_all_orders_wait_and_prices_stay() -> None:
    market = Emptied(still(liquidity={"depth_floor": 0.0}))
    market.give_engine(1_000.0, 90.0)
    market.state.depth_share[:] = 0.0
    series, _ = market.play(1)
    assert series["price_usd"][0, 0, :, BIG] == pytest.approx(np.full(3, 100))
    assert not series["volume_usd"].any()
    assert market.state.engine_qty[0, A, BIG, LONG] == 1_000


# ---------------------------------------------------------------- when nothing is halted


def test_nothing_is_looked_at_where_nothing_can_be_halted() -> None:
    market = Emptied(still())
    assert not market.constants.guarded
    assert moment_of(market.state, market.constants, 0.0, 60.0).trading is None


def test_protection_without_cause_changes_nothing() -> None:
    """A breaker and a band so wide that nothing reaches them."""
    wide = {"breaker_pct": 90.0, "band_pct": 90.0, "breaker_window_min": 0.1}
    plain, guarded = run(small()), run(small(protection=wide))
    np.testing.assert_array_equal(plain["halted"], guarded["halted"])
    np.testing.assert_allclose(plain["price_usd"], guarded["price_usd"], rtol=1e-9)


def test_a_halt_in_one_world_changes_no_bit_in_another() -> None:
    rule = {"breaker_pct": 6.0, "halt_min": 2.0}
    alone, both = run(small(protection=rule)), run(small(protection=rule), worlds=2)
    here, there = (both["halted"][:, world].any(axis=(1, 2)) for world in (0, 1))
    assert (there & ~here).any()
    for name in ("price_usd", "mark_usd", "arb_coins_usd", "fund_usd", "volume_usd"):
        np.testing.assert_array_equal(alone[name][:, 0], both[name][:, 0], err_msg=name)
