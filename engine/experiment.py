"""Experiments: many worlds, to learn what chance does and what a setting does.

ensemble      one scenario, many seeds: how far apart do things go?
sweep         one or two settings over several values, many seeds each: where does it tip over?
comparison    two scenarios, the same seeds: what is caused by what differs?

A seed gives the same people and the same news whatever is set, so worlds of two variants with the
same seed are pairs, and their differences are far less noisy than either.

    results = Results(experiment)
    play(results, Processes(2), 2, journal)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

import numpy as np

from engine.arrays import Floats
from engine.clock import grid
from engine.journal import Journal, JournalError, engine_identity
from engine.record import Recording, Run
from engine.run import check_budget
from engine.sample import CURVES, MEASURES, RECORDING, Sample, points_s, sample
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, with_setting
from engine.worlds import Batch, World, in_a_row, played, sized

Kind = Literal["ensemble", "sweep", "comparison", "check"]

MOST_WORLDS = 100_000
"""More would fill memory with what comes back of them."""


@dataclass(frozen=True)
class Variant:
    """One scenario of an experiment; its first world has the scenario's own seed.

    ``at`` are the values of the settings that are varied, as they were given.
    """

    name: str
    scenario: Scenario
    at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vary:
    """A setting, by its path, and the values it is to take."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """What to play.

    Attributes
    ----------
    variants, seeds
        Scenarios, and how many seeds of each.
    varied
        Settings that differ from variant to variant of a sweep.
    observe, recording
        What comes back of each world, and what has to be written down for it.
    """

    kind: Kind
    variants: tuple[Variant, ...]
    seeds: int
    varied: tuple[Vary, ...] = ()
    observe: Callable[[Run], Any] = sample
    recording: Recording = RECORDING

    def __post_init__(self) -> None:
        """Refuse what can't be played, before anything is.

        Raises
        ------
        ScenarioError
            If there are too many worlds, or the last seed would be too large.
        BudgetError
            If a world would need too much.
        """
        if len(self.variants) * self.seeds > MOST_WORLDS:
            raise ScenarioError(
                f"these are {len(self.variants) * self.seeds:,} worlds; at most {MOST_WORLDS:,} "
                "are allowed"
            )
        for variant in self.variants:
            with_setting(variant.scenario, "seed", str(variant.scenario.seed + self.seeds - 1))
            check_budget(variant.scenario, 1, self.recording)

    @property
    def worlds(self) -> list[World]:
        """All worlds, variant by variant."""
        return [world for variant in self.variants for world in self.worlds_of(variant)]

    def worlds_of(self, variant: Variant) -> list[World]:
        """Return the worlds of a variant."""
        first = variant.scenario.seed
        return [World(variant.name, seed) for seed in range(first, first + self.seeds)]

    def identity(self) -> dict[str, str]:
        """Return what a journal must agree with: scenarios, measures, engine; not how many seeds.

        What is observed must be samples, see :mod:`engine.sample`.
        """
        scenarios = {each.name: each.scenario.model_dump(mode="json") for each in self.variants}
        return {
            "scenarios": _hashed(scenarios),
            "measures": _hashed([*MEASURES, *CURVES]),
            "engine": engine_identity(),
        }

    def batches(self, finished: Iterable[World], processes: int) -> list[Batch]:
        """Return what is left to play, in pieces for so many processes."""
        done = frozenset(finished)
        runs = [
            Batch(variant.name, _seeded(variant.scenario, row[0]), len(row), self.observe,
                  self.recording)
            for variant in self.variants
            for row in in_a_row(
                [world.seed for world in self.worlds_of(variant) if world not in done]
            )
        ]  # fmt: skip
        return sized(runs, processes)


def ensemble(name: str, scenario: Scenario, seeds: int) -> Experiment:
    """Return an experiment on chance: one scenario, many seeds. Raises as :class:`Experiment`."""
    return Experiment("ensemble", (Variant(name, scenario),), seeds)


def sweep(scenario: Scenario, varied: Sequence[Vary], seeds: int) -> Experiment:
    """Return an experiment on one or two settings. Raises as :class:`Experiment`.

    Raises
    ------
    ScenarioError
        Also if a setting does not exist or a value is refused.
    """
    if len({vary.path for vary in varied}) < len(varied):
        raise ScenarioError(f"{varied[0].path}: this setting is varied twice")
    variants = []
    for at in product(*(vary.values for vary in varied)):
        changed = scenario
        for vary, value in zip(varied, at, strict=True):
            changed = _with(changed, vary.path, value)
        name = ", ".join(f"{v.path} = {value}" for v, value in zip(varied, at, strict=True))
        variants.append(Variant(name, changed, at))
    return Experiment("sweep", tuple(variants), seeds, tuple(varied))


def comparison(names: tuple[str, str], one: Scenario, other: Scenario, seeds: int) -> Experiment:
    """Return an experiment on what differs between two scenarios: both get the seeds of the first.

    Raises as :class:`Experiment`.
    """
    variants = (Variant(names[0], one), Variant(names[1], _seeded(other, one.seed)))
    return Experiment("comparison", variants, seeds)


def _with(scenario: Scenario, path: str, value: str) -> Scenario:
    if path == "seed":
        raise ScenarioError("seed: it is not varied like a setting; say how many seeds to play")
    return with_setting(scenario, path, value)


def _hashed(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _seeded(scenario: Scenario, seed: int) -> Scenario:
    return scenario.model_copy(update={"seed": seed})


# ---------------------------------------------------------------- what came out


@dataclass
class Results:
    """What has come back of an experiment so far, by world."""

    experiment: Experiment
    found: dict[World, Any] = field(default_factory=dict)

    @classmethod
    def gone_on(cls, experiment: Experiment, journal: Journal) -> Results:
        """Return what a journal holds of an experiment.

        Raises
        ------
        JournalError
            If a world in it can't be read.
        """
        try:
            found = {
                world: Sample.from_json(journal.found[world])
                for world in experiment.worlds
                if world in journal.found
            }
        except (KeyError, TypeError, ValueError):
            raise JournalError(
                f"{journal.path}: a world is damaged; remove the file to begin anew"
            ) from None
        return cls(experiment, found)

    def samples(self, variant: Variant) -> dict[int, Sample]:
        """Return what is there of a variant, by seed."""
        worlds = self.experiment.worlds_of(variant)
        return {world.seed: self.found[world] for world in worlds if world in self.found}

    def values(self, variant: Variant, measure: str) -> Floats:
        """Return one of MEASURES of a variant's finished worlds that can tell, by seed, (n,)."""
        values = np.array([value for _, value in self._told(variant, measure)])
        finite: Floats = values[np.isfinite(values)]
        return finite

    def pairs(self, measure: str) -> Floats:
        """Return one of MEASURES of a comparison: seeds in which both can tell, (n, 2)."""
        one, other = (dict(self._told(variant, measure)) for variant in self.experiment.variants)
        both = [(one[seed], other[seed]) for seed in one if seed in other]
        pairs = np.array(both, dtype=np.float64).reshape(-1, 2)
        told: Floats = pairs[np.isfinite(pairs).all(axis=1)]
        return told

    def curves(self, variant: Variant, curve: str) -> Floats:
        """Return one of CURVES of a variant's finished worlds, (n, points)."""
        nth = list(CURVES).index(curve)
        rows = [found.curves[nth] for found in self.samples(variant).values()]
        return np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 0)

    def times_s(self, variant: Variant) -> Floats:
        """Return the times of a variant's curves, seconds since the start, (points,)."""
        return points_s(grid(variant.scenario))

    def _told(self, variant: Variant, measure: str) -> list[tuple[int, float]]:
        nth = list(MEASURES).index(measure)
        return [(seed, found.values[nth]) for seed, found in self.samples(variant).items()]


# ---------------------------------------------------------------- playing


Told = Callable[[int, int], None]
"""Hears how many worlds are finished, and of how many."""


def play(
    results: Results,
    executor: Executor,
    processes: int,
    journal: Journal | None = None,
    told: Told = lambda _done, _all: None,
    stopped: Callable[[], bool] = lambda: False,
    lost: Callable[[Batch], None] = lambda _: None,
) -> None:
    """Play what is missing of an experiment and add it to the results, batch by batch.

    The numbers hang neither on the executor nor on how many processes it has. Whatever ends it,
    results and journal hold what was finished; the executor's running work is then given up.

    Parameters
    ----------
    executor, processes
        Anything shaped like :class:`concurrent.futures.Executor`, and how much it does at a time;
        it is shut down.
    told, lost
        Hear of worlds that are finished, and of a batch that is played again because its process
        died.
    stopped
        Asked ten times a second whether to stop.

    Raises
    ------
    WorldLostError
        If worlds could not be played because their processes died, twice.
    OSError
        If the journal can't be written.
    """
    experiment = results.experiment
    count = len(experiment.worlds)
    batches = experiment.batches(results.found, processes)
    finished = False
    try:
        told(len(results.found), count)
        for batch, observed in played(batches, executor, stopped, lost):
            new = dict(zip(batch.worlds, observed, strict=True))
            results.found |= new
            if journal is not None:
                journal.add({world: found.as_json() for world, found in new.items()})
            told(len(results.found), count)
        finished = not stopped()
    finally:
        executor.shutdown(cancel_futures=not finished)
