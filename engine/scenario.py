"""What a scenario is: every setting once, with its unit, bounds, default, meaning and source.

The form's sliders and tooltips, the checks on strangers' files, ``--set`` on the command line and
the documentation are all made from the fields of the parts below; nothing else states a bound or a
default. Values are frozen: a changed scenario is a new one.
"""

from __future__ import annotations

from datetime import datetime
from json import dumps
from math import log, log1p
from typing import Self

from pydantic import Field, ValidationError, model_validator

from engine.crowd_settings import Behaviour, Change, Crowd, Position
from engine.market_settings import Asset, Liquidity, Tier, Venue
from engine.news_settings import News, PathColumn, PricePath, Sensitivity, Shock
from engine.plumbing_settings import Hedging, Plumbing
from engine.rule_settings import Adl, Funding, Insurance, Liquidation, Marking, Protection
from engine.setting import Name, Part, change, setting
from engine.timeline_settings import Halt, RuleChange, TopUp

__all__ = [
    "Adl",
    "Asset",
    "Behaviour",
    "Change",
    "Clock",
    "Crowd",
    "Funding",
    "Halt",
    "Hedging",
    "Insurance",
    "Liquidation",
    "Liquidity",
    "Marking",
    "News",
    "Part",
    "PathColumn",
    "Plumbing",
    "Position",
    "PricePath",
    "Protection",
    "RuleChange",
    "Scenario",
    "Sensitivity",
    "Shock",
    "Tier",
    "TopUp",
    "Venue",
]

SHARES_TOLERANCE = 1e-5
"""How far a set of shares may stray from one: what five written decimals can lose. They are
normalised when used."""

MOST_POSITIONS = 100

ACCOUNTS_PER_POOL = 4
"""At least so many accounts stand in each asset at each venue."""

LARGEST_LOG_MOVE = 20.0
"""All shocks together may move no log price by more: prices stay within what a float can hold."""


class Clock(Part):
    """When a scenario runs, and how finely: long steps in calm, short ones after each shock."""

    start: str = Field(
        "2025-10-09T00:00:00Z",
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
        json_schema_extra={"label": "Start", "meaning": "Date and time of the start, UTC."},
    )
    duration_min: int = setting(
        5760, "Duration", "Length of the scenario.", unit="min", low=1, high=2_000_000
    )
    calm_step_s: int = setting(
        60,
        "Calm step",
        "Step of the clock in calm times; a whole number of minutes.",
        unit="s",
        low=60,
        high=86_400,
    )
    fine_step_s: int = setting(
        5,
        "Fine step",
        "Step of the clock after a shock; must divide a minute.",
        unit="s",
        low=1,
        high=60,
    )
    fine_window_min: int = setting(
        150,
        "Fine window",
        "How long after each shock the fine step is used.",
        unit="min",
        low=0,
        high=100_000,
    )

    @model_validator(mode="after")
    def _steps_fit_minutes(self) -> Self:
        if self.calm_step_s % 60:
            raise ValueError(f"calm_step_s: {self.calm_step_s} is not a whole number of minutes")
        if 60 % self.fine_step_s:
            raise ValueError(f"fine_step_s: {self.fine_step_s} does not divide a minute")
        try:
            self.start_datetime()
        except ValueError:
            raise ValueError(f"start: {self.start} is not a date and time") from None
        return self

    def start_datetime(self) -> datetime:
        """Return the start as an aware time, UTC."""
        return datetime.fromisoformat(self.start)


class Scenario(Part):
    """Everything that decides a run: the same scenario gives the same numbers."""

    name: Name = Field("New scenario", json_schema_extra={"label": "Name"})
    note: str = Field("", max_length=20_000, json_schema_extra={"label": "Note"})
    seed: int = setting(
        1,
        "Seed",
        "Starting point of all random numbers; the same seed gives the same run.",
        low=0,
        high=2**53 - 1,
    )
    clock: Clock = Field(default_factory=Clock)
    assets: tuple[Asset, ...] = Field(..., min_length=1, max_length=20)
    venues: tuple[Venue, ...] = Field(..., min_length=1, max_length=10)
    crowd: Crowd = Field(default_factory=Crowd)
    behaviour: Behaviour = Field(default_factory=Behaviour)
    news: News = Field(default_factory=News)
    shocks: tuple[Shock, ...] = Field((), max_length=100)
    liquidity: Liquidity = Field(default_factory=Liquidity)
    liquidation: Liquidation = Field(default_factory=Liquidation)
    insurance: Insurance = Field(default_factory=Insurance)
    adl: Adl = Field(default_factory=Adl)
    hedging: Hedging = Field(default_factory=Hedging)
    plumbing: Plumbing = Field(default_factory=Plumbing)
    marking: Marking = Field(default_factory=Marking)
    protection: Protection = Field(default_factory=Protection)
    funding: Funding = Field(default_factory=Funding)
    halts: tuple[Halt, ...] = Field((), max_length=100)
    top_ups: tuple[TopUp, ...] = Field((), max_length=100)
    rule_changes: tuple[RuleChange, ...] = Field((), max_length=100)
    desk: tuple[Position, ...] = Field((), max_length=MOST_POSITIONS)

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        least = ACCOUNTS_PER_POOL * len(self.assets) * len(self.venues)
        if self.crowd.accounts < least:
            raise ValueError(
                f"crowd.accounts: {self.crowd.accounts} are too few for {len(self.assets)} assets "
                f"on {len(self.venues)} venues; it must be at least {least}"
            )
        for a, asset in enumerate(self.assets):
            moved = sum(
                abs(log1p(shock.size_pct / 100) * self.beta(shock, a)) for shock in self.shocks
            )
            if moved > LARGEST_LOG_MOVE:
                raise ValueError(
                    f"shocks: all shocks together would multiply or divide the price of "
                    f"{asset.name} by e to the power of {moved:.3g}; at most "
                    f"{LARGEST_LOG_MOVE:g} is allowed"
                )
        _names_differ(self.assets, "assets")
        _names_differ(self.venues, "venues")
        for share in ("open_interest_share", "depth_share", "index_share"):
            total = sum(getattr(venue, share) for venue in self.venues)
            if abs(total - 1) > SHARES_TOLERANCE:
                raise ValueError(
                    f"venues: the {share} of all venues must add up to 1, not {total:.6g}"
                )
        for i, shock in enumerate(self.shocks):
            _within(f"shocks[{i}].at_min", shock.at_min, self.clock)
            for k, sensitivity in enumerate(shock.sensitivities):
                _known(f"shocks[{i}].sensitivities[{k}].asset", sensitivity.asset, self.asset_names)
        if self.news.path is not None:
            _path_fits("news.path", self.news.path, self)
        for name in ("halts", "top_ups"):
            for i, action in enumerate(getattr(self, name)):
                _action_fits(f"{name}[{i}]", action, self)
        for i, position in enumerate(self.desk):
            _position_fits(f"desk[{i}]", position, self)
        _cross_positions_differ(self.desk)
        _rules_can_change(self)
        return self

    def beta(self, shock: Shock, asset: int) -> float:
        """Return how many times a shock's size an asset's fundamental value moves."""
        name = self.assets[asset].name
        own = [s.beta for s in shock.sensitivities if s.asset == name]
        return own[-1] if own else self.assets[asset].shock_beta

    def in_force(self, time_min: float) -> Scenario:
        """Return the scenario with the rules that hold at a time, none of them to change later."""
        due = [i for i, rule in enumerate(self.rule_changes) if rule.at_min <= time_min]
        due.sort(key=lambda i: self.rule_changes[i].at_min)
        return _with_rules(self, due) if due else self

    def venue_shares(self, name: str) -> list[float]:
        """Return ``open_interest_share``, ``depth_share`` or ``index_share`` of all venues.

        They add up to one.
        """
        shares = [getattr(venue, name) for venue in self.venues]
        return [share / sum(shares) for share in shares]

    @property
    def asset_names(self) -> list[str]:
        """Names of the assets, in the order of the last axis of market arrays."""
        return [asset.name for asset in self.assets]

    @property
    def venue_names(self) -> list[str]:
        """Names of the venues, in the order of the venue axis of market arrays."""
        return [venue.name for venue in self.venues]


def _names_differ(parts: tuple[Asset, ...] | tuple[Venue, ...], where: str) -> None:
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{where}: the name {name!r} is used twice; names must differ")


def _within(where: str, at_min: float, clock: Clock) -> None:
    if at_min >= clock.duration_min:
        raise ValueError(
            f"{where}: {at_min:g} lies after the end; it must be below {clock.duration_min}"
        )


def _known(where: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise ValueError(f"{where}: {name!r} is not one of {', '.join(names)}")


def _path_fits(where: str, path: PricePath, scenario: Scenario) -> None:
    names = [column.asset for column in path.columns]
    for i, name in enumerate(names):
        _known(f"{where}.columns[{i}].asset", name, scenario.asset_names)
        if names.count(name) > 1:
            raise ValueError(f"{where}.columns: {name!r} has two columns; each asset may have one")
    for column in path.columns:
        span = log(max(column.price_usd) / min(column.price_usd))
        if span > LARGEST_LOG_MOVE:
            raise ValueError(
                f"{where}.columns: the highest price of {column.asset} is e to the power of "
                f"{span:.3g} times the lowest; at most {LARGEST_LOG_MOVE:g} is allowed"
            )


def _action_fits(where: str, action: Halt | TopUp, scenario: Scenario) -> None:
    _within(f"{where}.at_min", action.at_min, scenario.clock)
    if action.venue is not None:
        _known(f"{where}.venue", action.venue, scenario.venue_names)
    if action.asset is not None:
        _known(f"{where}.asset", action.asset, scenario.asset_names)


CHANGEABLE = (
    "adl",
    "behaviour",
    "funding",
    "hedging",
    "insurance",
    "liquidation",
    "liquidity",
    "marking",
    "plumbing",
    "protection",
)
"""Parts whose settings a rule change may change; a venue's own rules too."""

ONLY_AT_START = "insurance.fund_pct"


def _rules_can_change(scenario: Scenario) -> None:
    for i, rule in enumerate(scenario.rule_changes):
        where = f"rule_changes[{i}]"
        _within(f"{where}.at_min", rule.at_min, scenario.clock)
        keys = rule.path.split(".")
        part = keys[2] if keys[0] == "venues" and len(keys) > 3 else keys[0]
        if part not in CHANGEABLE or len(keys) < 2 or rule.path == ONLY_AT_START:
            raise ValueError(
                f"{where}.path: {rule.path!r} can't change while the market runs; what can are "
                f"the settings of {', '.join(CHANGEABLE)}, and a venue's own"
            )
    scenario.in_force(scenario.clock.duration_min)


def _with_rules(scenario: Scenario, numbers: list[int]) -> Scenario:
    """Return the scenario with some rules changed, in this order, and no changes left to come."""
    # News can be long, and no rule changes it.
    settings = scenario.model_dump(mode="json", exclude={"rule_changes", "news"})
    for i in numbers:
        rule, where = scenario.rule_changes[i], f"rule_changes[{i}]"
        try:
            change(settings, rule.path, rule.value)
            changed = Scenario.model_validate_json(dumps(settings))
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(
                f"{where}.value: {dumps(rule.value)} is not allowed for {rule.path}; {reason}"
            ) from None
        except ValueError as error:
            raise ValueError(f"{where}.path: {rule.path!r}: {error}") from None
    return changed.model_copy(update={"news": scenario.news})


def _position_fits(where: str, position: Position, scenario: Scenario) -> None:
    _known(f"{where}.venue", position.venue, scenario.venue_names)
    _known(f"{where}.asset", position.asset, scenario.asset_names)
    _within(f"{where}.open_min", position.open_min, scenario.clock)
    if position.close_min is not None:
        _within(f"{where}.close_min", position.close_min, scenario.clock)
        if position.close_min <= position.open_min:
            raise ValueError(
                f"{where}.close_min: {position.close_min:g} must lie after open_min "
                f"({position.open_min:g})"
            )
    if position.kind == "spot":
        _coins_are_plain(where, position)
    else:
        _margin_suffices(where, position, scenario)
    _changes_fit(where, position, scenario)
    if position.hedged and not _is_backed(position, scenario):
        raise ValueError(
            f"{where}.hedged: a hedge needs coins, or an opposite position on another venue, of "
            "the same asset and at least the same size for as long; there is none for this one"
        )


def _cross_positions_differ(desk: tuple[Position, ...]) -> None:
    seen = set()
    for i, position in enumerate(desk):
        if position.margin == "cross":
            market = (position.venue, position.asset)
            if market in seen:
                raise ValueError(
                    f"desk[{i}].margin: {position.asset} on {position.venue} has another cross "
                    "position already; on cross margin one market holds one position: change it, "
                    "or use isolated margin"
                )
            seen.add(market)


def _coins_are_plain(where: str, position: Position) -> None:
    if position.side != "long":
        raise ValueError(f'{where}.side: coins can only be owned; it must be "long"')
    if position.leverage != 1:
        raise ValueError(
            f"{where}.leverage: coins are paid in full; it must be 1, not {position.leverage:g}"
        )
    if position.margin != "isolated":
        raise ValueError(f'{where}.margin: coins are no collateral; it must be "isolated"')


def _margin_suffices(where: str, position: Position, scenario: Scenario) -> None:
    asset = scenario.assets[scenario.asset_names.index(position.asset)]
    if position.leverage > asset.leverage_cap:
        raise ValueError(
            f"{where}.leverage: {position.leverage:g} is above the cap of {asset.name}, "
            f"{asset.leverage_cap:g}"
        )
    for notional in (position.notional_usd, *(c.notional_usd or 0 for c in position.changes)):
        margin = asset.maintenance_share(notional) if notional else 0
        if position.leverage * margin >= 1:
            raise ValueError(
                f"{where}.leverage: at {position.leverage:g} the collateral would be below the "
                f"maintenance margin of a position of {notional:,.0f} USD; it must be below "
                f"{1 / margin:.4g}"
            )


def _changes_fit(where: str, position: Position, scenario: Scenario) -> None:
    earlier = position.open_min
    for i, made in enumerate(position.changes):
        place = f"{where}.changes[{i}]"
        _within(f"{place}.at_min", made.at_min, scenario.clock)
        if made.at_min <= earlier:
            raise ValueError(
                f"{place}.at_min: {made.at_min:g} must lie after {earlier:g}, when the position "
                "is opened or changed before"
            )
        if position.close_min is not None and made.at_min >= position.close_min:
            raise ValueError(
                f"{place}.at_min: {made.at_min:g} must lie before close_min "
                f"({position.close_min:g})"
            )
        if position.kind == "spot" and made.add_collateral_usd:
            raise ValueError(f"{place}.add_collateral_usd: coins need none; it must be 0")
        earlier = made.at_min


def _is_backed(position: Position, scenario: Scenario) -> bool:
    """Say whether something at the desk gains what this position loses, as long as it is open."""

    def backs(other: Position) -> bool:
        elsewhere = other.venue != position.venue
        opposite = other.side != position.side
        return (
            other.asset == position.asset
            and opposite
            and (other.kind == "spot" or elsewhere)
            and other.notional_usd >= position.notional_usd
            and other.open_min <= position.open_min
            and (other.close_min is None or other.close_min == position.close_min)
        )

    return position.kind == "perpetual" and any(backs(other) for other in scenario.desk)
