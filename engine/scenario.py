"""What a scenario is: every setting once, with its unit, bounds, default, meaning and source.

The form's sliders and tooltips, the checks on strangers' files, ``--set`` on the command line and
the documentation are all made from the fields of the parts below; nothing else states a bound or a
default. Values are frozen: a changed scenario is a new one.
"""

from __future__ import annotations

from datetime import datetime
from math import log1p
from typing import Self

from pydantic import Field, model_validator

from engine.crowd_settings import Crowd, Position
from engine.market_settings import Asset, Liquidity, News, Shock, Tier, Venue
from engine.rule_settings import Adl, Hedging, Insurance, Liquidation, Marking, Plumbing
from engine.setting import Name, Part, setting

__all__ = [
    "Adl",
    "Asset",
    "Clock",
    "Crowd",
    "Hedging",
    "Insurance",
    "Liquidation",
    "Liquidity",
    "Marking",
    "News",
    "Part",
    "Plumbing",
    "Position",
    "Scenario",
    "Shock",
    "Tier",
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
    news: News = Field(default_factory=News)
    shocks: tuple[Shock, ...] = Field((), max_length=100)
    liquidity: Liquidity = Field(default_factory=Liquidity)
    liquidation: Liquidation = Field(default_factory=Liquidation)
    insurance: Insurance = Field(default_factory=Insurance)
    adl: Adl = Field(default_factory=Adl)
    hedging: Hedging = Field(default_factory=Hedging)
    plumbing: Plumbing = Field(default_factory=Plumbing)
    marking: Marking = Field(default_factory=Marking)
    desk: tuple[Position, ...] = Field((), max_length=MOST_POSITIONS)

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        least = ACCOUNTS_PER_POOL * len(self.assets) * len(self.venues)
        if self.crowd.accounts < least:
            raise ValueError(
                f"crowd.accounts: {self.crowd.accounts} are too few for {len(self.assets)} assets "
                f"on {len(self.venues)} venues; it must be at least {least}"
            )
        beta = max(abs(asset.shock_beta) for asset in self.assets)
        moved = beta * sum(abs(log1p(shock.size_pct / 100)) for shock in self.shocks)
        if moved > LARGEST_LOG_MOVE:
            raise ValueError(
                "shocks: all shocks together would multiply or divide a price by e to the power of "
                f"{moved:.3g}; at most {LARGEST_LOG_MOVE:g} is allowed"
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
        for i, position in enumerate(self.desk):
            _position_fits(f"desk[{i}]", position, self)
        return self

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


def _position_fits(where: str, position: Position, scenario: Scenario) -> None:
    if position.venue not in scenario.venue_names:
        raise ValueError(
            f"{where}.venue: {position.venue!r} is not one of {', '.join(scenario.venue_names)}"
        )
    if position.asset not in scenario.asset_names:
        raise ValueError(
            f"{where}.asset: {position.asset!r} is not one of {', '.join(scenario.asset_names)}"
        )
    asset = scenario.assets[scenario.asset_names.index(position.asset)]
    if position.leverage > asset.leverage_cap:
        raise ValueError(
            f"{where}.leverage: {position.leverage:g} is above the cap of {asset.name}, "
            f"{asset.leverage_cap:g}"
        )
    held, margin = 1 / position.leverage, asset.maintenance_share(position.notional_usd)
    if held <= margin:
        raise ValueError(
            f"{where}.leverage: at {position.leverage:g} the collateral would be below the "
            f"maintenance margin of a position of {position.notional_usd:,.0f} USD; it must be "
            f"below {1 / margin:.4g}"
        )
    _within(f"{where}.open_min", position.open_min, scenario.clock)
    if position.close_min is not None:
        _within(f"{where}.close_min", position.close_min, scenario.clock)
        if position.close_min <= position.open_min:
            raise ValueError(
                f"{where}.close_min: {position.close_min:g} must lie after open_min "
                f"({position.open_min:g})"
            )
