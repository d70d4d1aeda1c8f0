"""ADL takes from winners what the fund can't carry, and no more.

Filled at the bankruptcy price, winners bear the loss of the position they are closed against. What
they lose in a step must never exceed what had to be taken off the fund, whoever is closed first;
with winners enough it is exactly that. (Queues that close whole positions by size of gain, instead
of by what is needed, took several times as much: Chitra, arXiv 2512.01112.)
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from engine.record import Run
from engine.rule_settings import AdlRank, AdlTrigger, Scope
from engine.run import run
from tests.engine.flat_crowd import Floats, played, simplest, with_flat_crowd
from tests.engine.scenarios import small

ROUNDING_USD = 0.1
"""Sums over queues of hundreds of millions round by less."""


def _more_than_needed_usd(record: Run) -> float:
    """Return the largest excess of winners' losses over needs, by step and pool; both occur."""
    taken, needed = record["adl_cost_usd"], record["adl_needed_usd"]
    assert (taken > 1e6).any()
    assert not needed[record["adl_usd"] == 0].any()
    return float((taken - needed).max())


@pytest.mark.parametrize("rank", [rank for rank in get_args(AdlRank) if rank != "none"])
def test_winners_never_lose_more_than_was_needed_whoever_goes_first(rank: str) -> None:
    record = run(small(adl={"rank": rank}), worlds=2)
    assert _more_than_needed_usd(record) < ROUNDING_USD


@pytest.mark.parametrize("trigger", get_args(AdlTrigger))
@pytest.mark.parametrize("scope", get_args(Scope))
def test_winners_never_lose_more_than_was_needed_whatever_triggers_it(
    scope: str, trigger: str
) -> None:
    record = run(small(adl={"trigger": trigger}, insurance={"scope": scope}), worlds=2)
    assert _more_than_needed_usd(record) < ROUNDING_USD


def test_what_is_needed_is_told_once_however_many_contracts_share_a_fund() -> None:
    """Where ADL doesn't ask the fund, it makes no difference who shares one."""
    rule = {"trigger": "equity_below_zero"}
    needed = [
        run(small(adl=rule, insurance={"scope": scope}))["adl_needed_usd"]
        for scope in get_args(Scope)
    ]
    assert needed[0].sum() > 1e7
    np.testing.assert_allclose(needed[1], needed[0], rtol=1e-6)
    np.testing.assert_allclose(needed[2], needed[0], rtol=1e-6)


@pytest.mark.parametrize(
    "rules",
    [
        {"adl": {"rank": "pro_rata_unhedged"}},
        {"adl": {"trigger": "fund_empty"}},
        {"insurance": {"scope": "venue"}},
        {"adl": {"fill": "mark"}, "insurance": {"scope": "shared"}},
    ],
)
def test_adl_and_funds_of_a_world_are_the_same_to_the_bit_whatever_happens_in_others(
    rules: dict[str, Any],
) -> None:
    alone, together = run(small(**rules)), run(small(**rules), worlds=3)
    for name in ("adl_needed_usd", "adl_usd", "adl_cost_usd", "fund_usd", "bad_debt_usd"):
        np.testing.assert_array_equal(together[name][:, 0], alone[name][:, 0])


def test_closed_at_mark_winners_lose_nothing() -> None:
    record = run(small(adl={"fill": "mark"}))
    assert record["adl_usd"].sum() > 1e8
    assert not record["adl_cost_usd"].any()


def _crash(trigger: dict[str, Any], fund_pct: float, winners_usd: float) -> dict[str, Floats]:
    """A fall of 5% at once: who was liquidated on the way is bankrupt before anything is sold."""
    scenario = simplest(
        -0.05,
        ramp_min=0.0,
        adl={"rank": "pnl_times_leverage", "fill": "bankruptcy"} | trigger,
        insurance={"fund_pct": fund_pct},
    )
    return played(with_flat_crowd(scenario, 0.8, 0.25, 1.0, winners_usd))


@pytest.mark.parametrize(
    "trigger",
    [
        {"trigger": "drawdown", "trigger_drawdown": 0.3, "stop_drawdown": 0.25},
        {"trigger": "fund_empty"},
        {"trigger": "equity_below_zero"},
    ],
)
def test_with_winners_enough_they_lose_exactly_what_was_needed(trigger: dict[str, Any]) -> None:
    series = _crash(trigger, fund_pct=0.05, winners_usd=5e8)
    needed = series["adl_needed_usd"]
    assert needed.sum() > 1e5
    np.testing.assert_allclose(series["adl_cost_usd"], needed, rtol=1e-9, atol=ROUNDING_USD)
    assert series["bad_debt_usd"][-1].sum() < 0.05 * needed.sum()  # sales below the mark meanwhile


def test_after_a_wave_the_fund_is_worth_what_the_rule_says() -> None:
    """Bybit's: it begins at 30% below the fund's high and brings it back to 25% below."""
    rule = {"trigger": "drawdown", "trigger_drawdown": 0.3, "stop_drawdown": 0.25}
    series = _crash(rule, fund_pct=0.05, winners_usd=5e8)
    wave = np.flatnonzero(series["adl_usd"][:, 0, 0, 0])[0]
    high = series["fund_value_usd"][: wave + 1, 0, 0, 0].max()
    assert high == pytest.approx(5e5)
    assert series["fund_value_usd"][wave, 0, 0, 0] == pytest.approx(0.75 * high)


def test_with_too_few_winners_they_lose_less_and_somebody_else_the_rest() -> None:
    series = _crash({"trigger": "fund_empty"}, fund_pct=0.001, winners_usd=5e6)
    first = np.flatnonzero(series["adl_usd"][:, 0, 0, 0])[0]
    assert series["adl_cost_usd"][first].sum() < 0.5 * series["adl_needed_usd"][first].sum()
    assert series["bad_debt_usd"][-1].sum() > 0
    assert series["adl_usd"].sum() == pytest.approx(5e6, rel=0.1)  # all of them were closed
