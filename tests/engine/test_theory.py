"""The engine against pen and paper: a flat crowd in books of constant depth.

Let liquidation prices lie evenly, G dollars of them per unit of log price, and let D dollars move
the log price by one. A fall by x frees G·x, whose sale makes the price fall by R·x more, R = G/D.
A shock s so ends after s + R·s + R²·s + … = s/(1 − R), and never if R ≥ 1 and there is always
somebody left to liquidate (the sum behind Kyle 1985's impact and Cont & Wagalath's fire sales).
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.flat_crowd import fallen, played, simplest, with_flat_crowd

LONGS, SHORTS = 1.0, -1.0
NUMBER = {LONGS: "cascade_number", SHORTS: "cascade_number_up"}
WIDTH_LOG = 0.25


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("shock_log", [0.005, 0.01, 0.03])
@pytest.mark.parametrize("side", [LONGS, SHORTS])
def test_a_shock_to_a_flat_crowd_ends_at_the_shock_divided_by_one_minus_r(
    ratio: float, shock_log: float, side: float
) -> None:
    series = played(with_flat_crowd(simplest(-side * shock_log), ratio, WIDTH_LOG, side))
    assert side * fallen(series) == pytest.approx(shock_log / (1 - ratio), rel=0.01)


@pytest.mark.parametrize("shock_log", [0.002, 0.005])
def test_it_does_not_matter_whether_a_small_shock_comes_at_once(shock_log: float) -> None:
    """Of a large one it does: coins are sold far below the price their owners were liquidated at.

    The notional they fetch is then lower than G says.
    """
    series = played(with_flat_crowd(simplest(-shock_log, ramp_min=0.0), 0.8, WIDTH_LOG, LONGS))
    assert fallen(series) == pytest.approx(shock_log / (1 - 0.8), rel=0.02)


def test_how_hastily_the_engine_sells_does_not_change_where_the_fall_ends() -> None:
    ends = []
    for pace in (1_000.0, 30.0):
        scenario = simplest(-0.005, liquidation={"fee_pct": 0.0, "selling_pace": pace})
        series = played(with_flat_crowd(scenario, 0.5, WIDTH_LOG, LONGS))
        assert series["inventory_usd"][-1].sum() < 1.0
        ends.append(fallen(series))
    assert ends[0] == pytest.approx(ends[1], rel=0.005)


@pytest.mark.parametrize("ratio", [0.2, 0.8, 1.5])
@pytest.mark.parametrize("side", [LONGS, SHORTS])
def test_the_recorded_cascade_number_is_density_divided_by_depth(ratio: float, side: float) -> None:
    series = played(with_flat_crowd(simplest(-side * 0.001), ratio, WIDTH_LOG, side))
    assert series[NUMBER[side]][0, 0, 0] == pytest.approx(ratio, rel=0.02)
    assert not series[NUMBER[-side]].any()


def test_the_cascade_number_of_a_flat_crowd_stays_what_it_is_while_the_price_falls() -> None:
    series = played(with_flat_crowd(simplest(-0.03), 0.8, WIDTH_LOG, LONGS))
    assert fallen(series) > 0.14
    np.testing.assert_allclose(series["cascade_number"][:, 0, 0], 0.8, rtol=0.02)


@pytest.mark.parametrize("side", [LONGS, SHORTS])
def test_with_r_above_one_the_price_runs_to_where_the_density_ends(side: float) -> None:
    """All are liquidated, and the price moves by the shock and the impact of them all, s + R·w."""
    shock_log, width_log, ratio = 0.005, 0.1, 1.2
    simulation = with_flat_crowd(simplest(-side * shock_log), ratio, width_log, side)
    series = played(simulation)
    assert not simulation.market.state.accounts.qty.any()
    assert side * fallen(series) > width_log
    assert side * fallen(series) == pytest.approx(shock_log + ratio * width_log, rel=0.02)
    assert series[NUMBER[side]][-1, 0, 0] == 0


def test_the_same_shock_with_r_below_one_spares_nearly_everybody() -> None:
    simulation = with_flat_crowd(simplest(-0.005), 0.5, 0.1, LONGS)
    series = played(simulation)
    spared = np.count_nonzero(simulation.market.state.accounts.qty)
    held = np.count_nonzero(
        with_flat_crowd(simplest(-0.005), 0.5, 0.1, LONGS).market.state.accounts.qty
    )
    assert spared / held == pytest.approx(1 - fallen(series) / 0.1, abs=0.01)
    assert spared > 0.85 * held


def test_deeper_books_count_as_fewer_people() -> None:
    """R is density over depth: doubling both changes nothing."""
    plain = simplest(-0.01)
    deep = plain.assets[0].model_copy(update={"depth_1pct_usd": 2 * plain.assets[0].depth_1pct_usd})
    wide = with_flat_crowd(plain.model_copy(update={"assets": (deep,)}), 1.6, WIDTH_LOG, LONGS)
    narrow = with_flat_crowd(plain, 0.8, WIDTH_LOG, LONGS)
    assert fallen(played(wide)) == pytest.approx(fallen(played(narrow)), rel=1e-6)
