"""What is measured of a run, on records written by hand whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np
import pytest

from engine import measures as m
from engine.claims import all_checks, all_contrasts
from engine.clock import DAY_S, HOUR_S, MINUTE_S
from engine.evidence import measured
from engine.record import CAUSES, SERIES, AdlEntry, Run, Stretch, axis_sizes
from engine.run import run
from engine.scenario import Scenario
from tests.engine.scenarios import settings, small

BN = 1e9
SHOCK_S = 32 * HOUR_S + 50 * MINUTE_S
"""20:50 on 10 October, of a record that begins at noon the day before."""

SMALL, BTC, ETH, MIDDLE = range(4)
"""The record's assets, the smallest first; two venues hold them, A and B."""


def market(**changes: Any) -> Scenario:
    """Three days in steps of ten minutes, after the shock an hour in steps of ten seconds."""
    asset, venue = settings()["assets"][0], settings()["venues"][0]
    sizes = {"Small": 10, "BTC": 80, "ETH": 50, "Middle": 20}
    assets = [asset | {"name": name, "open_interest_usd": n * BN} for name, n in sizes.items()]
    half = {"open_interest_share": 0.5, "depth_share": 0.5, "index_share": 0.5}
    plain: dict[str, Any] = {
        "clock": {
            "start": "2025-10-09T12:00:00Z",
            "duration_min": 3 * 1440,
            "calm_step_s": 600,
            "fine_step_s": 10,
            "fine_window_min": 60,
        },
        "assets": assets,
        "venues": [venue | half | {"name": name} for name in "AB"],
        "shocks": [{"at_min": SHOCK_S / MINUTE_S, "size_pct": -8.0}],
    }
    return small(**(plain | changes))


def calm() -> Scenario:
    return market(shocks=[])


def year() -> Scenario:
    return market(
        clock={"start": "2025-01-01T00:00:00Z", "duration_min": 365 * 1440, "calm_step_s": 86_400},
        shocks=[],
    )


def written(
    scenario: Scenario | None = None,
    write: Callable[[Run, dict[str, Any]], None] | None = None,
    steps: int | None = None,
    adl: tuple[AdlEntry, ...] = (),
) -> Run:
    """A record in which nothing happens but what ``write`` writes into its series."""
    run = Run(scenario or market())
    sizes, length = axis_sizes(run.scenario, 1), steps or len(run.grid)
    series = {
        name: np.zeros((len(run.grid), *(sizes[axis] for axis in kind.axes)))
        for name, kind in SERIES.items()
    }
    for name in ("price_usd", "depth_share"):
        series[name][:] = 1.0
    series["open_interest_usd"][:] = 100 * BN / sizes["v"] / sizes["a"]
    if write is not None:
        write(run, series)
    cut = {name: values[:length] for name, values in series.items()}
    run.append(Stretch(0, length, cut, (), adl, (), 0.0, 0.0, 0.0))
    return run


def at(run: Run, time_s: float) -> int:
    """The step that begins at a time, which must be one."""
    step = int(np.searchsorted(run.grid.start_s, time_s))
    assert run.grid.start_s[step] == time_s
    return step


# ---------------------------------------------------------------- what a run can't tell


def every_measure() -> list[m.Measure]:
    return [asked.measure for asked in (*all_checks(), *all_contrasts())]


def test_a_record_without_a_shock_tells_nothing_about_one() -> None:
    after = [
        m.liquidated_bn, m.long_share_pct, m.peak_minute_bn, m.cascades_pct, m.fall_pct(0),
        m.interest_drop_bn, m.adl_first_min, m.adl_share_pct, m.adl_small_first_min,
        m.adl_burst_ratio, m.adl_bn, m.adl_hedged_pct, m.hedge_sales_pct,
        m.fund_left_with_adl_pct, m.gap_pct(0), m.depth_low_pct(0), m.rebound_within_hour_pct,
        m.amplification(0),
    ]  # fmt: skip
    assert {measure(written(calm()), 0) for measure in after} == {None}
    soon = at(written(), SHOCK_S + 50 * MINUTE_S)  # less than an hour of it has been computed
    assert {measure(written(steps=soon), 0) for measure in after} == {None}
    assert m.liquidated_bn(written(), 0) == 0


def test_nothing_that_is_computed_of_a_small_market_is_too_little_for_any_measure() -> None:
    one = settings()
    asset, venue = one["assets"][0], one["venues"][0]
    alone = [venue | {"open_interest_share": 1.0, "depth_share": 1.0, "index_share": 1.0}]
    late = [{"at_min": 119.0, "size_pct": -8.0}]
    for scenario in (
        small(assets=[asset]),
        small(venues=alone),
        small(assets=[asset], venues=alone),
        small(shocks=[]),
        small(shocks=late),
    ):
        whole = run(scenario)
        for record in (whole, Run(scenario)):  # played, and not yet
            values = measured(record, every_measure())
            assert values.shape == (len(every_measure()), 1)
            assert not np.isinf(values).any()
    assert np.isfinite(measured(run(small()), every_measure())).sum() > 30


def test_a_rank_that_no_asset_has_cannot_be_told() -> None:
    record = run(small(assets=settings()["assets"][:1]))
    for ranked in (m.fall_pct, m.gap_pct, m.depth_low_pct, m.amplification):
        assert ranked(0)(record, 0) == ranked(-1)(record, 0) is not None
        assert ranked(1)(record, 0) is ranked(-2)(record, 0) is None


def test_one_venue_alone_has_no_gaps() -> None:
    venue = settings()["venues"][0]
    alone = venue | {"open_interest_share": 1.0, "depth_share": 1.0, "index_share": 1.0}
    record = written(market(venues=[alone]))
    assert m.gap_pct(0)(record, 0) is m.calm_gap_pct(record, 0) is None
    assert m.gap_without_shock_pct(written(market(venues=[alone], shocks=[])), 0) is None


# ---------------------------------------------------------------- liquidations


def test_assets_are_ranked_by_open_interest_wherever_they_stand() -> None:
    assert m.by_size(written()) == [BTC, ETH, MIDDLE, SMALL]


def test_liquidations_count_on_the_day_of_the_shock_and_the_next() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        midnight = 12 * HOUR_S  # of 10 October
        for time_s, usd in (
            (midnight - 600, 1 * BN), (midnight, 2 * BN),
            (midnight + 2 * DAY_S - 600, 4 * BN), (midnight + 2 * DAY_S, 8 * BN),
        ):  # fmt: skip
            series["liquidated_long_usd"][at(run, time_s), 0, 1, BTC] = 0.75 * usd
            series["liquidated_short_usd"][at(run, time_s), 0, 0, SMALL] = 0.25 * usd

    assert m.liquidated_bn(written(write=write), 0) == pytest.approx(6)
    assert m.long_share_pct(written(write=write), 0) == pytest.approx(75)
    assert m.liquidated_in_all_bn(written(write=write), 0) == pytest.approx(15)
    assert m.long_share_pct(written(), 0) is None


def test_the_worst_minute_is_a_minute_of_the_clock_after_the_shock() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        first = at(run, SHOCK_S + 10 * MINUTE_S)
        series["liquidated_long_usd"][first - 1, 0, 0, 0] = 5 * BN  # the minute before
        series["liquidated_long_usd"][first : first + 6, 0, 0, 0] = 1 * BN
        series["liquidated_long_usd"][at(run, SHOCK_S - 600), 0, 0, 0] = 9 * BN  # before it broke

    assert m.peak_minute_bn(written(write=write), 0) == pytest.approx(6)


@pytest.mark.parametrize(("usd", "cascade"), [(1.9 * BN, 0.0), (2.1 * BN, 100.0)])
def test_two_per_cent_of_open_interest_within_an_hour_are_a_cascade(
    usd: float, cascade: float
) -> None:
    def late(run: Run, series: dict[str, Any]) -> None:
        series["liquidated_long_usd"][at(run, SHOCK_S + 20 * MINUTE_S), 0, 0, 0] = usd / 2
        series["liquidated_short_usd"][at(run, SHOCK_S + 30 * MINUTE_S), 0, 1, 2] = usd / 2

    def early(run: Run, series: dict[str, Any]) -> None:
        series["liquidated_long_usd"][at(run, 600.0), 0, 0, 0] = usd

    def spread(run: Run, series: dict[str, Any]) -> None:
        series["liquidated_long_usd"][:, 0, 0, 0] = 0.3 * BN  # 1.8 bn in each calm hour
        series["liquidated_long_usd"][at(run, SHOCK_S) : at(run, SHOCK_S + HOUR_S), 0, 0, 0] = 0

    assert m.cascades_pct(written(write=late), 0) == cascade
    assert m.cascades_early_pct(written(write=late), 0) == 0
    assert m.cascades_early_pct(written(write=early), 0) == cascade
    assert m.cascades_pct(written(write=early), 0) == 0
    assert m.cascades_early_pct(written(calm(), early), 0) == cascade
    assert m.cascades_pct(written(write=spread), 0) == 0


# ---------------------------------------------------------------- prices, depth, interest


def prices(run: Run, series: dict[str, Any]) -> None:
    """Small falls from 100 to 40 in an hour, its value to 80; to 30 only seven hours later."""
    price, value = series["log_price"][:, 0], series["log_fundamental"][:, 0]
    price[:], value[:] = log(100), log(100)
    price[: at(run, HOUR_S), SMALL] = log(10)  # what was long before doesn't count
    value[: at(run, HOUR_S), SMALL] = log(10)
    price[at(run, SHOCK_S + HOUR_S) :, SMALL] = log(40)
    price[at(run, SHOCK_S + 2 * HOUR_S) :, SMALL] = log(90)
    price[at(run, SHOCK_S + 7 * HOUR_S) :, SMALL] = log(30)
    value[at(run, SHOCK_S) :, SMALL] = log(80)


def test_a_fall_is_measured_from_the_shock_to_the_low_within_six_hours() -> None:
    assert m.fall_pct(-1)(written(write=prices), 0) == pytest.approx(-60)
    assert m.fall_pct(3)(written(write=prices), 0) == pytest.approx(-60)
    assert m.fall_pct(0)(written(write=prices), 0) == pytest.approx(0)


def test_amplification_is_the_fall_of_the_price_over_that_of_the_value() -> None:
    expected = log(100 / 40) / log(100 / 80)
    assert m.amplification(-1)(written(write=prices), 0) == pytest.approx(expected)
    assert m.amplification(0)(written(write=prices), 0) is None  # its value has not fallen


def test_the_rebound_of_the_largest_asset_counts_what_came_within_an_hour() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        price = series["log_price"][:, 0, BTC]
        for after_h, log_price in ((0, -0.2), (1, -0.14), (3, -0.1), (30, 0.5)):
            price[at(run, SHOCK_S + 600 + after_h * HOUR_S) :] = log_price

    # The low is the first step at −0.2; within the hour it is back at −0.14, in the day at −0.1.
    assert m.rebound_within_hour_pct(written(write=write), 0) == pytest.approx(60)
    assert m.rebound_within_hour_pct(written(), 0) is None  # there is none


def test_open_interest_falls_from_its_peak_before_to_its_low_in_three_days() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        interest = series["open_interest_usd"]
        interest[at(run, 6 * HOUR_S), 0, 0, 0] += 20 * BN
        interest[at(run, SHOCK_S + DAY_S) :, 0, 1, 1] -= 5 * BN
        interest[at(run, 600.0), 0, 1, 1] -= 12 * BN  # a low before the shock is none
        interest[at(run, SHOCK_S + DAY_S), 0, 0, 0] += 35 * BN  # nor a peak after it

    assert m.interest_drop_bn(written(write=write), 0) == pytest.approx(-25)
    top = m.interest_bn(lambda values: float(values[: 36 * 6].max()))
    end = m.interest_bn(lambda values: float(values[-1]))
    assert top(written(write=write), 0) == pytest.approx(120)
    assert end(written(write=write), 0) == pytest.approx(95)


def test_depth_is_measured_at_its_least_after_the_shock() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["depth_share"][at(run, SHOCK_S + HOUR_S), 0, SMALL] = 0.04
        series["depth_share"][at(run, 600.0), 0, SMALL] = 0.01

    assert m.depth_low_pct(-1)(written(write=write), 0) == pytest.approx(4)
    assert m.depth_low_pct(0)(written(write=write), 0) == pytest.approx(100)


def test_gaps_are_the_dearest_venue_above_the_cheapest() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["price_usd"][at(run, SHOCK_S + HOUR_S), 0, :, SMALL] = 2.0, 3.0
        series["price_usd"][at(run, 600.0), 0, :, ETH] = 1.01, 1.0

    assert m.gap_pct(-1)(written(write=write), 0) == pytest.approx(50)
    assert m.gap_pct(0)(written(write=write), 0) == 0
    assert m.calm_gap_pct(written(write=write), 0) == pytest.approx(1)
    assert m.gap_without_shock_pct(written(write=write), 0) is None

    def calm_gap(run: Run, series: dict[str, Any]) -> None:
        series["price_usd"][at(run, DAY_S), 0, :, ETH] = 1.02, 1.0

    assert m.gap_without_shock_pct(written(calm(), calm_gap), 0) == pytest.approx(2)


def test_broken_hedges_count_up_to_the_low_of_the_asset_they_hurt_most() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        broken = CAUSES.index("broken hedges")
        low = at(run, SHOCK_S + HOUR_S)
        series["log_price"][low, 0, :] = -0.5
        series["causes_log"][low, 0, SMALL, broken] = -0.03
        series["causes_log"][low - 1, 0, SMALL, broken] = -0.01
        series["causes_log"][low + 1, 0, SMALL, broken] = -0.5  # after the low
        series["causes_log"][low, 0, BTC, broken] = -0.02
        series["causes_log"][low, 0, BTC, broken - 1] = -0.3  # another cause

    assert m.hedge_sales_pct(written(write=write), 0) == pytest.approx(4)


# ---------------------------------------------------------------- ADL and funds


def deleveraged(run: Run, series: dict[str, Any]) -> None:
    """Small assets at 5 and 7 minutes, Bitcoin at 9; half of Bitcoin's was hedged."""
    closed = series["adl_usd"][:, 0]
    closed[at(run, SHOCK_S + 4 * MINUTE_S), 0, SMALL] = 1.0  # a rounding error
    closed[at(run, SHOCK_S + 5 * MINUTE_S), 0, SMALL] = 3e8
    closed[at(run, SHOCK_S + 7 * MINUTE_S), 1, MIDDLE] = 1e8
    closed[at(run, SHOCK_S + 9 * MINUTE_S), 0, BTC] = 1e8
    series["adl_hedged_usd"][at(run, SHOCK_S + 9 * MINUTE_S), 0, 0, BTC] = 0.5e8
    series["liquidated_long_usd"][at(run, SHOCK_S + 600), 0, 0, BTC] = 1 * BN
    series["liquidated_short_usd"][at(run, SHOCK_S + 600), 0, 0, SMALL] = 1 * BN


def test_adl_is_counted_timed_and_shared_out() -> None:
    hit = written(write=deleveraged)
    assert m.adl_bn(hit, 0) == pytest.approx(0.5)
    assert m.adl_share_pct(hit, 0) == pytest.approx(25)
    assert m.adl_hedged_pct(hit, 0) == pytest.approx(10)
    assert m.adl_first_min(hit, 0) == pytest.approx(5 + 1 / 6)  # the end of its step
    assert m.adl_small_first_min(hit, 0) == pytest.approx(4)
    assert m.adl_burst_ratio(hit, 0) == pytest.approx(3 / ((3 + 0 + 1 + 0 + 1) / 5))
    assert m.adl_in_calm_bn(hit, 0) == 0


def test_where_adl_never_came_little_can_be_told_of_it() -> None:
    quiet = written()
    told = (
        m.adl_first_min,
        m.adl_share_pct,
        m.adl_small_first_min,
        m.adl_burst_ratio,
        m.adl_hedged_pct,
        m.fund_left_with_adl_pct,
        m.worst_haircut_pct,
    )
    assert {measure(quiet, 0) for measure in told} == {None}
    assert m.adl_bn(quiet, 0) == 0

    def spared(run: Run, series: dict[str, Any]) -> None:
        series["adl_usd"][at(run, SHOCK_S + 600), 0, 0, SMALL] = 1e8

    assert m.adl_small_first_min(written(write=spared), 0) == DAY_S / MINUTE_S  # never the majors

    def majors_first(run: Run, series: dict[str, Any]) -> None:
        spared(run, series)
        series["adl_usd"][at(run, SHOCK_S + 480), 0, 0, ETH] = 1e8

    assert m.adl_small_first_min(written(write=majors_first), 0) == pytest.approx(-2)


def test_adl_before_the_shock_is_told_apart() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["adl_usd"][at(run, 600.0), 0, 0, SMALL] = 2 * BN

    assert m.adl_in_calm_bn(written(write=write), 0) == pytest.approx(2)
    assert m.adl_in_calm_bn(written(calm(), write), 0) == pytest.approx(2)
    assert m.adl_first_min(written(write=write), 0) is None


def test_money_left_counts_the_fullest_venue_that_used_adl_then() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        fund = series["fund_usd"][:, 0]
        fund[:, 0, :], fund[:, 1, :] = 1e6, 4e6
        hit, later = at(run, SHOCK_S + 600), at(run, SHOCK_S + 1200)
        fund[hit:, 0, SMALL] = 0.0  # three quarters are left at A, which uses ADL …
        fund[later:, 0, :] = 0.5e6
        series["adl_usd"][[hit, later], 0, 0, SMALL] = 1e8  # … and everything at B, which doesn't

    assert m.fund_left_with_adl_pct(written(write=write), 0) == pytest.approx(75)

    def penniless(run: Run, series: dict[str, Any]) -> None:
        write(run, series)
        series["fund_usd"][0, 0, 0] = 0.0

    assert m.fund_left_with_adl_pct(written(write=penniless), 0) == 0


def hits(step: int, pool: int, gains: list[float], costs: list[float], usd: float) -> AdlEntry:
    """ADL of some winners in one pool, ``usd`` of notional each."""
    n = len(gains)
    many = np.ones(n)
    return AdlEntry(
        step, np.full(n, pool), np.arange(n), -many * usd, many, many, np.array(gains),
        np.array(costs), np.zeros(n, bool), np.arange(n), np.full(n, n),
    )  # fmt: skip


def test_the_worst_haircut_is_that_of_the_average_wave() -> None:
    waves = (
        hits(5, 0, gains=[100.0, 100.0], costs=[20.0, 60.0], usd=1.0),
        hits(5, 1, gains=[100.0], costs=[300.0], usd=4.0),  # nobody loses more than all
        hits(6, 0, gains=[100.0, 100.0], costs=[10.0, 30.0], usd=1.0),
    )
    # 60% of 2 USD closed, 100% of 4, 30% of 2.
    expected = (60 * 2 + 100 * 4 + 30 * 2) / 8
    assert m.worst_haircut_pct(written(adl=waves), 0) == pytest.approx(expected)


# ---------------------------------------------------------------- calm days, years, volume


def test_a_calm_day_is_what_came_before_the_shock_if_that_is_half_a_day() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["liquidated_long_usd"][at(run, 0.0), 0, 0, 0] = 2 * BN
        series["liquidated_long_usd"][at(run, SHOCK_S), 0, 0, 0] = 9 * BN

    days = SHOCK_S / DAY_S
    assert m.liquidated_per_calm_day_bn(written(write=write), 0) == pytest.approx(2 / days)
    early = market(shocks=[{"at_min": 11 * 60.0, "size_pct": -8.0}])
    assert m.liquidated_per_calm_day_bn(written(early), 0) is None


def test_volume_is_told_by_the_day_and_in_all() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["volume_usd"][at(run, 0.0), 0, 1, 2] = 6e12

    assert m.volume_bn_per_day(written(write=write), 0) == pytest.approx(2000)
    assert m.volume_tn(written(write=write), 0) == pytest.approx(6)


def test_only_a_year_tells_about_a_year() -> None:
    assert m.of_a_year(m.volume_tn)(written(), 0) is None
    assert m.of_a_year(m.volume_tn)(written(year()), 0) == 0
    assert m.of_a_year(m.volume_tn)(written(year(), steps=300), 0) is None


def test_the_typical_and_the_worst_day_of_a_year() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        series["liquidated_long_usd"][:, 0, 0, 0] = 0.5 * BN
        series["liquidated_short_usd"][200, 0, 0, 0] = 18 * BN

    assert m.median_day_bn(written(year(), write), 0) == pytest.approx(0.5)
    assert m.worst_day_share_pct(written(year(), write), 0) == pytest.approx(
        100 * 18.5 / (0.5 * 365 + 18)
    )
    assert m.worst_day_share_pct(written(year()), 0) is None


def test_days_that_are_not_whole_do_not_count_as_days() -> None:
    def write(run: Run, series: dict[str, Any]) -> None:
        day = (run.grid.start_s + DAY_S / 2) // DAY_S  # the record begins at noon
        series["liquidated_long_usd"][:, 0, 0, 0] = np.where(day % 3 == 0, 1.0, day) * BN / 144

    both = written(calm(), write)  # half a day of 1 a day, a day of 1, a day of 2, half of 1
    assert m.median_day_bn(both, 0) == pytest.approx(1.5)
    assert m.worst_day_share_pct(both, 0) == pytest.approx(100 * 2 / 3)


def test_the_four_largest_are_only_told_of_more_than_four() -> None:
    venue = settings()["venues"][0]
    shares = {"depth_share": 0.2, "index_share": 0.2}
    five = [
        venue | shares | {"name": name, "open_interest_share": share}
        for name, share in zip("ABCDE", (0.3, 0.1, 0.12, 0.1, 0.38), strict=True)
    ]
    assert m.top_four_pct(written(market(venues=five)), 0) == pytest.approx(62)
    assert m.top_four_pct(written(), 0) is None
