"""Hedges: broken ones are sold, cut or renewed elsewhere; basis trades end; makers hand on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import hedging, turnover
from engine.liquidation import LARGEST_MOVE, pace
from engine.record import CAUSES
from engine.scenario import Scenario
from engine.state import Kind
from engine.trades import Trades
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still

CALM_BEAT_MIN = 5


def a_pair(short: float, long: float, **changes: Any) -> Emptied:
    """A pair in Big: one leg short, the other long, each on its venue."""
    market = Emptied(still(**changes))
    accounts, layout = market.state.accounts, market.state.accounts.layout
    first = next(pair for pair in layout.pairs if layout.pool[pair[0]] % layout.assets == BIG)
    for row, coins in zip(first, (short, long), strict=True):
        accounts.qty[BIG, row] = coins
        accounts.entry_usd[BIG, row] = 100.0
        accounts.cash_usd[row] = 1e5 - coins * 100
    market.rows = first.tolist()
    _open_books(market)
    return market


def _open_books(market: Emptied) -> None:
    """Let market makers take the other side of what accounts hold by now."""
    state, layout = market.state, market.state.accounts.layout
    qty = state.accounts.qty
    for v in range(layout.venues):
        first, last = layout.block_start[v : v + 2]
        state.long_qty[0, v] = np.maximum(qty[:, first:last], 0).sum(axis=1)
        state.short_qty[0, v] = np.maximum(-qty[:, first:last], 0).sum(axis=1)
    state.maker_qty = state.short_qty - state.long_qty
    state.maker_rest_qty = state.maker_qty.copy()
    state.deposits_usd = state.deposits_usd + state.accounts.cash_usd.sum()


# ---------------------------------------------------------------- naked coins


def test_naked_coins_are_sold_within_the_time_constant() -> None:
    """Sold in a step: naked · (1 − e^(−dt·(1 − reopening)/τ))."""
    for share, strain in ((0.0, 0.0), (0.5, 0.0), (0.5, 0.4), (0.5, 1.0)):
        scenario = still(
            hedging={"unwind_min": 4.0, "reopen_share": share}, plumbing={"bridge_strain": strain}
        )
        state = Emptied(scenario).state
        state.naked_qty[0, A, BIG] = 10.0
        price, deep = np.exp(state.log_price), np.full((1, 3, 2), 1e12)
        sold = hedging.spot_sales_qty(state, price, deep, np.full(2, 0.1), scenario, 30.0)
        rate = (1 - share * (1 - strain)) / 4
        assert sold[0, A, BIG] == pytest.approx(10 * -np.expm1(-0.5 * rate))
        assert np.count_nonzero(sold) == 1


def test_naked_coins_are_sold_at_most_at_the_pace() -> None:
    """Coins ≤ k·σ₁·dt/60 · D/p, k in one-minute standard deviations a minute."""
    market = Emptied(still(hedging={"selling_pace": 8.0, "unwind_min": 0.1}))
    market.state.naked_qty[0, A, BIG] = 1e6
    depth = market.constants.calm_depth_usd[A, BIG]
    move = pace(8.0, market.constants.variance_per_s, 60.0)[BIG]
    series, _ = market.play(3)
    price = np.concatenate([[100.0], series["price_usd"][:, 0, A, BIG]])
    naked = np.concatenate([[1e6], series["naked_usd"][:, 0, A, BIG] / price[1:]])
    assert -np.diff(naked) == pytest.approx(move * depth / price[:-1])
    assert np.diff(np.log(price)) == pytest.approx(np.full(3, -move), rel=1e-4)


def test_selling_coins_moves_the_price_but_no_contracts() -> None:
    market = Emptied(still(), Holder(10.0, 1e4), Holder(-3.0, 1e4))
    market.state.naked_qty[0, A, BIG] = 1_000.0
    maker = market.state.maker_qty.copy()
    series, _ = market.play(30)
    assert series["price_usd"][-1, 0, A, BIG] < 100
    causes = series["causes_log"][:, 0, BIG].sum(axis=0)
    assert causes[CAUSES.index("broken hedges")] == pytest.approx(causes.sum(), rel=1e-4)
    assert causes.sum() < 0
    np.testing.assert_array_equal(market.state.maker_qty, maker)
    np.testing.assert_array_equal(series["open_interest_usd"][-1, 0, A, SMALL], 0)


# ---------------------------------------------------------------- shorts opened again elsewhere


def reopening(coins: float = 10.0, **changes: Any) -> Emptied:
    """All who lost their short at A would rather open it again, and bridges work."""
    hedges = {"reopen_share": 1.0, "unwind_min": 0.1} | changes.pop("hedging", {})
    bridges = {"bridge_strain": 0.0} | changes.pop("plumbing", {})
    # somebody is there to pay for
    market = Emptied(still(hedging=hedges, plumbing=bridges, **changes), Holder(1.0, 1e6, venue=C))
    market.state.naked_qty[0, A, BIG] = coins
    return market


def test_reopening_moves_exactly_the_coins_to_the_other_venues_by_their_depth() -> None:
    market = reopening()
    market.play(CALM_BEAT_MIN)
    short = market.state.short_qty[0, :, BIG]
    assert market.state.naked_qty[0, A, BIG] < 1e-9
    assert short == pytest.approx([0, 6, 4])
    assert not market.state.naked_qty[0, B:].any()
    assert not market.state.short_qty[..., SMALL].any()
    price = market.state.log_price[0, :, BIG] - np.log(100)
    assert price[A] == pytest.approx(0, abs=1e-15)
    assert (price[B:] < 0).all()


def test_whoever_opens_the_short_again_is_hedged() -> None:
    market = reopening()
    market.play(CALM_BEAT_MIN)
    accounts = market.state.accounts
    rows = np.flatnonzero(accounts.qty[BIG] < 0)
    assert len(rows) == 2
    assert (accounts.kind[rows] == Kind.BASIS).all()
    assert (accounts.cash_usd[rows] + accounts.qty[BIG, rows] * 100 > 0).all()


def test_some_reopen_and_the_others_sell() -> None:
    """A rate of r/τ goes elsewhere and (1 − r)/τ is sold, r = share · (1 − strain) = 0.3."""
    market = reopening(
        hedging={"reopen_share": 0.5, "unwind_min": 100.0}, plumbing={"bridge_strain": 0.4}
    )
    market.play(500)
    gone = market.state.short_qty[0, :, BIG].sum()
    left = market.state.naked_qty[0, A, BIG]
    assert left == pytest.approx(10 * np.exp(-5), rel=0.05)
    assert gone == pytest.approx(0.3 * (10 - left), rel=0.05)


def test_coins_never_get_lost_nor_fewer_than_none_however_hasty_everybody_is() -> None:
    market = reopening(hedging={"reopen_share": 0.5}, clock={"duration_min": 60})
    for _ in range(3 * CALM_BEAT_MIN):
        market.simulation.advance(1)
        assert (market.state.naked_qty >= 0).all()


def _nowhere(name: str) -> Scenario:
    bridges = {"bridge_strain": 1.0 if name == "full strain" else 0.0}
    hedges = {"reopen_share": 1.0, "unwind_min": 0.1}
    if name == "full strain":
        return still(hedging=hedges, plumbing=bridges)
    only = {"name": "A", "open_interest_share": 1.0, "depth_share": 1.0, "index_share": 1.0}
    return still(hedging=hedges, plumbing=bridges, venues=[only])


@pytest.mark.parametrize("name", ["full strain", "one venue"])
def test_nothing_reopens_where_bridges_or_other_venues_are_missing(name: str) -> None:
    market = Emptied(_nowhere(name), Holder(1.0, 1e6))
    market.state.naked_qty[0, A, BIG] = 10.0
    market.play(2 * CALM_BEAT_MIN)
    assert not market.state.short_qty.any()
    assert market.state.naked_qty[0, A, BIG] < 1e-6  # all sold


def test_nothing_reopens_where_a_market_is_out() -> None:
    halts = [{"at_min": 0.0, "duration_min": 30.0, "venue": "B"}]
    market = reopening(halts=halts)
    market.play(CALM_BEAT_MIN)
    assert market.state.short_qty[0, :, BIG] == pytest.approx([0, 0, 10])


def test_coins_whose_short_finds_no_room_in_the_book_stay_naked() -> None:
    """B and C take what moves their log prices by a tenth at once; not a coin gets lost."""
    market = reopening(coins=1e7, hedging={"selling_pace": 0.1})
    market.play(CALM_BEAT_MIN)
    short, naked = market.state.short_qty[0, :, BIG], market.state.naked_qty[0, :, BIG]
    room = LARGEST_MOVE * market.constants.calm_depth_usd[:, BIG] / 100
    assert short[B:] == pytest.approx(room[B:], rel=0.01)
    assert short.sum() + naked.sum() == pytest.approx(1e7, rel=1e-3)


# ---------------------------------------------------------------- pairs


@pytest.mark.parametrize(("short", "long"), [(-4.0, 10.0), (-10.0, 4.0), (0.0, 10.0), (-10.0, 0.0)])
def test_the_longer_leg_of_a_broken_pair_is_cut_to_the_other(short: float, long: float) -> None:
    market = a_pair(short, long, hedging={"unwind_min": 0.1})
    market.simulation.advance(CALM_BEAT_MIN)
    left = min(-short, long)
    assert [market.qty(0), market.qty(1)] == pytest.approx([-left, left])


def test_a_pair_in_order_is_left_alone() -> None:
    market = a_pair(-10.0, 10.0, hedging={"unwind_min": 0.1})
    series, _ = market.play(3 * CALM_BEAT_MIN)
    assert [market.qty(0), market.qty(1)] == [-10, 10]
    assert not series["causes_log"].any()


def test_a_pair_is_cut_by_market_order_at_the_venue_of_the_longer_leg() -> None:
    market = a_pair(-1_000.0, 10_000.0, hedging={"unwind_min": 0.1})
    venue = int(market.state.accounts.layout.pool[market.rows[1]]) // 2
    market.simulation.advance(CALM_BEAT_MIN)
    moved = market.state.log_price[0, :, BIG] - np.log(100)
    expected = np.zeros(3)
    expected[venue] = -9_000 * 100 / market.constants.calm_depth_usd[venue, BIG]
    assert moved == pytest.approx(expected, abs=1e-12)


def test_half_of_the_broken_pairs_are_cut_within_the_half_life() -> None:
    """Share cut by chance within t: 1 − e^(−t/τ)."""
    scenario = still(
        hedging={"unwind_min": 5 / np.log(2)},
        crowd={"accounts": 20_000, "people": 20_000, "pair_share": 1.0, "cross_share": 0.0},
    )
    market = Emptied(scenario)
    accounts, layout = market.state.accounts, market.state.accounts.layout
    accounts.qty[layout.pool[layout.pairs[:, 1]] % 2, layout.pairs[:, 1]] = 0.01
    accounts.cash_usd[layout.pairs[:, 1]] = 10.0
    wanted = hedging.mend(
        market.state,
        scenario,
        market.constants.tiers,
        np.ones(3) / 3,
        None,
        market.constants.hedge_keys,
        1,
        300.0,
    )
    cut = Trades.together(wanted)
    assert cut is not None
    assert len(layout.pairs) > 500
    assert len(cut) / len(layout.pairs) == pytest.approx(0.5, abs=0.06)


# ---------------------------------------------------------------- basis trades that end


def basis_traders(rate: float) -> Emptied:
    """Every basis trader of Big at A is short one coin; funding was last paid at this rate."""
    scenario = still(
        crowd={"accounts": 40_000, "people": 40_000, "away_share": 0.0},
        hedging={"basis_exit_per_day": 0.5},
    )
    market = Emptied(scenario)
    accounts, layout = market.state.accounts, market.state.accounts.layout
    first, count = layout.basis_start[0, A, BIG], layout.basis_rows[0, A, BIG]
    accounts.qty[BIG, first : first + count] = -1.0
    accounts.cash_usd[first : first + count] = 150.0
    market.rows = list(range(first, first + count))
    _open_books(market)
    market.state.funding_rate[:] = rate
    return market


def ended(market: Emptied, elapsed_s: float) -> float:
    """Share of the basis traders that end."""
    constants = market.constants
    trades = turnover.come_and_go(
        market.state, constants.scenario, constants.tiers, constants.will_keys, 1, elapsed_s
    )
    if trades is None:
        return 0.0
    assert set(trades.rows.tolist()) <= set(market.rows)
    assert (trades.qty == 1).all()
    return len(trades) / len(market.rows)


def test_basis_trades_end_when_shorts_pay() -> None:
    """Share that ends: 1 − e^(−exit · paid ÷ 0.01% · days), paid = max(−F, 0)."""
    market = basis_traders(-0.0002)
    assert len(market.rows) > 500
    assert ended(market, 43_200.0) == pytest.approx(-np.expm1(-0.5 * 2 * 0.5), abs=0.1)
    assert ended(basis_traders(0.0002), 43_200.0) == 0
    assert ended(basis_traders(0.0), 43_200.0) == 0


def test_basis_trades_that_end_lower_open_interest_and_move_no_price() -> None:
    market = basis_traders(-0.0005)
    before = market.state.short_qty[0, A, BIG]
    series, _ = market.play(60)
    assert market.state.short_qty[0, A, BIG] < 0.97 * before
    assert series["price_usd"][:, 0, :, BIG] == pytest.approx(np.full((60, 3), 100.0))
    assert not market.state.naked_qty.any()


# ---------------------------------------------------------------- handing on


def test_makers_pass_their_surplus_to_whoever_closes_within_the_time_constant() -> None:
    """Coins closed: surplus · (1 − e^(−t/τ)), on average over chance."""
    scenario = still(hedging={"handover_h": 10.0}, crowd={"hedged_share": 0.0, "accounts": 4_000})
    layout = Emptied(scenario).state.accounts.layout
    first, last = layout.home_start[0, A, :2]
    for side in (1.0, -1.0):  # makers are long: shorts close; or the other way round
        market = Emptied(scenario)
        accounts = market.state.accounts
        accounts.qty[BIG, first:last] = np.where(np.arange(last - first) % 3, 1.0, -1.0)
        accounts.cash_usd[first:last] = 1e3
        _open_books(market)
        market.state.maker_qty[0, A, BIG] += side * 200.0
        closed = []
        for beat in range(200):
            keys = market.constants.handover_keys
            trades = hedging.hand_on(market.state, scenario, keys, beat, 3_600.0)
            assert trades is not None
            assert (trades.qty == side).all()  # shorts are bought back while makers are long
            closed.append(trades.qty.sum())
        assert np.mean(closed) == pytest.approx(side * 200 * -np.expm1(-0.1), rel=0.1)


def test_legs_of_pairs_and_whoever_owes_do_not_hand_on() -> None:
    market = a_pair(-10.0, 10.0, hedging={"handover_h": 0.1})
    poor = market.state.accounts.layout.home_start[0, A, BIG]
    market.state.accounts.qty[BIG, poor] = -5.0
    market.state.accounts.cash_usd[poor] = 400.0
    _open_books(market)
    market.state.maker_qty[0, :, BIG] += 100.0
    for beat in range(50):
        keys = market.constants.handover_keys
        trades = hedging.hand_on(market.state, market.constants.scenario, keys, beat, 86_400.0)
        assert trades is None


def test_handing_on_lowers_open_interest_at_the_last_price() -> None:
    scenario = still(hedging={"handover_h": 0.5}, crowd={"hedged_share": 0.0})
    shorts = [Holder(-1.0, 1e3) for _ in range(40)]
    market = Emptied(scenario, *shorts)
    market.state.maker_rest_qty[0, A, BIG] -= 40.0  # makers hold 40 coins more than they want
    series, _ = market.play(300)
    assert market.state.short_qty[0, A, BIG] < 10
    assert series["price_usd"][:, 0, :, BIG] == pytest.approx(np.full((300, 3), 100.0))
