"""The reality check: plays scenarios over several seeds and asks what they say to the claims.

A world is one scenario with one seed, as it stands or with a preset laid over it. Worlds are played
in processes of their own, as many at a time as there are cores; of each only its measures come
back. A preset is played once a seed, however many contrasts ask for it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite, nan
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from typing import NamedTuple

from engine.claims import all_checks, all_contrasts
from engine.evidence import Finding, Shift, measured
from engine.presets import applied, preset
from engine.record import Run
from engine.run import check_budget, stretches
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, with_setting

MOST_PROCESSES = 60
"""Windows can't wait for more than sixty-odd processes at a time."""

MEASURES = (
    *(check.measure for check in all_checks()),
    *(contrast.measure for contrast in all_contrasts()),
)
"""What every world is measured by, in this order."""


class World(NamedTuple):
    """One run of the check: which scenario, which preset laid over it (none if empty), which seed.

    Scenarios go by the names the caller has given them.
    """

    scenario: str
    preset: str
    seed: int


Told = Callable[[World, Collection[World]], None]
"""Hears of a world that has been played, and of those that are still to be played."""


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
    told: Told | None = None,
) -> list[Outcome]:
    """Play scenarios over several seeds, their own and the next ones; return what they say.

    Parameters
    ----------
    contrasts
        Whether to play counterfactuals too, of scenarios with a shock.
    processes
        How many worlds to play at a time; one per core by default.

    Raises
    ------
    ScenarioError, BudgetError
        If a seed is refused or a world would need too much; nothing has been played then.
    concurrent.futures.BrokenExecutor
        If a process has come to a sudden end.
    """
    worlds: dict[World, Scenario] = {}
    for name, scenario in scenarios.items():
        worlds |= _worlds(name, scenario, seeds, contrasts)
    for scenario in worlds.values():
        check_budget(scenario)
    values = _played(worlds, processes, told)
    return [
        _outcome(name, tuple(range(scenario.seed, scenario.seed + seeds)), values, contrasts)
        for name, scenario in scenarios.items()
    ]


def figures(scenario: Scenario) -> list[float]:
    """Play one world and return all its measures, NaN where it can't tell; none if stopped."""
    record = Run(scenario)
    for stretch in stretches(scenario):
        if _Process.stop is not None and _Process.stop.is_set():
            return []
        record.append(stretch)
    values: list[float] = measured(record, MEASURES)[:, 0].tolist()
    return values


# ---------------------------------------------------------------- what to play, what it says


def _worlds(
    name: str, scenario: Scenario, seeds: int, contrasts: bool
) -> Iterator[tuple[World, Scenario]]:
    """Return the worlds to play of a scenario; presets that don't fit it are left out."""
    ideas = {"": scenario}
    if contrasts and scenario.shocks:
        for key in dict.fromkeys(contrast.preset for contrast in all_contrasts()):
            try:
                ideas[key] = applied(scenario, preset(key))
            except ScenarioError:
                continue  # its contrasts can't be told
    for seed in range(scenario.seed, scenario.seed + seeds):
        for key, idea in ideas.items():
            yield World(name, key, seed), with_setting(idea, "seed", str(seed))


def _outcome(
    name: str, seeds: tuple[int, ...], values: Mapping[World, Sequence[float]], contrasts: bool
) -> Outcome:
    """Return what the worlds of one scenario say."""

    def told(key: str, nth: int) -> list[float]:
        worlds = [World(name, key, seed) for seed in seeds]
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


# ---------------------------------------------------------------- processes


class _Process:
    """What a computing process keeps: whether its work is still wanted."""

    stop: Event | None = None


def _begin(stop: Event) -> None:
    """Make a process ready: the parent answers Ctrl-C, and where it ends, this one does too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Process.stop = stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _played(
    worlds: Mapping[World, Scenario], processes: int | None, told: Told | None
) -> dict[World, list[float]]:
    """Play worlds in processes of their own; return the measures of each."""
    spawn = get_context("spawn")  # the same on every system, and in the frozen program
    stop = spawn.Event()
    count = min(processes or os.cpu_count() or 1, len(worlds), MOST_PROCESSES)
    values: dict[World, list[float]] = {}
    left = set(worlds)
    with ProcessPoolExecutor(count, spawn, _begin, (stop,)) as pool:
        try:
            with _deaf():
                jobs = {pool.submit(figures, scenario): world for world, scenario in worlds.items()}
            for job in as_completed(jobs):
                world = jobs[job]
                values[world] = job.result()
                left.discard(world)
                if told is not None:
                    told(world, left)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return values


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that never hear Ctrl-C, not even before they can say so themselves."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
