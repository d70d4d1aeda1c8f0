"""The identities that nothing may break, on random scenarios that use every rule."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from engine.margin import equity_and_maintenance_usd, tiers_of
from engine.run import Simulation
from engine.scenario import Scenario
from engine.state import cash_error, contracts_error
from tests.engine.scenarios import scenarios, small

STEPS = 16


@settings(max_examples=300)
@given(scenarios())
def test_contracts_and_cash_close_and_nothing_becomes_nan(scenario: Scenario) -> None:
    simulation = Simulation(scenario, worlds=2)
    while simulation.done < len(simulation.grid):
        stretch = simulation.advance(STEPS)
        assert stretch.contracts_max_error < 1e-9
        assert stretch.cash_relative_error < 1e-9
        for name, values in stretch.series.items():
            if not name.startswith("desk_"):
                assert np.isfinite(values).all(), name
        assert (stretch.series["price_usd"] > 0).all()
        assert (stretch.series["fund_usd"] >= 0).all()
        assert (stretch.series["depth_share"] <= 1).all()


@settings(max_examples=40)
@given(scenarios())
def test_sums_kept_along_the_way_are_what_the_accounts_hold(scenario: Scenario) -> None:
    simulation = Simulation(scenario)
    simulation.advance(len(simulation.grid))
    state = simulation.market.state
    for v, (first, last) in enumerate(_blocks(state.accounts.layout.block_start)):
        qty = state.accounts.qty[:, first:last]
        scale = state.opening_qty[0, v]
        np.testing.assert_allclose(
            (state.long_qty[0, v] - np.maximum(qty, 0).sum(axis=1)) / scale, 0, atol=1e-9
        )
        np.testing.assert_allclose(
            (state.short_qty[0, v] - np.maximum(-qty, 0).sum(axis=1)) / scale, 0, atol=1e-9
        )


def _blocks(starts: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


@settings(max_examples=40)
@given(scenarios())
def test_nobody_is_taken_over_above_maintenance_nor_spared_below(scenario: Scenario) -> None:
    """Before each takeover all accounts are checked one by one: the screen must find the same."""
    simulation = Simulation(scenario)
    market, tiers = simulation.market, tiers_of(scenario.assets)
    every = np.arange(market.state.accounts.layout.rows)
    found, due = market.screen.due, []

    def compared(mark_usd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        equity, maintenance = equity_and_maintenance_usd(
            market.state.accounts, tiers, mark_usd, every
        )
        expected = np.flatnonzero((equity < maintenance) & (maintenance > 0))
        rows, *rest = found(mark_usd)
        np.testing.assert_array_equal(rows, expected)
        due.append(len(rows))
        return rows, rest[0], rest[1]

    market.screen.due = compared  # type: ignore[method-assign]
    simulation.advance(len(simulation.grid))
    assert len(due) == len(simulation.grid)


def test_the_small_market_cascades_so_that_these_tests_see_every_mechanism_at_work() -> None:
    simulation = Simulation(small())
    series = simulation.advance(len(simulation.grid)).series
    assert series["liquidated_long_usd"].sum() > 1e8
    assert series["adl_usd"].sum() > 1e6
    assert series["adl_hedged_usd"].sum() > 1e5
    assert series["depth_share"].min() < 0.5
    assert simulation.market.state.naked_qty.min() >= 0
    assert np.abs(series["causes_log"][..., 2]).max() > 0  # broken hedges sold


def test_errors_of_the_ledger_are_seen() -> None:
    simulation = Simulation(small())
    simulation.advance(5)
    state = simulation.market.state
    state.maker_qty[0, 1, 0] *= 1.001
    assert contracts_error(state) > 1e-6
    state.fund_usd[0, 0, 0] += 1e6
    assert cash_error(state) > 1e-6
