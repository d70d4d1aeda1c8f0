"""Settings of the market itself: assets, venues, news and the books."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Self

from pydantic import Field, model_validator

from engine.setting import Name, Part, setting


class Tier(Part):
    """One step of a maintenance margin table: ``rate`` applies to notional above ``from_usd``."""

    from_usd: float = setting(
        ..., "From", "Notional at which this tier begins.", unit="usd", low=0, high=1e12
    )
    rate: float = setting(
        ...,
        "Maintenance rate",
        "Share of the notional in this tier that must be held as margin.",
        unit="share",
        low=0.0005,
        high=0.5,
    )


class Asset(Part):
    """A coin, or a group of coins of similar size traded as one."""

    name: Name = Field(..., json_schema_extra={"label": "Name"})
    price_usd: float = setting(
        ..., "Price", "Price at the start.", unit="usd", low=1e-9, high=1e9, scale="log"
    )
    open_interest_usd: float = setting(
        ...,
        "Open interest",
        "Notional of all long positions at the start, which equals that of all short ones.",
        unit="usd",
        low=1e3,
        high=1e13,
        scale="log",
    )
    depth_1pct_usd: float = setting(
        ...,
        "Depth within 1%",
        "Net selling over minutes that moves the price by 1% in calm times, all venues together. "
        "Several times what the books display, because books refill.",
        unit="usd",
        low=1e2,
        high=1e12,
        scale="log",
    )
    volatility_per_year: float = setting(
        0.5,
        "Volatility",
        "Standard deviation of a year's log price change in calm times.",
        unit="share",
        low=0.0,
        high=5.0,
    )
    shock_beta: float = setting(
        1.0,
        "Shock sensitivity",
        "How many times a shock's size this asset's fundamental value moves.",
        unit="x",
        low=-5.0,
        high=10.0,
    )
    leverage_cap: float = setting(
        50.0,
        "Leverage cap",
        "Highest leverage at which a position in this asset may be opened.",
        unit="x",
        low=1.0,
        high=125.0,
        scale="log",
    )
    tiers: tuple[Tier, ...] = Field(
        ..., min_length=1, max_length=20, json_schema_extra={"label": "Maintenance tiers"}
    )

    def maintenance_share(self, notional_usd: float) -> float:
        """Return the maintenance margin of one position, as a share of its size."""
        bounds = [tier.from_usd for tier in self.tiers[1:]] + [inf]
        margin, start = 0.0, 0.0
        for tier, end in zip(self.tiers, bounds, strict=True):
            margin += tier.rate * max(min(notional_usd, end) - start, 0.0)
            start = end
        return margin / notional_usd

    @model_validator(mode="after")
    def _tiers_rise_from_zero(self) -> Self:
        if self.tiers[0].from_usd != 0:
            raise ValueError("tiers: the first tier must begin from_usd = 0")
        for lower, upper in pairwise(self.tiers):
            if upper.from_usd <= lower.from_usd or upper.rate <= lower.rate:
                raise ValueError("tiers: from_usd and rate must rise from tier to tier")
        if self.leverage_cap * self.tiers[0].rate >= 1:
            raise ValueError(
                f"leverage_cap: {self.leverage_cap:g} leaves no room above the first tier's "
                f"maintenance rate; it must be below {1 / self.tiers[0].rate:g}"
            )
        return self


class Venue(Part):
    """An exchange with its own book, mark price, insurance fund, liquidation engine and ADL."""

    name: Name = Field(..., json_schema_extra={"label": "Name"})
    open_interest_share: float = setting(
        ..., "Open interest", "Share of all open interest held here.", unit="share", low=0, high=1
    )
    depth_share: float = setting(
        ..., "Depth", "Share of all order book depth found here.", unit="share", low=0.001, high=1
    )
    index_share: float = setting(
        ...,
        "Weight in the index",
        "Share of this venue's price in the index that every mark price is built on.",
        unit="share",
        low=0,
        high=1,
    )


class News(Part):
    """Noise in fundamental values."""

    correlation: float = setting(
        0.7,
        "Correlation",
        "Correlation of the assets' everyday price changes with each other.",
        unit="share",
        low=0.0,
        high=0.99,
    )


class Shock(Part):
    """A piece of news that moves the fundamental value of every asset."""

    name: Name = Field("Tariff post", json_schema_extra={"label": "Name"})
    at_min: float = setting(
        ...,
        "Time",
        "When the news breaks, in minutes from the start.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    size_pct: float = setting(
        -5.0,
        "Size",
        "Lasting change of an asset's fundamental value at sensitivity 1 (Bitcoin's).",
        unit="pct",
        low=-60.0,
        high=60.0,
    )
    ramp_min: float = setting(
        30.0,
        "Ramp",
        "How long the market takes to digest the news: the change is spread over this time.",
        unit="min",
        low=0.0,
        high=10_000.0,
    )
    volatility_multiplier: float = setting(
        3.4,
        "Excitement",
        "Factor on the volatility of news when the shock breaks; it then fades.",
        unit="x",
        low=1.0,
        high=20.0,
    )
    volatility_halflife_min: float = setting(
        120.0,
        "Excitement halves in",
        "Time in which the added volatility falls to half.",
        unit="min",
        low=1.0,
        high=10_000.0,
    )


class Liquidity(Part):
    """How the order books thin out under stress and fill again."""

    withdrawal_threshold: float = setting(
        1.75,
        "Withdrawal begins at",
        "Market makers pull orders once an asset is this many times as volatile as normal.",
        unit="x",
        low=1.0,
        high=50.0,
        source="Calibrated",
    )
    withdrawal_exponent: float = setting(
        1.0,
        "Withdrawal strength",
        "Depth falls as (threshold ÷ volatility ratio) to this power; 0 keeps books full.",
        low=0.0,
        high=4.0,
        source="Calibrated",
    )
    depth_floor: float = setting(
        0.03,
        "Least depth left",
        "Share of normal depth that stays in the book whatever happens.",
        unit="share",
        low=0.005,
        high=1.0,
        source="10 October 2025: 2–10% of normal in small assets",
    )
    fall_min: float = setting(
        1.0, "Withdraws within", "Time constant of falling depth.", unit="min", low=0.05, high=600
    )
    return_min: float = setting(
        60.0,
        "Returns within",
        "Time constant of returning depth.",
        unit="min",
        low=0.1,
        high=10_000,
    )
    volatility_window_min: float = setting(
        5.0,
        "Volatility window",
        "Time constant over which market makers judge volatility.",
        unit="min",
        low=0.5,
        high=1_000,
    )
    dislocation_halflife_h: float = setting(
        1.6,
        "Dislocations halve in",
        "Value buyers pull a price back towards its fundamental value at this pace.",
        unit="h",
        low=0.01,
        high=10_000,
        source="Calibrated to the rebound of 10 October 2025",
    )
    value_reach: float = setting(
        0.5,
        "A bargain at",
        "Dislocation, in log price, at which value buyers are twice as eager as at a small one.",
        low=0.02,
        high=10.0,
        scale="log",
        source="Calibrated to falls of 50–80% in small assets",
    )
