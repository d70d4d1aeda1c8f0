"""Arbitrage: what closes gaps between venues, and when it can't."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import arbitrage
from engine.arrays import Floats
from engine.scenario import Plumbing
from engine.state import contracts_error
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still

WEIGHT = np.array([0.5, 0.3, 0.2])
OPEN = {"arbitrage_pct": 1.0, "bridge_strain": 0.0, "fiat_strain": 0.0}
"""Arbitrageurs keep 1% of open interest: at A 500,000 USD in coins of Big, 550,000 in dollars."""


def working(**plumbing: Any) -> Emptied:
    return Emptied(still(plumbing=OPEN | plumbing), Holder(1.0, 1e6))


def ordered(market: Emptied, trading: np.ndarray | None = None, step_s: float = 20.0) -> Floats:
    """Orders of a step in USD, (V, A)."""
    orders = arbitrage.orders_usd(
        market.state,
        market.state.log_price,
        np.broadcast_to(market.constants.calm_depth_usd, (1, 3, 2)),
        WEIGHT,
        trading,
        market.constants.scenario.plumbing,
        step_s,
    )
    return orders[0]


# ---------------------------------------------------------------- orders


def test_in_long_steps_a_gap_is_closed_once_not_by_everybody() -> None:
    """Books refill, value buyers come, arbitrageurs trade: each sees what the others have left."""
    scenario = still(
        plumbing=OPEN | {"speed_s": 20.0, "arbitrage_pct": 50.0},
        liquidity={"resilience_share": 0.5, "dislocation_halflife_h": 0.3},
        clock={"calm_step_s": 3_600, "duration_min": 600},
    )
    market = Emptied(scenario, Holder(1.0, 1e9))
    market.price(60.0, venue=C)
    market.state.dent[0, C, BIG] = np.log(0.8)
    distances = [abs(np.log(0.6))]
    for _ in range(6):
        market.simulation.advance(1)
        price = np.exp(market.state.log_price[0, :, BIG])
        assert price.max() <= 100 * (1 + 1e-9)
        distances.append(float(np.abs(np.log(price / 100)).max()))
    assert (np.diff(distances) <= 1e-12).all()
    assert distances[-1] < 0.01


def test_orders_close_the_gap_to_the_mean_at_the_speed_of_arbitrage() -> None:
    """Order: −gap · D · (1 − e^(−dt/speed)), gap to the depth-weighted mean log price."""
    market = working(speed_s=20.0)
    market.price(100.01, venue=A)
    gap = np.log(1.0001) * (np.array([1.0, 0.0, 0.0]) - 0.5)
    depth = market.constants.calm_depth_usd[:, BIG]
    assert ordered(market)[:, BIG] == pytest.approx(-gap * depth * (1 - np.exp(-1)))
    assert not ordered(market)[:, SMALL].any()


def test_a_gap_closes_with_its_time_constant() -> None:
    """Of a gap, e^(−t/speed) is left after t: each step takes 1 − e^(−dt/speed) of it."""
    market = working(speed_s=60.0)
    market.price(100.01, venue=A)
    series, _ = market.play(3)
    price = np.log(series["price_usd"][:, 0, :, BIG])
    left = (price[:, A] - price[:, B]) / np.log(1.0001)
    assert left == pytest.approx(np.exp([-1, -2, -3]), rel=1e-3)


@settings(max_examples=200)
@given(
    offsets=st.lists(st.floats(-0.2, 0.2), min_size=6, max_size=6),
    coins=st.lists(st.floats(0, 1e6), min_size=6, max_size=6),
    dollars=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
    closed=st.sets(st.integers(0, 5), max_size=5),
)
def test_both_sides_are_the_same_size_and_within_every_balance(
    offsets: list[float], coins: list[float], dollars: list[float], closed: set[int]
) -> None:
    market, shape = MARKET, (1, 3, 2)
    state = market.state
    state.log_price = np.log([100.0, 2.0]) + np.array(offsets).reshape(shape)
    state.arb_coins_usd = np.array(coins).reshape(shape)
    state.arb_dollars_usd = np.array(dollars).reshape(1, 3)
    trading = ~np.isin(np.arange(6), list(closed)).reshape(shape)
    orders = ordered(market, trading)
    buys, sells = np.maximum(orders, 0), np.maximum(-orders, 0)
    assert buys.sum(axis=0) == pytest.approx(sells.sum(axis=0), rel=1e-9, abs=1e-6)
    assert (sells <= state.arb_coins_usd[0] * (1 + 1e-12) + 1e-9).all()
    assert (buys.sum(axis=1) <= state.arb_dollars_usd[0] * (1 + 1e-12) + 1e-9).all()
    assert not orders[~trading[0]].any()


MARKET = working()


def test_dollars_of_a_venue_are_shared_among_all_assets_bought_there() -> None:
    """A is cheap in both; 30,000 USD there are split as the orders would be."""
    market = working()
    market.price(90.0, venue=A)
    market.price(1.8, venue=A, asset=SMALL)
    rich = ordered(market)[A]
    assert rich.sum() > 30e3
    market.state.arb_dollars_usd[0, A] = 30e3
    poor = ordered(market)[A]
    assert (poor > 0).all()
    assert poor.sum() <= 30e3 * (1 + 1e-12)
    market.state.arb_coins_usd[:] = 1e12  # so that nothing but dollars is scarce
    poor = ordered(market)[A]
    assert poor.sum() == pytest.approx(30e3)


def test_coins_are_balanced_market_by_market() -> None:
    """A is dear in both; without coins of Small there, only Big is arbitraged."""
    market = working()
    market.price(110.0, venue=A)
    market.price(2.2, venue=A, asset=SMALL)
    market.state.arb_coins_usd[0, A, SMALL] = 0
    orders = ordered(market)
    assert orders[A, BIG] < 0
    assert not orders[:, SMALL].any()


def test_closed_markets_are_left_out_of_the_mean_and_of_the_trade() -> None:
    """A is out at 150: B and C, at 100 and 101, only look at each other."""
    market = working()
    market.price(150.0, venue=A)
    market.price(101.0, venue=C)
    trading = np.ones((1, 3, 2), dtype=bool)
    trading[0, A] = False
    orders = ordered(market, trading)[:, BIG]
    assert orders[A] == 0
    assert orders[B] == pytest.approx(-orders[C])
    assert orders[B] > 0


# ---------------------------------------------------------------- balances


def test_buying_turns_dollars_into_coins_and_selling_coins_into_dollars() -> None:
    market = working()
    market.price(110.0, venue=A)
    state = market.state
    orders = ordered(market)[None]
    coins, dollars = state.arb_coins_usd.copy(), state.arb_dollars_usd.copy()
    arbitrage.settle(state, orders, orders / np.exp(state.log_price), np.exp(state.log_price))
    assert orders[0, A, BIG] < 0
    np.testing.assert_allclose(state.arb_coins_usd - coins, orders)
    np.testing.assert_allclose(state.arb_dollars_usd - dollars, -orders.sum(axis=-1))
    np.testing.assert_allclose(state.arb_cash_usd, -orders)


@pytest.mark.parametrize(
    ("strain", "congestion", "ratio", "slower"),
    [(0.0, 0.5, 1.0, 1.0), (0.64, 0.5, 0.2, 1 / 0.36), (0.0, 0.5, 9.0, 5.0), (0.5, 1.0, 3.0, 6.0)],
)
def test_balances_refill_through_their_own_channels(
    strain: float, congestion: float, ratio: float, slower: float
) -> None:
    """τ = refill · (1 + congestion · max(z − 1, 0)) ÷ (1 − strain), z = volatility ÷ normal."""
    rule = Plumbing(
        arbitrage_pct=1.0,
        bridge_h=2.0,
        fiat_h=0.5,
        bridge_strain=strain,
        fiat_strain=strain,
        congestion=congestion,
    )
    market = working()
    state, target = market.state, market.constants.arb_target_usd
    state.unrest[:] = ratio**2
    state.arb_coins_usd[:] = 0
    state.arb_dollars_usd[:] = 0
    arbitrage.refill(state, target, market.constants.asset_weight, rule, 1_800.0)
    coins, dollars = -np.expm1(-0.5 / 2 / slower), -np.expm1(-0.5 / 0.5 / slower)
    np.testing.assert_allclose(state.arb_coins_usd[0], target * coins)
    np.testing.assert_allclose(state.arb_dollars_usd[0], target.sum(axis=1) * dollars)


def test_congestion_looks_at_all_assets_by_their_depth() -> None:
    """z² is the depth-weighted mean of the assets' z²: 10/11 of 16 and 1/11 of 0."""
    market = working()
    state, weight = market.state, market.constants.asset_weight
    assert weight == pytest.approx([10 / 11, 1 / 11])
    state.unrest[:] = [16.0, 0.0]
    state.arb_coins_usd[:] = 0
    rule = Plumbing(bridge_h=1.0, bridge_strain=0.0, congestion=1.0)
    arbitrage.refill(state, market.constants.arb_target_usd, weight, rule, 3_600.0)
    expected = -np.expm1(-1 / np.sqrt(16 * 10 / 11))
    np.testing.assert_allclose(
        state.arb_coins_usd[0], market.constants.arb_target_usd * expected, rtol=1e-12
    )


def test_at_full_strain_nothing_arrives_by_that_channel() -> None:
    market = working()
    state = market.state
    state.arb_coins_usd[:] = 0
    state.arb_dollars_usd[:] = 0
    rule = Plumbing(bridge_strain=1.0, fiat_strain=0.0)
    arbitrage.refill(
        state, market.constants.arb_target_usd, market.constants.asset_weight, rule, 1e5
    )
    assert not state.arb_coins_usd.any()
    assert state.arb_dollars_usd.all()


def test_as_coins_arrive_contracts_are_netted_with_market_makers() -> None:
    """arb' = arb · e^(−dt/τ); what goes passes to market makers at mark."""
    market = working()
    state = market.state
    state.arb_qty[0, A, BIG], state.arb_qty[0, B, BIG] = -10.0, 10.0
    state.maker_qty[0, A, BIG] += 10.0
    state.maker_qty[0, B, BIG] -= 10.0
    cash = state.maker_cash_usd.copy()
    rule = Plumbing(bridge_h=1.0, bridge_strain=0.0)
    arbitrage.refill(
        state, market.constants.arb_target_usd, market.constants.asset_weight, rule, 3_600.0
    )
    left = 10 * np.exp(-1)
    assert state.arb_qty[0, :, BIG] == pytest.approx([-left, left, 0])
    assert (state.maker_cash_usd - cash)[0, A, BIG] == pytest.approx((10 - left) * 100)
    assert contracts_error(state) < 1e-12


# ---------------------------------------------------------------- gaps


def test_gaps_close_while_there_are_balances_and_stay_open_when_they_are_used_up() -> None:
    """To close a gap of 1% at A takes a quarter of a per cent of D_A, 1.25 M USD."""
    gaps = {}
    for pct in (0.0, 0.1, 50.0):
        rule = {"arbitrage_pct": pct, "bridge_strain": 1.0, "fiat_strain": 1.0}
        market = Emptied(still(plumbing=rule), Holder(1.0, 1e6))
        market.price(101.0, venue=A)
        series, events = market.play(60)
        price = np.log(series["price_usd"][-1, 0, :, BIG])
        gaps[pct] = price[A] - price[B:].mean()
        assert ("no_coins" in {event.kind for event in events}) == (pct == 0.1)
    assert gaps[0.0] == pytest.approx(np.log(1.01), rel=1e-3)
    assert 0.9 * gaps[0.0] < gaps[0.1] < gaps[0.0]
    assert gaps[50.0] == pytest.approx(0, abs=1e-5)


def test_where_dollars_run_out_it_is_told() -> None:
    rule = {"arbitrage_pct": 0.1, "fiat_strain": 1.0, "bridge_strain": 0.0, "bridge_h": 0.01}
    market = Emptied(still(plumbing=rule), Holder(1.0, 1e6))
    market.price(80.0, venue=C)
    _, events = market.play(30)
    told = [event for event in events if event.kind == "no_dollars"]
    assert [event.venue for event in told] == ["C"]
    left, dollars, relation, right, limit = told[0].because
    assert (left, relation, right) == ("arb_dollars_usd", "<", "limit_usd")
    assert dollars < limit == pytest.approx(0.05 * 0.1e-2 * 0.2 * 1.1e8)
