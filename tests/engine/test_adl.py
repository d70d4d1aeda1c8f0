"""ADL: the published examples, every rank rule, both fills, and never more than is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import adl, insurance
from engine.adl import RANKS, Deleveraging, Winners, queue_up, share_out
from engine.run import Simulation
from engine.state import LONG, SHORT, Kind, cash_error, contracts_error
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still
from tests.engine.scenarios import small

NO_FUND = {"fund_pct": 0.0}
ANY_LOSS = {"trigger": "equity_below_zero"}
QUEUES = [name for name, rank in RANKS.items() if not rank.shared and name != "none"]


def winners(**changes: object) -> Winners:
    """Two shorts of 10 coins entered at 120 and 110, mark 100, equities 500 and 2,000."""
    values: dict[str, object] = {
        "side": np.array([-1.0, -1.0]),
        "entry_usd": np.array([120.0, 110.0]),
        "mark_usd": np.array([100.0, 100.0]),
        "notional_usd": np.array([1000.0, 1000.0]),
        "entry_value_usd": np.array([1200.0, 1100.0]),
        "gain_usd": np.array([200.0, 100.0]),
        "equity_usd": np.array([500.0, 2000.0]),
        "maintenance_usd": np.array([10.0, 10.0]),
        "hedged": np.array([True, False]),
    }
    return Winners(**(values | changes))  # type: ignore[arg-type]


def deleveraged(market: Emptied, **serving: Any) -> Deleveraging:
    hit = market.deleverage(**serving)
    assert hit is not None
    assert contracts_error(market.state) < 1e-12
    assert cash_error(market.state) < 1e-12
    return hit


# ---------------------------------------------------------------- rank rules


def test_bitmex_type_rank_is_profit_share_times_effective_leverage() -> None:
    """BitMEX, Bybit: PnL% × effective leverage; PnL% = gain ÷ entry value, leverage = N ÷ E."""
    score = RANKS["pnl_times_leverage"].score(winners())
    assert score == pytest.approx([200 / 1200 * 2, 100 / 1100 * 0.5])


def test_binance_rank_is_profit_over_wallet_times_margin_ratio() -> None:
    """Binance: max(0, PnL) ÷ max(1, wallet) × maintenance margin ÷ (wallet + PnL)."""
    score = RANKS["binance"].score(winners())
    assert score == pytest.approx([200 / 300 * 10 / 500, 100 / 1900 * 10 / 2000])
    poor = RANKS["binance"].score(winners(equity_usd=np.array([200.0, 90.0])))
    assert poor == pytest.approx([200 / 1 * 10 / 200, 100 / 1 * 10 / 90])


def test_hyperliquid_rank_is_price_ratio_times_leverage() -> None:
    """Hyperliquid: (mark ÷ entry) × (notional ÷ account value), inverse ratio for shorts."""
    assert RANKS["hyperliquid"].score(winners()) == pytest.approx([1.2 * 2, 1.1 * 0.5])
    longs = winners(side=np.ones(2), mark_usd=np.full(2, 132.0))
    assert RANKS["hyperliquid"].score(longs) == pytest.approx([1.1 * 2, 1.2 * 0.5])


def test_the_other_ranks_go_by_profit_share_by_gain_or_spare_everybody() -> None:
    w = winners()
    assert RANKS["pnl_only"].score(w) == pytest.approx([200 / 1200, 100 / 1100])
    assert RANKS["pro_rata"].score(w).tolist() == [200, 100]
    assert RANKS["pro_rata_unhedged"].score(w).tolist() == [0, 100]
    assert RANKS["none"].score(w).tolist() == [0, 0]
    assert {name for name, rank in RANKS.items() if rank.shared} == {
        "pro_rata",
        "pro_rata_unhedged",
    }


@pytest.mark.parametrize("rank", ["pnl_times_leverage", "binance", "hyperliquid"])
def test_a_winner_to_whom_adl_has_left_nothing_is_left_alone(rank: str) -> None:
    score = RANKS[rank].score(winners(equity_usd=np.array([0.0, 2000.0])))
    assert score[0] == 0
    assert score[1] == RANKS[rank].score(winners())[1]


# ---------------------------------------------------------------- queue and shares


def test_bitmex_example_the_first_is_closed_whole_the_second_by_half_both_at_650() -> None:
    """BitMEX help, ADL example: a short of 20 with bankruptcy price 650 is liquidated.

    Of six longs the first-ranked holds 10 and is closed whole, the second holds 20 and is closed by
    half, both at 650; the others keep their positions.
    """
    size = [5.0, 10.0, 15.0, 20.0, 25.0, 30.0]
    leverage = [2.0, 20.0, 3.0, 10.0, 1.5, 2.5]
    longs = [
        Holder(coins, equity_usd=coins * (100 / lev + 50), entry_usd=50.0)
        for coins, lev in zip(size, leverage, strict=True)
    ]
    market = Emptied(still(insurance=NO_FUND, adl={"trigger": "fund_empty"}), *longs)
    market.give_engine(-20.0, 650.0)
    market.price(700.0)
    hits = deleveraged(market).hits
    assert [market.qty(n) for n in range(6)] == [5, 0, 15, 10, 25, 30]
    assert hits.price_usd == pytest.approx([650, 650])
    assert dict(zip(hits.rows.tolist(), hits.place.tolist(), strict=True)) == {
        market.rows[1]: 1,
        market.rows[3]: 2,
    }
    assert hits.queue.tolist() == [6, 6]
    assert market.state.engine_qty[0, A, BIG, SHORT] == 0
    assert market.state.engine_cash_usd[0, A, BIG, SHORT] == pytest.approx(0)


def test_pro_rata_haircut_is_deficit_over_gains() -> None:
    """Drift, Paradex: closing 6 coins at 10 below mark costs 60 of 300, a fifth of each gain."""
    gains = winners().gain_usd
    closed = share_out(np.zeros(2, dtype=np.int64), gains, np.full(2, 10.0), np.array([6.0]))
    assert closed.qty * 10 / gains == pytest.approx([0.2, 0.2])


@given(
    data=st.lists(
        st.tuples(st.integers(0, 3), st.just(0.0) | st.floats(1e-6, 10), st.floats(0.01, 100)),
        min_size=1,
    ),
    wanted=st.lists(st.floats(0, 300), min_size=4, max_size=4),
    rule=st.sampled_from([queue_up, share_out]),
)
def test_what_is_closed_is_what_is_wanted_or_all_there_is(data, wanted, rule) -> None:
    data.sort(key=lambda entry: entry[0])
    group, score, qty = (np.array(column) for column in zip(*data, strict=True))
    closed = rule(group.astype(np.int64), score, qty, np.array(wanted))
    assert (closed.qty >= 0).all()
    assert (closed.qty <= qty * (1 + 1e-12)).all()
    assert (closed.qty[score == 0] == 0).all()
    for g in range(4):
        there = qty[(group == g) & (score > 0)].sum()
        assert closed.qty[group == g].sum() == pytest.approx(min(wanted[g], there), rel=1e-9)
        mine = np.flatnonzero(group == g)
        assert sorted(closed.place[mine]) == list(range(1, len(mine) + 1))
        assert (closed.queue[mine] == len(mine)).all()


@given(
    score=st.lists(st.floats(1e-6, 10), min_size=2, max_size=20, unique=True),
    wanted=st.floats(0, 1),
)
def test_nobody_in_the_queue_is_touched_before_everyone_ahead_is_closed_whole(
    score, wanted
) -> None:
    size = np.arange(1.0, len(score) + 1)
    closed = queue_up(
        np.zeros(len(score), dtype=np.int64),
        np.array(score),
        size,
        np.array([wanted * size.sum()]),
    )
    in_line = np.argsort(closed.place)
    assert (np.diff(np.array(score)[in_line]) < 0).all()
    assert (np.diff((closed.qty / size)[in_line]) <= 1e-12).all()
    assert np.count_nonzero((closed.qty > 0) & (closed.qty < size * (1 - 1e-12))) <= 1


# ---------------------------------------------------------------- fills


def a_bankrupt_long(fill: str, rank: str = "pnl_only", **changes: Any) -> Emptied:
    """Mark 90; the engine has to sell 10 coins that broke at 95; two shorts are winning.

    They are 20 and 40 coins, entered at 110 and 100, so that the first has gained more per coin.
    """
    rules = {"fill": fill, "rank": rank} | ANY_LOSS
    shorts = [
        Holder(-20.0, equity_usd=500.0, entry_usd=110.0, kind=Kind.BASIS, hedged=True),
        Holder(-40.0, equity_usd=2_000.0, entry_usd=100.0),
    ]
    market = Emptied(still(adl=rules, **changes), *shorts)
    market.give_engine(10.0, 95.0)
    market.price(90.0)
    return market


def test_at_the_bankruptcy_price_the_winner_bears_the_loss_and_the_fund_nothing() -> None:
    market = a_bankrupt_long("bankruptcy")
    before, fund = market.equity(0), market.state.fund_usd.copy()
    hit = deleveraged(market)
    assert market.qty(0) == -10
    assert market.equity(0) - before == pytest.approx(-10 * (95 - 90))
    assert hit.cost_usd[0, A, BIG] == pytest.approx(50)
    np.testing.assert_array_equal(market.state.fund_usd, fund)
    assert market.state.engine_cash_usd[0, A, BIG, LONG] == pytest.approx(0)


def test_at_mark_the_winner_loses_nothing_against_mark_and_the_fund_pays() -> None:
    """OKX and Hyperliquid fill at mark."""
    market = a_bankrupt_long("mark")
    before, fund = market.equity(0), market.state.fund_usd.copy()
    hit = deleveraged(market)
    assert market.qty(0) == -10
    assert market.equity(0) - before == pytest.approx(0)
    assert hit.cost_usd[0, A, BIG] == 0
    assert (fund - market.state.fund_usd)[0, A, BIG] == pytest.approx(10 * (95 - 90))
    assert market.state.engine_qty[0, A, BIG, LONG] == 0
    assert market.state.engine_cash_usd[0, A, BIG, LONG] == pytest.approx(0)


def test_at_mark_a_bucket_closed_in_part_keeps_its_bankruptcy_price() -> None:
    market = a_bankrupt_long("mark")
    market.give_engine(90.0, 95.0)
    deleveraged(market)  # all shorts together are 60 coins
    state = market.state
    assert state.engine_qty[0, A, BIG, LONG] == pytest.approx(40)
    assert -state.engine_cash_usd[0, A, BIG, LONG] / 40 == pytest.approx(95)


def test_open_interest_falls_on_both_sides_and_no_order_reaches_the_book() -> None:
    market = a_bankrupt_long("bankruptcy")
    price = market.state.log_price.copy()
    maker, interest = market.state.maker_qty.copy(), market.state.short_qty[0, A, BIG]
    deleveraged(market)
    assert market.state.short_qty[0, A, BIG] == interest - 10
    np.testing.assert_array_equal(market.state.maker_qty, maker)
    np.testing.assert_array_equal(market.state.log_price, price)


def test_a_basis_trader_who_is_closed_still_owns_the_coins() -> None:
    market = a_bankrupt_long("bankruptcy")
    hit = deleveraged(market)
    assert market.state.naked_qty[0, A, BIG] == pytest.approx(10)
    assert hit.hedged_usd[0, A, BIG] == pytest.approx(10 * 90)
    assert market.state.adl_share[0, A, BIG] == pytest.approx(10 / 20)


def test_pro_rata_takes_the_same_share_of_every_gain() -> None:
    """Deficit 50; gains 20·20 and 40·10: everybody loses 50/800 of theirs."""
    market = a_bankrupt_long("bankruptcy", "pro_rata")
    hits = deleveraged(market).hits
    assert hits.cost_usd / hits.gain_usd == pytest.approx([50 / 800] * 2)


def test_pro_rata_unhedged_spares_whoever_is_hedged() -> None:
    market = a_bankrupt_long("bankruptcy", "pro_rata_unhedged")
    deleveraged(market)
    assert market.qty(0) == -20
    assert market.qty(1) == -30


@pytest.mark.parametrize("rank", [name for name in RANKS if name != "none"])
def test_losers_are_never_closed_even_if_there_are_too_few_winners(rank: str) -> None:
    losing = Holder(-1e3, equity_usd=5e4, entry_usd=80.0)
    winning = Holder(-4.0, equity_usd=500.0, entry_usd=110.0)
    market = Emptied(still(adl=ANY_LOSS | {"rank": rank}), losing, winning)
    market.give_engine(10.0, 95.0)
    market.price(90.0)
    hits = deleveraged(market).hits
    assert market.qty(0) == -1e3
    assert market.qty(1) == 0
    assert hits.queue.tolist() == [1]
    assert market.state.engine_qty[0, A, BIG, LONG] == pytest.approx(6)


def test_nobody_is_closed_against_a_position_that_carries_itself() -> None:
    """The engine's long broke at 85: at 90 it is worth something, whatever triggers ADL."""
    market = a_bankrupt_long("bankruptcy")
    market.state.engine_cash_usd[0, A, BIG, LONG] = -850.0
    assert market.deleverage() is None


def test_each_venue_has_its_own_rank_and_fill() -> None:
    venues = still().model_dump(mode="json")["venues"]
    for v, rules in (
        (A, {"rank": "pnl_only"}),
        (B, {"rank": "pro_rata", "fill": "mark"}),
        (C, {"rank": "none"}),
    ):
        venues[v]["adl"] = ANY_LOSS | rules
    shorts = [
        Holder(-20.0, equity_usd=2_000.0, entry_usd=entry, venue=v)
        for v in (A, B, C)
        for entry in (110.0, 130.0)
    ]
    market = Emptied(still(venues=venues), *shorts)
    for v in (A, B, C):
        market.give_engine(6.0, 95.0, venue=v)
    market.price(90.0)
    before = [market.equity(n) for n in range(6)]
    deleveraged(market)
    assert [market.qty(n) for n in range(6)] == pytest.approx([-20, -14, -18, -16, -20, -20])
    cost = [was - market.equity(n) for n, was in enumerate(before)]
    assert cost == pytest.approx([0, 30, 0, 0, 0, 0], abs=1e-9)


def test_during_an_outage_nobody_is_deleveraged_there() -> None:
    out = np.array([[False, True], [True, True], [True, True]])
    market = a_bankrupt_long("bankruptcy")
    assert market.deleverage(serving=out) is None
    deleveraged(market)


def test_nobody_pays_more_than_they_have() -> None:
    """A short with 30 USD left can bear 5 USD a coin for 6 of its 20 coins."""
    market = Emptied(still(adl=ANY_LOSS), Holder(-20.0, equity_usd=-170.0, entry_usd=110.0))
    market.give_engine(10.0, 95.0)
    market.price(90.0)
    assert market.equity(0) == pytest.approx(30)
    deleveraged(market)
    assert market.qty(0) == pytest.approx(-14)
    assert market.equity(0) == pytest.approx(0, abs=1e-9)


def test_nobody_pays_more_than_they_have_for_positions_in_two_assets_together() -> None:
    """One collateral of 30 USD stands behind both shorts, which are hit in the same moment."""
    holder = Holder((-20.0, -1e3), equity_usd=-370.0, entry_usd=(110.0, 3.0))
    market = Emptied(still(adl=ANY_LOSS), holder)
    market.give_engine(10.0, 95.0)
    market.give_engine(500.0, 1.9, asset=SMALL)
    market.price(90.0)
    market.price(1.8, asset=SMALL)
    assert market.equity(0) == pytest.approx(30)
    hits = deleveraged(market).hits
    assert len(hits.rows) == 2
    assert market.equity(0) > -1e-9


# ---------------------------------------------------------------- no more than is needed


def test_adl_stops_where_the_funds_value_is_back_at_its_mark() -> None:
    """Bybit: triggered beyond 30% below the high, only as much as brings it back to 25%.

    Fund and high 200,000 USD; the engine's long of 14,000 coins would lose 70,000 (35%): 20,000 are
    needed, 2/7 of the coins.
    """
    market = Emptied(
        still(insurance={"fund_pct": 0.4}), Holder(-1e5, equity_usd=2e6, entry_usd=120.0)
    )
    market.give_engine(14_000.0, 95.0)
    market.price(90.0)
    hit = deleveraged(market)
    assert hit.needed_usd[0, A, BIG] == pytest.approx(20e3)
    assert market.qty(0) == pytest.approx(-1e5 + 4_000)
    value = market.state.fund_usd - insurance.losses_usd(market.state).sum(axis=-1)
    assert value[0, A, BIG] == pytest.approx(0.75 * 200e3)
    assert market.deleverage() is None


def test_adl_of_a_shared_fund_takes_from_every_bucket_by_the_same_share() -> None:
    """Loss 154,000 of 440,000 USD (35%), 44,000 needed: 2/7 of each bucket, at all venues."""
    shorts = [Holder(-1e5, 2e6, entry_usd=120.0, venue=v) for v in (A, B)]
    market = Emptied(still(insurance={"fund_pct": 0.4, "scope": "shared"}), *shorts)
    market.give_engine(14_000.0, 95.0)
    market.give_engine(8_400.0, 100.0, venue=B)
    market.price(90.0)
    deleveraged(market)
    assert market.qty(0) == pytest.approx(-1e5 + 14_000 * 44 / 154)
    assert market.qty(1) == pytest.approx(-1e5 + 8_400 * 44 / 154)


def deleveraged_run(rank: str, **changes: Any) -> tuple[Simulation, list[Deleveraging], list]:
    """Play the small market and keep what ADL did, with the state's losses around it."""
    rules = {"rank": rank, **changes.pop("adl", {})}
    simulation = Simulation(small(adl=rules, **changes))
    done, sides = [], []
    original = adl.deleverage

    def watched(state, *rest):
        before = insurance.losses_usd(state).sum(axis=-1)
        hit = original(state, *rest)
        if hit is not None:
            done.append(hit)
            sides.append((before, insurance.losses_usd(state).sum(axis=-1), state.fund_usd.copy()))
        return hit

    adl.deleverage = watched
    try:
        simulation.advance(len(simulation.grid))
    finally:
        adl.deleverage = original
    return simulation, done, sides


@pytest.mark.parametrize("rank", [rank for rank in RANKS if rank != "none"])
def test_adl_takes_no_more_loss_off_the_fund_than_restores_the_trigger(rank: str) -> None:
    simulation, done, sides = deleveraged_run(rank)
    assert done
    rule = simulation.scenario.adl
    for hit, (before, after, fund) in zip(done, sides, strict=True):
        active = hit.closed_usd > 0
        value = fund - after
        target = (1 - rule.stop_drawdown) * hit.high_usd
        assert (hit.value_usd[active] < (1 - rule.trigger_drawdown) * hit.high_usd[active]).all()
        assert (after <= before * (1 + 1e-12) + 1e-6).all()
        assert (value[active] <= target[active] * (1 + 1e-9) + 1e-6).all()


def test_the_worst_hit_winner_loses_less_pro_rata_than_by_the_queue() -> None:
    """Chitra 2025, "Autodeleveraging: Impossibilities and Optimization": by queue the worst-hit
    winner of a wave loses most of their gain, pro rata everybody loses the same small share."""

    def worst(rank: str) -> float:
        market = Emptied(
            still(adl=ANY_LOSS | {"rank": rank}),
            *(Holder(-10.0, 1_000.0, entry_usd=100.0 + n) for n in range(1, 41)),
        )
        market.give_engine(20.0, 95.0)
        market.price(90.0)
        hits = deleveraged(market).hits
        return float((hits.cost_usd / hits.gain_usd).max())

    total_gain = sum(10 * (10 + n) for n in range(1, 41))
    assert worst("pro_rata") == pytest.approx(20 * 5 / total_gain)
    for rank in QUEUES:
        assert worst(rank) > 5 * worst("pro_rata")


def test_without_adl_the_venue_carries_the_loss_as_bad_debt() -> None:
    deep = {
        "insurance": {"fund_pct": 0.01},
        "shocks": [{"at_min": 20.0, "size_pct": -20.0, "ramp_min": 10.0}],
    }
    with_adl, done, _ = deleveraged_run("pnl_times_leverage", **deep)
    without, nothing, _ = deleveraged_run("none", **deep)
    assert done
    assert not nothing
    lost = without.market.state.bad_debt_usd.sum()
    assert lost > 2 * with_adl.market.state.bad_debt_usd.sum()


def test_in_a_whole_run_nobody_pays_more_than_they_have() -> None:
    simulation, done, _ = deleveraged_run("pnl_times_leverage", insurance={"fund_pct": 0.01})
    assert done
    state = simulation.market.state
    flat = (state.accounts.qty == 0).all(axis=0)
    assert state.accounts.cash_usd[flat].min() > -1e-3
