"""The loop: plays a scenario step by step and hands over finished stretches.

for stretch in stretches(scenario): …      while it computes
record = run(scenario)                     when all is wanted at once
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from engine import desk as desks
from engine.arrays import Floats
from engine.clock import MINUTE_S, Grid, grid, step_count
from engine.events import Memory, Watch
from engine.insurance import pay_in, rescope_highs
from engine.layout import layout_of
from engine.leverage import LEVERAGE_BINS, LeverageCount
from engine.market import Constants, Market
from engine.news import News
from engine.observation import (
    Row,
    adl_entry,
    cascade_numbers,
    is_leverage_due,
    is_map_due,
    liquidation_map,
    map_edges,
    most_maps,
    write_row,
)
from engine.opening import constants_of, opening_state
from engine.population import populate
from engine.protection import markets
from engine.record import (
    EVERYTHING,
    MAP_BINS,
    SERIES,
    AdlEntry,
    Event,
    LiquidationMap,
    Recording,
    Run,
    Stretch,
    axis_sizes,
)
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import cash_error, contracts_error
from engine.step import step

LARGEST_STEPS = 2_000_000
LARGEST_BYTES = 2_000_000_000
FIRST_STEPS = 32
"""Length of the first stretch: short, so that something shows at once."""

LONGEST_STRETCH = 4_096


ROW_NUMBERS = 18
"""Numbers kept for each account beside its positions: cash, habits, places in queues …"""


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
    recording
        What to write down; the rest is saved.

    Raises
    ------
    BudgetError
        If it would need more steps or memory than allowed.
    """

    def __init__(
        self,
        scenario: Scenario,
        worlds: int = 1,
        keyframe: Keyframe | None = None,
        recording: Recording = EVERYTHING,
    ) -> None:
        self.scenario = scenario
        self.worlds = worlds
        self.recording = recording
        check_budget(scenario, worlds, recording)
        self.grid: Grid = grid(scenario)
        self._edges = map_edges(scenario)
        self._news = News(scenario, self.grid, worlds)
        self._constants = constants_of(scenario, worlds)
        self._guarded = self._constants.guarded
        self._watch = Watch(self._constants, worlds)
        self._obey(keyframe.end_s if keyframe else 0.0)
        if keyframe is None:
            self.done = 0
            self.market = _opening_market(scenario, worlds, self._constants)
        else:
            self.done = keyframe.step
            self.market = _market_again(scenario, keyframe)
            self._watch.remember(keyframe.memory)
        self._leverage = LeverageCount(self.market.state.accounts.layout)

    def keyframe(self) -> Keyframe:
        """Return a copy of the market as it stands, to go on from later."""
        end_s = float(self.grid.end_s[self.done - 1]) if self.done else 0.0
        return Keyframe(self.done, end_s, _copied(self.market), self._watch.memory())

    def advance(self, steps: int) -> Stretch:
        """Play at most so many steps on and return what they recorded."""
        begun = perf_counter()
        first, last = self.done, min(self.done + steps, len(self.grid))
        news = self._news.changes(first, last)
        self._adl: list[AdlEntry] = []
        self._maps: list[LiquidationMap] = []
        series = _rows(self.scenario, self.worlds, last - first, self.recording.series)
        events: list[Event] = []
        for i in range(first, last):
            events += self._step(i, news[i - first], Row(series, i - first))
        self.done = last
        return Stretch(
            first_step=first,
            steps=last - first,
            series=series,
            events=tuple(events),
            adl=tuple(self._adl),
            maps=tuple(self._maps),
            engine_seconds=perf_counter() - begun,
            contracts_max_error=contracts_error(self.market.state),
            cash_relative_error=cash_error(self.market.state),
        )

    def _step(self, number: int, news: Floats, row: Row) -> list[Event]:
        start_s, step_s = float(self.grid.start_s[number]), float(self.grid.step_s[number])
        end_s = start_s + step_s
        self._act(start_s, end_s)
        outcome = step(self.market, self._constants, start_s, step_s, news)
        view = desks.view(self.market.desk, self.market.state, self._constants.tiers)
        write_row(row, self.market, self._constants, outcome, view, self.recording)
        if outcome.deleveraging is not None:
            self._adl.append(adl_entry(outcome.deleveraging, number))
        if self.recording.maps and is_map_due(self.scenario.clock, start_s, step_s):
            count = is_leverage_due(self.scenario.clock, start_s, step_s)
            leverage = self._leverage if count else None
            self._maps.append(liquidation_map(self.market, self._edges, number, leverage))
        if not self.recording.events:
            return []
        return self._watch.events(self.market, outcome, view, number, start_s, end_s)

    def _act(self, start_s: float, end_s: float) -> None:
        """Carry out what is to be done in a step: rules that change, money for funds."""
        changing = [
            rule for rule in self.scenario.rule_changes if start_s <= rule.at_min * MINUTE_S < end_s
        ]
        if changing:
            before = self._constants
            self._obey(end_s)
            scope = self._constants.scenario.insurance
            if scope.scope != before.scenario.insurance.scope:
                rescope_highs(self.market.state, before.fund_share, scope)
        for top_up in self.scenario.top_ups:
            if start_s <= top_up.at_min * MINUTE_S < end_s:
                where = markets(self.scenario, top_up.venue, top_up.asset)
                fund = self._constants.fund_start_usd
                pay_in(self.market.state, fund, where, top_up.amount_usd)

    def _obey(self, time_s: float) -> None:
        """Put the rules in force that hold before a time."""
        due = [r.at_min for r in self.scenario.rule_changes if r.at_min * MINUTE_S < time_s]
        rules = self.scenario.in_force(max(due)) if due else self.scenario
        # A market halted by a rule that no longer holds still has to open again.
        self._constants = replace(constants_of(rules, self.worlds), guarded=self._guarded)
        self._watch.constants = self._constants


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
        return 2 * (accounts.qty.nbytes + accounts.entry_usd.nbytes + 6 * accounts.cash_usd.nbytes)


def _opening_market(scenario: Scenario, worlds: int, constants: Constants) -> Market:
    accounts = populate(scenario, worlds)
    state = opening_state(scenario, accounts, constants)
    screen = Screen(accounts, constants.tiers, state.mark_usd)
    market = Market(state, screen, desks.set_up(scenario, accounts.layout), np.empty(0))
    market.cascade = cascade_numbers(market, constants)
    return market


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
    scenario: Scenario,
    worlds: int = 1,
    target_seconds: float = 0.1,
    recording: Recording = EVERYTHING,
) -> Iterator[Stretch]:
    """Play a scenario and yield what it recorded, about every ``target_seconds``.

    Stop by no longer iterating. How it is cut into stretches changes no number.

    Raises
    ------
    BudgetError
        If it would need more steps or memory than allowed.
    """
    yield from played(Simulation(scenario, worlds, recording=recording), target_seconds)


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


def check_budget(scenario: Scenario, worlds: int = 1, recording: Recording = EVERYTHING) -> None:
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
    needed = bytes_needed(scenario, worlds, recording)
    if needed > LARGEST_BYTES:
        raise BudgetError(
            f"the run would need about {needed / 1e9:.1f} GB of memory; at most "
            f"{LARGEST_BYTES / 1e9:.0f} GB are allowed. Use fewer crowd.accounts "
            f"(now {scenario.crowd.accounts:,}), fewer steps (now {steps:,}) or fewer worlds"
        )


def bytes_needed(scenario: Scenario, worlds: int, recording: Recording = EVERYTHING) -> int:
    """Return about how much memory a run takes with its record, bytes."""
    sizes = axis_sizes(scenario, worlds)
    assets, rows = len(scenario.assets), scenario.crowd.accounts * worlds
    recorded = sum(
        int(np.prod([sizes[axis] for axis in SERIES[name].axes])) for name in recording.series
    )
    news = worlds * (1 + assets) * max(1440, 3600 // scenario.clock.fine_step_s)
    maps = 0
    if recording.maps:
        maps = (
            most_maps(scenario) * worlds * assets * (MAP_BINS + LEVERAGE_BINS)
        )  # of half the size
    steps = step_count(scenario)
    return 8 * (rows * (2 * assets + ROW_NUMBERS) + steps * recorded + news + maps)


def _rows(scenario: Scenario, worlds: int, steps: int, names: Iterable[str]) -> dict[str, Floats]:
    """Return room for so many steps of some series, zeros."""
    sizes = axis_sizes(scenario, worlds)
    return {name: np.zeros((steps, *(sizes[axis] for axis in SERIES[name].axes))) for name in names}
