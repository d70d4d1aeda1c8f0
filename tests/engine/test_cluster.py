"""Experiments on a real Dask cluster: a scheduler and two workers on this computer."""

from __future__ import annotations

import csv
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.cluster import Cluster, ClusterError
from engine.command_line import main
from engine.experiment import Results, ensemble, play
from engine.processes import Processes
from engine.scenario_file import save
from tests.engine.dask_cluster import ROOT, DaskCluster, dask_cluster
from tests.engine.scenarios import small

SEEDS = 12


def market() -> object:
    return small(
        crowd={"accounts": 300, "people": 50_000},
        clock={"duration_min": 90, "fine_step_s": 20, "fine_window_min": 30},
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with dask_cluster(folder, workers=2) as started:
        yield started


def alone() -> Results:
    results = Results(ensemble("storm", market(), SEEDS))
    play(results, Processes(1), 1)
    return results


def assert_same(one: Results, other: Results) -> None:
    assert one.found.keys() == other.found.keys() == set(one.experiment.worlds)
    for world, found in one.found.items():
        assert np.array_equal(found.values, other.found[world].values, equal_nan=True)
        assert np.array_equal(found.curves, other.found[world].curves)


def test_a_worker_killed_half_way_loses_no_world_and_counts_none_twice(
    cluster: DaskCluster,
) -> None:
    executor = Cluster(cluster.address)
    executor._client.wait_for_workers(2, timeout=30)
    assert executor.threads == 2
    results = Results(ensemble("storm", market(), SEEDS))
    told: list[int] = []

    def kill_one(done: int, _count: int) -> None:
        told.append(done)
        if 0 < done < SEEDS and cluster.processes[-1].poll() is None:
            cluster.processes[-1].kill()  # SIGKILL: in the middle of a batch of its own

    play(results, executor, SEEDS, told=kill_one)  # as if for many: batches of one world
    assert cluster.processes[-1].wait() == -9
    assert told == sorted(set(told))
    assert told[-1] == SEEDS
    assert_same(results, alone())


def test_a_scheduler_that_dies_is_told_and_what_was_finished_is_kept(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    save(market(), tmp_path / "storm.cascade")
    out = tmp_path / "out"
    sweep = ["sweep", "storm.cascade", "--vary", "shocks.0.size_pct=-8..-2:9", "--seeds", "4"]
    long = ["--set", "clock.duration_min=3000", "--out", str(out), "--scheduler", cluster.address]
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *sweep, *long],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    journal = out / "journal.jsonl"
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 1):
        assert program.poll() is None
        time.sleep(0.05)
    cluster.processes[0].kill()
    _, error = program.communicate(timeout=120)
    assert program.returncode == 1
    *progress, last = error.splitlines()
    assert all(re.fullmatch(r"\d+ of 36 worlds played", line) for line in progress)
    assert "the scheduler is gone; " in last
    finished = int(last.split("; ")[1].split()[0])
    assert 0 < finished < 36
    with (out / "worlds.csv").open(encoding="utf-8") as file:
        rows = [(row["variant"], row["seed"]) for row in csv.DictReader(file)]
    assert len(set(rows)) == len(rows) == finished


def test_what_nobody_wants_any_more_is_given_up_on_the_workers_too(cluster: DaskCluster) -> None:
    executor = Cluster(cluster.address)
    worlds = ensemble("storm", market(), SEEDS)
    longer = ensemble("long", small(clock={"duration_min": 100_000, "fine_window_min": 20_000}), 2)
    before_s = time.monotonic()
    play(Results(longer), executor, 2, stopped=lambda: time.monotonic() > before_s + 3.0)
    results = Results(worlds)
    play(results, Cluster(cluster.address), 2)  # else the workers were busy for minutes
    assert results.found.keys() == set(worlds.worlds)


def test_a_worker_with_another_engine_is_refused(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.cluster.engine_identity", lambda: "of tomorrow")
    results = Results(ensemble("storm", market(), 2))
    with pytest.raises(ClusterError, match="another version of the engine"):
        play(results, Cluster(cluster.address), 2)
    assert not results.found


@pytest.mark.parametrize("workers", [None, 0])
def test_where_nobody_answers_or_works_it_is_one_line_and_exit_code_2(
    workers: int | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.cluster.PATIENCE_S", 1.0)
    save(market(), tmp_path / "storm.cascade")
    command = ["many", str(tmp_path / "storm.cascade"), "--out", str(tmp_path / "out")]
    if workers is None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]  # nobody listens once it is closed
        assert main([*command, "--scheduler", f"tcp://127.0.0.1:{port}"]) == 2
    else:
        with dask_cluster(tmp_path, workers) as cluster:
            assert main([*command, "--scheduler", cluster.address]) == 2
    said = "no scheduler answers there" if workers is None else "the scheduler has no worker"
    out, error = capsys.readouterr()
    assert said in error
    assert (len(error.splitlines()), out) == (1, "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "address", ["nowhere", "tcp://", "udp://127.0.0.1:1", "tcp://a:b", "tcp://h:0", "tcp://[:1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ClusterError, match="write tcp://host:port"):
        Cluster(address)


def test_who_listens_but_says_nothing_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cluster.PATIENCE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(ClusterError, match="no scheduler answers there"):
            Cluster(address)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ClusterError, match="setup distributed"):
        Cluster("tcp://127.0.0.1:8786")
