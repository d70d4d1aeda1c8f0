"""Forced liquidation: who is taken over, how much of it, and how it is sold.

Tiers of the emptied market: 1% of the first 50,000 USD of a position, 2.5% of the rest, so that
M(n) = max(0.01·n, 0.025·n − 750).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import liquidation
from engine.liquidation import cut_shares
from engine.margin import Tiers, maintenance_usd, tiers_of
from engine.scenario import Asset, Insurance, Tier
from engine.state import LONG, SHORT, Kind, cash_error, contracts_error
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still

LOWER_TIER = {"ladder": "lower_tier"}
STAGED = {"ladder": "staged"}  # by default as Hyperliquid: 20%, 100,000 USD, 30 s, two thirds


def margin(*notional_usd: float) -> float:
    """Maintenance margin by the formula at the top."""
    return sum(max(0.01 * n, 0.025 * n - 750) for n in notional_usd)


def taken(market: Emptied, time_s: float = 0.0) -> liquidation.Takeover:
    result = market.take_over(time_s)
    assert result is not None
    assert contracts_error(market.state) < 1e-12
    assert cash_error(market.state) < 1e-12
    return result


def test_a_long_is_taken_over_below_its_published_liquidation_price_and_not_above() -> None:
    """Venues' margin pages: a long is liquidated at (p0 − c/q)/(1 − μ)."""
    market = Emptied(still(), Holder(10.0, equity_usd=100.0))
    price = (100 - 100 / 10) / (1 - 0.01)
    market.price(price * (1 + 1e-6))
    assert market.take_over() is None
    market.price(price * (1 - 1e-6))
    assert taken(market).rows.tolist() == market.rows


def test_a_short_is_taken_over_above_its_published_liquidation_price_and_not_below() -> None:
    """Venues' margin pages: a short is liquidated at (p0 + c/q)/(1 + μ)."""
    market = Emptied(still(), Holder(-10.0, equity_usd=100.0))
    price = (100 + 100 / 10) / (1 + 0.01)
    market.price(price * (1 - 1e-6))
    assert market.take_over() is None
    market.price(price * (1 + 1e-6))
    assert taken(market).rows.tolist() == market.rows


def test_position_and_collateral_pass_to_the_engine_at_the_bankruptcy_price() -> None:
    """Bankruptcy price entry·(1 ∓ 1/leverage): 90 for a long at 10×, 110 for a short."""
    for coins, price, side, bankrupt in ((10.0, 90.5, LONG, 90.0), (-10.0, 109.5, SHORT, 110.0)):
        market = Emptied(still(), Holder(coins, equity_usd=100.0))
        market.price(price)
        result = taken(market)
        bucket = (0, A, BIG, side)
        assert result.whole.all()
        assert market.qty(0) == 0
        assert market.cash(0) == 0
        assert market.state.engine_qty[bucket] == coins
        found = -market.state.engine_cash_usd[bucket] / market.state.engine_qty[bucket]
        assert found == pytest.approx(bankrupt)
        assert result.notional_usd[bucket] == pytest.approx(10 * price)
        assert not market.state.long_qty.any()
        assert not market.state.short_qty.any()


def test_the_fee_is_a_share_of_the_notional_but_at_most_what_is_left() -> None:
    """10 coins bought at 100 with 100 USD; a fee of 0.5% would be 4.55, 4.525 and 4.45 USD."""
    for price, fee in ((90.9, 0.005 * 909), (90.2, 2.0), (89.0, 0.0)):
        market = Emptied(still(liquidation={"fee_pct": 0.5}), Holder(10.0, equity_usd=100.0))
        fund = market.state.fund_usd[0, A, BIG]
        market.price(price)
        taken(market)
        assert market.state.fund_usd[0, A, BIG] - fund == pytest.approx(fee, abs=1e-6)


def test_what_the_owner_lost_is_the_collateral_whatever_the_price() -> None:
    for price in (90.9, 60.0):
        market = Emptied(still(), Holder(10.0, equity_usd=100.0))
        market.price(price)
        assert taken(market).margin_usd[0, A, BIG] == pytest.approx(100)


def test_a_cross_margin_account_loses_all_positions_and_equity_is_split_by_notional() -> None:
    """10 Big and −100 Small on 110 USD: with Big at 90 there are 10 left, 900 and 200 notional."""
    market = Emptied(still(), Holder((10.0, -100.0), equity_usd=110.0))
    market.price(90.0)
    result = taken(market)
    state = market.state
    assert state.engine_qty[0, A].tolist() == [[10, 0], [0, -100]]
    assert -state.engine_cash_usd[0, A, BIG, LONG] / 10 == pytest.approx(90 - 10 * 9 / 11 / 10)
    assert state.engine_cash_usd[0, A, SMALL, SHORT] / 100 == pytest.approx(2 + 10 * 2 / 11 / 100)
    assert result.margin_usd.sum() == pytest.approx(110)
    assert result.accounts[0, A].tolist() == [1, 0]


def test_an_account_is_counted_once_where_its_largest_position_is() -> None:
    market = Emptied(still(), Holder((1.0, 1_000.0), equity_usd=110.0, entry_usd=(100.0, 2.0)))
    market.price(1.9, asset=SMALL)
    assert taken(market).accounts[0, A].tolist() == [0, 1]


def test_hedgers_whose_short_is_taken_over_keep_the_coins_it_hedged() -> None:
    basis = Holder(-10.0, 100.0, kind=Kind.BASIS, hedged=True)
    market = Emptied(still(), basis, Holder(-5.0, 50.0))
    market.price(120.0)
    taken(market)
    assert market.state.naked_qty[0, A, BIG] == 10


# ---------------------------------------------------------------- cut to a lower tier


def test_cut_to_the_lower_tier_ends_at_its_bound_and_the_margin_then_suffices() -> None:
    """80,000 USD long on 1,240: M = 1,250; at the bound of 50,000 it is 500."""
    market = Emptied(still(liquidation=LOWER_TIER), Holder(800.0, equity_usd=1_240.0))
    result = taken(market)
    assert not result.whole.any()
    assert market.qty(0) * 100 == pytest.approx(50_000, rel=1e-12)
    assert market.equity(0) == pytest.approx(1_240)
    assert market.equity(0) >= margin(50_000)
    assert market.take_over(time_s=3_600.0) is None


def test_what_is_cut_passes_to_the_engine_at_mark_and_the_account_pays_the_fee() -> None:
    market = Emptied(still(liquidation=LOWER_TIER | {"fee_pct": 1.0}), Holder(-800.0, 1_240.0))
    fund = market.state.fund_usd[0, A, BIG]
    result = taken(market)
    bucket = (0, A, BIG, SHORT)
    assert market.state.engine_qty[bucket] == pytest.approx(-300)
    assert market.state.engine_cash_usd[bucket] == pytest.approx(300 * 100)
    assert market.equity(0) == pytest.approx(1_240 - 0.01 * 30_000)
    assert market.state.fund_usd[0, A, BIG] - fund == pytest.approx(0.01 * 30_000)
    assert result.margin_usd[0, A, BIG] == pytest.approx(0.01 * 30_000)


def test_cut_goes_from_tier_to_tier_until_the_margin_suffices() -> None:
    """M = 2,900 of 100,000 USD, 900 of 50,000 and 100 of 10,000: 300 USD carry only the lowest."""
    tiers = [(0.0, 0.01), (10_000.0, 0.02), (50_000.0, 0.04)]
    table = tiers_of([_asset(tiers)])
    one = np.ones(1)
    share = cut_shares(table, np.array([[100_000.0]]), one, np.array([300.0]), 0 * one)
    assert share[0, 0] == pytest.approx(0.9)
    share = cut_shares(table, np.array([[100_000.0]]), one, np.array([900.0]), 0 * one)
    assert share[0, 0] == pytest.approx(0.5)


def test_an_account_that_no_lower_tier_cures_is_taken_over_whole() -> None:
    """20,000 USD stand in the lowest tier; of 80,000 USD not even 50,000 can be kept on 400."""
    for coins, equity in ((200.0, 150.0), (800.0, 400.0)):
        market = Emptied(still(liquidation=LOWER_TIER), Holder(coins, equity_usd=equity))
        assert taken(market).whole.all()
        assert market.qty(0) == 0


def test_a_fee_that_eats_the_margin_makes_the_cut_whole() -> None:
    """510 USD would carry the 500 of the lower tier, but not after 1% of the 30,000 cut."""
    for fee_pct, whole in ((0.0, False), (1.0, True)):
        ladder = LOWER_TIER | {"fee_pct": fee_pct}
        market = Emptied(still(liquidation=ladder), Holder(800.0, equity_usd=510.0))
        assert taken(market).whole.all() == whole


def test_of_a_cross_margin_account_each_position_is_cut_to_its_own_lower_tier() -> None:
    """80,000 and 20,000 USD: only the first stands in the upper tier."""
    holder = Holder((800.0, -10_000.0), equity_usd=1_000.0)
    market = Emptied(still(liquidation=LOWER_TIER), holder)
    assert margin(80_000, 20_000) == 1_450
    result = taken(market)
    assert not result.whole.any()
    assert market.qty(0, BIG) == pytest.approx(500)
    assert market.qty(0, SMALL) == -10_000
    assert market.equity(0) >= margin(50_000, 20_000)


def _asset(tiers: list[tuple[float, float]]) -> Asset:
    return Asset(
        name="X",
        price_usd=1.0,
        open_interest_usd=1e9,
        depth_1pct_usd=1e7,
        leverage_cap=10.0,
        tiers=tuple(Tier(from_usd=start, rate=rate) for start, rate in tiers),
    )


@settings(max_examples=200)
@given(
    notional=st.lists(st.floats(0, 5e6), min_size=2, max_size=2),
    equity_share=st.floats(-0.5, 1),
    weight=st.floats(1, 50),
    fee=st.floats(0, 0.02),
)
def test_after_any_cut_the_margin_suffices_and_everything_stands_at_a_bound_or_uncut(
    notional: list[float], equity_share: float, weight: float, fee: float
) -> None:
    table = tiers_of([_asset([(0, 0.01), (5e4, 0.02), (4e5, 0.05)]), _asset([(0, 0.02)])])
    held = np.array(notional)[:, None] * weight
    before = maintenance_usd(table, held, weight).sum(axis=0)
    equity, weights, fees = equity_share * before, np.array([weight]), np.array([fee])
    share = cut_shares(table, held, weights, equity, fees)
    left = held * (1 - share)
    if (share == 1).all():
        _no_bound_would_do(table, held, weights, equity, fees)
        return
    after = equity - (fees * (held - left)).sum(axis=0)
    assert after >= maintenance_usd(table, left, weights).sum(axis=0) * (1 - 1e-9)
    for a in range(2):
        bounds = table.from_usd[a] * weight
        uncut = left[a, 0] == pytest.approx(held[a, 0], rel=1e-12, abs=1e-6)
        assert uncut or np.isclose(left[a, 0], bounds, rtol=1e-9).any()


def _no_bound_would_do(
    table: Tiers,
    held: np.ndarray,
    weight: np.ndarray,
    equity: np.ndarray,
    fee: np.ndarray,
) -> None:
    """Try every lower bound of the first asset, the only one with several tiers."""
    for bound in table.from_usd[0, 1:] * weight:
        if bound < held[0, 0]:
            left = np.array([[bound], held[1]])
            after = equity - (fee * (held - left)).sum(axis=0)
            assert after < maintenance_usd(table, left, weight).sum(axis=0)


# ---------------------------------------------------------------- step by step


def test_of_a_large_position_a_fifth_goes_first_then_comes_a_pause() -> None:
    """Hyperliquid: above 100,000 USD 20% first, cool-down 30 s.

    3,000 USD are below M(200,000) = 4,250 and M(160,000) = 3,250, above two thirds of both and
    above M(128,000) = 2,450.
    """
    market = Emptied(still(liquidation=STAGED), Holder(2_000.0, equity_usd=3_000.0))
    assert not taken(market, time_s=100.0).whole.any()
    assert market.qty(0) == pytest.approx(1_600)
    assert market.equity(0) == pytest.approx(3_000)
    assert market.take_over(time_s=129.0) is None
    assert not taken(market, time_s=130.0).whole.any()
    assert market.qty(0) == pytest.approx(1_280)
    assert market.take_over(time_s=3_600.0) is None


def test_up_to_100_000_usd_a_position_is_taken_over_whole_at_once() -> None:
    """Hyperliquid: only larger positions go in steps. M(99,900) = 1,747.5, M(100,100) = 1,752.5."""
    for coins, whole in ((999.0, True), (1_001.0, False)):
        market = Emptied(still(liquidation=STAGED), Holder(coins, equity_usd=1_700.0))
        assert taken(market).whole.all() == whole


def test_below_two_thirds_of_maintenance_the_account_is_taken_over_whole() -> None:
    """Hyperliquid: backstop below two thirds of maintenance, here of M(200,000) = 4,250."""
    for equity, whole in ((0.66 * 4_250, True), (0.68 * 4_250, False)):
        market = Emptied(still(liquidation=STAGED), Holder(2_000.0, equity_usd=equity))
        assert taken(market).whole.all() == whole


def test_the_backstop_does_not_wait_for_the_pause_to_end() -> None:
    market = Emptied(still(liquidation=STAGED), Holder(2_000.0, equity_usd=3_500.0))
    taken(market, time_s=100.0)
    market.price(99.0)  # 3,500 − 1,600 = 1,900 against two thirds of M(158,400) = 2,140
    assert taken(market, time_s=101.0).whole.all()


def test_each_venue_has_its_own_ladder() -> None:
    rules = still().model_dump(mode="json")
    venues = rules["venues"]
    for v, ladder in ((A, "full"), (B, "lower_tier"), (C, "staged")):
        venues[v]["liquidation"] = {"fee_pct": 0.0, "ladder": ladder}
    holders = [Holder(2_000.0, equity_usd=3_500.0, venue=v) for v in (A, B, C)]
    market = Emptied(still(venues=venues), *holders)
    taken(market)
    assert [market.qty(n) for n in range(3)] == pytest.approx([0, 500, 1_600])


def test_during_an_outage_nobody_is_taken_over_and_after_it_they_are() -> None:
    market = Emptied(still(), Holder(10.0, 100.0), Holder(10.0, 100.0, venue=B))
    market.price(80.0)
    result = market.take_over(serving=np.array([[False, True], [True, True], [True, True]]))
    assert result is not None
    assert result.rows.tolist() == [market.rows[1]]
    assert taken(market).rows.tolist() == [market.rows[0]]


def test_a_cross_margin_account_waits_while_any_of_its_markets_is_out() -> None:
    market = Emptied(still(), Holder((10.0, -100.0), equity_usd=110.0))
    market.price(85.0)
    small_is_out = np.array([[True, False], [True, True], [True, True]])
    assert market.take_over(serving=small_is_out) is None
    assert taken(market).rows.tolist() == market.rows


# ---------------------------------------------------------------- selling


def test_orders_are_as_large_as_the_pace_allows_and_no_larger_than_the_bucket() -> None:
    """Pace k: log price moves by k·σ·√(1 min) a minute, so coins ≤ k·σ₁·dt/60·D/p."""
    market = Emptied(still())
    market.give_engine(1e9, 90.0)
    market.give_engine(-3.0, 110.0, venue=B)
    variance = np.array([1e-8, 1e-8])
    move = liquidation.pace(np.full((3, 1), 8.0), variance, 30.0)
    assert move == pytest.approx(np.full((3, 2), 8 * np.sqrt(60e-8) / 2))
    price, depth = np.exp(market.state.log_price), np.full((1, 3, 2), 1e6)
    orders = liquidation.orders_qty(market.state, price, depth, move)
    assert orders[0, A, BIG, LONG] == pytest.approx(-move[A, BIG] * 1e6 / 100)
    assert orders[0, B, BIG, SHORT] == 3
    assert np.count_nonzero(orders) == 2


def test_however_long_a_step_orders_move_a_log_price_by_at_most_a_tenth() -> None:
    assert liquidation.pace(1000.0, np.array([1e-6]), 86_400.0) == pytest.approx([0.1])


def test_a_bucket_keeps_its_bankruptcy_price_while_it_is_sold() -> None:
    market = Emptied(still())
    market.give_engine(10.0, 95.0)
    state, share = market.state, market.constants.fund_share
    before = state.fund_usd[0, A, BIG]
    traded = np.zeros_like(state.engine_qty)
    traded[0, A, BIG, LONG] = -4.0
    fill = np.full(state.mark_usd.shape, 90.0)
    liquidation.settle(state, traded, fill, Insurance(), share)
    assert state.engine_qty[0, A, BIG, LONG] == 6
    assert -state.engine_cash_usd[0, A, BIG, LONG] / 6 == pytest.approx(95)
    assert state.fund_usd[0, A, BIG] - before == pytest.approx(4 * (90 - 95))


def test_each_venue_sells_at_its_own_pace() -> None:
    venues = still().model_dump(mode="json")["venues"]
    venues[B]["liquidation"] = {"selling_pace": 2.0, "fee_pct": 0.0}
    market = Emptied(still(venues=venues))
    for venue in (A, B):
        market.give_engine(1e7, 100.0, venue=venue)
    series, _ = market.play(1)
    moved = np.log(series["price_usd"][0, 0, :, BIG] / 100)
    assert moved[A] < 0
    assert moved == pytest.approx([4 * moved[B], moved[B], 0], rel=1e-9, abs=1e-12)
