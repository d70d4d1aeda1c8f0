"""Notional by leverage is what a count of every account one by one gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given

from engine.arrays import Floats
from engine.leverage import LEVERAGE_BINS, LEVERAGE_EDGES, LeverageCount
from engine.run import Simulation, run
from engine.scenario import Scenario
from tests.engine.random_scenarios import random_markets, scenarios
from tests.engine.scenarios import small


def counted_by_hand(simulation: Simulation, nudge: float) -> Floats:
    """Each account's positions at nudge × its gross notional ÷ equity, (W, A, 2, LEVERAGE_BINS)."""
    state = simulation.market.state
    accounts, layout = state.accounts, state.accounts.layout
    counted = np.zeros((layout.worlds, layout.assets, 2, LEVERAGE_BINS))
    marks = state.mark_usd.reshape(-1, layout.assets)
    for block, (first, last) in enumerate(pairwise(layout.block_start)):
        value = accounts.qty[:, first:last] * marks[block][:, None]
        equity = accounts.cash_usd[first:last] + value.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            leverage = np.abs(value).sum(axis=0) / np.maximum(equity, 0)
        leverage = np.clip(nudge * np.nan_to_num(leverage, posinf=1e9).clip(max=1e9), 0.25, 128.0)
        for asset in range(layout.assets):
            for side, sign in enumerate((1.0, -1.0)):
                notional = np.maximum(sign * value[asset], 0)
                here = np.histogram(leverage, LEVERAGE_EDGES, weights=notional)
                counted[block // layout.venues, asset, side] += here[0]
    return counted


@random_markets(40)
@given(scenarios())
def test_leverage_counts_each_position_at_its_account_s_leverage(scenario: Scenario) -> None:
    simulation = Simulation(scenario, worlds=2)
    state = simulation.market.state
    count = LeverageCount(state.accounts.layout)
    for _ in range(3):
        found = count.by_leverage_usd(state.accounts, state.mark_usd).cumsum(axis=-1)
        # Who stands on a bound, but for rounding, may be counted on either side of it.
        most, least = (
            counted_by_hand(simulation, by).cumsum(axis=-1) for by in (1 - 1e-6, 1 + 1e-6)
        )
        assert (found <= most * (1 + 1e-9)).all()
        assert (found >= least * (1 - 1e-9)).all()
        np.testing.assert_allclose(found[..., -1], most[..., -1], rtol=1e-9)
        simulation.advance(8)


def test_leverage_is_counted_every_five_minutes_in_a_storm_and_hourly_in_calm_times() -> None:
    record = run(small())
    counted = [each.step for each in record.maps if each.by_leverage_usd is not None]
    end_min = record.grid.end_s[counted] / 60
    fine = (end_min > 20) & (end_min <= 60)
    assert len(counted) < len(record.maps)
    assert set(np.diff(end_min[fine])) == {5.0}
    assert set(end_min[~fine]) == {120.0}
