"""What happened to the positions of the person at the screen, as plain sentences."""

from __future__ import annotations

from collections.abc import Callable

from engine.record import Event
from engine.scenario import Position, Scenario
from gui import format as fmt
from gui.i18n import in_a_row, tr
from gui.two_sides import two_sides


def my_position(position: Position) -> str:
    """Return what a desk position is called: ``My long BTC on A``."""
    values = {"asset": position.asset, "venue": position.venue}
    if position.kind == "spot":
        return tr("My {asset} coins on {venue}", **values)
    if position.side == "long":
        return tr("My long {asset} on {venue}", **values)
    return tr("My short {asset} on {venue}", **values)


def _opened(event: Event, scenario: Scenario) -> str:
    return tr(
        "{mine} is open: {qty} {asset} at {price} USD.",
        mine=_mine(event, scenario),
        qty=_coins(event),
        asset=event.asset,
        price=fmt.price(event.values["price_usd"]),
    )


def _changed(event: Event, scenario: Scenario) -> str:
    return tr(
        "{mine} was changed: {qty} {asset} now, at {price} USD.",
        mine=_mine(event, scenario),
        qty=_coins(event),
        asset=event.asset,
        price=fmt.price(event.values["price_usd"]),
    )


def _closed(event: Event, scenario: Scenario) -> str:
    return tr(
        "{mine} was closed at {price} USD: {pnl} USD.",
        mine=_mine(event, scenario),
        price=fmt.price(event.values["price_usd"]),
        pnl=fmt.usd_full(event.values["pnl_usd"], signed=True),
    )


def _liquidated(event: Event, scenario: Scenario) -> str:
    values = event.values
    equity, margin = two_sides(event)
    mark, limit = values["mark_usd"], values["liquidation_price_usd"]
    is_long = _position(event, scenario).side == "long"
    if not (mark < limit if is_long else mark > limit):
        # What happened to another position of the same account may have been the reason.
        return tr(
            "{mine} was liquidated: the account's equity {equity} < maintenance margin {margin}.",
            mine=_mine(event, scenario),
            equity=equity,
            margin=margin,
        )
    return tr(
        "{mine} was liquidated: mark {mark} {sign} liquidation price {limit}, equity {equity} < "
        "maintenance margin {margin}.",
        mine=_mine(event, scenario),
        mark=fmt.price(mark),
        sign="<" if is_long else ">",
        limit=fmt.price(limit),
        equity=equity,
        margin=margin,
    )


def _reduced(event: Event, scenario: Scenario) -> str:
    equity, margin = two_sides(event)
    return tr(
        "{mine} was cut to {qty} {asset} by liquidation: equity {equity} < maintenance margin "
        "{margin}.",
        mine=_mine(event, scenario),
        qty=_coins(event),
        asset=event.asset,
        equity=equity,
        margin=margin,
    )


def _adl(event: Event, scenario: Scenario) -> str:
    values = event.values
    worth, wanted = two_sides(event)
    text = tr(
        "{mine} was hit by ADL: {usd} USD closed at {price}, mark was {mark}.",
        mine=_mine(event, scenario),
        usd=fmt.usd_full(values["closed_usd"]),
        price=fmt.price(values["price_usd"]),
        mark=fmt.price(values["mark_usd"]),
    )
    if values.get("queue", 0) >= 1 and values.get("rank", 0) >= 1:
        ranked = tr(
            "It ranked {rank} of {queue}.",
            rank=fmt.count(values["rank"]),
            queue=fmt.count(values["queue"]),
        )
        text = in_a_row(text, ranked)
    fund = tr("The fund was worth {worth} < {wanted}.", worth=worth, wanted=wanted)
    return in_a_row(text, fund)


SENTENCES: dict[str, Callable[[Event, Scenario], str]] = {
    "desk_opened": _opened,
    "desk_changed": _changed,
    "desk_closed": _closed,
    "desk_reduced": _reduced,
    "desk_liquidated": _liquidated,
    "desk_adl": _adl,
}


def _position(event: Event, scenario: Scenario) -> Position:
    return scenario.desk[int(event.values["position"])]


def _mine(event: Event, scenario: Scenario) -> str:
    return my_position(_position(event, scenario))


def _coins(event: Event) -> str:
    return fmt.significant(abs(event.values["qty"]), 4)
