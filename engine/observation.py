"""What is written down after a step: all series, whom ADL hit, where liquidations wait."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.adl import Deleveraging
from engine.adl_queue import places
from engine.arrays import Floats
from engine.clock import DAY_S, HOUR_S, MINUTE_S, is_round
from engine.desk import DeskView
from engine.insurance import losses_usd
from engine.leverage import LeverageCount
from engine.market import Constants, Market, Outcome
from engine.record import MAP_BINS, MAP_LOG_RANGE, AdlEntry, LiquidationMap, Recording
from engine.scenario import Clock, Scenario
from engine.state import LONG, SHORT, State

ONE_PERCENT = 0.01
FALLS = (ONE_PERCENT, -ONE_PERCENT)

CASCADE_NUMBERS = {"cascade_number", "cascade_number_up"}
"""Series that take a search through all queues."""

VOLUMES = {"open_interest_usd", "volume_usd"}
"""Series of what is held and traded in contracts."""

LEVELS = {
    "fund_usd",
    "fund_value_usd",
    "inventory_usd",
    "bad_debt_usd",
    "naked_usd",
    "arb_dollars_usd",
    "arb_coins_usd",
    "funding_rate",
}
"""Series of what everybody but the accounts holds."""

LOOK_EVERY_S, LOOK_EVERY_FINE_S = 900.0, 30.0
"""How often queues are searched through: in calm times, and where steps are below a minute."""

LEVERAGE_EVERY_S, LEVERAGE_EVERY_FINE_S = HOUR_S, 300.0
"""The same for counting how leveraged people are."""

LEAST_DEPTH_USD = 1.0
"""Stands for the depth of a market that has none, where something is divided by it."""

MAP_EVERY_S = 900.0
MAP_EVERY_FINE_S = 60.0
MOST_CALM_MAPS = 400
"""How often a liquidation map is drawn: in calm times, and where steps are below a minute."""


class Row:
    """A step's row of all series that are recorded; of the others nothing is kept.

    Parameters
    ----------
    series
        Every recorded series, (T, …), zeros as yet.
    at
        Which row.
    """

    def __init__(self, series: dict[str, Floats], at: int) -> None:
        self._series = series
        self._at = at

    def __contains__(self, name: str) -> bool:
        return name in self._series

    def __setitem__(self, name: str, values: Floats | NDArray[np.bool_]) -> None:
        if name in self._series:
            self._series[name][self._at] = values


def write_row(
    row: Row,
    market: Market,
    constants: Constants,
    outcome: Outcome,
    view: DeskView,
    recording: Recording,
) -> None:
    """Record a step: one row of every series."""
    looking = is_look_due(outcome.now.start_s, outcome.now.step_s)
    if CASCADE_NUMBERS & recording.series:
        if looking:
            market.cascade = cascade_numbers(market, constants)
        row["cascade_number"], row["cascade_number_up"] = market.cascade
    _write_prices(row, market, constants, outcome)
    if LEVELS & recording.series:
        _write_levels(row, market.state)
    if VOLUMES & recording.series:
        interest = market.state.open_interest_usd()
        row["open_interest_usd"] = interest
        row["volume_usd"] = _volume_usd(market.state, interest, constants, outcome)
    taken, hit = outcome.takeover, outcome.deleveraging
    if taken is not None:
        row["liquidated_long_usd"] = taken.notional_usd[..., LONG]
        row["liquidated_short_usd"] = taken.notional_usd[..., SHORT]
        row["liquidated_accounts"] = taken.accounts
        row["margin_lost_usd"] = taken.margin_usd
    if hit is not None:
        row["adl_needed_usd"] = hit.due_usd
        row["adl_cost_usd"] = hit.cost_usd
        row["adl_usd"] = hit.closed_usd
        row["adl_hedged_usd"] = hit.hedged_usd
        row["adl_accounts"] = hit.accounts
    if view.qty.size:
        row["desk_qty"] = view.qty
        row["desk_equity_usd"] = view.equity_usd
        row["desk_pnl_usd"] = view.pnl_usd
        row["desk_liquidation_usd"] = view.liquidation_usd
        row["desk_entry_usd"] = market.desk.entry_usd
        row["desk_maintenance_usd"] = view.maintenance_usd
        if looking:
            rules = constants.rules
            market.desk.adl_place = places(market.desk, market.state, constants.tiers, rules)
        row["desk_adl_place"] = market.desk.adl_place


def _write_prices(row: Row, market: Market, constants: Constants, outcome: Outcome) -> None:
    """Record prices, what moved them, and how easily they move."""
    state, weight = market.state, constants.venue_weight[:, None]
    if "price_usd" in row:
        row["price_usd"] = np.exp(state.log_price)
    row["mark_usd"] = state.mark_usd
    if "log_price" in row:
        row["log_price"] = (state.log_price * weight).sum(axis=1)
    row["log_fundamental"] = state.log_fundamental
    row["causes_log"] = outcome.causes_log
    if "depth_share" in row:
        row["depth_share"] = (state.depth_share * weight).sum(axis=1)
    if outcome.now.trading is not None:
        row["halted"] = ~outcome.now.trading


def _write_levels(row: Row, state: State) -> None:
    """Record what everybody but the accounts holds."""
    row["fund_usd"] = state.fund_usd
    row["fund_value_usd"] = state.fund_usd
    if state.engine_holds():
        row["fund_value_usd"] = state.fund_usd - losses_usd(state).sum(axis=-1)
        row["inventory_usd"] = np.abs(state.engine_qty).sum(axis=-1) * state.mark_usd
    row["bad_debt_usd"] = state.bad_debt_usd
    row["naked_usd"] = state.naked_qty * np.exp(state.log_price)
    row["arb_dollars_usd"] = state.arb_dollars_usd
    row["arb_coins_usd"] = state.arb_coins_usd
    row["funding_rate"] = state.funding_rate


def cascade_numbers(market: Market, constants: Constants) -> Floats:
    """Return forced notional that the next 1% frees ÷ what moves the price by 1%, (2, W, A).

    Downward first, then upward.
    """
    mark, calm = market.state.mark_usd, constants.calm_depth_usd
    depth = np.maximum((calm * market.state.depth_share).sum(axis=1), LEAST_DEPTH_USD)
    freed = [(market.screen.forced_qty(mark, fall) * mark).sum(axis=1) for fall in FALLS]
    numbers: Floats = np.stack(freed) / (depth * ONE_PERCENT)
    return numbers


def _volume_usd(
    state: State, interest_usd: Floats, constants: Constants, outcome: Outcome
) -> Floats:
    """Everyday volume, which grows with volatility, and all orders of the step, (W, V, A)."""
    rate = constants.scenario.liquidity.volume_per_day * outcome.now.step_s / DAY_S
    volatility = np.sqrt(state.unrest)[:, None, :]
    everyday = interest_usd * rate * volatility
    if outcome.now.trading is not None:
        everyday = everyday * outcome.now.trading
    volume: Floats = everyday + outcome.traded_usd
    return volume


def adl_entry(hit: Deleveraging, number: int) -> AdlEntry:
    """Return whom ADL hit in a step."""
    hits = hit.hits
    return AdlEntry(
        step=number,
        pool=hits.bucket // 2,
        account=hits.rows,
        qty=hits.qty,
        price_usd=hits.price_usd,
        mark_usd=hits.mark_usd,
        gain_usd=hits.gain_usd,
        cost_usd=hits.cost_usd,
        hedged=hits.hedged,
        place=hits.place,
        queue=hits.queue,
    )


def map_edges(scenario: Scenario) -> Floats:
    """Return the bounds of the bins of liquidation maps, log prices, (A, MAP_BINS + 1)."""
    start = np.log([asset.price_usd for asset in scenario.assets])
    edges: Floats = start[:, None] + np.linspace(*MAP_LOG_RANGE, MAP_BINS + 1)
    return edges


def is_look_due(start_s: float, step_s: float) -> bool:
    """Whether queues are searched through at the end of a step, for numbers that are recorded."""
    return is_round(start_s, step_s, LOOK_EVERY_FINE_S, LOOK_EVERY_S)


def is_map_due(clock: Clock, start_s: float, step_s: float) -> bool:
    """Whether a liquidation map is drawn at the end of a step: seldom in long scenarios."""
    calm_every_s = max(MAP_EVERY_S, clock.duration_min * MINUTE_S / MOST_CALM_MAPS)
    return is_round(start_s, step_s, MAP_EVERY_FINE_S, calm_every_s)


def is_leverage_due(clock: Clock, start_s: float, step_s: float) -> bool:
    """Whether leverage is counted with the map drawn at the end of a step.

    It changes slowly and costs as much as the map.
    """
    asked = is_round(start_s, step_s, LEVERAGE_EVERY_FINE_S, LEVERAGE_EVERY_S)
    return asked and is_map_due(clock, start_s, step_s)


def most_maps(scenario: Scenario) -> int:
    """Return about how many liquidation maps a run draws; at least as many."""
    clock = scenario.clock
    calm = min(clock.duration_min * MINUTE_S / MAP_EVERY_S, MOST_CALM_MAPS)
    fine = min(clock.fine_window_min * len(scenario.shocks), clock.duration_min)
    return int(calm) + 1 + fine


def liquidation_map(
    market: Market, edges: Floats, number: int, count: LeverageCount | None = None
) -> LiquidationMap:
    """Draw where liquidations wait after a step, and how leveraged people are if that's asked."""
    state = market.state
    coins = market.screen.map_qty(state.mark_usd, edges).reshape(*state.mark_usd.shape, 2, -1)
    notional = (coins * state.mark_usd[..., None, None]).sum(axis=1).astype(np.float32)
    if count is None:
        return LiquidationMap(number, notional)
    leverage = count.by_leverage_usd(state.accounts, state.mark_usd)
    return LiquidationMap(number, notional, leverage.astype(np.float32))
