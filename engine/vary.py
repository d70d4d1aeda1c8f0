"""``PATH=a..b:n`` or ``PATH=v1,v2,…``: a setting and the values it is to take."""

from __future__ import annotations

import re
from math import isfinite

import numpy as np

from engine.experiment import Vary
from engine.scenario_file import ScenarioError

MOST_VALUES = 200
HOW = "write PATH=from..to:count, e.g. insurance.fund_pct=0.1..2:8, or PATH=value,value"

NUMBER = r"\s*([-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)\s*"
RANGE = re.compile(rf"{NUMBER}\.\.{NUMBER}:\s*(\d+)\s*", re.ASCII)


def parsed(text: str) -> Vary:
    """Return what a person wrote.

    Raises
    ------
    ScenarioError
        If it is neither a range nor a list, or holds fewer than two values or too many.
    """
    path, _, values = text.partition("=")
    told = _range(values, text) if ".." in values else [part.strip() for part in values.split(",")]
    if not path.strip() or len(told) < 2 or not all(told):
        raise ScenarioError(f"--vary {text}: this is no range of values; {HOW}")
    _refuse_too_many(len(told), text)
    if len(set(told)) < len(told):
        raise ScenarioError(f"--vary {text}: a value comes twice")
    return Vary(path.strip(), tuple(told))


def _range(values: str, text: str) -> list[str]:
    match = RANGE.fullmatch(values)
    if match is None:
        raise ScenarioError(f"--vary {text}: this is no range of values; {HOW}")
    first, last, count = float(match[1]), float(match[2]), int(match[3])
    if not (isfinite(first) and isfinite(last)) or first == last or count < 2:
        raise ScenarioError(f"--vary {text}: the range is empty; {HOW}")
    _refuse_too_many(count, text)
    return [f"{value:.12g}" for value in np.linspace(first, last, count)]


def _refuse_too_many(count: int, text: str) -> None:
    if count > MOST_VALUES:
        raise ScenarioError(f"--vary {text}: {count:,} values; at most {MOST_VALUES} are allowed")
