"""Funding: when it is paid, by whom, how much, and what the mark makes of it.

F = clip(P + clip(interest − P, ±clamp), ±cap), paid on quantity · mark.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import funding
from engine.run import run
from engine.scenario import Funding
from engine.state import Kind
from tests.engine.emptied import BIG, SMALL, A, B, C, Emptied, Holder, still
from tests.engine.scenarios import small

PCT = 0.01
HOUR_MIN = 60


def funded(start: str = "00:00:00", **rule: Any) -> Any:
    clock = {"start": f"2025-10-10T{start}Z", "duration_min": 1_500}
    return still(clock=clock, funding={"cap_pct": 0.75} | rule)


# ---------------------------------------------------------------- the rate


@pytest.mark.parametrize(
    ("premium_pct", "rate_pct"),
    [
        (0.0, 0.01),  # the interest alone
        (0.03, 0.01),  # a premium within the clamp changes nothing …
        (-0.04, 0.01),
        (0.06, 0.01),  # … up to its end
        (0.20, 0.15),  # beyond it the rate is the premium less 0.05%
        (-0.20, -0.15),  # … or plus 0.05%
        (2.0, 0.75),  # the cap
        (-2.0, -0.75),
    ],
)
def test_binance_formula_premium_plus_clamped_interest(premium_pct: float, rate_pct: float) -> None:
    """Binance, "Introduction to funding rates": F = P + clamp(0.01% − P, ±0.05%)."""
    rate = funding.rate(np.array([premium_pct * PCT]), Funding())
    assert rate == pytest.approx([rate_pct * PCT])


@given(premium=st.floats(-1, 1), cap=st.floats(0, 5), clamp=st.floats(0, 1))
def test_no_rate_is_beyond_the_cap(premium: float, cap: float, clamp: float) -> None:
    rule = Funding(cap_pct=cap, clamp_pct=clamp)
    assert abs(funding.rate(np.array([premium]), rule)[0]) <= cap * PCT * (1 + 1e-12)


def test_the_premium_is_basis_plus_crowding_averaged_over_time() -> None:
    """Basis 0.2% for 3 h, then 0 for 1 h; longs 300, shorts 100: crowding · 200/300."""
    market = Emptied(still(), Holder(300.0, 1e5), Holder(-100.0, 1e5))
    state, rule = market.state, Funding(crowding_pct=0.3)
    state.log_basis = np.full(state.log_basis.shape, 0.002)
    funding.follow_premium(state, rule, 3 * 3_600.0)
    state.log_basis = np.zeros(state.log_basis.shape)
    funding.follow_premium(state, rule, 3_600.0)
    funding.pay(state, market.market.screen, Funding(crowding_pct=0.3, cap_pct=5.0))
    premium = 0.75 * 0.002 + 0.003 * 2 / 3
    assert state.funding_rate[0, A, BIG] == pytest.approx(premium - 0.0005)
    assert state.funding_rate[0, B, BIG] == pytest.approx(0.0015 - 0.0005)
    assert state.premium_s == 0


# ---------------------------------------------------------------- the schedule


@pytest.mark.parametrize("start", ["00:00:00", "07:59:00", "13:37:20"])
@pytest.mark.parametrize("interval_h", [1, 4, 8])
@pytest.mark.parametrize("step_s", [5, 60, 300])
def test_it_is_due_at_full_intervals_from_midnight_utc_whatever_the_start(
    start: str, interval_h: int, step_s: int
) -> None:
    """Binance: 00:00, 08:00 and 16:00 UTC."""
    scenario = funded(start, interval_h=interval_h)
    hours, minutes, seconds = (int(part) for part in start.split(":"))
    begun_s = hours * 3_600 + minutes * 60 + seconds
    steps, interval_s = 86_400 // step_s, interval_h * 3_600
    due = [n for n in range(steps) if funding.is_due(scenario, n * step_s, (n + 1) * step_s)]
    moments = [m - begun_s for m in range(0, 2 * 86_400, interval_s) if m > begun_s]
    holding = [-(-m // step_s) - 1 for m in moments]  # the step that ends then or contains it
    assert due == [n for n in holding if n < steps]


def test_a_run_that_starts_at_half_past_five_pays_at_eight_for_the_first_time() -> None:
    market = Emptied(funded("05:30:00", interest_pct=0.3, clamp_pct=1.0), Holder(10.0, 1e6))
    market.play(149)
    assert market.cash(0) == pytest.approx(1e6 - 1_000, abs=1e-9)
    market.play(1)
    assert market.cash(0) < 1e6 - 1_000 - 1


def test_with_a_cap_of_nothing_nothing_is_ever_paid() -> None:
    market = Emptied(still(funding={"cap_pct": 0.0, "crowding_pct": 10.0}), Holder(10.0, 1e6))
    cash = market.cash(0)
    series, _ = market.play()  # 10 hours
    assert market.cash(0) == cash
    assert not series["funding_rate"].any()


# ---------------------------------------------------------------- the payment


def test_longs_pay_shorts_at_a_positive_rate_and_the_other_way_round() -> None:
    for interest_pct in (0.3, -0.3):
        rule = {"interest_pct": interest_pct, "clamp_pct": 1.0, "crowding_pct": 0.0}
        holders = [Holder(10.0, 1e4), Holder(-4.0, 1e4), Holder((2.0, -300.0), 1e4)]
        market = Emptied(funded(**rule), *holders)
        before = [market.cash(n) for n in range(3)]
        series, _ = market.play(8 * HOUR_MIN)
        rate = interest_pct * PCT
        assert series["funding_rate"][-1, 0] == pytest.approx(np.full((3, 2), rate))
        paid = [was - market.cash(n) for n, was in enumerate(before)]
        assert paid == pytest.approx([rate * 1_000, -rate * 400, rate * (200 - 600)])


def ledgers(market: Emptied) -> dict[str, float]:
    """Cash of everybody who may hold contracts."""
    state = market.state
    return {
        "people": float(state.accounts.cash_usd.sum()),
        "makers": float(state.maker_cash_usd.sum()),
        "arbitrage": float(state.arb_cash_usd.sum()),
        "engine": float(state.engine_cash_usd.sum()),
    }


def test_what_is_paid_is_received_whoever_holds_the_contracts() -> None:
    """Accounts, market makers, arbitrage and the liquidation engine; the ledger closes."""
    market = Emptied(funded(interest_pct=0.3, clamp_pct=1.0), Holder(10.0, 1e4))
    market.give_engine(5.0, 90.0)
    market.state.arb_qty[0, A, BIG] += 3.0
    market.state.maker_qty[0, A, BIG] -= 3.0
    state, rate = market.state, 0.003
    before = ledgers(market)
    funding.pay(
        state, market.market.screen, Funding(interest_pct=0.3, clamp_pct=1.0, crowding_pct=0.0)
    )
    paid = {name: before[name] - usd for name, usd in ledgers(market).items()}
    expected = {"people": 1_000, "engine": 500, "arbitrage": 300, "makers": -1_800}
    assert paid == pytest.approx({name: rate * usd for name, usd in expected.items()})
    assert sum(paid.values()) == pytest.approx(0, abs=1e-9)


def test_whoever_cannot_pay_is_liquidated() -> None:
    """The screen sees everybody anew after a payment."""
    rule = {"interest_pct": 0.5, "clamp_pct": 1.0, "crowding_pct": 0.0}
    for coins, venue, taken in ((100.0, A, True), (-100.0, B, False)):
        market = Emptied(funded(**rule), Holder(coins, equity_usd=140.0, venue=venue))
        series, _ = market.play(8 * HOUR_MIN + 2)  # 140 − 50 is below 1% of 10,000
        assert (market.qty(0) == 0) == taken
        assert series["liquidated_long_usd"][:-2].sum() == 0


def test_the_crowd_pays_for_its_crowding() -> None:
    """With everybody long the premium is the price of crowding, less the clamp."""
    rule = {"crowding_pct": 0.2, "interest_pct": 0.01}
    market = Emptied(
        funded(**rule), Holder(10.0, 1e4), Holder(-10.0, 1e4, venue=B, kind=Kind.BASIS)
    )
    series, _ = market.play(8 * HOUR_MIN)
    rate = series["funding_rate"][-1, 0, :, BIG]
    assert rate == pytest.approx([0.0015, -0.0015, 0.0001], rel=1e-6)
    assert series["funding_rate"][-1, 0, :, SMALL] == pytest.approx(np.full(3, 0.0001))


def test_the_mark_counts_the_funding_that_is_left() -> None:
    """Binance, "Mark price": index · (1 + last funding · time left ÷ interval) is one of three.

    With last price and basis above, it is the median halfway through the interval.
    """
    market = Emptied(funded(crowding_pct=0.0))
    market.state.funding_rate[:] = 0.006
    market.price(102.0, venue=C)
    market.state.log_basis[:] = 0.0
    index = 0.8 * 100 + 0.2 * 102
    clock = market.constants.scenario
    assert funding.left_share(clock, 0.0) == 1
    assert funding.left_share(clock, 4 * 3_600.0) == pytest.approx(0.5)
    assert funding.left_share(clock, 8 * 3_600.0) == 1
    series, _ = market.play(1)
    left = 1 - 1 / 480
    one, other = index * (1 + 0.006 * left), index * (102 / index) ** (1 - np.exp(-2))
    assert series["mark_usd"][0, 0, C, BIG] == pytest.approx(
        float(np.median([one, other, 102.0])), rel=1e-6
    )


def test_funding_closes_the_ledger_in_a_market_at_work() -> None:
    clock = {"start": "2025-10-10T07:30:00Z", "duration_min": 120, "fine_step_s": 10}
    record = run(small(clock=clock, funding={"interval_h": 1, "crowding_pct": 2.0}))
    assert len(np.unique(record["funding_rate"][:, 0, A, 0])) == 3
    assert record.cash_relative_error < 1e-9
