"""An experiment as files that other programs read, from whatever of it is finished.

worlds.csv        one row per world: variant, the settings that are varied, seed, every measure
summary.csv       one row per variant and measure: how many worlds can tell, mean, quantiles
curves.csv        one row per variant, curve and time: quantiles over worlds; not of a sweep
differences.csv   of a comparison, one row per measure: paired differences, and the sign test
summary.json      what was played, and the summary once more
*.cascade         the scenario of each variant; of a sweep that of the first
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from engine import scenario_file
from engine.arrays import Floats
from engine.atomic import write_atomically
from engine.evidence import sign_test
from engine.experiment import Results, Variant
from engine.sample import CURVES, MEASURES

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}

Row = dict[str, Any]


def write(results: Results, folder: Path) -> list[Path]:
    """Write everything to a folder, each file whole or not at all; return their paths.

    Raises
    ------
    OSError
        If a file can't be written.
    """
    experiment = results.experiment
    texts = {"worlds.csv": as_csv(worlds(results)), "summary.csv": as_csv(summary(results))}
    if experiment.kind == "sweep":  # its variants are told by the first of them and worlds.csv
        texts["first.cascade"] = scenario_file.dumps(experiment.variants[0].scenario)
    else:
        for variant in experiment.variants:
            texts[f"{variant.name}.cascade"] = scenario_file.dumps(variant.scenario)
        texts["curves.csv"] = as_csv(curves(results))
    if experiment.kind == "comparison":
        texts["differences.csv"] = as_csv(differences(results))
    texts["summary.json"] = _summary_json(results)
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return [folder / name for name in texts]


def worlds(results: Results) -> Iterator[Row]:
    """Return one row per finished world; NaN where a measure can't be told."""
    for variant in results.experiment.variants:
        for seed, found in results.samples(variant).items():
            yield {
                **_place(results, variant),
                "seed": seed,
                **dict(zip(MEASURES, found.values, strict=True)),
            }


def summary(results: Results) -> Iterator[Row]:
    """Return one row per variant and measure; NaN where no world can tell."""
    for variant in results.experiment.variants:
        for key, measured in MEASURES.items():
            values = results.values(variant, key)
            yield {
                **_place(results, variant),
                "measure": key,
                "unit": measured.unit,
                **spread(values),
            }


def differences(results: Results) -> Iterator[Row]:
    """Return one row per measure of a comparison: second − first, seed by seed."""
    for key, measured in MEASURES.items():
        pairs = results.pairs(key)
        moves = pairs[:, 1] - pairs[:, 0]
        ups, downs = int((moves > 0).sum()), int((moves < 0).sum())
        chance = sign_test(ups, downs)
        yield {
            "measure": key,
            "unit": measured.unit,
            **spread(moves),
            "up": ups,
            "down": downs,
            "sign_test": np.nan if chance is None else chance,
        }


def curves(results: Results) -> Iterator[Row]:
    """Return one row per variant, curve and time."""
    for variant in results.experiment.variants:
        if not results.samples(variant):
            continue
        start = variant.scenario.clock.start_datetime()
        times_s = results.times_s(variant)
        for key in CURVES:
            levels = bands(results.curves(variant, key))
            for nth, time_s in enumerate(times_s.tolist()):
                at = (start + timedelta(seconds=time_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
                row = dict(zip(QUANTILES, levels[:, nth].tolist(), strict=True))
                place = {**_place(results, variant), "curve": key}
                yield {**place, "time_utc": at, "time_s": time_s, **row}


def bands(curves: Floats) -> Floats:
    """Return the QUANTILES of curves, (n, points) → (quantiles, points)."""
    levels: Floats = np.quantile(curves, list(QUANTILES.values()), axis=0)
    return levels


def spread(values: Floats) -> Row:
    """Return how values lie: how many, mean, least, QUANTILES, most; NaN if there are none."""
    if not len(values):
        return {"worlds": 0, **dict.fromkeys(("mean", "min", *QUANTILES, "max"), np.nan)}
    levels = np.quantile(values, list(QUANTILES.values())).tolist()
    return {
        "worlds": len(values),
        "mean": float(values.mean()),
        "min": float(values.min()),
        **dict(zip(QUANTILES, levels, strict=True)),
        "max": float(values.max()),
    }


def as_csv(rows: Iterator[Row]) -> str:
    """Return rows as CSV: numbers with ten digits, nothing for NaN."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for nth, row in enumerate(rows):
        if nth == 0:
            table.writerow(row)
        table.writerow([_cell(value) for value in row.values()])
    return text.getvalue()


def _place(results: Results, variant: Variant) -> Row:
    paths: Sequence[str] = [vary.path for vary in results.experiment.varied]
    return {"variant": variant.name, **dict(zip(paths, variant.at, strict=True))}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}" if isfinite(value) else ""
    return str(value)


def _summary_json(results: Results) -> str:
    experiment = results.experiment
    content: Row = {
        "kind": experiment.kind,
        "seeds": experiment.seeds,
        "worlds": len(experiment.worlds),
        "finished": len(results.found),
        "varied": {vary.path: vary.values for vary in experiment.varied},
        "summary": [_told(row) for row in summary(results)],
    }
    if experiment.kind == "comparison":
        content["differences"] = [_told(row) for row in differences(results)]
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _told(row: Row) -> Row:
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in row.items()
    }
