"""What a run leaves behind: numbers over time, and what happened when.

The engine hands over :class:`Stretch` after stretch; :class:`Run` lays them end to end in arrays
allocated once. What has been computed never changes, so any number of readers may look at it
while the rest is still under way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats
from engine.clock import Grid, grid
from engine.scenario import Scenario

FLOWS = (
    "news",
    "liquidations",
    "broken hedges",
    "stops and panic",
    "profit-taking",
    "new entries",
    "arbitrage",
    "desk",
    "value buyers",
    "refilling books",
    "reopening",
)
"""What moves prices; the order of the flow axis."""

CAUSES = (*FLOWS, "withdrawn liquidity")
"""Parts of a price change, the order of the cause axis: each flow at calm depth, and what
missing depth added to all of them together."""


class Series(NamedTuple):
    """One recorded quantity: the axes behind time (of ``w v a c p``), its unit and meaning."""

    axes: str
    unit: str
    meaning: str


SERIES: dict[str, Series] = {
    "price_usd": Series("wva", "usd", "last traded price at the end of the step"),
    "mark_usd": Series("wva", "usd", "mark price at the end of the step"),
    "log_price": Series("wa", "log", "depth-weighted mean of log last prices over venues"),
    "log_fundamental": Series("wa", "log", "log fundamental value"),
    "depth_share": Series("wa", "share", "depth of the books ÷ calm depth, all venues"),
    "volume_usd": Series("wva", "usd", "volume traded in the step"),
    "halted": Series("wva", "1", "1 where no orders were filled in the step"),
    "liquidated_long_usd": Series("wva", "usd", "long notional taken over in the step, at mark"),
    "liquidated_short_usd": Series("wva", "usd", "short notional taken over in the step, at mark"),
    "liquidated_accounts": Series("wva", "1", "accounts taken over in the step, by largest leg"),
    "margin_lost_usd": Series("wva", "usd", "collateral lost by accounts taken over in the step"),
    "adl_usd": Series("wva", "usd", "winners' notional closed by ADL in the step, at mark"),
    "adl_hedged_usd": Series("wva", "usd", "the part of adl_usd that belonged to hedged accounts"),
    "adl_accounts": Series("wva", "1", "accounts hit by ADL in the step"),
    "adl_needed_usd": Series("wva", "usd", "loss that ADL had to take off the fund in the step"),
    "adl_cost_usd": Series("wva", "usd", "what ADL cost winners in the step, against mark"),
    "fund_usd": Series("wva", "usd", "insurance fund"),
    "fund_value_usd": Series("wva", "usd", "the fund less what its positions would lose at mark"),
    "bad_debt_usd": Series("wva", "usd", "losses nobody carried, since the start"),
    "inventory_usd": Series("wva", "usd", "what the liquidation engine has still to sell, at mark"),
    "open_interest_usd": Series("wva", "usd", "notional of all long positions, at mark"),
    "naked_usd": Series("wva", "usd", "coins of broken hedges still to be sold, at last price"),
    "arb_dollars_usd": Series("wv", "usd", "dollars that arbitrage can still use"),
    "arb_coins_usd": Series("wva", "usd", "coins that arbitrage can still use"),
    "funding_rate": Series("wva", "share", "funding rate paid last, per interval"),
    "causes_log": Series("wac", "log", "parts of the step's change of log_price, see CAUSES"),
    "cascade_number": Series("wa", "1", "forced notional the next 1% down frees ÷ depth within 1%"),
    "cascade_number_up": Series("wa", "1", "the same for the next 1% up"),
    "desk_qty": Series("wp", "coins", "quantity of each desk position"),
    "desk_equity_usd": Series("wp", "usd", "equity behind each desk position"),
    "desk_pnl_usd": Series("wp", "usd", "gain or loss of each desk position since it was opened"),
    "desk_liquidation_usd": Series("wp", "usd or none", "liquidation price of each desk position"),
    "desk_entry_usd": Series("wp", "usd or none", "entry price of each desk position"),
    "desk_maintenance_usd": Series("wp", "usd", "maintenance margin of each position's account"),
    "desk_adl_place": Series("wp", "share or none", "place in the ADL queue: 1 is closed first"),
}
"""Every recorded quantity. Flows over time are sums within the step, levels are at its end; NaN
where there is none."""


class Recording(NamedTuple):
    """What of a run is written down; it changes no number of what is.

    Attributes
    ----------
    series
        Names of SERIES.
    events, maps
        Whether events are told, and whether liquidation maps are drawn. Whom ADL hit is always
        written down.
    """

    series: frozenset[str]
    events: bool = True
    maps: bool = True


EVERYTHING = Recording(frozenset(SERIES))


class Inequality(NamedTuple):
    """Two sides and the relation between them, e.g. equity_usd 3.1 < maintenance_usd 4.0."""

    left: str
    left_value: float
    relation: str
    right: str
    right_value: float


@dataclass(frozen=True)
class Event:
    """Something worth a sentence, with the numbers that made it happen.

    ``kind`` names the sentence; ``values`` fills it. ``because`` is the inequality that fired: what
    is on the left, its value, the relation, what is on the right, its value; empty for what
    happens by the clock.
    """

    time_s: float
    step: int
    world: int
    kind: str
    venue: str = ""
    asset: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    because: Inequality | tuple[()] = ()


@dataclass(frozen=True)
class AdlEntry:
    """Accounts hit by ADL in a step, one entry each, (n,).

    Attributes
    ----------
    step
        When.
    pool, account
        Market, and the account's row.
    qty, price_usd, mark_usd
        Coins closed, signed, at which price, and what the mark was.
    gain_usd, cost_usd
        Unrealised gain of the whole position before, and what closing away from mark cost.
    hedged
        Whether the account was one leg of a hedge.
    place, queue
        Place in the queue, from 1, and the queue's length.
    """

    step: int
    pool: NDArray[np.int64]
    account: NDArray[np.int64]
    qty: Floats
    price_usd: Floats
    mark_usd: Floats
    gain_usd: Floats
    cost_usd: Floats
    hedged: NDArray[np.bool_]
    place: NDArray[np.int64]
    queue: NDArray[np.int64]


MAP_LOG_RANGE = (-1.8, 1.2)
MAP_BINS = 200
"""Liquidation maps: bins of log price, measured from each asset's price at the start."""


@dataclass(frozen=True)
class LiquidationMap:
    """Notional of the crowd's positions at the end of a step, in USD at mark, all venues.

    Attributes
    ----------
    step
        When.
    notional_usd
        By liquidation price, (W, A, 2, MAP_BINS): long, short. The bins divide MAP_LOG_RANGE
        evenly.
    by_leverage_usd
        By effective leverage, (W, A, 2, LEVERAGE_BINS) of :mod:`engine.leverage`; None where it
        was not counted, as it is not with every map in calm times.
    """

    step: int
    notional_usd: NDArray[np.float32]
    by_leverage_usd: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Stretch:
    """What a run of steps recorded: ``series[name]`` has shape (steps, …), steps first."""

    first_step: int
    steps: int
    series: dict[str, Floats]
    events: tuple[Event, ...]
    adl: tuple[AdlEntry, ...]
    maps: tuple[LiquidationMap, ...]
    engine_seconds: float
    contracts_max_error: float
    cash_relative_error: float


class Run:
    """The record of a scenario played, complete up to step ``computed``.

    Attributes
    ----------
    scenario, worlds, recording, grid
        What was run, in how many worlds, what of it is written down, on which steps.
    computed
        Number of steps recorded so far; arrays are valid in ``[:computed]`` only.
    events, adl, maps
        Everything that happened so far, whom ADL hit, and where liquidations waited, in order of
        time.
    """

    def __init__(
        self, scenario: Scenario, worlds: int = 1, recording: Recording = EVERYTHING
    ) -> None:
        self.scenario = scenario
        self.worlds = worlds
        self.recording = recording
        self.grid: Grid = grid(scenario)
        self.computed = 0
        self.engine_seconds = 0.0
        self.contracts_max_error = 0.0
        self.cash_relative_error = 0.0
        self.events: list[Event] = []
        self.adl: list[AdlEntry] = []
        self.maps: list[LiquidationMap] = []
        sizes = axis_sizes(scenario, worlds)
        self._series = {
            name: np.empty((len(self.grid), *(sizes[axis] for axis in series.axes)))
            for name, series in SERIES.items()
            if name in recording.series
        }

    @property
    def complete(self) -> bool:
        """Whether every step has been computed."""
        return self.computed == len(self.grid)

    def __getitem__(self, name: str) -> Floats:
        """Return one recorded quantity up to now, read-only: (computed, …), axes of SERIES.

        Raises
        ------
        KeyError
            If it is not written down.
        """
        view = self._series[name][: self.computed]
        view.flags.writeable = False
        return view

    def append(self, stretch: Stretch) -> None:
        """Lay a finished stretch behind what is there.

        Raises
        ------
        ValueError
            If the stretch doesn't begin where the record ends.
        """
        if stretch.first_step != self.computed:
            raise ValueError(
                f"stretch begins at {stretch.first_step}, record ends at {self.computed}"
            )
        last = self.computed + stretch.steps
        for name, values in stretch.series.items():
            self._series[name][self.computed : last] = values
        self.events.extend(stretch.events)
        self.adl.extend(stretch.adl)
        self.maps.extend(stretch.maps)
        self.engine_seconds += stretch.engine_seconds
        self.contracts_max_error = max(self.contracts_max_error, stretch.contracts_max_error)
        self.cash_relative_error = max(self.cash_relative_error, stretch.cash_relative_error)
        self.computed = last

    def begin_with(self, other: Run, steps: int) -> None:
        """Copy the first ``steps`` of another record into this one, which must be empty.

        The scenarios must be the same up to there, see :mod:`engine.replay`. Positions are told
        apart by their place; those the other doesn't know were not open yet.
        """
        both = min(len(self.scenario.desk), len(other.scenario.desk))
        for name in self._series:
            kind = SERIES[name]
            mine, theirs = self._series[name][:steps], other._series[name][:steps]
            if kind.axes.endswith("p"):
                mine[:] = np.nan if kind.unit.endswith("or none") else 0.0
                mine[..., :both] = theirs[..., :both]
            else:
                mine[:] = theirs
        self.events = [event for event in other.events if event.step < steps]
        self.adl = [entry for entry in other.adl if entry.step < steps]
        self.maps = [each for each in other.maps if each.step < steps]
        self.computed = steps
        self.engine_seconds = other.engine_seconds * steps / max(other.computed, 1)
        self.contracts_max_error = other.contracts_max_error
        self.cash_relative_error = other.cash_relative_error


def axis_sizes(scenario: Scenario, worlds: int) -> dict[str, int]:
    """Return the length of each axis that SERIES names."""
    return {
        "w": worlds,
        "v": len(scenario.venues),
        "a": len(scenario.assets),
        "c": len(CAUSES),
        "p": len(scenario.desk),
    }
