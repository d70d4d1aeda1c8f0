"""The same scenario and seed give the same numbers, however they are computed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.clock import grid
from engine.news import News
from engine.run import Simulation, run, stretches
from engine.scenario_file import from_settings, with_setting
from tests.engine.scenarios import settings, small

POST = {"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0}


def test_same_seed_same_numbers_other_seed_others() -> None:
    first, again, other = run(small()), run(small()), run(small(seed=4))
    np.testing.assert_array_equal(first["price_usd"], again["price_usd"])
    np.testing.assert_array_equal(first["fund_usd"], again["fund_usd"])
    assert first.events == again.events
    assert not np.array_equal(first["price_usd"], other["price_usd"])


def test_a_world_is_the_same_whatever_is_computed_beside_it_and_worlds_differ() -> None:
    alone, together = run(small()), run(small(), worlds=3)
    for name in ("price_usd", "adl_usd", "open_interest_usd", "cascade_number"):
        np.testing.assert_array_equal(alone[name][:, 0], together[name][:, 0])
    assert not np.array_equal(together["price_usd"][:, 0], together["price_usd"][:, 1])
    assert not np.array_equal(together["price_usd"][:, 1], together["price_usd"][:, 2])


def test_how_a_run_is_cut_into_stretches_changes_nothing() -> None:
    whole = Simulation(small())
    expected = whole.advance(len(whole.grid)).series["price_usd"]
    found = [stretch.series["price_usd"] for stretch in stretches(small(), target_seconds=1e-3)]
    assert len(found) > 5
    np.testing.assert_array_equal(np.concatenate(found), expected)


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
    np.testing.assert_allclose(with_it["price_usd"], without["price_usd"], rtol=1e-6)
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


def test_news_has_the_volatility_and_correlation_it_is_set_to() -> None:
    base = settings(shocks=[], clock={"duration_min": 20_000})
    scenario = from_settings(base | {"news": {"correlation": 0.6}})
    times = grid(scenario)
    changes = News(scenario, times, 8).changes(0, len(times)).reshape(-1, 2)
    per_year = changes.std(axis=0) * np.sqrt(365.25 * 24 * 60)
    assert per_year == pytest.approx([0.5, 1.2], rel=0.02)
    assert np.corrcoef(changes.T)[0, 1] == pytest.approx(0.6, abs=0.02)
