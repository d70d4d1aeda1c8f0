"""Worlds played in batches, anywhere: what is handed to a process or another machine.

A world is a scenario with a seed. Worlds of one scenario with seeds in a row are played together,
which costs far less than one by one: most of a step's cost is the same for any number of worlds.
What comes back of each hangs neither on the batch it was in nor on where that was played.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from engine.one_world import one_world
from engine.record import Recording, Run
from engine.run import bytes_needed, stretches
from engine.scenario import Scenario

BATCH_BYTES = 800_000_000
"""Most memory a batch may take. Beyond some thirty worlds there is little left to save."""

LOOK_S = 0.1
"""How often it is looked whether to go on."""


class World(NamedTuple):
    """One world of an experiment: the name of a variant, and the seed."""

    variant: str
    seed: int


class WorldLostError(RuntimeError):
    """Worlds whose process died again when they were played once more; the text names them."""


@dataclass(frozen=True)
class Batch:
    """Worlds to be played together.

    Attributes
    ----------
    variant, scenario, count
        Name and scenario; its seed is that of the first world, the others follow one by one.
    observe, recording
        What comes back of each world, and what has to be written down for it. A function of a
        module, so that it can be found from another process.
    """

    variant: str
    scenario: Scenario
    count: int
    observe: Callable[[Run], Any]
    recording: Recording

    @property
    def worlds(self) -> list[World]:
        """The worlds, in the order in which they come back."""
        first = self.scenario.seed
        return [World(self.variant, seed) for seed in range(first, first + self.count)]

    def __str__(self) -> str:
        first, last = self.worlds[0].seed, self.worlds[-1].seed
        seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
        return f"{self.variant}, {seeds}"

    def cut(self, sizes: Iterable[int]) -> Iterator[Batch]:
        """Return batches of these sizes, which add up to this one."""
        first = self.scenario.seed
        for size in sizes:
            scenario = self.scenario.model_copy(update={"seed": first})
            yield replace(self, scenario=scenario, count=size)
            first += size


unwanted: ContextVar[Callable[[], bool]] = ContextVar("unwanted", default=lambda: False)
"""Asked between two stretches of a batch whether to give it up."""


def play(batch: Batch) -> list[Any]:
    """Play a batch here and now and return what is observed of each world.

    Raises
    ------
    concurrent.futures.CancelledError
        If it was given up.
    """
    given_up = unwanted.get()
    record = Run(batch.scenario, batch.count, batch.recording)
    for stretch in stretches(batch.scenario, batch.count, recording=batch.recording):
        if given_up():
            raise CancelledError
        record.append(stretch)
    return [batch.observe(one_world(record, world)) for world in range(batch.count)]


def in_a_row(seeds: Collection[int]) -> Iterator[range]:
    """Cut rising seeds where one is missing."""
    ordered = sorted(seeds)
    starts = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b > a + 1]
    for first, last in pairwise([0, *starts, len(ordered)]):
        if last > first:
            yield range(ordered[first], ordered[last - 1] + 1)


def sized(batches: Collection[Batch], processes: int) -> list[Batch]:
    """Cut batches so that each fits into memory and every process has something to do."""
    share = -(-sum(batch.count for batch in batches) // max(processes, 1))
    cut: list[Batch] = []
    for batch in batches:
        most = BATCH_BYTES // bytes_needed(batch.scenario, 1, batch.recording)
        pieces = -(-batch.count // max(min(most, share), 1))
        cut += batch.cut(len(part) for part in np.array_split(np.arange(batch.count), pieces))
    return cut


def played(
    batches: Iterable[Batch],
    executor: Executor,
    stopped: Callable[[], bool] = lambda: False,
    lost: Callable[[Batch], None] = lambda _: None,
) -> Iterator[tuple[Batch, list[Any]]]:
    """Play batches with an executor and yield what came of each as soon as it is there.

    The worlds of a process that dies are played once more, in two halves: if memory was short,
    that may do. Whoever stops shuts the executor down.

    Parameters
    ----------
    stopped
        Asked ten times a second whether to stop; nothing more is yielded then.
    lost
        Hears of a batch whose process died, before it is played once more.

    Raises
    ------
    WorldLostError
        If a process dies with worlds that are played once more.
    """
    waiting: dict[Future[list[Any]], tuple[Batch, bool]] = {
        executor.submit(play, batch): (batch, False) for batch in batches
    }
    while waiting and not stopped():
        done, _ = wait(waiting, LOOK_S, FIRST_COMPLETED)
        for future in done:
            batch, again = waiting.pop(future)
            try:
                results = future.result()
            except BrokenExecutor as error:
                if again:
                    raise WorldLostError(f"{batch}: {error}, twice") from None
                lost(batch)
                half = batch.count // 2
                for part in batch.cut(size for size in (half, batch.count - half) if size):
                    waiting[executor.submit(play, part)] = (part, True)
            else:
                yield batch, results
