"""Events as plain sentences, each with the two sides of the inequality that fired."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.record import Event
from engine.scenario import Position, Scenario
from gui import format as fmt
from gui.i18n import tr

COLORS = {
    "shock": "danger",
    "first_liquidation": "long",
    "adl_begins": "adl",
    "fund_empty": "fund",
    "depth_floor": "warning",
    "desk_opened": "accent",
    "desk_closed": "accent",
    "desk_liquidated": "danger",
    "desk_adl": "adl",
}
"""Kind of event → colour of its dot; the same as of its bars and curves."""


def color_of(event: Event) -> str:
    """Return the name of an event's colour in the theme."""
    return COLORS.get(event.kind, "muted")


def sentence(event: Event, scenario: Scenario) -> str:
    """Return what happened and why, in the language on the screen."""
    tell = SENTENCES.get(event.kind)
    if tell is not None:
        try:
            return tell(event, scenario)
        except (KeyError, IndexError, TypeError):
            pass  # an event of another version still gets its plain words
    return _plainly(event)


def _shock(event: Event, _scenario: Scenario) -> str:
    return tr(
        "News breaks: {name}. It will move the fundamental value by {size}.",
        name=event.values["name"],
        size=fmt.pct(event.values["size_pct"], signed=True),
    )


def _first_liquidation(event: Event, _scenario: Scenario) -> str:
    return tr(
        "{asset} on {venue}: first liquidation, {usd} USD. Equity < maintenance margin.",
        asset=event.asset,
        venue=event.venue,
        usd=fmt.usd(event.values["liquidated_usd"]),
    )


def _adl_begins(event: Event, _scenario: Scenario) -> str:
    values = event.values
    return tr(
        "{asset} on {venue}: ADL begins. Fund {high} → {value}, down {drawdown} ≥ {trigger}; "
        "{usd} USD of winning positions closed, accounts: {n}.",
        asset=event.asset,
        venue=event.venue,
        high=fmt.usd(values["high_usd"]),
        value=fmt.usd(values["fund_value_usd"]),
        drawdown=fmt.percent(values["drawdown"]),
        trigger=fmt.percent(values["trigger_drawdown"], digits=0),
        n=fmt.count(values["accounts"]),
        usd=fmt.usd(values["adl_usd"]),
    )


def _fund_empty(event: Event, _scenario: Scenario) -> str:
    return tr(
        "{asset} on {venue}: the insurance fund is empty. Losses > its {usd} USD.",
        asset=event.asset,
        venue=event.venue,
        usd=fmt.usd(event.values["fund_start_usd"]),
    )


def _depth_floor(event: Event, scenario: Scenario) -> str:
    return tr(
        "{asset}: market makers withdraw; {depth} of normal depth is left, {floor} is the least.",
        asset=event.asset,
        depth=fmt.percent(event.values["depth_share"]),
        floor=fmt.percent(scenario.liquidity.depth_floor),
    )


def _desk_opened(event: Event, scenario: Scenario) -> str:
    return tr(
        "{mine} is open: {qty} {asset} at {price} USD.",
        mine=my_position(_position(event, scenario)),
        qty=fmt.significant(abs(event.values["qty"]), 4),
        asset=event.asset,
        price=fmt.price(event.values["price_usd"]),
    )


def _desk_closed(event: Event, scenario: Scenario) -> str:
    return tr(
        "{mine} was closed at {price} USD: {pnl} USD.",
        mine=my_position(_position(event, scenario)),
        price=fmt.price(event.values["price_usd"]),
        pnl=fmt.usd_full(event.values["pnl_usd"], signed=True),
    )


def _desk_liquidated(event: Event, scenario: Scenario) -> str:
    position, values = _position(event, scenario), event.values
    return tr(
        "{mine} was liquidated: mark {mark} {sign} liquidation price {limit}, equity {equity} < "
        "maintenance margin {margin} USD.",
        mine=my_position(position),
        mark=fmt.price(values["mark_usd"]),
        sign="<" if position.side == "long" else ">",
        limit=fmt.price(values["liquidation_price_usd"]),
        equity=fmt.usd_full(values["equity_usd"]),
        margin=fmt.usd_full(values["maintenance_usd"]),
    )


def _desk_adl(event: Event, scenario: Scenario) -> str:
    values = event.values
    text = tr(
        "{mine} was hit by ADL: {usd} USD closed at {price}, mark was {mark}.",
        mine=my_position(_position(event, scenario)),
        usd=fmt.usd_full(values["closed_usd"]),
        price=fmt.price(values["price_usd"]),
        mark=fmt.price(values["mark_usd"]),
    )
    if values.get("queue", 0) >= 1 and values.get("rank", 0) >= 1:
        text += " " + tr(
            "It ranked {rank} of {queue}.",
            rank=fmt.count(values["rank"]),
            queue=fmt.count(values["queue"]),
        )
    return text


SENTENCES: dict[str, Callable[[Event, Scenario], str]] = {
    "shock": _shock,
    "first_liquidation": _first_liquidation,
    "adl_begins": _adl_begins,
    "fund_empty": _fund_empty,
    "depth_floor": _depth_floor,
    "desk_opened": _desk_opened,
    "desk_closed": _desk_closed,
    "desk_liquidated": _desk_liquidated,
    "desk_adl": _desk_adl,
}


def my_position(position: Position) -> str:
    """Return what a desk position is called: ``My long BTC on A``."""
    values = {"asset": position.asset, "venue": position.venue}
    if position.side == "long":
        return tr("My long {asset} on {venue}", **values)
    return tr("My short {asset} on {venue}", **values)


def _position(event: Event, scenario: Scenario) -> Position:
    return scenario.desk[int(event.values["position"])]


def _plainly(event: Event) -> str:
    """Say what is known of an event of a kind that has no sentence."""
    where = " ".join(part for part in (event.asset, event.venue) if part)
    words = event.kind.replace("_", " ")
    numbers = ", ".join(f"{_words(name)} {_number(value)}" for name, value in event.values.items())
    return " · ".join(part for part in (words, where, numbers) if part)


def _words(name: str) -> str:
    return name.removesuffix("_usd").replace("_", " ")


def _number(value: Any) -> str:
    if isinstance(value, (int, float)) and math.isfinite(value):
        return fmt.short(float(value))
    return str(value)
