"""Events as plain sentences, each with the two sides of the inequality that fired."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.record import Event
from engine.scenario import Scenario
from gui import desk_sentences
from gui import format as fmt
from gui.i18n import as_shipped, tr
from gui.panels.setting import setting_at
from gui.two_sides import two_sides

COLORS = {
    "shock": "danger",
    "first_liquidation": "long",
    "adl_begins": "adl",
    "adl_ends": "adl",
    "fund_empty": "fund",
    "top_up": "fund",
    "depth_floor": "warning",
    "hedges_break": "hedged",
    "no_coins": "warning",
    "no_dollars": "warning",
    "market_halted": "danger",
    "book_empty": "danger",
    "market_opens": "gain",
    "outage": "danger",
    "rule_changed": "text",
    "desk_opened": "accent",
    "desk_changed": "accent",
    "desk_closed": "accent",
    "desk_reduced": "danger",
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


def _where(event: Event) -> str:
    """Return the market an event is about: ``BTC on A``, or a whole venue, or an asset."""
    if event.venue and event.asset:
        return tr("{asset} on {venue}", asset=event.asset, venue=event.venue)
    return as_shipped(event.venue or event.asset)


# ---------------------------------------------------------------- what is set for a time


def _shock(event: Event, _scenario: Scenario) -> str:
    return tr(
        "News breaks: {name}. It will move the fundamental value by {size}.",
        name=as_shipped(event.values["name"]),
        size=fmt.pct(event.values["size_pct"], signed=True),
    )


def _outage(event: Event, _scenario: Scenario) -> str:
    return tr(
        "{where} stands still for {minutes} min: nothing is traded, liquidated or deleveraged.",
        where=_where(event),
        minutes=_minutes(event.values["duration_min"]),
    )


def _top_up(event: Event, _scenario: Scenario) -> str:
    usd = fmt.usd(event.values["amount_usd"])
    if not event.venue and not event.asset:
        return tr("{usd} USD are paid into the insurance funds.", usd=usd)
    return tr("{usd} USD are paid into insurance: {where}.", usd=usd, where=_where(event))


def _rule_changed(event: Event, scenario: Scenario) -> str:
    path, value = event.values["path"], event.values["value"]
    setting = setting_at(path)
    if value is None:
        text = tr("as everywhere")
    else:
        text = tr(setting.choices[value]) if setting.choices else setting.text(value)
    name = tr(setting.label)
    if path.startswith("venues."):
        venue = scenario.venues[int(path.split(".")[1])].name
        name = tr("{rule} of {venue}", rule=name, venue=venue)
    return tr("A rule changes: {rule} is now {value}.", rule=name, value=text)


# ---------------------------------------------------------------- losses and who bears them


def _first_liquidation(event: Event, _scenario: Scenario) -> str:
    equity, margin = two_sides(event)
    return tr(
        "{where}: first liquidation, {usd} USD. Equity {equity} < maintenance margin {margin}.",
        where=_where(event),
        usd=fmt.usd(event.values["liquidated_usd"]),
        equity=equity,
        margin=margin,
    )


def _adl_begins(event: Event, _scenario: Scenario) -> str:
    values = event.values
    worth, limit = two_sides(event)
    if values["trigger"] == "drawdown":
        why = tr(
            "The fund is worth {worth} < {limit}, {share} below its high of {high}",
            worth=worth,
            limit=limit,
            share=fmt.percent(values["trigger_drawdown"], digits=0),
            high=fmt.usd(values["high_usd"]),
        )
    elif values["trigger"] == "fund_empty":
        why = tr("The fund is worth {worth} < 0", worth=worth)
    else:
        why = tr("Positions taken over are worth {worth} < 0", worth=worth)
    return tr(
        "{where}: ADL begins. {why}; {usd} USD of winning positions closed, accounts: {n}.",
        where=_where(event),
        why=why,
        usd=fmt.usd(values["adl_usd"]),
        n=fmt.count(values["accounts"]),
    )


def _adl_ends(event: Event, _scenario: Scenario) -> str:
    quiet, limit = two_sides(event)
    return tr(
        "{where}: ADL is over, {usd} USD in all. Nothing was closed for {quiet} > {limit}.",
        where=_where(event),
        usd=fmt.usd(event.values["adl_usd"]),
        quiet=quiet,
        limit=limit,
    )


def _fund_empty(event: Event, _scenario: Scenario) -> str:
    left, _zero = two_sides(event)
    return tr(
        "{where}: the insurance fund is empty. Its {usd} USD less all losses: {left} < 0.",
        where=_where(event),
        usd=fmt.usd(event.values["fund_start_usd"]),
        left=left,
    )


def _hedges_break(event: Event, _scenario: Scenario) -> str:
    coins, limit = two_sides(event)
    return tr(
        "{where}: hedges break. Coins that lost their short: {coins} > {limit}; {usd} USD to sell.",
        where=_where(event),
        coins=coins,
        limit=limit,
        usd=fmt.usd(event.values["naked_usd"]),
    )


# ---------------------------------------------------------------- books, doors and plumbing


def _depth_floor(event: Event, scenario: Scenario) -> str:
    depth, bound = two_sides(event)
    return tr(
        "{asset}: market makers withdraw. Depth {depth} < {bound} of normal; {floor} is the least.",
        asset=event.asset,
        depth=depth,
        bound=bound,
        floor=fmt.percent(scenario.liquidity.depth_floor),
    )


def _no_coins(event: Event, _scenario: Scenario) -> str:
    left, limit = two_sides(event)
    return tr(
        "{where}: arbitrage runs out of coins to sell. {left} < {limit}, {share} of its stock.",
        where=_where(event),
        left=left,
        limit=limit,
        share=fmt.percent(event.values["limit_share"], digits=0),
    )


def _no_dollars(event: Event, _scenario: Scenario) -> str:
    left, limit = two_sides(event)
    return tr(
        "{where}: arbitrage runs out of dollars to buy with. {left} < {limit}, {share} of its "
        "stock.",
        where=_where(event),
        left=left,
        limit=limit,
        share=fmt.percent(event.values["limit_share"], digits=0),
    )


def _market_halted(event: Event, _scenario: Scenario) -> str:
    away, limit = two_sides(event)
    return tr(
        "{where}: the circuit breaker halts trading for {minutes} min. The price is {away} > "
        "{limit} away from its average.",
        where=_where(event),
        minutes=_minutes(event.values["halt_min"]),
        away=away,
        limit=limit,
    )


def _book_empty(event: Event, _scenario: Scenario) -> str:
    depth, limit = two_sides(event)
    return tr(
        "{where}: the book is empty, trading stops. Depth {depth} < {limit} of normal.",
        where=_where(event),
        depth=depth,
        limit=limit,
    )


def _market_opens(event: Event, _scenario: Scenario) -> str:
    return tr(
        "{where}: trading again, at {price} USD.",
        where=_where(event),
        price=fmt.price(event.values["price_usd"]),
    )


SENTENCES: dict[str, Callable[[Event, Scenario], str]] = {
    "shock": _shock,
    "outage": _outage,
    "top_up": _top_up,
    "rule_changed": _rule_changed,
    "first_liquidation": _first_liquidation,
    "adl_begins": _adl_begins,
    "adl_ends": _adl_ends,
    "fund_empty": _fund_empty,
    "hedges_break": _hedges_break,
    "depth_floor": _depth_floor,
    "no_coins": _no_coins,
    "no_dollars": _no_dollars,
    "market_halted": _market_halted,
    "book_empty": _book_empty,
    "market_opens": _market_opens,
    **desk_sentences.SENTENCES,
}


def _plainly(event: Event) -> str:
    """Say what is known of an event of a kind that has no sentence."""
    where = " ".join(as_shipped(part) for part in (event.asset, event.venue) if part)
    words = event.kind.replace("_", " ")
    numbers = ", ".join(f"{_words(name)} {_number(value)}" for name, value in event.values.items())
    return " · ".join(part for part in (words, where, numbers) if part)


def _words(name: str) -> str:
    return name.removesuffix("_usd").replace("_", " ")


def _number(value: Any) -> str:
    if isinstance(value, (int, float)) and math.isfinite(value):
        return fmt.short(float(value))
    return str(value)


def _minutes(minutes: float) -> str:
    return fmt.significant(minutes).removesuffix(".00").removesuffix(".0")
