"""How a position of the desk stands at the cursor: read from the run, nothing is computed anew."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.record import Event, Run
from engine.scenario import Position, Scenario
from gui.player import Player

WORLD = 0
LIGHTS = 5
"""How many lights venues show for a place in the ADL queue."""

NOT_COMPUTED = "not computed"
WAITING = "waiting"
OPEN = "open"
CLOSED = "closed"
LIQUIDATED = "liquidated"
CUT = "cut"
ADL_CUT = "adl cut"
ADL_CLOSED = "adl closed"

STILL_OPEN = (OPEN, CUT, ADL_CUT)


@dataclass(frozen=True)
class Standing:
    """A position at a moment; NaN where there is nothing to tell.

    Of coins, ``mark_usd`` is the last price. On cross margin, equity is that of the whole account.
    """

    state: str
    time_s: float = 0.0
    qty: float = 0.0
    entry_usd: float = math.nan
    mark_usd: float = math.nan
    liquidation_usd: float = math.nan
    bankruptcy_usd: float = math.nan
    equity_usd: float = math.nan
    pnl_usd: float = math.nan
    maintenance_usd: float = math.nan
    adl_place: float = math.nan
    events: tuple[Event, ...] = field(default=())

    @property
    def margin_ratio(self) -> float:
        """Maintenance margin ÷ equity: at 1 the account is liquidated; NaN without margin."""
        if self.equity_usd <= 0 or not self.maintenance_usd > 0:
            return math.nan
        return self.maintenance_usd / self.equity_usd

    @property
    def adl_lights(self) -> int | None:
        """How many of five lights a venue would show: 5 is closed first; None without a queue."""
        return math.ceil(LIGHTS * self.adl_place) if math.isfinite(self.adl_place) else None


def standing(run: Run | None, position: Position, index: int, time_s: float, step: int) -> Standing:
    """Return how the desk's position ``index`` stands at ``time_s``, the end of ``step`` or later.

    A run of an earlier version of the scenario doesn't know the position, or another in its place.
    """
    if run is None or index >= len(run.scenario.desk):
        return Standing(NOT_COMPUTED)
    if not _same_order(run.scenario.desk[index], position):
        return Standing(NOT_COMPUTED)
    events = tuple(
        event
        for event in run.events
        if event.time_s <= time_s
        and event.world == WORLD
        and event.kind.startswith("desk_")
        and event.values.get("position") == index
    )
    if step < 0 or time_s <= position.open_min * 60.0:
        return Standing(WAITING)
    qty, entry, liquidation, equity, pnl, maintenance, adl_place = (
        float(run[name][step, WORLD, index])
        for name in (
            "desk_qty",
            "desk_entry_usd",
            "desk_liquidation_usd",
            "desk_equity_usd",
            "desk_pnl_usd",
            "desk_maintenance_usd",
            "desk_adl_place",
        )
    )
    scenario = run.scenario
    venue = scenario.venue_names.index(position.venue)
    asset = scenario.asset_names.index(position.asset)
    is_spot = position.kind == "spot"
    price = "price_usd" if is_spot else "mark_usd"  # coins are worth what they sell for
    mark = float(run[price][step, WORLD, venue, asset])
    state = _state(qty, events)
    is_open = state in STILL_OPEN
    return Standing(
        state=state,
        time_s=time_s,
        qty=qty,
        entry_usd=entry,
        mark_usd=mark,
        liquidation_usd=liquidation if is_open else math.nan,
        # Where equity, which moves with the mark, is zero: −cash ÷ quantity.
        bankruptcy_usd=max(mark - equity / qty, 0.0)
        if is_open and qty and not is_spot
        else math.nan,
        equity_usd=equity if is_open else math.nan,
        pnl_usd=pnl,
        maintenance_usd=maintenance if is_open else math.nan,
        adl_place=adl_place if is_open and not is_spot else math.nan,
        events=events,
    )


def last_price_usd(player: Player, asset: str, venue: str, scenario: Scenario) -> float:
    """Return the price of an asset on a venue at the cursor; the starting one before any step."""
    run, step = player.run, player.step
    if run is not None and step >= 0:
        names = run.scenario
        if asset in names.asset_names and venue in names.venue_names:
            v, a = names.venue_names.index(venue), names.asset_names.index(asset)
            return float(run["price_usd"][step, WORLD, v, a])
    return scenario.assets[scenario.asset_names.index(asset)].price_usd


def _same_order(one: Position, other: Position) -> bool:
    later = {"close_min": None, "changes": ()}
    return one.model_copy(update=later) == other.model_copy(update=later)


def _state(qty: float, events: tuple[Event, ...]) -> str:
    kinds = [event.kind for event in events]
    if "desk_liquidated" in kinds:
        return LIQUIDATED
    if "desk_adl" in kinds:
        return ADL_CUT if qty else ADL_CLOSED
    if qty:
        return CUT if "desk_reduced" in kinds else OPEN
    return CLOSED if "desk_closed" in kinds else WAITING
