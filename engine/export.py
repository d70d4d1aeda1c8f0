"""A run as files that other programs read.

summary.json        the figures of :mod:`engine.summary`
series.csv          one line per step: UTC time and, per asset, prices, flows and levels, all venues
events.jsonl        one JSON object per event
adl.csv             one line per account and time that ADL hit it
scenario.cascade    the scenario as it was run
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import numpy as np

from engine import scenario_file
from engine.arrays import Floats
from engine.atomic import write_atomically
from engine.ledgers import adl_ledger, ledger_columns
from engine.record import Run
from engine.summary import summary

WORLD = 0


def write(run: Run, folder: Path) -> list[Path]:
    """Write a complete run to a folder, which is made if need be; return the files' paths.

    Each file is written whole or not at all, the summary last.

    Raises
    ------
    OSError
        If the folder or a file can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "scenario.cascade": scenario_file.dumps(run.scenario),
        "series.csv": series_csv(run),
        "events.jsonl": events_jsonl(run),
        "adl.csv": adl_csv(run),
        "summary.json": json.dumps(summary(run), indent=2, ensure_ascii=False, allow_nan=False)
        + "\n",
    }
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]


def series_csv(run: Run) -> str:
    """Return the series of a run as CSV; column names end in their unit and name the asset."""
    start = run.scenario.clock.start_datetime()
    columns = _columns(run)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["time_utc", "time_s", *columns])
    rows = np.stack(list(columns.values()), axis=1).tolist()
    for end_s, row in zip(run.grid.end_s.tolist(), rows, strict=False):
        at = (start + timedelta(seconds=end_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        table.writerow([at, f"{end_s:.10g}", *(f"{value:.10g}" for value in row)])
    return text.getvalue()


def events_jsonl(run: Run) -> str:
    """Return the events of a run, one JSON object a line."""
    events = (asdict(event) for event in run.events if event.world == WORLD)
    return "".join(
        json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n" for event in events
    )


def adl_csv(run: Run) -> str:
    """Return whom ADL hit as CSV."""
    scenario, ledger = run.scenario, adl_ledger(run, WORLD)
    names = ledger_columns()
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    for row in zip(*(getattr(ledger, name).tolist() for name in names), strict=True):
        told = dict(zip(names, row, strict=True))
        told["venue"] = scenario.venue_names[int(told["venue"])]
        told["asset"] = scenario.asset_names[int(told["asset"])]
        table.writerow([_cell(told[name]) for name in names])
    return text.getvalue()


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _columns(run: Run) -> dict[str, Floats]:
    """Columns of the CSV by name, (T,) each: summed over venues, prices averaged by depth."""
    sums = (
        "liquidated_long_usd",
        "liquidated_short_usd",
        "adl_usd",
        "adl_hedged_usd",
        "open_interest_usd",
        "fund_usd",
        "bad_debt_usd",
        "inventory_usd",
        "volume_usd",
        "naked_usd",
    )
    columns: dict[str, Floats] = {}
    for a, asset in enumerate(run.scenario.asset_names):
        columns[f"price_usd:{asset}"] = np.exp(run["log_price"][:, WORLD, a])
        columns[f"fundamental_usd:{asset}"] = np.exp(run["log_fundamental"][:, WORLD, a])
        columns[f"depth_share:{asset}"] = run["depth_share"][:, WORLD, a]
        columns[f"cascade_number:{asset}"] = run["cascade_number"][:, WORLD, a]
        for name in sums:
            columns[f"{name}:{asset}"] = run[name][:, WORLD, :, a].sum(axis=1)
    return columns
