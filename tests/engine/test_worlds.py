"""Batches of worlds: how they are cut, and what happens where a process dies."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import worlds
from engine.processes import Processes
from engine.record import Recording, Run
from engine.sample import RECORDING
from engine.worlds import Batch, World, WorldLostError, in_a_row, play, played, sized
from tests.engine.scenarios import small

CALM = small(
    crowd={"accounts": 300, "people": 50_000},
    clock={"duration_min": 3, "calm_step_s": 60},
    shocks=[],
)
NOTHING = Recording(frozenset(), events=False, maps=False)


def seed_of(run: Run) -> int:
    return run.scenario.seed


def die_once(run: Run) -> int:
    """Die where seed 5 is met for the first time."""
    mark = Path(os.environ["CASCADE_TEST_MARK"])
    if run.scenario.seed == 5 and not mark.exists():
        mark.touch()
        os._exit(9)
    return run.scenario.seed


def die_of_five(run: Run) -> int:
    if run.scenario.seed == 5:
        os._exit(9)
    return run.scenario.seed


def batch(count: int, observe: object = seed_of) -> Batch:
    return Batch("calm", CALM, count, observe, NOTHING)


def test_worlds_come_back_in_the_order_of_their_seeds() -> None:
    assert play(batch(4)) == [3, 4, 5, 6]
    assert [world.seed for world in batch(4).worlds] == [3, 4, 5, 6]
    assert str(batch(4)) == "calm, seeds 3 to 6"
    assert str(batch(1)) == "calm, seed 3"


@given(st.sets(st.integers(0, 60)))
def test_rows_of_seeds_hold_every_seed_once_and_none_that_is_missing(seeds: set[int]) -> None:
    rows = list(in_a_row(seeds))
    assert [seed for row in rows for seed in row] == sorted(seeds)
    assert all(b.start > a.stop for a, b in pairwise(rows))


@given(st.lists(st.integers(1, 300), max_size=5), st.integers(1, 40), st.integers(1, 50))
def test_batches_are_cut_to_what_fits_and_every_process_has_work(
    counts: list[int], processes: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "BATCH_BYTES", most)
        patch.setattr(worlds, "bytes_needed", lambda *_: 1)
        cut = sized([batch(count) for count in counts], processes)
    assert max((part.count for part in cut), default=1) <= most
    share = -(-sum(counts) // processes)
    assert max((part.count for part in cut), default=0) <= share
    found = [world for part in cut for world in part.worlds]
    assert found == [world for count in counts for world in batch(count).worlds]


def test_a_world_too_large_for_any_batch_is_played_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "BATCH_BYTES", 1)
    assert [part.count for part in sized([batch(3)], 2)] == [1, 1, 1]


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        found = dict(played(sized([batch(6)], 3), executor))
    assert sorted(seed for seeds in found.values() for seed in seeds) == [3, 4, 5, 6, 7, 8]


def test_worlds_of_a_process_that_dies_are_told_and_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_TEST_MARK", str(tmp_path / "mark"))
    lost: list[str] = []
    with Processes(2) as executor:
        parts = list(batch(8, die_once).cut([4, 4]))
        found = [
            (world, value)
            for part, values in played(parts, executor, lost=lambda part: lost.append(str(part)))
            for world, value in zip(part.worlds, values, strict=True)
        ]
    assert lost == ["calm, seeds 3 to 6"]
    assert sorted(found) == [(World("calm", seed), seed) for seed in range(3, 11)]


def test_worlds_whose_process_dies_again_are_named() -> None:
    found: list[int] = []

    def play_them() -> None:
        for _, values in played(batch(8, die_of_five).cut([4, 4]), executor):
            found.extend(values)

    executor = Processes(1)
    with executor, pytest.raises(WorldLostError, match=r"calm, seeds 5 to 6: .*twice"):
        play_them()
    assert set(found) >= {7, 8, 9, 10}  # what other processes finished is there


def test_stopping_takes_less_than_a_batch() -> None:
    long = small(clock={"duration_min": 100_000, "fine_window_min": 20_000})
    executor = Processes(2)
    parts = Batch("long", long, 4, seed_of, RECORDING).cut([2, 2])
    begun_s = time.monotonic()
    found = list(played(parts, executor, stopped=lambda: time.monotonic() > begun_s + 1.0))
    executor.shutdown(cancel_futures=True)
    assert found == []


def test_work_that_is_unwanted_is_given_up_between_two_stretches() -> None:
    token = worlds.unwanted.set(lambda: True)
    try:
        with pytest.raises(worlds.CancelledError):
            play(batch(1))
    finally:
        worlds.unwanted.reset(token)
