"""The books: how they thin out, fill again, and what orders do to prices.

share = clip((threshold ÷ z)^exponent · e^(−k·losses) · e^(−h·broken), floor, 1)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import liquidity
from engine.clock import HOUR_S, MINUTE_S
from engine.record import CAUSES
from engine.run import run
from engine.scenario import Liquidity
from engine.state import Kind
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still
from tests.engine.scenarios import small

AT_ONCE = 1e9  # seconds: after so long depth is where it is wanted


def depth(market: Emptied, step_s: float = AT_ONCE, before: float = 1.0, **rule: Any) -> np.ndarray:
    """Share of calm depth after a step, (V, A)."""
    market.state.depth_share[:] = before
    return liquidity.depth_after(market.state, Liquidity(**rule), step_s)[0]


# ---------------------------------------------------------------- volatility


@pytest.mark.parametrize(
    ("ratio", "share"), [(0.5, 1.0), (2.0, 1.0), (4.0, 0.25), (8.0, 0.0625), (100.0, 0.03)]
)
def test_depth_falls_with_the_assets_volatility_beyond_the_threshold(
    ratio: float, share: float
) -> None:
    """(threshold ÷ z)^exponent, here (2 ÷ z)², between the floor and 1; each asset by its own."""
    market = Emptied(still())
    market.state.unrest[:] = [ratio**2, 1.0]
    found = depth(market, withdrawal_threshold=2.0, withdrawal_exponent=2.0, depth_floor=0.03)
    assert found[:, BIG] == pytest.approx(np.full(3, share))
    assert found[:, SMALL] == pytest.approx(np.ones(3))


def test_books_empty_fast_and_fill_slowly() -> None:
    """Left of the distance to what is wanted: e^(−dt/fall), e^(−dt/return)."""
    market, rule = Emptied(still()), {"fall_min": 1.0, "return_min": 60.0, "depth_floor": 0.03}
    market.state.unrest[:] = 1e9
    fallen = depth(market, MINUTE_S, **rule)
    assert fallen == pytest.approx(np.full((3, 2), 0.03 + 0.97 / np.e))
    market.state.unrest[:] = 1e-9
    risen = depth(market, MINUTE_S, before=0.03, **rule)
    assert risen == pytest.approx(np.full((3, 2), 1 - 0.97 * np.exp(-1 / 60)))


@pytest.mark.parametrize("step_s", [5.0, 60.0, 300.0])
def test_calm_noise_leaves_books_full_whatever_the_step(step_s: float) -> None:
    """z² of a calm random walk is 1 on average, on any grid; 400 walks at once."""
    rule, variance = Liquidity(withdrawal_threshold=2.5), np.full(2, 1e-8)
    rng, state = np.random.default_rng(5), Emptied(still()).state
    trend, price, ratio = np.zeros((200, 2)), np.zeros((200, 2)), []
    state.unrest, state.depth_share = np.ones((200, 2)), np.ones((200, 3, 2))
    for _ in range(1_000):
        price = price + rng.standard_normal(price.shape) * np.sqrt(variance * step_s)
        trend, state.unrest = liquidity.follow_trend(
            trend, state.unrest, price, variance, rule, step_s
        )
        state.depth_share = liquidity.depth_after(state, rule, step_s)
        ratio.append(state.unrest.mean())
    assert np.median(state.depth_share) > 0.99
    assert np.mean(ratio[500:]) == pytest.approx(1, rel=0.05)  # once the average has run in


@pytest.mark.parametrize("step_s", [60, 3600, 14400, 86400])
def test_a_crash_within_one_long_step_is_seen_as_unrest(step_s: float) -> None:
    trend, unrest = liquidity.follow_trend(
        np.zeros((1, 1)),
        np.ones((1, 1)),
        np.full((1, 1), -0.3),
        np.array([1e-8]),
        Liquidity(volatility_window_min=0.5),
        step_s,
    )
    assert unrest.item() > 50
    assert np.isfinite(trend).all()


def test_withdrawn_books_deepen_the_fall() -> None:
    """The same people and news; only the books differ."""
    thin, full = run(small()), run(small(liquidity={"withdrawal_exponent": 0.0}))
    assert thin["log_price"][:, 0, 1].min() < full["log_price"][:, 0, 1].min() - 0.02
    np.testing.assert_array_equal(thin["log_fundamental"], full["log_fundamental"])


# ---------------------------------------------------------------- losses and ADL


def test_depth_falls_with_market_makers_losses_there_and_nowhere_else() -> None:
    """e^(−k · share of their capital that is lost)."""
    market = Emptied(still())
    market.state.maker_loss[0, B, BIG] = 0.6
    found = depth(market, loss_withdrawal=2.0, withdrawal_exponent=0.0)
    expected = np.ones((3, 2))
    expected[B, BIG] = np.exp(-1.2)
    np.testing.assert_allclose(found, expected)


def test_makers_who_no_longer_withdraw_come_back_bit_by_bit() -> None:
    """Without any rule of withdrawal full books stay full, and thin ones fill as fast as ever."""
    never = {"withdrawal_exponent": 0.0, "loss_withdrawal": 0.0, "adl_withdrawal": 0.0}
    market = Emptied(still())
    market.state.unrest[:] = 1e9
    market.state.maker_loss[0, B, BIG] = 0.6
    np.testing.assert_array_equal(depth(market, MINUTE_S, **never), np.ones((3, 2)))
    filled = depth(market, MINUTE_S, before=0.5, return_min=60.0, **never)
    assert filled == pytest.approx(np.full((3, 2), 1 - 0.5 * np.exp(-1 / 60)))


def test_losses_are_what_the_surplus_inventory_lost_by_capital() -> None:
    """Makers of Big at A can lose 1% of 50 M USD; what they are content to hold is hedged.

    A surplus of 1,000 coins loses 5 USD each: 1% of their capital. A gain makes up for it.
    """
    market = Emptied(still(), Holder(500.0, 1e5))
    state, capital = market.state, market.constants.maker_capital_usd
    assert capital[A, BIG] == pytest.approx(500e3)
    state.maker_rest_qty[0, A, BIG] -= 1_000.0
    state.maker_equity_usd = (
        state.maker_cash_usd + (state.maker_qty - state.maker_rest_qty) * state.mark_usd
    )
    rule = Liquidity(return_min=10_000.0)
    market.price(95.0)
    liquidity.count_losses(state, capital, rule, 1.0)
    expected = np.zeros((1, 3, 2))
    expected[0, A, BIG] = 0.01
    np.testing.assert_allclose(state.maker_loss, expected, atol=1e-12)
    market.price(99.0)
    liquidity.count_losses(state, capital, rule, 1.0)
    np.testing.assert_allclose(state.maker_loss, 0.2 * expected, rtol=1e-4, atol=1e-12)
    market.price(120.0)
    liquidity.count_losses(state, capital, rule, 1.0)
    assert not state.maker_loss.any()


def test_depth_falls_with_the_share_of_hedges_that_adl_broke() -> None:
    """e^(−h · closed ÷ hedged shorts at the start): ADL closes 25 of 100 hedged coins at A."""
    hedger = Holder(-100.0, 5_000.0, entry_usd=110.0, kind=Kind.BASIS, hedged=True)
    elsewhere = Holder(-100.0, 5_000.0, venue=C, kind=Kind.BASIS, hedged=True)
    market = Emptied(still(adl={"trigger": "equity_below_zero"}), hedger, elsewhere)
    market.give_engine(25.0, 95.0)
    market.price(90.0)
    assert market.deleverage() is not None
    found = depth(market, adl_withdrawal=2.0, withdrawal_exponent=0.0)
    expected = np.ones((3, 2))
    expected[A, BIG] = np.exp(-2 * 0.25)
    np.testing.assert_allclose(found, expected)


def test_losses_and_broken_hedges_are_forgotten_as_depth_returns() -> None:
    """Left after t: e^(−t/return)."""
    market = Emptied(still())
    state = market.state
    state.maker_loss[:], state.adl_share[:] = 0.5, 0.25
    liquidity.count_losses(
        state, market.constants.maker_capital_usd, Liquidity(return_min=60.0), HOUR_S
    )
    assert state.maker_loss == pytest.approx(np.full((1, 3, 2), 0.5 / np.e))
    assert state.adl_share == pytest.approx(np.full((1, 3, 2), 0.25 / np.e))


def test_all_reasons_together_leave_at_least_the_floor() -> None:
    market = Emptied(still())
    market.state.unrest[:], market.state.maker_loss[:], market.state.adl_share[:] = 16.0, 1.0, 0.5
    rule = {"withdrawal_threshold": 2.0, "withdrawal_exponent": 1.0}
    found = depth(market, loss_withdrawal=0.5, adl_withdrawal=2.0, depth_floor=0.01, **rule)
    assert found == pytest.approx(np.full((3, 2), 0.5 * np.exp(-0.5) * np.exp(-1)))
    found = depth(market, loss_withdrawal=20.0, adl_withdrawal=2.0, depth_floor=0.01, **rule)
    assert found == pytest.approx(np.full((3, 2), 0.01))


# ---------------------------------------------------------------- impact and its going back


def test_an_order_moves_the_log_price_by_its_size_over_depth() -> None:
    """Δ ln p = USD ÷ (100 · depth within 1%), here at a quarter of calm depth."""
    market = Emptied(still(liquidation={"selling_pace": 1_000.0}))
    market.give_engine(1_000.0, 100.0)
    market.state.depth_share[:] = 0.25
    series, _ = market.play(1)
    moved = -1_000 * 100 / (0.25 * 0.5 * 1e7 * 100)
    assert np.log(series["price_usd"][0, 0, :, BIG] / 100) == pytest.approx(
        [moved, 0, 0], abs=1e-12
    )
    causes = series["causes_log"][0, 0, BIG]
    assert causes[CAUSES.index("liquidations")] == pytest.approx(0.5 * moved / 4)
    assert causes[CAUSES.index("withdrawn liquidity")] == pytest.approx(0.5 * moved * 3 / 4)


def test_the_passing_part_of_an_impact_goes_back_with_its_half_life() -> None:
    """Of an impact I, 1 − share · (1 − 2^(−t/halflife)) is left after t; the news stays."""
    rule = {"resilience_share": 0.4, "resilience_halflife_min": 10.0}
    news = [{"at_min": 5.0, "size_pct": -1.0, "ramp_min": 0.0}]
    clock = {"fine_window_min": 0}
    market = Emptied(still(liquidity=rule, shocks=news, clock=clock))
    market.give_engine(100.0, 100.0)
    series, _ = market.play(41)
    log_price = np.log(series["price_usd"][:, 0, A, BIG] / 100)
    impact = -100 * 100 / (0.5 * 1e9)
    minutes = np.arange(41)
    expected = impact * (1 - 0.4 * (1 - 2 ** (-minutes / 10)))
    expected[5:] += np.log(0.99)
    assert log_price == pytest.approx(expected, abs=2e-6)
    back = series["causes_log"][:, 0, BIG, CAUSES.index("refilling books")].sum()
    assert back == pytest.approx(-0.5 * impact * 0.4 * (1 - 2**-4))


@pytest.mark.parametrize("step_s", [5.0, 60.0, 600.0])
def test_dents_go_back_on_any_grid_alike(step_s: float) -> None:
    rule, dent = Liquidity(resilience_halflife_min=20.0), np.full((1, 3, 2), -0.08)
    for _ in range(int(20 * MINUTE_S / step_s)):
        dent = dent - liquidity.refilled(dent, rule, step_s)
    assert dent == pytest.approx(np.full((1, 3, 2), -0.04))


@pytest.mark.parametrize("step_s", [10.0, 60.0])
def test_depth_fades_and_returns_on_any_grid_alike(step_s: float) -> None:
    market, rule = Emptied(still()), Liquidity(fall_min=2.0, return_min=30.0, depth_floor=0.1)
    state = market.state
    for unrest, minutes, expected in (
        (1e9, 4, 0.1 + 0.9 * np.exp(-2)),
        (1e-9, 30, 1 - (0.9 - 0.9 * np.exp(-2)) / np.e),
    ):
        state.unrest[:] = unrest
        for _ in range(int(minutes * MINUTE_S / step_s)):
            state.depth_share = liquidity.depth_after(state, rule, step_s)
        assert state.depth_share == pytest.approx(np.full((1, 3, 2), expected))


# ---------------------------------------------------------------- value buyers


def test_value_buyers_halve_a_small_dislocation_on_time_and_a_large_one_sooner() -> None:
    """Pace · (1 + (d/reach)²): at d = reach a half-life takes three quarters."""
    rule = Liquidity(dislocation_halflife_h=2.0, value_reach=0.5)
    for away, share in ((1e-6, 0.5), (-1e-6, 0.5), (0.5, 0.75), (-0.5, 0.75)):
        pulled = liquidity.reversion(
            np.full((1, 1, 1), -away), np.zeros((1, 1)), rule, step_s=2 * HOUR_S
        )
        assert pulled.item() / away == pytest.approx(share, rel=1e-6)


def test_makers_of_a_market_without_open_interest_have_nothing_to_lose() -> None:
    """C holds no contracts at all: its books are as deep as ever."""
    venues = still().model_dump(mode="json")["venues"]
    for venue, share in zip(venues, (0.6, 0.4, 0.0), strict=True):
        venue["open_interest_share"] = share
    scenario = still(venues=venues, liquidity={"loss_withdrawal": 5.0})
    market = Emptied(scenario, Holder(-100.0, 1e4, venue=C))
    market.price(90.0)
    series, _ = market.play(5)
    assert np.isfinite(series["price_usd"]).all()
    assert market.state.depth_share[0, C] == pytest.approx(np.ones(2))
