"""``PATH=a..b:n`` or ``PATH=v1,v2,…`` ⇄ a setting and the values it is to take."""

from __future__ import annotations

import re
from math import isfinite

import numpy as np

from engine.experiment import Vary
from engine.scenario_file import ScenarioError

MOST_VALUES = 200
HOW = "write PATH=from..to:count, e.g. insurance.fund_pct=0.1..2:8, or PATH=value,value"

_NUMBER = r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*"
_RANGE = re.compile(
    rf"{_NUMBER}\.\.{_NUMBER}:\s*(\d+)\s*".replace(r"[\d.]+", r"(?:\d+(?:\.\d+)?|\.\d+)")
)


def parsed(text: str) -> Vary:
    """Return what a person wrote.

    Raises
    ------
    ScenarioError
        If it is neither a range nor a list, or holds fewer than two values or too many.
    """
    path, equals, values = text.partition("=")
    path = path.strip()
    if not equals or not path:
        raise ScenarioError(f"--vary {text}: {HOW}")
    told = _range(values, text) if ".." in values else [part.strip() for part in values.split(",")]
    if len(told) < 2 or not all(told):
        raise ScenarioError(f"--vary {text}: this is not a range of values; {HOW}")
    if len(told) > MOST_VALUES:
        raise ScenarioError(
            f"--vary {text}: {len(told):,} values; at most {MOST_VALUES} are allowed"
        )
    if len(set(told)) < len(told):
        raise ScenarioError(f"--vary {text}: a value comes twice")
    return Vary(path, tuple(told))


def _range(values: str, text: str) -> list[str]:
    match = _RANGE.fullmatch(values)
    if match is None:
        raise ScenarioError(f"--vary {text}: this is not a range; {HOW}")
    first, last, count = float(match[1]), float(match[2]), int(match[3])
    if not (isfinite(first) and isfinite(last)) or first == last or count < 2:
        raise ScenarioError(f"--vary {text}: the range is empty; it needs two ends and two values")
    if count > MOST_VALUES:
        return [""] * count
    return [f"{value:.12g}" for value in np.linspace(first, last, count)]
