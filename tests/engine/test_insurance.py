"""Insurance funds: what one stands for, its marked value and high, and what triggers ADL.

V = fund + Σ min(0, bucket's cash + quantity · mark);  H = highest V of the last eight hours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import insurance
from engine.rules import TRIGGERS, Rules, rules_of
from engine.state import cash_error
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still

HOUR_S = 3_600.0


def rules(**adl: Any) -> Rules:
    return rules_of(still(adl=adl))


def needed(value: float, high: float, loss: float = 1e9, **adl: Any) -> float:
    """What ADL must take off a fund, USD."""
    pools = (np.full((1, 3, 2), number) for number in (value, high, loss))
    result = insurance.needed_usd(*pools, rules(**adl))
    assert np.ptp(result) == 0
    return float(result[0, 0, 0])


# ---------------------------------------------------------------- triggers


def test_bybit_example_a_pool_that_loses_more_than_30_percent_triggers_and_25_stops() -> None:
    """Bybit help: a pool of 1 M that has lost 350 k is beyond 30%; ADL ends at 25%, 750 k."""
    assert needed(650e3, 1e6, trigger_drawdown=0.30, stop_drawdown=0.25) == pytest.approx(100e3)
    assert needed(710e3, 1e6, trigger_drawdown=0.30, stop_drawdown=0.25) == 0


def test_okx_example_the_reference_is_the_eight_hour_high() -> None:
    """OKX help: the fund stood at 400 k within eight hours and now at 280 k: 30% is reached."""
    state = Emptied(still()).state
    high = np.full(state.fund_usd.shape, 400e3)
    state.fund_highs_usd[:] = 0
    insurance.follow_high(state, high, time_s=60.0)
    seen = insurance.follow_high(state, high * 0.7, time_s=7.4 * HOUR_S)
    assert (seen == 400e3).all()
    assert needed(280e3 - 1, 400e3) == pytest.approx(0.75 * 400e3 - 280e3 + 1)
    assert needed(280e3 + 1, 400e3) == 0
    seen = insurance.follow_high(state, high * 0.7, time_s=8.6 * HOUR_S)
    assert seen == pytest.approx(np.full(seen.shape, 280e3))


def test_an_empty_fund_triggers_below_zero_and_needs_what_is_missing() -> None:
    """BitMEX: ADL when the fund can't pay. V < 0, Δ = −V, whatever the high."""
    assert needed(-5.0, 1e6, trigger="fund_empty") == 5
    assert needed(1.0, 1e6, trigger="fund_empty") == 0


def test_equity_below_zero_triggers_by_the_positions_loss_whatever_the_fund_has() -> None:
    """Hyperliquid: ADL when an account's value is below zero; the fund isn't asked."""
    assert needed(1e6, 1e6, loss=3.0, trigger="equity_below_zero") == 3
    assert needed(1e6, 1e6, loss=0.0, trigger="equity_below_zero") == 0


def test_each_venue_has_its_own_trigger() -> None:
    venues = still().model_dump(mode="json")["venues"]
    for v, trigger in enumerate(TRIGGERS):
        venues[v]["adl"] = {"trigger": trigger}
    pools = (np.full((1, 3, 2), number) for number in (-100.0, 1_000.0, 140.0))
    result = insurance.needed_usd(*pools, rules_of(still(venues=venues)))
    assert result[0, :, BIG].tolist() == [850, 100, 140]


# ---------------------------------------------------------------- value and high


def test_the_marked_value_counts_losses_and_no_gains() -> None:
    """A long of 10 with bankruptcy price 95 at mark 90 would lose 50; one at 80 would gain."""
    market = Emptied(still())
    market.give_engine(10.0, 95.0)
    market.give_engine(10.0, 80.0, venue=B)
    market.give_engine(-10.0, 80.0, venue=C)
    market.price(90.0)
    losses = insurance.losses_usd(market.state)
    assert losses[0, :, BIG].tolist() == [[50, 0], [0, 0], [0, pytest.approx(100)]]


def test_the_high_forgets_after_eight_hours_even_if_nobody_looked_meanwhile() -> None:
    state = Emptied(still()).state
    full = np.full(state.fund_usd.shape, 1e6)
    state.fund_highs_usd[:] = 0
    assert (insurance.follow_high(state, full, time_s=0.0) == 1e6).all()
    assert (insurance.follow_high(state, full / 2, time_s=20 * HOUR_S) == 5e5).all()


# ---------------------------------------------------------------- paying


def charged(scope: str, loss: float, venue: int = A) -> Emptied:
    """Funds of 0.4% of open interest, one of which is charged with a loss."""
    market = Emptied(still(insurance={"scope": scope, "fund_pct": 0.4}))
    losses = np.zeros(market.state.fund_usd.shape)
    losses[0, venue, BIG] = loss
    rule = market.constants.scenario.insurance
    insurance.charge(market.state, losses, rule, market.constants.fund_share)
    return market


FUNDS = np.array([[200e3, 20e3], [120e3, 12e3], [80e3, 8e3]])
"""0.4% of 100 M and 10 M, split 50 / 30 / 20."""


@pytest.mark.parametrize(
    ("scope", "whole"), [("contract", 200e3), ("venue", 220e3), ("shared", 440e3)]
)
def test_a_fund_pays_until_it_is_empty_and_the_rest_is_bad_debt(scope: str, whole: float) -> None:
    for loss in (0.9 * whole, 1.5 * whole):
        market = charged(scope, loss)
        paid = min(loss, whole)
        assert market.state.fund_usd.sum() == pytest.approx(440e3 - paid)
        assert market.state.bad_debt_usd.sum() == pytest.approx(loss - paid, abs=1e-6)
        assert (market.state.fund_usd >= 0).all()


def test_a_contracts_fund_stands_for_that_contract_alone() -> None:
    state = charged("contract", 250e3).state
    left = FUNDS.copy()
    left[A, BIG] = 0
    np.testing.assert_allclose(state.fund_usd[0], left)
    assert state.bad_debt_usd[0, A, BIG] == pytest.approx(50e3)


def test_a_venues_fund_pays_for_all_its_contracts_and_for_no_other_venue() -> None:
    state = charged("venue", 210e3).state
    left = FUNDS.copy()
    left[A] = 10e3 * np.array([10, 1]) / 11  # what is left lies by the shares at the start
    np.testing.assert_allclose(state.fund_usd[0], left)
    assert not state.bad_debt_usd.any()


def test_a_shared_fund_pays_for_every_venue() -> None:
    state = charged("shared", 330e3, venue=C).state
    np.testing.assert_allclose(state.fund_usd[0], FUNDS / 4)


def test_gains_fill_the_fund() -> None:
    for scope in ("contract", "venue", "shared"):
        assert charged(scope, -60e3).state.fund_usd.sum() == pytest.approx(500e3)


def test_what_the_fund_cannot_pay_for_a_sale_is_bad_debt_and_the_ledger_closes() -> None:
    """10 coins with bankruptcy price 95 sold around 90 without a fund: about 50 USD nobody has."""
    bystander = Holder(1.0, equity_usd=1e6)  # the ledger's error is measured by what people brought
    market = Emptied(still(insurance={"fund_pct": 0.0}, adl={"rank": "none"}), bystander)
    market.give_engine(10.0, 95.0)
    market.price(90.0)
    series, _ = market.play(3)
    assert series["fund_usd"][-1, 0, A, BIG] == 0
    assert series["bad_debt_usd"][-1, 0, A, BIG] == pytest.approx(50, rel=1e-3)


def test_a_fund_for_several_contracts_triggers_on_all_their_losses_together() -> None:
    """35% of what each venue's fund holds is lost in Small: beyond a contract's, within a venue's.

    Small's own fund at A holds 20,000 USD, all of A 220,000, all venues 440,000.
    """
    for scope, loss, fires in (
        ("contract", 0.35 * 20e3, True),
        ("venue", 0.35 * 20e3, False),
        ("venue", 0.35 * 220e3, True),
        ("shared", 0.35 * 220e3, False),
        ("shared", 0.35 * 440e3, True),
    ):
        market = Emptied(
            still(insurance={"scope": scope, "fund_pct": 0.4}),
            Holder(-1e5, equity_usd=1e6, entry_usd=3.0, asset=SMALL),
        )
        market.give_engine(1e5, 2.0 + loss / 1e5, asset=SMALL)
        hit = market.deleverage()
        assert (hit is not None) == fires, scope


# ---------------------------------------------------------------- money from outside, new rules


def test_a_top_up_is_shared_among_the_funds_meant_by_their_size_at_the_start() -> None:
    market = Emptied(still(insurance={"fund_pct": 0.4}))
    state, start = market.state, market.constants.fund_start_usd
    deposits = state.deposits_usd.copy()
    where = np.array([[True, True], [True, False], [False, False]])
    insurance.pay_in(state, start, where, 34e3)
    added = np.array([[20e3, 2e3], [12e3, 0], [0, 0]])
    np.testing.assert_allclose(state.fund_usd[0] - FUNDS, added)
    assert state.deposits_usd - deposits == pytest.approx([34e3])
    assert cash_error(state) < 1e-12


def test_where_no_fund_had_anything_a_top_up_is_shared_alike() -> None:
    market = Emptied(still(insurance={"fund_pct": 0.0}))
    where = np.array([[True, False], [True, False], [False, False]])
    insurance.pay_in(market.state, market.constants.fund_start_usd, where, 10e3)
    assert market.state.fund_usd[0].tolist() == [[5e3, 0], [5e3, 0], [0, 0]]


def test_a_top_up_comes_at_its_time_and_is_told() -> None:
    top_up = {"at_min": 3.0, "amount_usd": 1e6, "venue": "B", "asset": "Small"}
    market = Emptied(still(insurance={"fund_pct": 0.4}, top_ups=[top_up]))
    series, events = market.play(6)
    assert series["fund_usd"][:, 0, B, SMALL] == pytest.approx([12e3] * 3 + [1_012e3] * 3)
    (event,) = events
    assert (event.kind, event.time_s, event.venue, event.asset) == ("top_up", 180, "B", "Small")
    assert event.values == {"amount_usd": 1e6}


@pytest.mark.parametrize("before", ["contract", "venue", "shared"])
@pytest.mark.parametrize("after", ["contract", "venue", "shared"])
def test_changing_what_a_fund_stands_for_moves_no_money_and_triggers_nothing(
    before: str, after: str
) -> None:
    """A loss of 1% of the smallest fund: it must not be measured against another fund's high."""
    change = {"at_min": 3.0, "path": "insurance.scope", "value": after}
    scenario = still(insurance={"scope": before, "fund_pct": 0.4}, rule_changes=[change])
    winner = Holder(-5e4, equity_usd=1e6, entry_usd=3.0, asset=SMALL)
    market = Emptied(scenario, winner)
    market.give_engine(5e4, 2.002, asset=SMALL)
    series, events = market.play(12)
    value = series["fund_value_usd"].sum(axis=(1, 2, 3))
    assert value[0] < 440e3  # a loss there was
    assert value == pytest.approx(np.full(12, 440e3), abs=400)
    assert not series["adl_usd"].any()
    assert "adl_begins" not in {event.kind for event in events}


def test_from_its_change_on_the_new_scope_decides_who_pays() -> None:
    change = {"at_min": 0.0, "path": "insurance.scope", "value": "shared"}
    scenario = still(insurance={"fund_pct": 0.4}, rule_changes=[change], adl={"rank": "none"})
    market = Emptied(scenario)
    market.give_engine(1e5, 5.0, venue=C, asset=SMALL)  # 300,000 USD under water, sold in a while
    series, _ = market.play(200)
    assert series["inventory_usd"][-1].sum() == 0
    assert series["bad_debt_usd"][-1].sum() == 0
    np.testing.assert_allclose(
        series["fund_usd"][-1, 0] / FUNDS, series["fund_usd"][-1].sum() / 440e3
    )
