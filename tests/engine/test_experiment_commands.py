"""Experiments from a terminal: ``many``, ``sweep``, ``compare``, as a person would start them."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import experiment, experiment_commands, experiment_export, worlds
from engine.command_line import main
from engine.measures import liquidated_in_all_bn
from engine.record import Run
from engine.run import run
from engine.sample import MEASURES
from engine.scenario_file import load, save
from tests.engine.scenarios import small

ROOT = Path(__file__).parents[2]
LONG = ["--set", "clock.duration_min=100000", "--set", "clock.fine_window_min=20000"]


def market() -> Any:
    return small(
        crowd={"accounts": 300, "people": 50_000},
        clock={"duration_min": 90, "fine_step_s": 20, "fine_window_min": 30},
    )


@pytest.fixture
def storm(tmp_path: Path) -> str:
    save(market(), tmp_path / "storm.cascade")
    return str(tmp_path / "storm.cascade")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def start(*arguments: str, folder: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", **options,
    )  # fmt: skip


# ---------------------------------------------------------------- what is written


def test_many_writes_a_row_per_world_and_quantiles(
    storm: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["many", storm, "--seeds", "3", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    written = ["worlds.csv", "summary.csv", "storm.cascade", "curves.csv", "summary.json"]
    assert printed.splitlines()[: len(written)] == [str(out / name) for name in written]
    assert "storm: median of 3 worlds (middle half)" in printed
    assert max(map(len, printed.split("\n\n")[1].splitlines())) <= 120
    rows = table(out / "worlds.csv")
    assert [row["seed"] for row in rows] == ["3", "4", "5"]
    assert list(rows[0]) == ["variant", "seed", *MEASURES]
    own = liquidated_in_all_bn(run(market()), 0)
    assert float(rows[0]["liquidated_bn"]) == pytest.approx(own, rel=1e-9)
    summary = {row["measure"]: row for row in table(out / "summary.csv")}
    values = [float(row["liquidated_bn"]) for row in rows]
    assert float(summary["liquidated_bn"]["q50"]) == pytest.approx(np.median(values))
    assert summary["liquidated_bn"]["worlds"] == "3"
    curves = [row for row in table(out / "curves.csv") if row["curve"] == "price_index_pct"]
    assert curves[-1]["time_utc"] == "2025-10-09T01:30:00Z"
    assert float(curves[-1]["q05"]) <= float(curves[-1]["q50"]) <= float(curves[-1]["q95"])
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (told["kind"], told["worlds"], told["finished"]) == ("ensemble", 3, 3)
    assert load(out / "storm.cascade") == market()


def test_sweep_writes_the_values_of_both_settings(storm: str, out: Path) -> None:
    over = ["--vary", "shocks.0.size_pct=-8..-2:3", "--vary", "adl.rank=pro_rata,none"]
    assert main(["sweep", storm, *over, "--seeds", "2", "--out", str(out)]) == 0
    rows = table(out / "worlds.csv")
    places = [(row["shocks.0.size_pct"], row["adl.rank"], row["seed"]) for row in rows]
    assert places == [
        (size, rank, seed)
        for size in ("-8", "-5", "-2")
        for rank in ("pro_rata", "none")
        for seed in ("3", "4")
    ]
    assert all(float(row["adl_bn"]) == 0 for row in rows if row["adl.rank"] == "none")
    assert len(table(out / "summary.csv")) == 6 * len(MEASURES)
    assert not (out / "curves.csv").exists()
    assert load(out / "first.cascade").shocks[0].size_pct == -8


def test_compare_pairs_seeds_and_tests_signs(
    storm: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = ["--preset-b", "no-adl", "--set-b", "insurance.fund_pct=0.2"]
    assert main(["compare", storm, storm, *changes, "--seeds", "3", "--out", str(out)]) == 0
    assert "storm-B − storm-A: median difference" in capsys.readouterr().out
    assert load(out / "storm-A.cascade") == market()
    other = load(out / "storm-B.cascade")
    assert (other.adl.rank, other.insurance.fund_pct) == ("none", 0.2)
    rows = {row["measure"]: row for row in table(out / "differences.csv")}
    worlds_ = table(out / "worlds.csv")
    moves = [
        float(b["adl_bn"]) - float(a["adl_bn"])
        for a, b in zip(worlds_[:3], worlds_[3:], strict=True)
    ]
    assert float(rows["adl_bn"]["q50"]) == pytest.approx(np.median(moves))
    assert [rows["adl_bn"][key] for key in ("up", "down", "sign_test")] == ["0", "3", "0.25"]
    assert rows["adl_first_min"]["worlds"] == "0"
    assert rows["adl_first_min"]["q50"] == ""


# ---------------------------------------------------------------- ending and going on


def test_the_same_command_goes_on_and_another_is_refused(
    storm: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["many", storm, "--out", str(out), "--processes", "1"]
    assert main([*command, "--seeds", "2"]) == 0
    assert main([*command, "--seeds", "4"]) == 0
    assert "going on from 2 finished worlds in " in capsys.readouterr().err
    once = (out / "worlds.csv").read_bytes()
    fresh = out.parent / "fresh"
    assert main(["many", storm, "--out", str(fresh), "--seeds", "4"]) == 0
    assert (fresh / "worlds.csv").read_bytes() == once
    capsys.readouterr()
    assert main([*command, "--set", "adl.rank=none"]) == 2
    error = capsys.readouterr().err
    assert "another experiment (scenarios differ)" in error
    assert len(error.splitlines()) == 1
    assert (out / "worlds.csv").read_bytes() == once


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to one program there")
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(storm: str, tmp_path: Path) -> None:
    """A variant that is short, and one that takes hours."""
    over = ["--vary", "clock.duration_min=90,100000", "--set", "clock.fine_window_min=30"]
    command = ["sweep", storm, *over, "--seeds", "4", "--out", "out", "--processes", "2"]
    program = start(*command, folder=tmp_path, start_new_session=True)
    assert program.stderr is not None
    assert program.stderr.readline() == "4 of 8 worlds played\n"
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to every process of the program
    _, error = program.communicate(timeout=60)  # until every process has let go of them
    assert program.returncode == 130
    stopped = "stopped; 4 of 8 worlds are finished, and the same command goes on from there"
    assert error.splitlines() == [stopped]
    rows = table(tmp_path / "out" / "worlds.csv")
    assert [row["seed"] for row in rows] == ["3", "4", "5", "6"]


def die_of_four(run: Run) -> Any:
    if run.scenario.seed == 4:
        os._exit(9)
    return experiment.sample(run)


def test_a_world_that_kills_its_process_is_named_and_the_rest_is_kept(
    storm: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = experiment.ensemble

    def deadly(*arguments: Any) -> experiment.Experiment:
        each = plain(*arguments)
        return experiment.Experiment(each.kind, each.variants, each.seeds, observe=die_of_four)

    monkeypatch.setattr(experiment_commands, "ensemble", deadly)
    monkeypatch.setattr(worlds, "BATCH_BYTES", 1)  # one by one
    assert main(["many", storm, "--seeds", "3", "--out", str(out), "--processes", "1"]) == 1
    error = capsys.readouterr().err.splitlines()
    died = "storm, seed 4: a computing process ended suddenly"
    assert f"{died}; these worlds are played again" in error
    assert error[-1].startswith(f"error: {died}, twice; 2 of 3 worlds are finished")
    assert [row["seed"] for row in table(out / "worlds.csv")] == ["3", "5"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="file sizes can't be limited there")
def test_a_disk_that_fills_up_is_told_and_what_is_finished_goes_on(
    storm: str, tmp_path: Path
) -> None:
    """A file that may not grow stands for a disk that is full."""
    code = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
        "sys.argv = sys.argv[1:]\n"
        "sys.path[0] = sys.argv[0].removesuffix('main.py')\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    command = ["many", storm, "--seeds", "12", "--out", "out", "--processes", "4"]
    program = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "main.py"), *command], cwd=tmp_path,
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert program.returncode == 2, program.stderr
    errors = [line for line in program.stderr.splitlines() if line.startswith("error")]
    assert "journal.jsonl: File too large; " in errors[0]
    assert "Traceback" not in program.stderr
    out = tmp_path / "out"
    kept = (out / "journal.jsonl").read_bytes().count(b"\n") - 1
    assert 0 < kept < 12
    assert main(["many", storm, "--seeds", "12", "--out", str(out)]) == 0
    assert [row["seed"] for row in table(out / "worlds.csv")] == [str(s) for s in range(3, 15)]


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["many", "none.cascade", "--out", "OUT"], "none.cascade: No such file"),
        (["many", "STORM"], "required: --out"),
        (["many", "STORM", "--out", "STORM"], "File exists"),
        (["many", "STORM", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["many", "STORM", "--out", "OUT", "--seeds", "0"], "'0' is not a whole number from 1 to"),
        (["many", "STORM", "--out", "OUT", "--seeds", "10001"], "from 1 to 10,000"),
        (["many", "STORM", "--out", "OUT", "--set", "no.such=1"], "has no setting 'no'"),
        (["many", "STORM", "--out", "OUT", "--show", "luck"], "invalid choice: 'luck'"),
        (["many", "STORM", "--out", "OUT", "--theme", "pink"], "invalid choice: 'pink'"),
        (["many", "STORM", "--out", "OUT", "--processes", "2", "--scheduler", "x"], "not allowed"),
        (["sweep", "STORM", "--out", "OUT"], "required: --vary"),
        (["sweep", "STORM", "--out", "OUT", "--vary", "no.such=1,2"], "has no setting 'no'"),
        (["sweep", "STORM", "--out", "OUT", "--vary", "a=1..1:3"], "the range is empty"),
        (["sweep", "STORM", "--out", "OUT", "--vary", "crowd.accounts=1,2"], "a whole number"),
        (["sweep", "STORM", "--out", "OUT", *["--vary", "a=1,2"] * 3], "at most two settings"),
        (["sweep", "STORM", "--out", "OUT", *["--vary", "adl.rank=none,no"] * 2], "varied twice"),
        (["compare", "STORM", "--out", "OUT"], "required: B"),
        (["compare", "STORM", "STORM", "--out", "OUT", "--set-b", "seed"], "--set-b seed:"),
        (["compare", "STORM", "STORM", "--out", "OUT", "--preset-b", "no"], "no preset 'no'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, storm: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"STORM": storm, "OUT": str(out)}
    assert main([places.get(word, word) for word in arguments]) == 2
    printed, error = capsys.readouterr()
    assert said in error
    assert (len(error.splitlines()), printed) == (1, "")
    assert not out.exists()


def test_no_temporary_file_is_left_where_results_cant_be_written(
    storm: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "worlds.csv")

    monkeypatch.setattr(experiment_export, "write_atomically", full)
    assert main(["many", storm, "--seeds", "1", "--out", str(out)]) == 2
    assert "worlds.csv: No space left on device" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["journal.jsonl"]
