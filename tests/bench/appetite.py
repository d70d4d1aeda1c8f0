"""Fit the appetite of a scenario's crowd so that open interest takes a given course.

``python tests/bench/appetite.py FILE --out FILE [--rounds 2] [--seeds 8]``

The scenario changes ``behaviour.appetite`` at set times. Open interest answers within the time of
comeback, so each value is mended by itself: times √(wanted ÷ found) at the end of its stretch,
found being the median over seeds. The round that came closest is written. Prices, liquidations and
ADL do the rest.

Known of 2025: about 124 bn USD at the start, lowest about 87 in the first quarter, 235.9 on 7
October, 145.1 at the end (CoinGlass). What lies between is read off charts, to about a tenth.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from engine import scenario_file  # noqa: E402  (the project is not installed)
from engine.run import run  # noqa: E402
from engine.scenario import Scenario  # noqa: E402

APPETITE = "behaviour.appetite"
DAMPED = 0.5
"""Only a part of what is missing: the rest is the chance of a few seeds, and neighbours help."""

WANTED_BN = {
    "2025-01-25": 133.0,
    "2025-02-10": 112.0,
    "2025-03-05": 95.0,
    "2025-03-25": 90.0,
    "2025-04-10": 92.0,
    "2025-05-01": 105.0,
    "2025-05-23": 132.0,
    "2025-06-15": 135.0,
    "2025-07-10": 150.0,
    "2025-07-28": 188.0,
    "2025-08-14": 205.0,
    "2025-09-05": 205.0,
    "2025-09-22": 215.0,
    "2025-10-07": 235.9,
    "2025-10-10": 230.0,
    "2025-10-20": 165.0,
    "2025-11-05": 155.0,
    "2025-11-25": 138.0,
    "2025-12-31": 145.1,
}
"""Open interest of the whole market at the end of these days, bn USD."""


def minutes(scenario: Scenario, day: str) -> float:
    """Return the end of a day in minutes from the scenario's start."""
    end = datetime.fromisoformat(day).replace(tzinfo=UTC)
    since: float = (end - scenario.clock.start_datetime()).total_seconds() / 60 + 1_440
    return min(since, float(scenario.clock.duration_min))


def found_bn(scenario: Scenario, seeds: int) -> np.ndarray:
    """Return open interest at the moments of WANTED_BN, the median over seeds, bn USD."""
    every = range(scenario.seed, scenario.seed + seeds)
    worlds = [scenario.model_copy(update={"seed": seed}) for seed in every]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        middle: np.ndarray = np.median(list(pool.map(course_bn, worlds)), axis=0)
    return middle


def course_bn(scenario: Scenario) -> np.ndarray:
    """Play a scenario; return open interest at the moments of WANTED_BN, bn USD."""
    record = run(scenario)
    interest = record["open_interest_usd"][:, 0].sum(axis=(1, 2)) / 1e9
    steps = [record.grid.step_at(60 * minutes(scenario, day) - 1) for day in WANTED_BN]
    course: np.ndarray = interest[steps]
    return course


def mended(scenario: Scenario, found: np.ndarray) -> Scenario:
    """Return the scenario with every appetite times wanted ÷ found at the end of its stretch."""
    settings = scenario.model_dump(mode="json")
    changes = [rule for rule in settings["rule_changes"] if rule["path"] == APPETITE]
    ends = [rule["at_min"] for rule in changes[1:]] + [float(scenario.clock.duration_min)]
    moments = [minutes(scenario, day) for day in WANTED_BN]
    for rule, end in zip(changes, ends, strict=True):
        nth = int(np.argmin(np.abs(np.array(moments) - end)))
        wanted = list(WANTED_BN.values())[nth]
        rule["value"] = round(rule["value"] * (wanted / float(found[nth])) ** DAMPED, 3)
    return scenario_file.from_settings(settings)


def main() -> None:
    """Read the command line and fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=8)
    wish = parser.parse_args()
    scenario = scenario_file.load(wish.file)
    closest = np.inf
    for _ in range(wish.rounds):
        found = found_bn(scenario, wish.seeds)
        farthest = np.abs(found / list(WANTED_BN.values()) - 1).max()
        print(np.round(found).astype(int).tolist(), f"farthest {farthest:.0%}", flush=True)
        if farthest < closest:
            closest = farthest
            scenario_file.save(scenario, wish.out)
        scenario = mended(scenario, found)


if __name__ == "__main__":
    main()
