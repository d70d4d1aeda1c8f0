"""The reality check: plays scenarios over several seeds and asks what they say to the claims.

It is an experiment (:mod:`engine.experiment`) whose variants are the scenarios, as they stand and
with presets laid over. Of each world only its measures come back. A preset is played once a seed,
however many contrasts ask for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import NamedTuple

from engine.claims import all_checks, all_contrasts
from engine.evidence import Finding, Shift, measured
from engine.experiment import Experiment, Results, Told, Variant, play
from engine.presets import applied, preset
from engine.processes import Processes
from engine.record import Run
from engine.sample import RECORDING
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from engine.worlds import World

MEASURES = (
    *(check.measure for check in all_checks()),
    *(contrast.measure for contrast in all_contrasts()),
)
"""What every world is measured by, in this order."""


class Idea(NamedTuple):
    """A scenario, and which preset is laid over it (none if empty)."""

    scenario: str
    preset: str

    def __str__(self) -> str:
        return f"{self.scenario} with {self.preset}" if self.preset else self.scenario


@dataclass(frozen=True)
class Outcome:
    """What the seeds of one scenario say to all checks, and to all contrasts if they were asked."""

    scenario: str
    seeds: tuple[int, ...]
    findings: tuple[Finding, ...]
    shifts: tuple[Shift, ...]

    @property
    def all(self) -> tuple[Finding | Shift, ...]:
        """Both, in order."""
        return (*self.findings, *self.shifts)


def check(
    scenarios: Mapping[str, Scenario],
    seeds: int,
    contrasts: bool = True,
    processes: int | None = None,
    told: Told = lambda _done, _all: None,
) -> list[Outcome]:
    """Play scenarios over several seeds, their own and the next ones; return what they say.

    Parameters
    ----------
    contrasts
        Whether to play counterfactuals too, of scenarios with a shock.
    processes
        How many processes compute at a time; one per core by default.
    told
        Hears how many worlds have been played, and of how many.

    Raises
    ------
    ScenarioError, BudgetError
        If a seed is refused or a world would need too much; nothing has been played then.
    WorldLostError
        If a process has come to a sudden end, and another one with the same worlds.
    """
    results = Results(experiment(scenarios, seeds, contrasts))
    count = processes or os.cpu_count() or 1
    play(results, Processes(count), count, told=told)
    return outcomes(results, scenarios, contrasts)


def experiment(scenarios: Mapping[str, Scenario], seeds: int, contrasts: bool) -> Experiment:
    """Return what the check plays. Raises as :class:`Experiment`."""
    variants = tuple(
        Variant(str(idea), changed)
        for name, scenario in scenarios.items()
        for idea, changed in _ideas(name, scenario, contrasts)
    )
    return Experiment("check", variants, seeds, observe=figures, recording=RECORDING)


def outcomes(results: Results, scenarios: Mapping[str, Scenario], contrasts: bool) -> list[Outcome]:
    """Return what the worlds that are finished say, scenario by scenario."""
    count = results.experiment.seeds
    return [
        _outcome(name, tuple(range(scenario.seed, scenario.seed + count)), results.found, contrasts)
        for name, scenario in scenarios.items()
    ]


def figures(run: Run) -> list[float]:
    """Return all measures of a run of one world, NaN where it can't tell."""
    values: list[float] = measured(run, MEASURES)[:, 0].tolist()
    return values


def _ideas(name: str, scenario: Scenario, contrasts: bool) -> Iterator[tuple[Idea, Scenario]]:
    """Return a scenario with each preset to be laid over; those that don't fit it are left out."""
    yield Idea(name, ""), scenario
    if contrasts and scenario.shocks:
        for key in dict.fromkeys(contrast.preset for contrast in all_contrasts()):
            try:
                yield Idea(name, key), applied(scenario, preset(key))
            except ScenarioError:
                continue  # its contrasts can't be told


def _outcome(
    name: str, seeds: tuple[int, ...], values: Mapping[World, Sequence[float]], contrasts: bool
) -> Outcome:
    """Return what the worlds of one scenario say."""

    def told(key: str, nth: int) -> list[float]:
        worlds = [World(str(Idea(name, key)), seed) for seed in seeds]
        return [values[world][nth] if world in values else nan for world in worlds]

    findings = []
    for nth, asked in enumerate(all_checks()):
        findings.append(Finding(asked, tuple(filter(isfinite, told("", nth)))))
    shifts = []
    for nth, contrast in enumerate(all_contrasts() if contrasts else (), start=len(findings)):
        both = zip(told("", nth), told(contrast.preset, nth), strict=True)
        pairs = [pair for pair in both if all(map(isfinite, pair))]
        shifts.append(Shift(contrast, tuple(b for b, _ in pairs), tuple(a for _, a in pairs)))
    return Outcome(name, seeds, tuple(findings), tuple(shifts))
