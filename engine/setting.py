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


def change(settings: dict[str, Any], path: str, value: Any) -> None:
    """Set one value among a scenario's settings (as of ``model_dump``), in place; not checked yet.

    Parameters
    ----------
    path
        Names joined by dots, list entries by number: ``crowd.accounts``, ``shocks.0.size_pct``.
        Where a venue has no rules of its own yet, ``venues.0.adl.rank`` begins with everybody's.

    Raises
    ------
    ValueError
        If there is no such setting; the text says what there is.
    """
    keys = path.split(".")
    place: Any = settings
    for depth, key in enumerate(keys[:-1]):
        inner = place[_key(place, key, keys[:depth])]
        if inner is None and keys[0] == "venues" and isinstance(settings.get(key), dict):
            inner = place[key] = dict(settings[key])
        place = inner
    place[_key(place, keys[-1], keys[:-1])] = value


def _key(place: Any, key: str, parents: list[str]) -> Any:
    where = ".".join(parents) or "a scenario"
    if isinstance(place, list):
        if key.isascii() and key.isdigit() and int(key) < len(place):
            return int(key)
        raise ValueError(f"{where}: there is no entry {key!r}; it has 0 to {len(place) - 1}")
    if isinstance(place, dict):
        if key in place:
            return key
        raise ValueError(f"{where} has no setting {key!r}; it has {', '.join(sorted(place))}")
    raise ValueError(f"{where} is a single value and has no setting {key!r}")
