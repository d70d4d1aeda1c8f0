"""The loop: plays a scenario step by step and hands over finished stretches.

for stretch in stretches(scenario): …      while it computes
record = run(scenario)                     when all is wanted at once
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from engine import desk as desks
from engine import liquidity
from engine.clock import Grid, grid, step_count
from engine.desk import DeskView
from engine.events import Memory, Watch
from engine.insurance import SLOTS, losses_usd
from engine.margin import Screen, tiers_of
from engine.news import News
from engine.population import layout_of, populate
from engine.randomness import Stream, world_keys
from engine.record import SERIES, Event, Floats, Run, Stretch, axis_sizes
from engine.scenario import Scenario
from engine.state import LONG, SHORT, Accounts, State, cash_error, contracts_error
from engine.step import Constants, Market, Outcome, step

LARGEST_STEPS = 2_000_000
LARGEST_BYTES = 2_000_000_000
FIRST_STEPS = 32
"""Length of the first stretch: short, so that something shows at once."""

LONGEST_STRETCH = 4_096

ONE_PERCENT = 0.01

LEAST_QTY = 1e-12
"""Stands for the open interest of a pool without any, where something is divided by it."""


class BudgetError(ValueError):
    """A run would take more memory or steps than allowed; the text gives the estimate."""


class Simulation:
    """A scenario being played.

    Parameters
    ----------
    scenario
        What to play.
    worlds
        In how many worlds at once; world ``w`` is the same whatever their number.
    keyframe
        Where to go on from; None for the start. It must come from a scenario that differs only in
        what happens later, see :mod:`engine.replay`.

    Raises
    ------
    BudgetError
        If it would need more steps or memory than allowed.
    """

    def __init__(
        self, scenario: Scenario, worlds: int = 1, keyframe: Keyframe | None = None
    ) -> None:
        self.scenario = scenario
        self.worlds = worlds
        check_budget(scenario, worlds)
        self.grid: Grid = grid(scenario)
        self._constants = constants_of(scenario, worlds)
        self._news = News(scenario, self.grid, worlds)
        self._watch = Watch(self._constants, worlds)
        if keyframe is None:
            self.done = 0
            self.market = _opening_market(scenario, worlds, self._constants)
        else:
            self.done = keyframe.step
            self.market = _market_again(scenario, keyframe)
            self._watch.remember(keyframe.memory)

    def keyframe(self) -> Keyframe:
        """Return a copy of the market as it stands, to go on from later."""
        end_s = float(self.grid.end_s[self.done - 1]) if self.done else 0.0
        return Keyframe(self.done, end_s, _copied(self.market), self._watch.memory())

    def advance(self, steps: int) -> Stretch:
        """Play at most so many steps on and return what they recorded."""
        begun = perf_counter()
        first, last = self.done, min(self.done + steps, len(self.grid))
        news = self._news.changes(first, last)
        sizes = axis_sizes(self.scenario, self.worlds)
        series = {
            name: np.empty((last - first, *(sizes[axis] for axis in kind.axes)))
            for name, kind in SERIES.items()
        }
        events: list[Event] = []
        for i in range(first, last):
            events += self._step(i, news[i - first], {n: a[i - first] for n, a in series.items()})
        self.done = last
        return Stretch(
            first_step=first,
            steps=last - first,
            series=series,
            events=tuple(events),
            engine_seconds=perf_counter() - begun,
            contracts_max_error=contracts_error(self.market.state),
            cash_relative_error=cash_error(self.market.state),
        )

    def _step(self, number: int, news: Floats, row: dict[str, Floats]) -> list[Event]:
        start_s, step_s = float(self.grid.start_s[number]), float(self.grid.step_s[number])
        outcome = step(self.market, self._constants, start_s, step_s, news)
        view = desks.view(self.market.desk, self.market.state, self._constants.tiers)
        _write(row, self.market, self._constants, outcome, view)
        return self._watch.events(self.market, outcome, view, number, start_s, start_s + step_s)


@dataclass(frozen=True)
class Keyframe:
    """A market between two steps.

    Attributes
    ----------
    step, end_s
        The next step, and the time up to which has been played.
    market
        Everything a step changes; never played itself, only copied.
    memory
        What has been told of it, see :class:`engine.events.Watch`.
    """

    step: int
    end_s: float
    market: Market
    memory: Memory

    @property
    def nbytes(self) -> int:
        """About how much memory it holds: the accounts, and as much again for their queues."""
        accounts = self.market.state.accounts
        return 2 * (accounts.qty.nbytes + accounts.entry_usd.nbytes + 4 * accounts.cash_usd.nbytes)


def _opening_market(scenario: Scenario, worlds: int, constants: Constants) -> Market:
    accounts = populate(scenario, worlds)
    state = opening_state(scenario, accounts, constants)
    screen = Screen(accounts, constants.tiers)
    return Market(state, screen, desks.set_up(scenario, accounts.layout))


def _market_again(scenario: Scenario, keyframe: Keyframe) -> Market:
    """Return a keyframe's market with the scenario's desk; what it has done already is kept."""
    market = _copied(keyframe.market)
    accounts = market.state.accounts
    accounts.layout = layout_of(scenario, accounts.layout.worlds)
    market.desk = desks.taken_up(desks.set_up(scenario, accounts.layout), market.desk)
    return market


def _copied(market: Market) -> Market:
    """Return a copy that shares nothing but the layout, which never changes."""
    layout = market.state.accounts.layout
    return copy.deepcopy(market, {id(layout): layout})


def stretches(
    scenario: Scenario, worlds: int = 1, target_seconds: float = 0.1
) -> Iterator[Stretch]:
    """Play a scenario and yield what it recorded, about every ``target_seconds``.

    Stop by no longer iterating. How it is cut into stretches changes no number.

    Raises
    ------
    BudgetError
        If it would need more steps or memory than allowed.
    """
    yield from played(Simulation(scenario, worlds), target_seconds)


def played(
    simulation: Simulation, target_seconds: float, longest: int = LONGEST_STRETCH
) -> Iterator[Stretch]:
    """Play a simulation to its end and yield stretches as :func:`stretches` does.

    None has more steps than ``longest``, however fast the machine.
    """
    steps = min(FIRST_STEPS, longest)
    while simulation.done < len(simulation.grid):
        stretch = simulation.advance(steps)
        pace = target_seconds / max(stretch.engine_seconds, 1e-6)
        steps = max(1, min(int(steps * min(pace, 4.0)), longest))
        yield stretch


def run(scenario: Scenario, worlds: int = 1) -> Run:
    """Play a whole scenario and return its record. Raises as :func:`stretches`."""
    check_budget(scenario, worlds)
    record = Run(scenario, worlds)
    for stretch in stretches(scenario, worlds, target_seconds=1.0):
        record.append(stretch)
    return record


def check_budget(scenario: Scenario, worlds: int = 1) -> None:
    """Refuse what this machine can't be expected to hold.

    Raises
    ------
    BudgetError
        With the estimate and what is allowed.
    """
    steps = step_count(scenario)
    if steps > LARGEST_STEPS:
        raise BudgetError(
            f"clock: the scenario has {steps:,} steps; at most {LARGEST_STEPS:,} are allowed. "
            "Use a longer calm_step_s, a shorter fine_window_min or a shorter duration_min"
        )
    sizes = axis_sizes(scenario, worlds)
    assets, rows = len(scenario.assets), scenario.crowd.accounts * worlds
    recorded = sum(int(np.prod([sizes[axis] for axis in kind.axes])) for kind in SERIES.values())
    news = worlds * (1 + assets) * max(1440, 3600 // scenario.clock.fine_step_s)
    needed = 8 * (rows * (2 * assets + 8) + steps * recorded + news)
    if needed > LARGEST_BYTES:
        raise BudgetError(
            f"the run would need about {needed / 1e9:.1f} GB of memory; at most "
            f"{LARGEST_BYTES / 1e9:.0f} GB are allowed. Use fewer crowd.accounts "
            f"(now {scenario.crowd.accounts:,}), fewer steps (now {steps:,}) or fewer worlds"
        )


def constants_of(scenario: Scenario, worlds: int) -> Constants:
    """Return what stays the same throughout a run."""
    share = np.array(scenario.venue_shares("open_interest_share"))
    interest = share[:, None] * np.array([asset.open_interest_usd for asset in scenario.assets])
    return Constants(
        scenario=scenario,
        tiers=tiers_of(scenario.assets),
        calm_depth_usd=liquidity.calm_depth_usd(scenario),
        variance_per_s=liquidity.variances_per_s(scenario),
        venue_weight=np.array(scenario.venue_shares("depth_share")),
        index_share=np.array(scenario.venue_shares("index_share")),
        arb_target_usd=interest * scenario.plumbing.arbitrage_pct / 100,
        fund_start_usd=interest * scenario.insurance.fund_pct / 100,
        handover_keys=world_keys(scenario.seed, worlds, Stream.HANDOVER),
        turnover_keys=world_keys(scenario.seed, worlds, Stream.TURNOVER),
    )


def opening_state(scenario: Scenario, accounts: Accounts, constants: Constants) -> State:
    """Return the market at the scenario's start: accounts as drawn, everything else at rest."""
    layout = accounts.layout
    shape = layout.shape
    log_asset = np.log([asset.price_usd for asset in scenario.assets])
    log_price = np.broadcast_to(log_asset, shape).copy()
    longs, shorts = _sums(accounts)
    maker = shorts - longs
    mark = np.exp(log_price)
    fund = np.broadcast_to(constants.fund_start_usd, shape).copy()
    zero = np.zeros(shape)
    state = State(
        accounts=accounts,
        long_qty=longs,
        short_qty=shorts,
        opening_qty=np.maximum(np.maximum(longs, shorts), LEAST_QTY),
        log_fundamental=np.broadcast_to(log_asset, (shape[0], shape[2])).copy(),
        log_price=log_price,
        log_basis=zero.copy(),
        mark_usd=mark,
        trend=np.broadcast_to(log_asset, (shape[0], shape[2])).copy(),
        unrest=np.ones((shape[0], shape[2])),
        depth_share=np.ones((shape[0], shape[2])),
        maker_qty=maker,
        maker_cash_usd=-maker * mark,
        maker_rest_qty=maker.copy(),
        engine_qty=np.zeros((*shape, 2)),
        engine_cash_usd=np.zeros((*shape, 2)),
        fund_usd=fund,
        bad_debt_usd=zero.copy(),
        fund_highs_usd=np.broadcast_to(fund, (SLOTS, *shape)).copy(),
        fund_slot=0,
        arb_qty=zero.copy(),
        arb_cash_usd=zero.copy(),
        arb_dollars_usd=np.broadcast_to(constants.arb_target_usd, shape).copy(),
        arb_coins_usd=np.broadcast_to(constants.arb_target_usd, shape).copy(),
        naked_qty=zero.copy(),
        deposits_usd=np.zeros(shape[0]),
    )
    held = accounts.cash_usd.reshape(shape[0], -1).sum(axis=1)
    state.deposits_usd += held + (state.maker_cash_usd + fund).sum(axis=(1, 2))
    return state


def _sums(accounts: Accounts) -> tuple[Floats, Floats]:
    """Return the accounts' long and short coins by pool, both ≥ 0, (W, V, A)."""
    layout = accounts.layout
    starts = layout.block_start[:-1]

    def by_pool(qty: Floats) -> Floats:
        sums: Floats = np.add.reduceat(qty, starts, axis=1).T.reshape(layout.shape)
        return sums

    return by_pool(np.maximum(accounts.qty, 0)), by_pool(np.maximum(-accounts.qty, 0))


def _write(
    row: dict[str, Floats],
    market: Market,
    constants: Constants,
    outcome: Outcome,
    view: DeskView,
) -> None:
    """Record a step: one row of every series."""
    state = market.state
    row["price_usd"][:] = np.exp(state.log_price)
    row["mark_usd"][:] = state.mark_usd
    row["log_price"][:] = (state.log_price * constants.venue_weight[:, None]).sum(axis=1)
    row["log_fundamental"][:] = state.log_fundamental
    row["depth_share"][:] = state.depth_share
    row["fund_usd"][:] = state.fund_usd
    row["fund_value_usd"][:] = state.fund_usd - losses_usd(state).sum(axis=-1)
    row["bad_debt_usd"][:] = state.bad_debt_usd
    row["inventory_usd"][:] = np.abs(state.engine_qty).sum(axis=-1) * state.mark_usd
    row["open_interest_usd"][:] = state.open_interest_usd()
    row["causes_log"][:] = outcome.causes_log
    freed = (market.screen.forced_qty(state.mark_usd, ONE_PERCENT) * state.mark_usd).sum(axis=1)
    depth = (constants.calm_depth_usd * state.depth_share[:, None, :]).sum(axis=1)
    row["cascade_number"][:] = freed / (depth * ONE_PERCENT)
    taken, hit = outcome.takeover, outcome.deleveraging
    row["liquidated_long_usd"][:] = taken.notional_usd[..., LONG] if taken else 0.0
    row["liquidated_short_usd"][:] = taken.notional_usd[..., SHORT] if taken else 0.0
    row["liquidated_accounts"][:] = taken.accounts if taken else 0.0
    row["adl_usd"][:] = hit.closed_usd if hit else 0.0
    row["adl_hedged_usd"][:] = hit.hedged_usd if hit else 0.0
    row["adl_accounts"][:] = hit.accounts if hit else 0.0
    row["desk_qty"][:] = view.qty
    row["desk_equity_usd"][:] = view.equity_usd
    row["desk_pnl_usd"][:] = view.pnl_usd
    row["desk_liquidation_usd"][:] = view.liquidation_usd
    row["desk_entry_usd"][:] = market.desk.entry_usd
