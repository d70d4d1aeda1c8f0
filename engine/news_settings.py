"""Settings of the news: everyday noise, shocks, and price paths read from a file."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.setting import Name, Part, setting

MOST_POINTS = 50_000
"""A price path has at most so many prices in all: a scenario file stays below 2 MB."""


PathPrice = Annotated[float, Field(ge=1e-9, le=1e9)]
PathMoment = Annotated[float, Field(ge=0, le=2_000_000)]


Liveliness = Annotated[float, Field(ge=0.05, le=20)]


class PathColumn(Part):
    """Prices of one asset along a price path, one per moment."""

    asset: Name = Field(..., json_schema_extra={"label": "Asset"})
    price_usd: tuple[PathPrice, ...] = Field(..., min_length=2, max_length=MOST_POINTS)


class PricePath(Part):
    """Prices that the fundamental values pass through; log-linear, or with noise, in between.

    Before the first moment and after the last one values stand still; with noise, they wander.
    """

    between: Literal["straight", "noise"] = setting(
        "straight",
        "Between two moments",
        "How values get from one price to the next: straight on, for paths that tell every minute, "
        "or with the everyday noise, for paths that tell a price a week.",
        choices={"straight": "Straight on", "noise": "With noise"},
    )
    at_min: tuple[PathMoment, ...] = Field(..., min_length=2, max_length=MOST_POINTS)
    liveliness: tuple[Liveliness, ...] = Field(
        (),
        max_length=MOST_POINTS,
        json_schema_extra={
            "label": "Liveliness",
            "meaning": "Factor on the everyday noise from each moment to the next, of all assets; "
            "empty: 1.",
        },
    )
    columns: tuple[PathColumn, ...] = Field(..., min_length=1, max_length=20)

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        for earlier, later in pairwise(self.at_min):
            if later <= earlier:
                raise ValueError(f"at_min: moments must rise, but {later:g} follows {earlier:g}")
        for column in self.columns:
            if len(column.price_usd) != len(self.at_min):
                raise ValueError(
                    f"columns: {column.asset} has {len(column.price_usd)} prices for "
                    f"{len(self.at_min)} moments"
                )
        if self.liveliness and len(self.liveliness) != len(self.at_min):
            raise ValueError(
                f"liveliness: {len(self.liveliness)} numbers for {len(self.at_min)} moments"
            )
        if len(self.at_min) * len(self.columns) > MOST_POINTS:
            raise ValueError(
                f"at_min: {len(self.at_min) * len(self.columns):,} prices in all; at most "
                f"{MOST_POINTS:,} are allowed"
            )
        return self


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
    clustering: float = setting(
        0.35,
        "Clustering",
        "How much volatility itself varies: standard deviation of its logarithm; 0: never. Quiet "
        "and wild days follow their like.",
        low=0.0,
        high=1.5,
        source="Bitcoin's daily realised volatility varies by a third and more",
    )
    clustering_days: float = setting(
        3.0,
        "Clusters last",
        "Time constant with which volatility returns to normal.",
        unit="d",
        low=0.1,
        high=365.0,
        scale="log",
        source="Estimate: days",
    )
    path: PricePath | None = Field(
        None,
        json_schema_extra={
            "label": "Price path",
            "meaning": "Fundamental values of some assets read from a file, instead of noise.",
        },
    )


class Sensitivity(Part):
    """How strongly one shock moves one asset, if not by the asset's own sensitivity."""

    asset: Name = Field(..., json_schema_extra={"label": "Asset"})
    beta: float = setting(
        ...,
        "Sensitivity",
        "How many times the shock's size this asset's fundamental value moves.",
        unit="x",
        low=-5.0,
        high=10.0,
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
    recovery_share: float = setting(
        0.0,
        "Recovery",
        "Share of the size that is taken back afterwards: the news turns out less grave.",
        unit="share",
        low=0.0,
        high=1.0,
    )
    recovery_halflife_h: float = setting(
        6.0,
        "Recovery halves in",
        "Time, after the ramp, in which half of the recovery has come.",
        unit="h",
        low=0.01,
        high=10_000.0,
        scale="log",
    )
    sensitivities: tuple[Sensitivity, ...] = Field(
        (), max_length=20, json_schema_extra={"label": "Sensitivities of its own"}
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
