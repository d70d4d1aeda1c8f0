"""Settings of the market itself: assets, venues and the books."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Self

from pydantic import Field, model_validator

from engine.rule_settings import Adl, Liquidation, Marking, Protection
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
    fund_pct: float | None = setting(
        None,
        "Own insurance fund",
        "Money in each contract's fund here at the start, as a share of its open interest; empty: "
        "as everywhere.",
        unit="pct",
        low=0.0,
        high=20.0,
    )
    liquidation: Liquidation | None = Field(
        None, json_schema_extra={"label": "Own liquidation rules"}
    )
    adl: Adl | None = Field(None, json_schema_extra={"label": "Own ADL rules"})
    marking: Marking | None = Field(None, json_schema_extra={"label": "Own mark price"})
    protection: Protection | None = Field(None, json_schema_extra={"label": "Own price protection"})


class Liquidity(Part):
    """How the order books thin out under stress and fill again."""

    volume_per_day: float = setting(
        1.4,
        "Everyday volume",
        "Volume of a calm day, as a multiple of open interest; it grows with volatility. It moves "
        "nothing and is only counted.",
        unit="x",
        low=0.0,
        high=100.0,
        source="CoinGlass, 2025: 85.7 tn USD in 365 days over some 170 bn of open interest",
    )
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
        low=0.0,
        high=1.0,
        source="10 October 2025: 2–10% of normal in small assets",
    )
    maker_capital_pct: float = setting(
        1.0,
        "Market makers' capital",
        "What market makers of an asset at a venue can lose before they stop quoting, as a share "
        "of its open interest.",
        unit="pct",
        low=0.01,
        high=100.0,
        scale="log",
        source="Estimate",
    )
    loss_withdrawal: float = setting(
        0.5,
        "Withdrawal by losses",
        "Depth falls as e to the power of minus this times the share of their capital that market "
        "makers have lost; 0: losses don't matter.",
        low=0.0,
        high=20.0,
        source="Brunnermeier & Pedersen 2009: losses tighten what market makers can offer",
    )
    adl_withdrawal: float = setting(
        2.0,
        "Withdrawal by ADL",
        "Depth falls as e to the power of minus this times the share of hedged shorts that ADL has "
        "closed; 0: broken hedges don't matter.",
        low=0.0,
        high=50.0,
        source="Reports of 10 October 2025: market makers hit by ADL stopped quoting",
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
    resilience_share: float = setting(
        0.2,
        "Passing impact",
        "Share of what orders move the price that goes back as the books refill.",
        unit="share",
        low=0.0,
        high=0.95,
        source="Bouchaud, Farmer & Lillo 2009: part of an order's impact is temporary",
    )
    resilience_halflife_min: float = setting(
        10.0,
        "Books refill in",
        "Time in which half of the passing impact has gone back.",
        unit="min",
        low=0.05,
        high=10_000.0,
        scale="log",
        source="Estimate: minutes",
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
