"""What a setting is: a value with unit, bounds, default, meaning and source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict


def setting(
    default: Any,
    label: str,
    meaning: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    scale: Literal["linear", "log"] = "linear",
    source: str = "",
    choices: dict[str, str] | None = None,
) -> Any:
    """One setting of a scenario: its default and everything a person may ask about it.

    Parameters
    ----------
    default
        Value of a new scenario; ``...`` where there is none.
    label, meaning
        A short name and one or two plain sentences, in English; the screen translates them.
    unit
        ``share`` (shown as %), ``pct``, ``usd``, ``min``, ``h``, ``s``, ``x`` (a multiple) …
    low, high
        Bounds, both allowed.
    scale
        How a slider should run between the bounds.
    source
        Where the default comes from.
    choices
        For a setting chosen from a list: value → label.
    """
    extra: JsonDict = {
        "label": label,
        "meaning": meaning,
        "unit": unit,
        "scale": scale,
        "source": source,
        "choices": {**(choices or {})},
    }
    return Field(default, ge=low, le=high, json_schema_extra=extra)


class Part(BaseModel):
    """A frozen group of settings that refuses unknown names, NaN, infinities and lax types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")]
