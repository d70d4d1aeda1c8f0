"""Why people trade of their own free will: who moves, at which rate, and in which direction.

Move x = (ln p − average) ÷ (σ·√(τ/2)), excess e = max(|x| − threshold, 0); rates are rate · e.
"""

from __future__ import annotations

import numpy as np
import pytest

from engine import free_will
from engine.arrays import Floats
from engine.clock import MINUTE_S, YEAR_S
from engine.population import drawn_leverage
from engine.record import CAUSES
from engine.state import Kind
from engine.trades import ENTRIES, PROFITS, STOPS, Trades
from tests.engine.emptied import BIG, A, C, Emptied, Holder, still

CROWD = {"accounts": 4_000, "people": 4_000, "away_share": 0.5, "cross_share": 0.0}
RATES = ("stops_per_h", "profits_per_h", "trend_per_h", "dips_per_h")
FREE_WILL = ("stops and panic", "profit-taking", "new entries")
HOUR_S = 3_600.0


def crowded(**behaviour: float) -> Emptied:
    """Of the isolated rows of Big at A a third is long a coin, a third short, a third away.

    All of them would hold 100 USD.
    """
    market = Emptied(still(crowd=CROWD, behaviour=behaviour))
    accounts, layout = market.state.accounts, market.state.accounts.layout
    first, last = layout.home_start[0, A, :2]
    rows = first + np.flatnonzero(accounts.kind[first:last] == Kind.DIRECTIONAL)
    side = np.array([1.0, -1.0, 0.0])[np.arange(len(rows)) % 3]
    accounts.qty[BIG, rows] = side
    accounts.entry_usd[BIG, rows] = np.abs(side) * 100
    accounts.cash_usd[rows] = np.where(side != 0, 50.0, 0) - side * 100
    accounts.size_usd[rows] = 100.0
    market.rows = rows.tolist()
    state = market.state
    state.long_qty[0, A, BIG] = state.short_qty[0, A, BIG] = np.count_nonzero(side > 0)
    state.deposits_usd = state.deposits_usd + accounts.cash_usd.sum()
    return market


def decided(market: Emptied, excess: float, elapsed_s: float = HOUR_S, beat: int = 1) -> Trades:
    """What people decide if the price of Big has moved by so much more than the threshold."""
    moves = np.array([[excess, 0.0]])
    trades = Trades.together(
        free_will.decide(
            market.state,
            market.constants.scenario,
            market.constants.tiers,
            market.constants.will_keys,
            beat,
            elapsed_s,
            moves,
        )
    )
    assert trades is not None
    assert (trades.pool == BIG).all()
    return trades


def held(market: Emptied, trades: Trades) -> Floats:
    """What those who trade hold, coins."""
    return market.state.accounts.qty[BIG, trades.rows]


def third(market: Emptied) -> float:
    return len(market.rows) / 3


# ---------------------------------------------------------------- what counts as a move


def test_a_move_is_measured_in_calm_standard_deviations_over_the_memory() -> None:
    """σ·√(τ/2) with σ = 50% a year and τ = 30 min is 0.5·√(15/525,960) = 0.267%."""
    scenario = still(behaviour={"memory_min": 30.0, "threshold": 3.0})
    variance = np.array([0.25, 0.25]) / YEAR_S
    unit = 0.5 * np.sqrt(30 * MINUTE_S / 2 / YEAR_S)
    assert unit == pytest.approx(0.00267, rel=0.01)
    for away, excess in ((2.99, 0.0), (-2.99, 0.0), (3.5, 0.5), (-5.0, -2.0), (1e9, 20.0)):
        found = free_will.excess_move(
            np.array([[away * unit, 0.0]]), np.zeros((1, 2)), variance, scenario, 1e-3
        )
        assert found == pytest.approx(np.array([[excess, 0.0]]), abs=1e-5)


@pytest.mark.parametrize("step_s", [60.0, 1_800.0, 7_200.0])
def test_a_move_counts_alike_on_any_grid(step_s: float) -> None:
    """Distances of a random walk from its moving average have a standard deviation of 1."""
    scenario = still(behaviour={"memory_min": 30.0, "threshold": 0.0})
    sigma = np.array([0.01, 0.02])
    steps = np.random.default_rng(1).normal(size=(4_000, 1, 2)) * sigma * np.sqrt(step_s)
    price, memory, seen = np.zeros((1, 2)), np.zeros((1, 2)), []
    kept = np.exp(-step_s / (30 * MINUTE_S))
    for step in steps:
        price = price + step
        memory = price + (memory - price) * kept
        seen.append(free_will.excess_move(price, memory, sigma**2, scenario, step_s))
    assert np.std(seen[200:], axis=0) == pytest.approx(1.0, abs=0.15)


def test_below_the_threshold_nobody_moves() -> None:
    """A fall of 2.9 units of a threshold of 3; then one of 3.5."""
    unit = 0.02 * np.sqrt(30 * MINUTE_S / 2 / YEAR_S)
    for away, moved in ((2.9, False), (3.5, True)):
        market = crowded(threshold=3.0, **dict.fromkeys(RATES, 5.0))
        market.price(100 * np.exp(-away * unit))
        series, _ = market.play(5)
        parts = series["causes_log"].sum(axis=(0, 1, 2))
        own = [parts[CAUSES.index(name)] for name in FREE_WILL]
        assert any(own) == moved


# ---------------------------------------------------------------- who closes


@pytest.mark.parametrize("excess", [-4.0, 4.0])
def test_stops_close_losers_only_and_profit_taking_winners_only(excess: float) -> None:
    market = crowded(stops_per_h=0.1, profits_per_h=0.1)
    trades = decided(market, excess)
    losing = np.sign(held(market, trades)) * np.sign(excess) < 0
    assert {STOPS, PROFITS} == set(trades.reason.tolist())
    np.testing.assert_array_equal(losing, trades.reason == STOPS)
    np.testing.assert_array_equal(trades.qty, -held(market, trades))
    assert not trades.opens.any()


@pytest.mark.parametrize("name", ["stops_per_h", "profits_per_h"])
@pytest.mark.parametrize("excess", [0.5, 1.5])
def test_the_share_that_closes_grows_with_the_excess_and_with_time(
    name: str, excess: float
) -> None:
    """Share of that side: 1 − e^(−rate · e · t)."""
    market = crowded(**{name: 0.1})
    for hours in (0.4, 0.8):
        counts = [
            sum(len(each) for each in _all_decisions(market, -excess, hours, beat)) / third(market)
            for beat in range(100)
        ]
        assert np.mean(counts) == pytest.approx(-np.expm1(-0.1 * excess * hours), rel=0.1)


def test_whoever_owes_more_than_they_have_closes_nothing() -> None:
    market = crowded(stops_per_h=5.0)
    market.price(40.0)  # longs with 50 USD behind a coin bought at 100 owe 10
    assert Trades.together(_all_decisions(market, -10.0)) is None


def test_hedged_accounts_and_the_desk_do_not_stop_out() -> None:
    position = {"asset": "Big", "venue": "A", "notional_usd": 500.0, "leverage": 2.0}
    scenario = still(crowd=CROWD, behaviour={"stops_per_h": 5.0}, desk=[position])
    hedger = Holder(-10.0, 1e3, kind=Kind.BASIS, hedged=True)
    market = Emptied(scenario, hedger)
    market.play(2)
    for excess in (-20.0, 20.0):
        assert Trades.together(_all_decisions(market, excess)) is None
    assert market.state.long_qty[0, A, BIG] > 0


def _all_decisions(
    market: Emptied, excess: float, hours: float = 10.0, beat: int = 1
) -> list[Trades]:
    return free_will.decide(
        market.state,
        market.constants.scenario,
        market.constants.tiers,
        market.constants.will_keys,
        beat,
        hours * HOUR_S,
        np.array([[excess, excess]]),
    )


# ---------------------------------------------------------------- who enters


@pytest.mark.parametrize("excess", [-4.0, 4.0])
def test_trend_followers_enter_with_the_move_and_dip_buyers_against_it(excess: float) -> None:
    for name, side in (("trend_per_h", 1.0), ("dips_per_h", -1.0)):
        trades = decided(crowded(**{name: 0.1}), excess)
        assert trades.opens.all()
        assert set(trades.reason.tolist()) == {ENTRIES}
        assert (np.sign(trades.qty) == side * np.sign(excess)).all()


def test_trend_and_dips_share_the_entrants_by_their_rates() -> None:
    market = crowded(trend_per_h=0.03, dips_per_h=0.01)
    trades = [decided(market, -5.0, HOUR_S / 2, beat) for beat in range(40)]
    entered = np.mean([len(each) for each in trades]) / third(market)
    assert entered == pytest.approx(-np.expm1(-0.04 * 5 / 2), rel=0.1)
    short = np.concatenate([each.qty < 0 for each in trades])
    assert short.mean() == pytest.approx(0.75, abs=0.05)


def test_only_people_on_the_sidelines_enter_and_each_at_their_usual_size() -> None:
    market = crowded(trend_per_h=1.0)
    trades = decided(market, 10.0)
    assert not held(market, trades).any()
    assert (market.state.accounts.cash_usd[trades.rows] == 0).all()
    np.testing.assert_allclose(np.abs(trades.qty) * 100, 100)


def test_whoever_holds_something_in_another_asset_is_not_on_the_sidelines() -> None:
    scenario = still(crowd={"accounts": 400, "people": 400}, behaviour={"trend_per_h": 5.0})
    market = Emptied(scenario, Holder((0.0, 50.0), 1e3, size_usd=100.0, venue=C))
    assert Trades.together(_all_decisions(market, 20.0)) is None


def test_newcomers_bring_collateral_for_their_habit_times_the_setting() -> None:
    """Deposit = size ÷ leverage; ln leverage = ln habit + ln(bolder) + spread·ε, below the cap."""
    boldness = 1.5
    market = crowded(trend_per_h=1.0, entry_leverage=boldness)
    market.state.accounts.habit[:] = 4.0
    trades = decided(market, 20.0, 10 * HOUR_S)
    leverage = 100 / trades.deposit_usd
    assert len(trades) > 200
    assert np.median(leverage) == pytest.approx(4 * boldness, rel=0.06)
    spread = market.constants.scenario.crowd.leverage_spread
    assert np.std(np.log(leverage[leverage < 40])) == pytest.approx(spread, rel=0.1)
    assert leverage.max() <= drawn_leverage(np.array([1e9]), np.zeros(1), 50.0)[0]


# ---------------------------------------------------------------- what it does to the market


def test_stops_push_the_price_on_and_profit_taking_holds_it_up() -> None:
    for name, sign in (("stops_per_h", -1.0), ("profits_per_h", 1.0)):
        market = crowded(**{name: 5.0})
        market.price(90.0)
        series, _ = market.play(5)
        moved = np.log(series["price_usd"][-1, 0, A, BIG] / 90)
        assert sign * moved > 1e-5
        index = CAUSES.index(FREE_WILL[0] if sign < 0 else FREE_WILL[1])
        causes = series["causes_log"][:, 0, BIG].sum(axis=0)
        assert causes[index] == pytest.approx(0.5 * moved, rel=0.05)


def test_money_comes_in_with_entries_and_goes_out_with_closings() -> None:
    market = crowded(trend_per_h=5.0)
    market.price(101.0)
    before = market.state.deposits_usd.item()
    market.play(5)
    accounts = market.state.accounts
    newcomers = [row for row in market.rows[2::3] if accounts.qty[BIG, row] != 0]
    assert len(newcomers) > 10
    fill = 0.5 * (101 + np.exp(market.state.log_price[0, A, BIG]))
    brought = accounts.cash_usd[newcomers] + accounts.qty[BIG, newcomers] * fill
    assert market.state.deposits_usd.item() - before == pytest.approx(brought.sum(), rel=1e-6)

    market = crowded(stops_per_h=5.0)
    market.price(90.0)
    before = market.state.deposits_usd.item()
    market.play(5)
    gone = [row for row in market.rows if market.state.accounts.qty[BIG, row] == 0]
    assert not market.state.accounts.cash_usd[gone].any()
    assert not market.state.accounts.entry_usd[:, gone].any()
    assert market.state.deposits_usd.item() < before - 10 * 30


def test_what_people_want_at_once_moves_the_price_by_at_most_a_tenth() -> None:
    """They share what there is; the others still hold their positions."""
    market = crowded(stops_per_h=5.0)
    market.price(80.0)
    market.play(4)
    market.state.depth_share[:] = 1e-6
    held = market.state.long_qty[0, A, BIG]
    series, _ = market.play(1)
    sold = held - market.state.long_qty[0, A, BIG]
    assert sold * 80 == pytest.approx(0.1 * 1e-6 * 0.5e9, rel=0.01)
    assert np.log(series["price_usd"][-1, 0, A, BIG] / 80) == pytest.approx(-0.1, rel=0.01)
