"""One mechanism at a time, with everything else held still."""

from __future__ import annotations

import numpy as np
import pytest

from engine import arbitrage, liquidation, liquidity, marks
from engine.explain import amplification, attribution, by_minute
from engine.news import excitement_at, ramped
from engine.population import drawn_leverage
from engine.run import Simulation, run
from engine.scenario import Liquidity, Marking, Plumbing, Shock
from tests.engine.scenarios import small


def test_a_shock_moves_the_fundamental_value_by_its_size_times_beta() -> None:
    shocks = (Shock(at_min=10.0, size_pct=-10.0, ramp_min=20.0),)
    path = ramped(shocks, np.array([0.0, 600.0, 1200.0, 1800.0, 9000.0]))
    assert path == pytest.approx(np.log(0.9) * np.array([0, 0, 0.5, 1, 1]))


def test_excitement_begins_with_the_shock_and_halves() -> None:
    shock = Shock(at_min=10.0, volatility_multiplier=5.0, volatility_halflife_min=30.0)
    factor = excitement_at((shock,), np.array([599.0, 600.0, 600.0 + 1800.0]))
    assert factor == pytest.approx([1, 5, 3])


def test_calm_noise_leaves_books_full_whatever_the_step() -> None:
    settings = Liquidity(withdrawal_threshold=2.5)
    rng = np.random.default_rng(5)
    for step_s in (5.0, 60.0):
        variance = np.array([1e-8])
        trend, unrest, share = np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1))
        price, seen, ratio = np.zeros((1, 1)), [], []
        for _ in range(4000):
            price = price + rng.standard_normal((1, 1)) * np.sqrt(variance * step_s)
            trend, unrest = liquidity.follow_trend(trend, unrest, price, variance, settings, step_s)
            share = liquidity.depth_after(share, unrest, settings, step_s)
            seen.append(share.item())
            ratio.append(unrest.item())
        assert np.median(seen) > 0.99
        assert np.mean(ratio) == pytest.approx(1, rel=0.25)


def test_books_empty_fast_and_fill_slowly() -> None:
    settings = Liquidity(fall_min=1.0, return_min=60.0, depth_floor=0.03)
    wild, calm = np.full((1, 1), 1e9), np.full((1, 1), 1e-9)
    fallen = liquidity.depth_after(np.ones((1, 1)), wild, settings, 60.0)
    assert fallen.item() == pytest.approx(0.03 + 0.97 / np.e)
    risen = liquidity.depth_after(np.full((1, 1), 0.03), calm, settings, 60.0)
    assert risen.item() == pytest.approx(1 - 0.97 * np.exp(-1 / 60))


def test_a_shock_without_ramp_breaks_in_its_own_step() -> None:
    for at_min in (0.0, 20.0):
        record = run(small(shocks=[{"at_min": at_min, "size_pct": -8.0, "ramp_min": 0.0}]))
        first = record.grid.step_at(at_min * 60)
        start = np.log(record.scenario.assets[0].price_usd)
        path = np.concatenate([[start], record["log_fundamental"][:, 0, 0]])
        assert int(np.argmin(np.diff(path))) == first
        assert path[first + 1] - path[first] == pytest.approx(np.log(0.92), abs=0.01)
        assert 1 < (amplification(record, 0) or 0) < 10


@pytest.mark.parametrize("step_s", [60, 3600, 14400, 86400])
def test_a_crash_within_one_long_step_is_seen_as_unrest(step_s: float) -> None:
    settings = Liquidity(volatility_window_min=0.5)
    trend, unrest = liquidity.follow_trend(
        np.zeros((1, 1)), np.ones((1, 1)), np.full((1, 1), -0.3), np.array([1e-8]), settings, step_s
    )
    assert unrest.item() > 50
    assert np.isfinite(trend).all()


def test_the_crowds_leverage_follows_its_settings_and_the_cap() -> None:
    def median(typical: float, cap: float) -> float:
        noise = 0.7 * np.random.default_rng(1).standard_normal(10_001)
        drawn = drawn_leverage(np.full(10_001, typical), noise, cap)
        assert (drawn <= cap).all()
        return float(np.median(drawn))

    assert median(9.0, 100.0) == pytest.approx(9.0, rel=0.03)
    for typical, cap in ((20.0, 20.0), (50.0, 20.0), (9.0, 5.0)):
        assert 0.9 * cap < median(typical, cap) <= cap


def test_halving_every_step_moves_the_figures_less_than_another_seed() -> None:
    def liquidated(seed: int, fine_step_s: int) -> float:
        clock = {"duration_min": 90, "fine_step_s": fine_step_s, "fine_window_min": 60}
        record = run(small(seed=seed, clock=clock))
        total = record["liquidated_long_usd"].sum() + record["liquidated_short_usd"].sum()
        return float(total)

    spread = np.std([liquidated(seed, 10) for seed in range(10)])
    assert abs(liquidated(3, 10) - liquidated(3, 5)) < spread


def test_value_buyers_halve_a_small_dislocation_on_time_and_a_large_one_sooner() -> None:
    settings = Liquidity(dislocation_halflife_h=2.0, value_reach=0.5)
    for away, share in ((1e-6, 0.5), (0.5, 0.75)):
        pulled = liquidity.reversion(
            np.full((1, 1, 1), -away), np.zeros((1, 1)), settings, step_s=2 * 3600.0
        )
        assert pulled.item() / away == pytest.approx(share, rel=1e-6)


def test_mark_is_the_median_of_index_index_with_basis_and_last() -> None:
    log_index, basis = np.zeros((1, 1, 1)), np.full((1, 1, 1), 0.02)
    for last, expected in ((-0.1, 0.0), (0.01, 0.01), (0.3, 0.02)):
        price = np.full((1, 1, 1), last)
        mark, _ = marks.mark_usd(price, log_index, basis, Marking(window_s=36_000.0), 1e-6)
        assert np.log(mark.item()) == pytest.approx(expected, abs=1e-6)
    mark, _ = marks.mark_usd(price, log_index, basis, Marking(rule="last"), 1.0)
    assert np.log(mark.item()) == pytest.approx(0.3)


def test_arbitrage_buys_what_it_sells_and_stops_when_balances_are_used_up() -> None:
    simulation = Simulation(small(shocks=[]))
    state = simulation.market.state
    state.log_price[0, 0] += 0.05
    weight = np.array([0.6, 0.3, 0.1])
    depth = np.full(state.log_price.shape, 1e9)
    orders = arbitrage.orders_usd(state, depth, weight, Plumbing(speed_s=60.0), 60.0)
    assert (orders[0, 0] < 0).all()
    assert orders.sum(axis=1) == pytest.approx(np.zeros((1, 2)), abs=1e-6)
    assert (-orders[0, 0] <= state.arb_coins_usd[0, 0] + 1e-6).all()
    state.arb_coins_usd[0, 0] = 0
    assert not arbitrage.orders_usd(state, depth, weight, Plumbing(), 60.0).any()


def test_a_bucket_keeps_its_bankruptcy_price_while_it_is_sold() -> None:
    simulation = Simulation(small(shocks=[]))
    state = simulation.market.state
    state.engine_qty[0, 0, 0, 0], state.engine_cash_usd[0, 0, 0, 0] = 10.0, -950.0
    before = state.fund_usd[0, 0, 0]
    traded = np.zeros_like(state.engine_qty)
    traded[0, 0, 0, 0] = -4.0
    liquidation.settle(state, traded, np.full(state.mark_usd.shape, 90.0))
    assert state.engine_qty[0, 0, 0, 0] == 6
    assert -state.engine_cash_usd[0, 0, 0, 0] / 6 == pytest.approx(95)
    assert state.fund_usd[0, 0, 0] - before == pytest.approx(4 * (90 - 95))


def test_what_the_fund_cannot_pay_is_bad_debt() -> None:
    simulation = Simulation(small(shocks=[], insurance={"fund_pct": 0.0}))
    state = simulation.market.state
    state.engine_qty[0, 0, 0, 0], state.engine_cash_usd[0, 0, 0, 0] = 10.0, -950.0
    traded = np.zeros_like(state.engine_qty)
    traded[0, 0, 0, 0] = -10.0
    liquidation.settle(state, traded, np.full(state.mark_usd.shape, 90.0))
    assert state.fund_usd[0, 0, 0] == 0
    assert state.bad_debt_usd[0, 0, 0] == pytest.approx(50)


def test_the_causes_of_every_step_add_up_to_its_price_change() -> None:
    record = run(small())
    change = np.diff(record["log_price"][:, 0], axis=0)
    np.testing.assert_allclose(record["causes_log"][1:, 0].sum(axis=-1), change, atol=1e-12)
    parts = attribution(record, 0, 1, 1, record.computed)
    assert sum(parts.values()) == pytest.approx(
        record["log_price"][-1, 0, 1] - record["log_price"][0, 0, 1]
    )


def test_withdrawn_books_deepen_the_fall() -> None:
    """The same people and news; only the books differ."""
    thin, full = run(small()), run(small(liquidity={"withdrawal_exponent": 0.0}))
    assert thin["log_price"][:, 0, 1].min() < full["log_price"][:, 0, 1].min() - 0.02
    np.testing.assert_array_equal(thin["log_fundamental"], full["log_fundamental"])


def test_without_leverage_the_shock_is_only_the_shock() -> None:
    crowd = {
        "accounts": 2_000,
        "leverage_median": 1.0,
        "leverage_median_by_notional": 1.0,
        "leverage_spread": 0.05,
        "hedge_leverage": 1.0,
    }
    record = run(small(crowd=crowd, liquidation={"fee_pct": 0.0}))
    assert record["liquidated_long_usd"].sum() == 0
    gap = record["log_price"] - record["log_fundamental"]
    assert np.abs(gap).max() < 1e-9


def test_open_interest_falls_when_market_makers_hand_on_what_they_bought() -> None:
    mild = {"shocks": [{"at_min": 20.0, "size_pct": -3.0}], "adl": {"rank": "none"}}
    slow = run(small(hedging={"handover_h": 10_000.0}, **mild))["open_interest_usd"]
    fast = run(small(hedging={"handover_h": 0.2}, **mild))["open_interest_usd"]
    assert fast[-1].sum() < 0.95 * slow[-1].sum()


def test_minutes_sum_the_steps_within_them() -> None:
    record = run(small())
    flow = record["liquidated_long_usd"][:, 0].sum(axis=(1, 2))
    minutes = by_minute(record, flow)
    assert len(minutes) == 120
    assert minutes.sum() == pytest.approx(flow.sum())
