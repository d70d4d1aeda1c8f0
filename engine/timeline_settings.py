"""Settings of what is done at a set time: halts, money for a fund, changes of a rule."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.setting import Name, Part, setting

At = Annotated[
    float,
    Field(
        ge=0,
        le=2_000_000,
        json_schema_extra={
            "label": "Time",
            "meaning": "When it happens, in minutes from the start.",
            "unit": "min",
        },
    ),
]


class Halt(Part):
    """An outage: a venue, or one market of it, stands still for some time."""

    at_min: At
    duration_min: float = setting(
        30.0,
        "Lasts",
        "How long nothing is traded, liquidated or deleveraged there.",
        unit="min",
        low=0.01,
        high=100_000.0,
    )
    venue: Name = Field(..., json_schema_extra={"label": "Venue"})
    asset: Name | None = Field(None, json_schema_extra={"label": "Asset"})


class TopUp(Part):
    """Money paid into insurance funds from outside."""

    at_min: At
    amount_usd: float = setting(
        1e8,
        "Amount",
        "Money paid in, shared among the funds it is meant for by their size at the start.",
        unit="usd",
        low=0.0,
        high=1e13,
        scale="log",
    )
    venue: Name | None = Field(None, json_schema_extra={"label": "Venue"})
    asset: Name | None = Field(None, json_schema_extra={"label": "Asset"})


class RuleChange(Part):
    """A rule that is changed while the market runs."""

    at_min: At
    path: str = Field(
        ...,
        max_length=100,
        json_schema_extra={
            "label": "Setting",
            "meaning": "Which setting changes, e.g. adl.rank or venues.0.protection.",
        },
    )
    value: bool | int | float | str | None = Field(..., json_schema_extra={"label": "Value"})
