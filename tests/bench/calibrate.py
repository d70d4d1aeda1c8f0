"""Search a scenario's free parameters so that it meets the article's figures.

``python tests/bench/calibrate.py FILE --minutes 60 --out FILE [--only liquidity. --only shocks.]``

What is searched  The parameters listed in ``parameters.py``, each within a range that has a source
                  or a reason; ``--only`` takes those whose path begins with a text.
What it is held   The checks of :mod:`engine.claims` that the scenario as it stands can be held to.
against           Every check has a range; the loss is Σ d², d how far the middle of the seeds lies
                  outside the middle three fifths of its range, in quarters of the range, at most 5.
                  What a candidate can't tell any more (no ADL at all …) counts 5.
How               CMA-ES (Hansen 2016, arXiv 1604.00772) in coordinates from 0 to 1, logarithmic
                  where a parameter is. Every candidate plays the same seeds, shortened: from
                  midnight before the main shock to twelve hours after it, in longer steps.
                  A search is an aid: its result is checked by ``main.py check``, on the whole
                  scenario and on seeds it has not seen.

The best candidate so far is written whenever it gets better, so the search may be stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import exp, floor, inf, isfinite, log, log10
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from engine import scenario_file  # noqa: E402  (the project is not installed)
from engine.claims import all_checks  # noqa: E402
from engine.evidence import Check, Finding, measured  # noqa: E402
from engine.explain import largest_shock  # noqa: E402
from engine.run import run  # noqa: E402
from engine.scenario import Scenario  # noqa: E402
from engine.setting import change  # noqa: E402
from tests.bench.parameters import PARAMETERS, Parameter  # noqa: E402

FARTHEST = 5.0
HOURS_AFTER = 12
DIGITS = 3
"""Parameters are written with so many digits: more would claim to be known."""


@dataclass(frozen=True)
class Task:
    """What every candidate is tried on."""

    settings: dict[str, Any]
    parameters: tuple[Parameter, ...]
    seeds: tuple[int, ...]
    accounts: int

    def scenario(self, place: Sequence[float]) -> Scenario:
        """Return the scenario at a place in the search space, coordinates from 0 to 1."""
        settings = json.loads(json.dumps(self.settings))
        for parameter, x in zip(self.parameters, place, strict=True):
            for path in parameter.paths:
                change(settings, path, rounded(value_at(parameter, x)))
        # Shares of depth add up to one: the last venue has what the others leave.
        *others, last = settings["venues"]
        last["depth_share"] = round(1 - sum(venue["depth_share"] for venue in others), 6)
        return scenario_file.from_settings(settings)


def value_at(parameter: Parameter, x: float) -> float:
    """Return a parameter's value at a coordinate from 0 to 1."""
    low, high = parameter.low, parameter.high
    if parameter.logarithmic:
        return exp(log(low) + x * (log(high) - log(low)))
    return low + x * (high - low)


def coordinate(parameter: Parameter, value: float) -> float:
    """Return the coordinate of a value, within the range."""
    low, high = parameter.low, parameter.high
    value = min(max(value, low), high)
    if parameter.logarithmic:
        return (log(value) - log(low)) / (log(high) - log(low))
    return (value - low) / (high - low)


def rounded(value: float) -> float:
    """Return a value with a few digits."""
    return round(value, DIGITS - 1 - floor(log10(abs(value)))) if value else 0.0


def setting_at(settings: Any, path: str) -> float:
    """Return a setting by its path."""
    for key in path.split("."):
        settings = settings[int(key) if isinstance(settings, list) else key]
    return float(settings)


def shortened(scenario: Scenario) -> Scenario:
    """Return the scenario from midnight before the main shock to some hours after it."""
    settings = scenario.model_dump(mode="json")
    shock = largest_shock(scenario)
    if shock is None:
        return scenario
    cut = floor(shock.at_min / 1440) * 1440.0
    for other in settings["shocks"]:
        other["at_min"] -= cut
    settings["shocks"] = [other for other in settings["shocks"] if other["at_min"] >= 0]
    settings["clock"]["duration_min"] = int(shock.at_min - cut) + HOURS_AFTER * 60
    settings["clock"]["calm_step_s"], settings["clock"]["fine_step_s"] = 300, 10
    return scenario_file.from_settings(settings)


def figures(task: Task, place: Sequence[float], seed: int) -> list[float]:
    """Play one seed of one candidate; return the measure of every check."""
    scenario = shortened(task.scenario(place))
    scenario = scenario_file.with_setting(scenario, "crowd.accounts", str(task.accounts))
    scenario = scenario.model_copy(update={"seed": seed})
    measures = [check.measure for check in all_checks()]
    values: list[float] = measured(run(scenario), measures)[:, 0].tolist()
    return values


def distance(check: Check, value: float | None) -> float:
    """Return how far a value lies outside the middle of a check's range."""
    if value is None:
        return FARTHEST
    low, high = check.low, check.high
    width = high - low if isfinite(high - low) else 4 * max(abs(low if high == inf else high), 1.0)
    if not width:
        return min(abs(value - low) / 5, FARTHEST)
    if isfinite(low) and isfinite(high):
        # Nobody has to keep away from a bound that is the end of the scale.
        low = low + 0.2 * width if low else low
        high = high if check.share_of_seeds else high - 0.2 * width
    return min(max(low - value, value - high, 0.0) / (width / 4), FARTHEST)


def loss(findings: Sequence[Finding], told: Sequence[bool]) -> float:
    """Return the sum of squared distances over the checks that can be told at the start."""
    return sum(distance(f.check, f.value) ** 2 for f, t in zip(findings, told, strict=True) if t)


def tried(task: Task, places: Sequence[Sequence[float]], pool: ProcessPoolExecutor) -> list[Any]:
    """Return the findings of several candidates."""
    jobs = [[pool.submit(figures, task, place, seed) for seed in task.seeds] for place in places]
    tables = [np.array([job.result() for job in row]).T for row in jobs]
    return [
        [
            Finding(check, tuple(row[np.isfinite(row)].tolist()))
            for check, row in zip(all_checks(), table, strict=True)
        ]
        for table in tables
    ]


def report(findings: Sequence[Finding], told: Sequence[bool]) -> str:
    """Return the worst checks in a line."""
    rows = [(distance(f.check, f.value), f) for f, t in zip(findings, told, strict=True) if t]
    rows.sort(key=lambda row: -row[0])
    return "; ".join(
        f"{f.check.name} {f.value if f.value is None else round(f.value, 2)}"
        for d, f in rows[:8]
        if d > 0
    )


def search(task: Task, start: Sequence[float], minutes: float, spread: float, out: Path) -> None:
    """Search until the time is up; keep the best candidate in a file."""
    import cma

    until = time.monotonic() + 60 * minutes
    options = {"bounds": [0, 1], "verbose": -9, "seed": 1, "popsize": 10}
    strategy = cma.CMAEvolutionStrategy(list(start), spread, options)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        findings = tried(task, [start], pool)[0]
        told = [finding.value is not None for finding in findings]
        best = loss(findings, told)
        print(f"start {best:.2f}: {report(findings, told)}", flush=True)
        while time.monotonic() < until:
            places = strategy.ask()
            found = tried(task, places, pool)
            losses = [loss(findings, told) for findings in found]
            strategy.tell(places, losses)
            nth = int(np.argmin(losses))
            if losses[nth] < best:
                best = losses[nth]
                scenario_file.save(task.scenario(places[nth]), out)
                print(f"{strategy.countevals} {best:.2f}: {report(found[nth], told)}", flush=True)


def main() -> None:
    """Read the command line and search."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--accounts", type=int, help="play fewer accounts than the file says")
    parser.add_argument("--spread", type=float, default=0.15, help="first steps, from 0 to 1")
    parser.add_argument("--only", action="append", default=[], metavar="PATH")
    wish = parser.parse_args()
    scenario = scenario_file.load(wish.file)
    settings = scenario.model_dump(mode="json")
    mine = tuple(p for p in PARAMETERS if not wish.only or p.paths[0].startswith(tuple(wish.only)))
    start = [coordinate(p, setting_at(settings, p.paths[0])) for p in mine]
    accounts = wish.accounts or scenario.crowd.accounts
    task = Task(settings, mine, tuple(range(1, wish.seeds + 1)), accounts)
    search(task, start, wish.minutes, wish.spread, wish.out)


if __name__ == "__main__":
    main()
