"""ADL: the published examples, and never more than the trigger needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import adl, insurance
from engine.adl import RANKS, Winners, queue_up, share_out
from engine.run import Simulation
from engine.scenario import Adl
from tests.engine.scenarios import small


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


def test_bitmex_example_the_first_is_closed_whole_the_second_by_half() -> None:
    """BitMEX help: a short of 20 is liquidated; of six longs the first holds 10, the second 20."""
    score = np.array([0.5, 3.0, 1.0, 2.0, 0.1, 0.7])
    qty = np.array([5.0, 10.0, 15.0, 20.0, 25.0, 30.0])
    closed = queue_up(np.zeros(6, dtype=np.int64), score, qty, np.array([20.0]))
    assert closed.qty.tolist() == [0, 10, 0, 10, 0, 0]
    assert closed.place.tolist() == [5, 1, 3, 2, 6, 4]
    assert set(closed.queue.tolist()) == {6}


def test_rank_formulas_as_the_venues_write_them() -> None:
    w = winners()
    assert RANKS["pnl_times_leverage"].score(w) == pytest.approx([200 / 1200 * 2, 100 / 1100 * 0.5])
    assert RANKS["binance"].score(w) == pytest.approx(
        [200 / 300 * 10 / 500, 100 / 1900 * 10 / 2000]
    )
    assert RANKS["hyperliquid"].score(w) == pytest.approx([1.2 * 2, 1.1 * 0.5])
    assert RANKS["pnl_only"].score(w) == pytest.approx([200 / 1200, 100 / 1100])
    assert RANKS["pro_rata"].score(w).tolist() == [200, 100]
    assert RANKS["pro_rata_unhedged"].score(w).tolist() == [0, 100]
    assert RANKS["none"].score(w).tolist() == [0, 0]


def test_pro_rata_haircut_is_deficit_over_gains() -> None:
    """Closing 6 coins at 10 below mark costs 60 of 300: everyone loses a fifth of their gain."""
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


def test_bybit_example_a_pool_that_loses_more_than_30_percent_triggers_and_25_stops() -> None:
    """Bybit help: a pool of 1 M that has lost 350 k is beyond 30%; ADL ends at 25%, 750 k."""
    rule = Adl(trigger_drawdown=0.30, stop_drawdown=0.25)
    needed = insurance.needed_usd(np.array([650e3, 710e3]), np.array([1e6, 1e6]), rule)
    assert needed.tolist() == [100e3, 0]


def test_okx_example_the_reference_is_the_eight_hour_high() -> None:
    """OKX help: the fund stood at 400 k within eight hours and now at 280 k: 30% is reached."""
    simulation = Simulation(small())
    state = simulation.market.state
    high = np.full(state.fund_usd.shape, 400e3)
    state.fund_highs_usd[:] = 0
    insurance.follow_high(state, high, time_s=60.0)
    seen = insurance.follow_high(state, high * 0.7, time_s=7.4 * 3600)
    assert (seen == 400e3).all()
    seen = insurance.follow_high(state, high * 0.7, time_s=8.6 * 3600)
    assert seen == pytest.approx(np.full(seen.shape, 280e3))


def deleveraged(rank: str, **changes: object) -> tuple[Simulation, list[adl.Deleveraging], list]:
    """Play the small market and keep what ADL did, with the state's losses around it."""
    simulation = Simulation(small(adl={"rank": rank}, **changes))
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
    simulation, done, sides = deleveraged(rank)
    assert done
    rule = simulation.scenario.adl
    for hit, (before, after, fund) in zip(done, sides, strict=True):
        active = hit.closed_usd > 0
        value = fund - after
        target = (1 - rule.stop_drawdown) * hit.high_usd
        assert (hit.value_usd[active] < (1 - rule.trigger_drawdown) * hit.high_usd[active]).all()
        assert (after <= before * (1 + 1e-12) + 1e-6).all()
        assert (value[active] <= target[active] * (1 + 1e-9) + 1e-6).all()


def test_without_adl_the_venue_carries_the_loss_as_bad_debt() -> None:
    thin = {"fund_pct": 0.01}
    with_adl, done, _ = deleveraged("pnl_times_leverage", insurance=thin)
    without, nothing, _ = deleveraged("none", insurance=thin)
    assert done
    assert not nothing
    lost = without.market.state.bad_debt_usd.sum()
    assert lost > 2 * with_adl.market.state.bad_debt_usd.sum()


def test_hedged_accounts_are_spared_when_the_rule_says_so() -> None:
    _, spared, _ = deleveraged("pro_rata_unhedged")
    _, hit, _ = deleveraged("pro_rata")
    assert sum(d.hedged_usd.sum() for d in spared) == 0
    assert sum(d.hedged_usd.sum() for d in hit) > 0


def test_nobody_pays_more_than_they_have() -> None:
    simulation, done, _ = deleveraged("pnl_times_leverage", insurance={"fund_pct": 0.01})
    assert done
    state = simulation.market.state
    flat = (state.accounts.qty == 0).all(axis=0)
    assert state.accounts.cash_usd[flat].min() > -1e-3
