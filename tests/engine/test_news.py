"""News moves fundamental values as its formulae say, and the same way however it is computed."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from engine.arrays import Floats
from engine.clock import YEAR_S, grid
from engine.news import Clusters, News
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from tests.engine.scenarios import settings, small

HOURS_PER_DAY = 24


def clustered(clustering: float, days: float = 3.0, **changes: Any) -> Scenario:
    return small(news={"clustering": clustering, "clustering_days": days}, **changes)


def still(**changes: Any) -> Scenario:
    """A market whose fundamental values only move by shocks; sensitivities 1 and 2.5."""
    assets = [{**asset, "volatility_per_year": 0.0} for asset in settings()["assets"]]
    return small(assets=assets, **changes)


def changes_of(scenario: Scenario, worlds: int = 2) -> Floats:
    times = grid(scenario)
    return News(scenario, times, worlds).changes(0, len(times))


def levels_of(scenario: Scenario) -> tuple[Floats, Floats]:
    """Ends of the steps, in minutes, and log fundamental values at them in two worlds."""
    return grid(scenario).end_s / 60, changes_of(scenario).cumsum(axis=0)


# ------------------------------------------------------------------ clustering


def test_without_clustering_every_minute_is_alike() -> None:
    for day in (0, 1, 40):
        np.testing.assert_array_equal(Clusters(clustered(0.0), 2).day(day), np.ones((1440, 2)))


def test_log_volatility_is_spread_as_set_from_the_first_hour_on() -> None:
    clusters = Clusters(clustered(0.5, days=2.0), 2_000)
    for day in (0, 1, 6):
        log_factor = np.log(clusters.day(day)[[0, 719, 1439]])
        assert log_factor.std(axis=1) == pytest.approx(0.5, rel=0.05)
        assert log_factor.mean(axis=1) == pytest.approx(-(0.5**2), abs=0.05)


@pytest.mark.parametrize("days", [0.1, 3.0])
def test_the_mean_square_of_volatility_is_what_is_set_at_hours_and_between_them(
    days: float,
) -> None:
    square = Clusters(clustered(0.5, days), 3_000).day(2) ** 2
    of_hours = square.reshape(HOURS_PER_DAY, 60, -1).mean(axis=(0, 2))
    assert of_hours == pytest.approx(1, abs=0.02 if days < 1 else 0.06)


def test_quiet_and_wild_hours_follow_their_like_as_long_as_set() -> None:
    clusters = Clusters(clustered(0.7, days=1.5), 2_000)
    log_factor = np.log(np.concatenate([clusters.day(day)[::60] for day in range(5)]))
    first = log_factor[3]
    for lag_h in (1, 12, 36, 72):
        found = np.corrcoef(first, log_factor[3 + lag_h])[0, 1]
        assert found == pytest.approx(np.exp(-lag_h / (1.5 * HOURS_PER_DAY)), abs=0.05)


def test_volatility_has_no_jumps_between_hours_or_days() -> None:
    clusters = Clusters(clustered(0.5), 20)
    log_factor = np.log(np.concatenate([clusters.day(day) for day in range(3)]))
    hourly = np.abs(np.diff(log_factor[::60], axis=0)).max()
    assert np.abs(np.diff(log_factor, axis=0)).max() < hourly / 30


def test_volatility_hangs_on_seed_world_and_time_only() -> None:
    scenario = clustered(0.5)
    in_order = Clusters(scenario, 3)
    days = [in_order.day(day) for day in range(4)]
    backwards = Clusters(scenario, 1)
    for day in (3, 0, 2, 1):
        np.testing.assert_array_equal(backwards.day(day), days[day][:, :1])
    assert len({float(days[1][7, world]) for world in range(3)}) == 3
    assert not np.array_equal(Clusters(clustered(0.5, seed=4), 1).day(1), days[1][:, :1])


def test_clustering_gives_changes_fat_tails_and_leaves_their_size() -> None:
    calm = {"shocks": [], "clock": {"duration_min": 1440}}
    even = changes_of(clustered(0.0, **calm), 200)[..., 0]
    fat = changes_of(clustered(0.4, days=0.2, **calm), 200)[..., 0]
    assert fat.std() == pytest.approx(even.std(), rel=0.03)
    tails = (fat**4).mean() / (fat**2).mean() ** 2
    assert tails == pytest.approx(3 * np.exp(4 * 0.4**2), rel=0.15)
    assert (even**4).mean() / (even**2).mean() ** 2 == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize("fine_step_s", [10, 60])
def test_one_volatility_for_all_assets_of_a_world_in_whole_minutes_and_parts(
    fine_step_s: int,
) -> None:
    silent = {"at_min": 1_000.0, "size_pct": 0.0, "volatility_multiplier": 1.0}
    clock = {"duration_min": 2_880, "fine_step_s": fine_step_s, "fine_window_min": 600}
    wild, calm = (clustered(c, clock=clock, shocks=[silent]) for c in (0.9, 0.0))
    ratio = changes_of(wild) / changes_of(calm)
    clusters = Clusters(wild, 2)
    factor = np.concatenate([clusters.day(0), clusters.day(1)])
    factor = factor[(grid(wild).start_s // 60).astype(int)]
    for asset in range(2):
        np.testing.assert_allclose(ratio[..., asset], factor, rtol=1e-6)


@pytest.mark.parametrize("calm_step_s", [60, 300, 3_600])
@pytest.mark.parametrize("fine_step_s", [5, 20, 60])
def test_another_grid_sees_the_same_hours(calm_step_s: int, fine_step_s: int) -> None:
    silent = {"at_min": 120.0, "size_pct": 0.0, "volatility_multiplier": 1.0}

    def hours(calm_s: int, fine_s: int) -> Floats:
        clock = {"duration_min": 3_000, "calm_step_s": calm_s, "fine_step_s": fine_s}
        scenario = clustered(1.0, clock={**clock, "fine_window_min": 60}, shocks=[silent])
        minutes, levels = levels_of(scenario)
        return levels[minutes % 60 == 0]

    np.testing.assert_allclose(hours(calm_step_s, fine_step_s), hours(60, 60), atol=1e-12)


def test_going_on_in_the_middle_gives_the_same_as_from_the_start() -> None:
    scenario = clustered(0.8, clock={"duration_min": 4_000, "fine_step_s": 10})
    times = grid(scenario)
    whole = News(scenario, times, 2).changes(0, len(times))
    for first in (1, 700, len(times) - 5):
        later = News(scenario, times, 2).changes(first, len(times))
        np.testing.assert_array_equal(later, whole[first:])
    alone = News(scenario, times, 1)
    pieces = [alone.changes(i, min(i + 37, len(times))) for i in range(0, len(times), 37)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole[:, :1])


def test_a_longer_run_and_a_later_shock_leave_what_was_before() -> None:
    short, long = (clustered(0.8, clock={"duration_min": minutes}) for minutes in (1_500, 9_000))
    np.testing.assert_array_equal(changes_of(long)[: len(grid(short))], changes_of(short))
    late = {"at_min": 1_000.0, "recovery_share": 0.5, "size_pct": -30.0}
    with_it = clustered(0.8, clock={"duration_min": 1_500}, shocks=[*settings()["shocks"], late])
    before = grid(short).end_s <= 60_000
    np.testing.assert_array_equal(
        changes_of(with_it)[: before.sum()], changes_of(short)[: before.sum()]
    )


# ------------------------------------------------------------------ shocks


@pytest.mark.parametrize("ramp_min", [0.0, 45.0])
def test_what_a_shock_takes_back_comes_after_the_ramp_and_halves(ramp_min: float) -> None:
    shock = {
        "at_min": 30.0,
        "size_pct": -20.0,
        "ramp_min": ramp_min,
        "recovery_share": 0.6,
        "recovery_halflife_h": 1.5,
    }
    minutes, levels = levels_of(still(shocks=[shock], clock={"duration_min": 3_000}))
    age_min = np.maximum(minutes - 30, 0)
    ramp = np.minimum(age_min / ramp_min, 1) if ramp_min else (minutes > 30).astype(float)
    halvings = np.maximum(age_min - ramp_min, 0) / 90
    expected = np.log(0.8) * (ramp - 0.6 * (1 - 0.5**halvings))
    np.testing.assert_allclose(levels[:, 0, 0], expected, atol=1e-12)
    np.testing.assert_allclose(levels[:, 1, 1], 2.5 * expected, atol=1e-12)
    assert levels[-1, 0, 0] == pytest.approx(0.4 * np.log(0.8))


def test_a_shock_without_recovery_lasts() -> None:
    minutes, levels = levels_of(still(clock={"duration_min": 3_000}))
    after = levels[minutes >= 30, 0, 0]
    assert after == pytest.approx(np.log(0.92), abs=1e-12)


def test_each_shock_moves_each_asset_by_its_own_sensitivity() -> None:
    plain = {"at_min": 10.0, "size_pct": -10.0, "ramp_min": 5.0}
    own = {
        "at_min": 60.0,
        "size_pct": 20.0,
        "ramp_min": 0.0,
        "sensitivities": [{"asset": "Small", "beta": -1.5}],
    }
    minutes, levels = levels_of(still(shocks=[own, plain]))
    between, end = levels[minutes == 50.0][0], levels[-1]
    assert between[0] == pytest.approx(np.log(0.9) * np.array([1, 2.5]))
    assert (end - between)[1] == pytest.approx(np.log(1.2) * np.array([1, -1.5]))


def test_the_order_in_which_shocks_are_written_changes_no_bit() -> None:
    base = {"at_min": 20.0, "size_pct": -7.0}
    three = [
        base,
        {**base, "recovery_share": 0.3, "volatility_multiplier": 1.7},
        {**base, "sensitivities": [{"asset": "BTC", "beta": 0.7}], "volatility_multiplier": 8.3},
    ]
    expected = changes_of(small(shocks=three))
    for shocks in permutations(three):
        np.testing.assert_array_equal(changes_of(small(shocks=list(shocks))), expected)


# ------------------------------------------------------------------ price path

PATH_MIN = [5.0, 12.5, 30.0, 100.0]
PATH_USD = [90_000.0, 99_000.0, 70_000.0, 80_000.0]
PATH = {"at_min": PATH_MIN, "columns": [{"asset": "BTC", "price_usd": PATH_USD}]}


def test_a_price_path_is_followed_in_every_world_with_shocks_on_top() -> None:
    shock = {"at_min": 20.0, "size_pct": -8.0, "ramp_min": 10.0, "recovery_share": 0.5}
    minutes, levels = levels_of(small(news={"path": PATH}, shocks=[shock]))
    _, shocked = levels_of(still(shocks=[shock]))
    along = np.interp(minutes, PATH_MIN, np.log(PATH_USD)) - np.log(PATH_USD[0])
    np.testing.assert_allclose(levels[:, 0, 0], along + shocked[:, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(levels[:, 0, 0], levels[:, 1, 0])


def test_values_stand_still_before_and_after_the_path() -> None:
    changes = changes_of(small(news={"path": PATH}, shocks=[]))[:, 0, 0]
    assert not changes[:5].any()
    assert changes[5:100].all()
    assert not changes[100:].any()


def test_only_changes_along_the_path_matter() -> None:
    tenfold = [10 * usd for usd in PATH_USD]
    other = {**PATH, "columns": [{"asset": "BTC", "price_usd": tenfold}]}
    np.testing.assert_allclose(
        changes_of(small(news={"path": other})), changes_of(small(news={"path": PATH})), atol=1e-12
    )


@pytest.mark.parametrize("step_s", [60, 1_200])
def test_with_noise_in_between_a_paths_prices_are_met_on_any_grid(step_s: int) -> None:
    """A bridge: after a third of an hour, noise has the variance σ² · 1/3 · 2/3 of an hour."""
    usd = [90_000.0, 99_000.0, 70_000.0]
    column = {"asset": "BTC", "price_usd": usd}
    path = {"between": "noise", "at_min": [0, 60, 120], "columns": [column]}
    scenario = small(
        news={"path": path, "clustering": 0.0}, shocks=[], clock={"calm_step_s": step_s}
    )
    times = grid(scenario)
    moved = News(scenario, times, 600).changes(0, len(times)).cumsum(axis=0)[..., 0]
    after = {round(end): level for end, level in zip(times.end_s / 60, moved, strict=True)}
    np.testing.assert_allclose(after[60], np.log(99 / 90), rtol=1e-9)
    np.testing.assert_allclose(after[120], np.log(70 / 90), rtol=1e-9)
    sigma = scenario.assets[0].volatility_per_year
    expected = sigma * np.sqrt(3_600 * (1 / 3) * (2 / 3) / YEAR_S)
    assert after[20].std() == pytest.approx(expected, rel=0.1)
    assert after[20].mean() == pytest.approx(np.log(99 / 90) / 3, abs=4 * expected / np.sqrt(600))


def test_a_path_says_how_lively_the_noise_is_from_each_moment_on() -> None:
    """Three times as lively in the second hour; the path's prices are met all the same."""
    column = {"asset": "BTC", "price_usd": [90_000.0, 90_000.0, 90_000.0]}
    path = {"between": "noise", "at_min": [0, 60, 120], "columns": [column]}
    lively = path | {"liveliness": [1.0, 3.0, 1.0]}
    calm, wild = (
        changes_of(small(news={"path": each, "clustering": 0.0}, shocks=[])).cumsum(axis=0)
        for each in (path, lively)
    )
    np.testing.assert_allclose(wild[:60], calm[:60], atol=1e-15)
    np.testing.assert_allclose(wild[60:, :, 0], 3 * calm[60:, :, 0], atol=1e-12)
    assert wild[[59, 119], :, 0] == pytest.approx(0, abs=1e-12)
    other = np.diff(wild[60:, :, 1], axis=0), np.diff(calm[60:, :, 1], axis=0)
    np.testing.assert_allclose(other[0], 3 * other[1], atol=1e-12)


def test_a_path_with_too_few_numbers_for_its_liveliness_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"liveliness: 2 numbers for 4 moments"):
        small(news={"path": PATH | {"liveliness": [1.0, 2.0]}})


def test_assets_without_a_path_see_the_news_they_would_see_anyway() -> None:
    with_it, without = changes_of(small(news={"path": PATH})), changes_of(small())
    np.testing.assert_array_equal(with_it[..., 1], without[..., 1])
    assert not np.array_equal(with_it[:, 0, 1], with_it[:, 1, 1])
