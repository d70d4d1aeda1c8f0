"""The identities that nothing may break, on random scenarios that use every rule."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import numpy as np
from hypothesis import given

from engine import liquidation
from engine.liquidation import Takeover
from engine.margin import Standing, Tiers
from engine.protection import Mask
from engine.record import SERIES, Event, Stretch
from engine.rules import Rules
from engine.run import Simulation
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import State, cash_error, contracts_error
from tests.engine.random_scenarios import random_markets, scenarios
from tests.engine.scenarios import everything, small

STEPS = 16
EVENTS = {
    "adl_begins",
    "adl_ends",
    "book_empty",
    "depth_floor",
    "desk_adl",
    "desk_changed",
    "desk_closed",
    "desk_liquidated",
    "desk_opened",
    "first_liquidation",
    "fund_empty",
    "hedges_break",
    "market_halted",
    "market_opens",
    "no_coins",
    "no_dollars",
    "outage",
    "rule_changed",
    "shock",
    "top_up",
}
MAY_BE_NONE = {name for name, series in SERIES.items() if series.unit.endswith("or none")}


def test_contracts_and_cash_close_and_nothing_becomes_nan() -> None:
    """In 300 random markets, in which everything happens that can be told of one."""
    told: Counter[str] = Counter()

    @random_markets(300)
    @given(scenarios())
    def the_ledger_closes(scenario: Scenario) -> None:
        told.update({event.kind for event in played_with_a_closed_ledger(scenario)})

    the_ledger_closes()
    assert told.keys() >= EVENTS


def played_with_a_closed_ledger(scenario: Scenario) -> list[Event]:
    """Play two worlds of a scenario and check all sums on the way; return what was told."""
    told: list[Event] = []
    simulation = Simulation(scenario, worlds=2)
    before = log_prices_at_the_start(scenario)
    while simulation.done < len(simulation.grid):
        stretch = simulation.advance(STEPS)
        assert stretch.contracts_max_error < 1e-9
        assert stretch.cash_relative_error < 1e-9
        everything_is_a_number(stretch)
        sums_are_what_accounts_hold(simulation.market.state)
        before = causes_add_up(stretch, before)
        told += stretch.events
    return told


def log_prices_at_the_start(scenario: Scenario) -> np.ndarray:
    """Log prices before the first step of two worlds, (1, 2, A)."""
    return np.log([[[asset.price_usd for asset in scenario.assets]] * 2])


def everything_is_a_number(stretch: Stretch) -> None:
    series = stretch.series
    for name, values in series.items():
        assert not np.isinf(values).any(), name
        assert name in MAY_BE_NONE or not np.isnan(values).any(), name
    for name in ("price_usd", "mark_usd"):
        assert (series[name] > 0).all(), name
    assert (series["fund_usd"] >= 0).all()
    assert (series["bad_debt_usd"] >= 0).all()
    assert (series["naked_usd"] >= 0).all()
    assert (series["depth_share"] >= 0).all()
    assert (series["depth_share"] <= 1 + 1e-12).all()


def sums_are_what_accounts_hold(state: State) -> None:
    starts = state.accounts.layout.block_start[:-1]
    for kept, sign in ((state.long_qty, 1.0), (state.short_qty, -1.0)):
        held = np.add.reduceat(np.maximum(sign * state.accounts.qty, 0), starts, axis=1)
        away = (kept - held.T.reshape(kept.shape)) / state.opening_qty
        np.testing.assert_allclose(away, 0, atol=1e-9)


def causes_add_up(stretch: Stretch, before: np.ndarray) -> np.ndarray:
    """The parts of every step's price change are all of it; return the last log prices."""
    log_price = stretch.series["log_price"]
    change = np.diff(np.concatenate([before, log_price]), axis=0)
    np.testing.assert_allclose(stretch.series["causes_log"].sum(axis=-1), change, atol=1e-9)
    return log_price[-1:]


@random_markets(60)
@given(scenarios())
def test_nobody_is_taken_over_above_maintenance_nor_spared_below(scenario: Scenario) -> None:
    played_with_checked_takeovers(scenario)


def test_whoever_waits_below_maintenance_is_taken_over_once_the_pause_or_outage_is_over() -> None:
    """Where every rule is on, B liquidates in steps, and A stands still for some minutes."""
    waited = played_with_checked_takeovers(everything())
    assert waited["pauses"] > 20
    assert waited["stands still"] > 20


def played_with_checked_takeovers(scenario: Scenario) -> Counter[str]:
    """Around each takeover check all accounts one by one; return how many waited for what."""
    simulation = Simulation(scenario)
    original, waited = liquidation.take_over, Counter[str]()
    nobody = np.empty(0, dtype=np.int64)

    def watched(
        state: State, screen: Screen, tiers: Tiers, rules: Rules, serving: Mask, time_s: float
    ) -> Takeover | None:
        due = below_maintenance(state, tiers)
        reasons = reasons_to_wait(state, rules, serving, time_s, due)
        taken = original(state, screen, tiers, rules, serving, time_s)
        ready = due.rows[[not reason for reason in reasons]]
        np.testing.assert_array_equal(nobody if taken is None else taken.rows, ready)
        left = below_maintenance(state, tiers)
        still = reasons_to_wait(state, rules, serving, time_s, left)
        spared = left.rows[[not reason for reason in still]]
        cut_just_now = nobody if taken is None else taken.rows[~taken.whole]
        assert np.isin(spared, cut_just_now).all()
        waited.update(reasons)
        waited["steps"] += 1
        return taken

    with patch.object(liquidation, "take_over", watched):
        simulation.advance(len(simulation.grid))
    assert waited["steps"] == len(simulation.grid)
    return waited


def below_maintenance(state: State, tiers: Tiers) -> Standing:
    """Who is below maintenance, by a check of everybody."""
    every = np.arange(state.accounts.layout.rows)
    all_ = Standing.of(state.accounts, tiers, state.mark_usd, every)
    return all_.part(all_.below)


def reasons_to_wait(
    state: State, rules: Rules, serving: Mask, time_s: float, due: Standing
) -> list[str]:
    """Why accounts may wait: in a market that stands still, or above backstop after a cut."""
    accounts, layout = state.accounts, state.accounts.layout
    reasons = []
    for row, equity, maintenance in zip(due.rows, due.equity_usd, due.maintenance_usd, strict=True):
        venue = layout.pool[row] // layout.assets % layout.venues
        above_backstop = equity >= rules.backstop_share[venue] * maintenance
        if not serving[venue, accounts.qty[:, row] != 0].all():
            reasons.append("stands still")
        elif accounts.cool_until_s[row] > time_s and above_backstop:
            reasons.append("pauses")
        else:
            reasons.append("")
    return reasons


def test_errors_of_the_ledger_are_seen() -> None:
    simulation = Simulation(small())
    simulation.advance(5)
    state = simulation.market.state
    state.maker_qty[0, 1, 0] *= 1.001
    assert contracts_error(state) > 1e-6
    state.fund_usd[0, 0, 0] += 1e6
    assert cash_error(state) > 1e-6
