"""The same scenario and seed give the same numbers, however they are computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from engine.clock import grid
from engine.ledgers import adl_ledger, ledger_columns
from engine.news import News
from engine.record import SERIES, Run
from engine.run import Simulation, run, stretches
from engine.scenario import Scenario
from engine.scenario_file import from_settings, with_setting
from tests.engine.random_scenarios import random_markets, scenarios
from tests.engine.scenarios import everything, settings, small

POST = {"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0}


def test_same_seed_same_numbers_other_seed_others() -> None:
    first, again, other = (run(everything(seed=seed)) for seed in (3, 3, 4))
    assert_world_same(first, again, 0)
    assert not np.array_equal(first["price_usd"], other["price_usd"])


def assert_world_same(one: Run, other: Run, world: int) -> None:
    """Compare all that two runs recorded of a world, bit for bit."""
    for name in SERIES:
        np.testing.assert_array_equal(one[name][:, world], other[name][:, world], err_msg=name)
    told, told_too = ([e for e in each.events if e.world == world] for each in (one, other))
    assert told == told_too
    hits, hits_too = (adl_ledger(each, world) for each in (one, other))
    for column in ledger_columns():
        np.testing.assert_array_equal(getattr(hits, column), getattr(hits_too, column))
    assert [each.step for each in one.maps] == [each.step for each in other.maps]
    for mine, its in zip(one.maps, other.maps, strict=True):
        np.testing.assert_array_equal(mine.notional_usd[world], its.notional_usd[world])
        assert (mine.by_leverage_usd is None) == (its.by_leverage_usd is None)
        if mine.by_leverage_usd is not None:
            np.testing.assert_array_equal(mine.by_leverage_usd[world], its.by_leverage_usd[world])


def test_a_world_is_the_same_whatever_is_computed_beside_it_and_worlds_differ() -> None:
    crowd = {"accounts": 6_000, "people": 50_000, "turnover_per_day": 2.0, "cross_share": 0.4}
    alone, two, three = (run(everything(crowd=crowd), worlds) for worlds in (1, 2, 3))
    for together in (two, three):
        assert_world_same(alone, together, 0)
    assert_world_same(two, three, 1)
    price = three["price_usd"]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not np.array_equal(price[:, one], price[:, other])


@random_markets(40)
@given(scenarios())
def test_so_it_is_in_any_market(scenario: Scenario) -> None:
    assert_world_same(run(scenario), run(scenario, worlds=2), 0)


def test_how_a_run_is_cut_into_stretches_changes_nothing() -> None:
    whole = Simulation(everything())
    expected = whole.advance(len(whole.grid))
    found = list(stretches(everything(), target_seconds=1e-3))
    assert len(found) > 5
    for name, values in expected.series.items():
        parts = [stretch.series[name] for stretch in found]
        np.testing.assert_array_equal(np.concatenate(parts), values, err_msg=name)
    assert [event for stretch in found for event in stretch.events] == list(expected.events)


def test_a_shock_added_later_leaves_the_past_as_it_was() -> None:
    before = run(small(shocks=[POST]))
    after = run(small(shocks=[POST, {"at_min": 80.5, "size_pct": -5.0}]))
    step = after.grid.step_at(80 * 60.0)
    np.testing.assert_array_equal(after.grid.end_s[:step], before.grid.end_s[:step])
    np.testing.assert_array_equal(after["price_usd"][:step], before["price_usd"][:step])
    assert not np.array_equal(after["price_usd"][-1], before["price_usd"][-1])


def test_a_position_of_ones_own_changes_nobody_elses_luck() -> None:
    """A small position at minute 60: news and everybody's accounts stay the same."""
    position = {
        "asset": "BTC",
        "venue": "B",
        "side": "long",
        "notional_usd": 10.0,
        "leverage": 2.0,
        "open_min": 60.0,
    }
    without, with_it = run(small(shocks=[])), run(small(shocks=[], desk=[position]))
    np.testing.assert_array_equal(without["log_fundamental"], with_it["log_fundamental"])
    np.testing.assert_allclose(with_it["price_usd"], without["price_usd"], rtol=1e-5)
    assert with_it["desk_qty"][-1, 0, 0] > 0


@pytest.mark.parametrize("fine_step_s", [5, 15, 60])
def test_a_finer_grid_sees_the_same_news_minute_by_minute(fine_step_s: int) -> None:
    clock = {"duration_min": 120, "fine_step_s": fine_step_s, "fine_window_min": 40}
    scenario = small(clock=clock)
    coarse = small(clock={"duration_min": 120, "fine_step_s": 60, "fine_window_min": 40})

    def minutes(which) -> np.ndarray:
        times = grid(which)
        path = News(which, times, 2).changes(0, len(times)).cumsum(axis=0)
        return path[(times.end_s % 60 == 0)]

    np.testing.assert_allclose(minutes(scenario), minutes(coarse), atol=2e-3)
    calm = small(shocks=[{"at_min": 20.0, "size_pct": 0.0, "volatility_multiplier": 1.0}])
    calm = with_setting(calm, "clock.fine_step_s", str(fine_step_s))
    still = with_setting(calm, "clock.fine_step_s", "60")
    np.testing.assert_allclose(minutes(calm), minutes(still), atol=1e-12)


@pytest.mark.parametrize("clustering", [0.0, 0.35])
def test_news_has_the_volatility_and_correlation_it_is_set_to(clustering: float) -> None:
    news = {"correlation": 0.6, "clustering": clustering, "clustering_days": 0.2}
    base = settings(shocks=[], clock={"duration_min": 20_000}, news=news)
    scenario = from_settings(base)
    times = grid(scenario)
    changes = News(scenario, times, 16).changes(0, len(times)).reshape(-1, 2)
    per_year = changes.std(axis=0) * np.sqrt(365.25 * 24 * 60)
    assert per_year == pytest.approx([0.5, 1.2], rel=0.02)
    assert np.corrcoef(changes.T)[0, 1] == pytest.approx(0.6, abs=0.02)
