"""The reality check as files that other programs read: one row per check or contrast and scenario.

check.csv, check.json
    scenario, claim (its number), kind (check or contrast), name, unit, low, high (empty: no bound),
    value, q25, q75 (over seeds), seeds (that can tell), met (empty: can't be told), source,
    sign_test (of a contrast). A contrast's source is the preset laid over.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from engine.atomic import write_atomically
from engine.check import Outcome
from engine.claims import CLAIMS
from engine.evidence import Check, Contrast, Finding, Shift


def write(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write both files to a folder, each whole or not at all; return their paths.

    Raises
    ------
    OSError
        If a file can't be written.
    """
    table = rows(outcomes)
    texts = {
        "check.csv": _as_csv(table),
        "check.json": json.dumps(table, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return [folder / name for name in texts]


def rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the check as rows, claim by claim; None where there is nothing to say."""
    return [
        _row(outcome.scenario, claim.number, told)
        for claim in CLAIMS
        for outcome in outcomes
        for told in outcome.all
        if _asked(told) in (*claim.checks, *claim.contrasts)
    ]


def _asked(told: Finding | Shift) -> Check | Contrast:
    return told.check if isinstance(told, Finding) else told.contrast


def _row(scenario: str, claim: int, told: Finding | Shift) -> dict[str, Any]:
    asked = _asked(told)
    q25, q75 = told.quartiles or (None, None)
    return {
        "scenario": scenario,
        "claim": claim,
        "kind": "check" if isinstance(told, Finding) else "contrast",
        "name": asked.name,
        "unit": asked.unit,
        "low": _bound(asked.low),
        "high": _bound(asked.high),
        "value": told.value,
        "q25": q25,
        "q75": q75,
        "seeds": len(told.values if isinstance(told, Finding) else told.moves),
        "met": told.met,
        "source": asked.source if isinstance(asked, Check) else f"preset {asked.preset}",
        "sign_test": None if isinstance(told, Finding) else told.sign_test,
    }


def _bound(value: float) -> float | None:
    return value if isfinite(value) else None


def _as_csv(table: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table[0])
    for row in table:
        writer.writerow([_cell(value) for value in row.values()])
    return text.getvalue()


def _cell(value: Any) -> str:
    """Return a cell: yes-or-no as in JSON, numbers with ten digits, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
