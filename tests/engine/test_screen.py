"""The screen finds and counts what a check of every account finds and counts."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from engine.arrays import Floats, sum_by
from engine.margin import Standing, liquidation_price_usd, tiers_of
from engine.observation import map_edges
from engine.run import Simulation
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import Accounts
from tests.bench.full_scan import FullScan
from tests.engine.random_scenarios import random_markets, scenarios
from tests.engine.scenarios import everything, small

BUSY = {"accounts": 2_000, "turnover_per_day": 5.0, "cross_share": 0.4}


class Checked(Screen):
    """A screen whose every answer is compared with a check of all accounts."""

    checks = 0

    def due(self, mark_usd: Floats) -> Standing | None:
        every = np.arange(self._accounts.layout.rows)
        all_ = Standing.of(self._accounts, self._tiers, mark_usd, every)
        expected, found = all_.part(all_.below), super().due(mark_usd)
        if found is None:
            assert not len(expected)
        else:
            for field in fields(Standing):
                np.testing.assert_array_equal(
                    getattr(found, field.name), getattr(expected, field.name)
                )
        self.checks += 1
        return found


def checked(scenario: Scenario, worlds: int = 1) -> Simulation:
    """The scenario before its first step, under a checked screen."""
    simulation = Simulation(scenario, worlds)
    market = simulation.market
    tiers = tiers_of(scenario.assets)
    market.screen = Checked(market.state.accounts, tiers, market.state.mark_usd)
    return simulation


@random_markets(60)
@given(scenarios())
def test_in_every_step_the_screen_finds_whom_a_check_of_everybody_finds(scenario: Scenario) -> None:
    simulation = checked(scenario, worlds=2)
    simulation.advance(len(simulation.grid))
    assert simulation.market.screen.checks == len(simulation.grid)


def test_so_it_does_where_every_rule_is_on_and_many_wait_and_change() -> None:
    simulation = checked(everything(crowd={**BUSY, "accounts": 6_000}), worlds=2)
    taken = simulation.advance(len(simulation.grid)).series["liquidated_accounts"]
    assert simulation.market.screen.checks == len(simulation.grid)
    assert taken.sum() > 1_000


@pytest.mark.parametrize("jump", [0.005, 0.02, 0.2])
def test_so_it_does_however_each_mark_jumps_on_its_own(jump: float) -> None:
    """Small jumps reach a few bounds of cross-margin accounts, large ones go beyond all of them."""
    simulation = checked(small(crowd={**BUSY, "cross_share": 0.7}, shocks=[]), worlds=2)
    state, screen = simulation.market.state, simulation.market.screen
    dice, found = np.random.default_rng(7), 0
    mark_usd = state.mark_usd
    for _ in range(60):
        mark_usd = mark_usd * np.exp(jump * dice.standard_normal(mark_usd.shape))
        due = screen.due(mark_usd)
        if due is not None:
            screen.touch(due.rows)
            found += int(state.accounts.layout.is_cross[due.rows].sum())
    assert found


def freed_by_hand(accounts: Accounts, scenario: Scenario, mark_usd: Floats, fall: float) -> Floats:
    """Coins set free by a fall, (W, V, A): of isolated accounts those of the side that loses."""
    layout, lower = accounts.layout, mark_usd * np.exp(-fall)
    every = np.arange(layout.rows)
    tiers = tiers_of(scenario.assets)
    due = Standing.of(accounts, tiers, lower, every).below
    freed = np.zeros(mark_usd.shape)
    for asset in range(layout.assets):
        qty = accounts.qty[asset]
        mine = due & (qty != 0) & (layout.is_cross | (qty * fall > 0))
        rows = np.flatnonzero(mine)
        pool = layout.pool[rows] // layout.assets * layout.assets + asset
        freed += sum_by(pool, np.abs(qty[rows]), mark_usd.shape)
    return freed


def assert_freed(simulation: Simulation, fall: float) -> float:
    """Compare what the screen counts with a count by hand; return how many coins that is."""
    state = simulation.market.state
    expected = freed_by_hand(state.accounts, simulation.scenario, state.mark_usd, fall)
    found = simulation.market.screen.forced_qty(state.mark_usd, fall)
    np.testing.assert_allclose(found / state.opening_qty, expected / state.opening_qty, atol=1e-9)
    return float(expected.sum())


@random_markets(60)
@given(scenarios())
def test_the_next_percent_down_or_up_frees_what_a_count_by_hand_says(scenario: Scenario) -> None:
    simulation = Simulation(scenario, worlds=2)
    while simulation.done < len(simulation.grid):
        for fall in (0.01, -0.01):
            assert_freed(simulation, fall)
        simulation.advance(7)


@pytest.mark.parametrize("fall", [0.01, -0.01, 0.05, -0.2])
def test_whoever_stands_in_a_queue_has_changed_or_waits_beside_it_is_counted_once(
    fall: float,
) -> None:
    simulation = Simulation(everything(crowd=BUSY))
    counted = []
    while simulation.done < len(simulation.grid):
        simulation.advance(13)
        counted.append(assert_freed(simulation, fall))
    assert np.count_nonzero(counted) > 5
    simulation.market.screen.sort()
    assert_freed(simulation, fall)


def test_so_is_whoever_finds_a_place_in_the_queues_after_waiting() -> None:
    simulation = checked(everything(crowd=BUSY), worlds=2)
    edges, counted = map_edges(simulation.scenario), []
    while simulation.done < len(simulation.grid):
        simulation.advance(7)
        screen, mark_usd = simulation.market.screen, simulation.market.state.mark_usd
        waiting = screen.map_qty(mark_usd, edges)
        screen._admit_loose()
        np.testing.assert_array_equal(screen.map_qty(mark_usd, edges), waiting)
        counted.append(assert_freed(simulation, 0.01))
    assert np.count_nonzero(counted) > 5


def isolated_only(scenario: Scenario) -> Scenario:
    """The scenario without cross margin, whose accounts have a price of liquidation each."""
    crowd = scenario.crowd.model_copy(update={"cross_share": 0.0})
    desk = tuple(p for p in scenario.desk if p.margin == "isolated" and not p.hedged)
    return scenario.model_copy(update={"crowd": crowd, "desk": desk})


def map_by_hand(accounts: Accounts, scenario: Scenario, edges: Floats) -> Floats:
    """Coins of isolated positions by log liquidation price, (W·V, A, 2, B)."""
    layout, tiers = accounts.layout, tiers_of(scenario.assets)
    blocks, bins = layout.pools // layout.assets, edges.shape[1] - 1
    counted = np.zeros((blocks, layout.assets, 2, bins))
    for asset in range(layout.assets):
        rows = np.flatnonzero((accounts.qty[asset] != 0) & ~layout.is_cross)
        qty = accounts.qty[asset, rows]
        home = np.full(len(rows), asset)
        cash, weight = accounts.cash_usd[rows], accounts.weight[rows]
        price = liquidation_price_usd(tiers, home, qty, cash, weight)
        for block in range(blocks):
            for side, sign in enumerate((1.0, -1.0)):
                mine = (
                    (layout.pool[rows] // layout.assets == block) & (qty * sign > 0) & (price > 0)
                )
                here = np.histogram(np.log(price[mine]), edges[asset], weights=np.abs(qty[mine]))
                counted[block, asset, side] = here[0]
    return counted


def assert_mapped(simulation: Simulation) -> float:
    """Compare the screen's map with one drawn by hand; return how many coins are on it."""
    state, edges = simulation.market.state, map_edges(simulation.scenario)
    expected = map_by_hand(state.accounts, simulation.scenario, edges)
    found = simulation.market.screen.map_qty(state.mark_usd, edges)
    scale = state.opening_qty.reshape(*expected.shape[:2], 1, 1)
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-9)
    return float(expected.sum())


@random_markets(60)
@given(scenarios().map(isolated_only))
def test_the_liquidation_map_shows_each_isolated_position_at_its_price(scenario: Scenario) -> None:
    simulation = Simulation(scenario, worlds=2)
    while simulation.done < len(simulation.grid):
        assert_mapped(simulation)
        simulation.advance(11)


def test_so_it_does_where_every_rule_is_on() -> None:
    simulation = Simulation(isolated_only(everything(crowd={**BUSY, "cross_share": 0.0})))
    while simulation.done < len(simulation.grid):
        simulation.advance(17)
        assert assert_mapped(simulation) > 0


def test_a_cross_margin_account_stands_on_the_map_near_where_it_would_be_liquidated() -> None:
    """All alone with 1,000 of collateral behind 10,000 in each of two assets."""
    simulation = Simulation(small(crowd={"accounts": 500, "cross_share": 0.5}, shocks=[]))
    state, edges = simulation.market.state, map_edges(simulation.scenario)
    accounts, layout = state.accounts, state.accounts.layout
    accounts.qty[:], accounts.cash_usd[:] = 0.0, 0.0
    row = int(np.flatnonzero(layout.is_cross)[0])
    accounts.qty[:, row] = 10_000 / np.array([100_000.0, 0.5])
    accounts.cash_usd[row] = 1_000.0 - 20_000.0
    screen = Screen(accounts, tiers_of(simulation.scenario.assets), state.mark_usd)
    counted = screen.map_qty(state.mark_usd, edges)[0, :, 0]
    for asset, coins in enumerate(accounts.qty[:, row]):
        (here,) = np.flatnonzero(counted[asset])
        assert counted[asset, here] == pytest.approx(coins)
        bound = np.log(state.mark_usd[0, 0, asset] * (1 - 0.04))  # (1,000 − 200) ÷ 20,000
        assert edges[asset, here] - 0.03 < bound < edges[asset, here + 1] + 0.03


def assert_a_full_scan_gives_the_same(scenario: Scenario) -> None:
    """Play the scenario under both screens; everything that is recorded must be the same."""
    ours, theirs = Simulation(scenario, worlds=2), Simulation(scenario, worlds=2)
    market = theirs.market
    market.screen = FullScan.in_place_of(market.screen, market.state.mark_usd)
    stretch, expected = (each.advance(len(each.grid)) for each in (ours, theirs))
    for name, values in expected.series.items():
        np.testing.assert_array_equal(stretch.series[name], values, name)
    assert repr(stretch.events) == repr(expected.events)
    for drawn, wanted in zip(stretch.maps, expected.maps, strict=True):
        np.testing.assert_array_equal(drawn.notional_usd, wanted.notional_usd)


@random_markets(30)
@given(scenarios())
def test_a_run_leaves_the_same_record_as_under_a_full_scan(scenario: Scenario) -> None:
    assert_a_full_scan_gives_the_same(scenario)


def test_so_does_one_where_every_rule_is_on() -> None:
    assert_a_full_scan_gives_the_same(everything(crowd=BUSY))


def test_marks_within_the_lines_leave_everybody_above_maintenance() -> None:
    simulation = checked(small(crowd={**BUSY, "cross_share": 0.3}, shocks=[]))
    state, screen = simulation.market.state, simulation.market.screen
    assert screen.due(state.mark_usd) is None
    low, high = (line.reshape(state.mark_usd.shape) for line in screen._lines)
    for mark_usd in (low * (1 + 1e-12), np.where(np.isfinite(high), high, state.mark_usd)):
        assert screen.due(mark_usd * (1 - 1e-12)) is None
    assert screen.due(low * 0.9) is not None
