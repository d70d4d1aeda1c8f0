"""The reality check, as a person would start it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import check, check_export, check_table
from engine.check import Outcome
from engine.claims import CLAIMS, all_checks, all_contrasts
from engine.command_line import main
from engine.evidence import Finding, Shift, measured
from engine.experiment import Results
from engine.presets import PRESETS, applied, preset
from engine.progress import Progress
from engine.run import BudgetError, run
from engine.scenario_file import load, save, with_setting
from tests.engine.scenarios import small

HUGE = ["--set", "clock.duration_min=1900000", "--set", "crowd.accounts=5000000"]
ROOT = Path(__file__).parents[2]
COLUMNS = (
    "scenario", "claim", "kind", "name", "unit", "low", "high", "value", "q25", "q75", "seeds",
    "met", "source", "sign_test",
)  # fmt: skip


def tiny(**changes: Any) -> Any:
    """The small market with fewer people, for as long as a shock needs to be told."""
    changes = {"crowd": {"accounts": 300, "people": 50_000}} | changes
    return small(clock={"duration_min": 90, "fine_step_s": 20, "fine_window_min": 30}, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check")
    save(tiny(), folder / "storm.cascade")
    save(tiny(shocks=[]), folder / "calm.cascade")
    return folder


@dataclass(frozen=True)
class Checked:
    """What a check printed and wrote."""

    code: int
    table: str
    progress: str
    csv: str
    rows: list[dict[str, Any]]


@pytest.fixture(scope="module")
def checked(folder: Path) -> Checked:
    """A storm and a calm market, two seeds each, counterfactuals and all."""
    shipped = [folder / "storm.cascade", folder / "calm.cascade"]
    with redirect_stdout(io.StringIO()) as table, redirect_stderr(io.StringIO()) as progress:
        code = main(["check", "--seeds", "2", "--out", str(folder / "out")], shipped)
    as_csv, as_json = ((folder / "out" / f"check.{end}").read_bytes() for end in ("csv", "json"))
    return Checked(
        code, table.getvalue(), progress.getvalue(), as_csv.decode(), json.loads(as_json)
    )


def figures_of(rows: list[dict[str, Any]], scenario: str) -> dict[str, Any]:
    return {row["name"]: row for row in rows if row["scenario"] == scenario}


# ---------------------------------------------------------------- what is printed


def test_the_table_tells_all_claims_and_what_is_asked_of_each(checked: Checked) -> None:
    assert checked.code == 0
    text = " ".join(checked.table.split())
    for claim in CLAIMS:
        assert f"{claim.number}. {claim.says}" in text
        assert claim.note in text
        for asked in claim.checks:
            assert f"{asked.name} [" in text
            assert asked.source in text
        for contrast in claim.contrasts:
            idea, what = contrast.name.split(": ")
            assert f"With “{idea}”: {what} [" in text
    assert [int(n) for n in re.findall(r"^ ?(\d+)\. ", checked.table, re.MULTILINE)] == [
        *range(1, 14)
    ]


def test_the_table_reads_well_in_a_hundred_columns(checked: Checked) -> None:
    assert max(map(len, checked.table.splitlines())) <= 100
    assert "None" not in checked.table
    assert "nan" not in checked.table


def test_verdicts_are_those_of_the_ranges(checked: Checked) -> None:
    for row in checked.rows:
        if row["value"] is None:
            assert row["met"] is None
            assert row["seeds"] == 0
            continue
        low = -np.inf if row["low"] is None else row["low"]
        high = np.inf if row["high"] is None else row["high"]
        assert row["met"] is (low <= row["value"] <= high)
        assert row["q25"] <= row["q75"]
        assert row["seeds"] in {1, 2}
    lines = [line for line in checked.table.splitlines() if line.startswith(" " * 8)]
    ends = Counter("not met" if line.endswith("not met") else line.split()[-1] for line in lines)
    told = Counter(row["met"] for row in checked.rows)
    assert (ends["met"], ends["not met"]) == (told[True], told[False])


def test_the_last_lines_count_what_was_met_of_what_could_be_told(checked: Checked) -> None:
    *_, storm, calm, whole = checked.table.splitlines()[:-2]  # then the two files

    def count(scenario: str, kind: str) -> str:
        told = [
            row["met"] for row in checked.rows
            if row["scenario"] == scenario and row["kind"] == kind and row["met"] is not None
        ]  # fmt: skip
        return f"{sum(told)} of {len(told)}"

    figures, moves = count("storm", "check"), count("storm", "contrast")
    assert storm == f"storm: {figures} figures met, {moves} counterfactuals"
    assert calm == f"calm: {count('calm', 'check')} figures met, no counterfactuals"
    every = [row["met"] for row in checked.rows if row["met"] is not None]
    assert whole == f"In all: {sum(every)} of {len(every)} that could be told were met"


def test_what_no_scenario_can_tell_is_said(checked: Checked) -> None:
    lines = checked.table.splitlines()
    for name in ("Liquidations of the year", "With “Every venue liquidates differently”"):
        nth = next(i for i, line in enumerate(lines) if line.strip().startswith(name))
        assert lines[nth + 1].strip() == "can't be told by these scenarios"


def test_without_a_terminal_it_is_told_in_ten_lines(checked: Checked) -> None:
    lines = checked.progress.splitlines()
    count = int(lines[-1].split()[2])
    assert len(lines) <= 10
    assert lines[-1] == f"{count} of {count} worlds played"


def test_on_a_terminal_one_line_changes() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = Progress(terminal)
    progress(1, 2)
    progress(2, 2)
    progress.end()
    said = "1 of 2 worlds played"
    assert terminal.getvalue() == f"\r{said}\r2 of 2 worlds played\r{' ' * len(said)}\r"
    nobody = Progress(None)  # a window without a console
    nobody(1, 2)
    nobody.say("nothing")
    nobody.end()


# ---------------------------------------------------------------- what is written


def test_both_files_have_a_row_for_everything_asked(checked: Checked) -> None:
    rows = list(csv.DictReader(io.StringIO(checked.csv)))
    assert tuple(rows[0]) == tuple(checked.rows[0]) == COLUMNS
    asked = len(all_checks()) + len(all_contrasts())
    assert len(rows) == len(checked.rows) == 2 * asked
    for row, same in zip(rows, checked.rows, strict=True):
        for name in COLUMNS:
            if same[name] is None:
                assert row[name] == ""
            elif isinstance(same[name], bool):
                assert row[name] == str(same[name]).lower()
            elif isinstance(same[name], float):
                assert float(row[name]) == pytest.approx(same[name], rel=1e-9)
            else:
                assert row[name] == str(same[name])
    kinds = {(row["kind"], row["source"].startswith("preset ")) for row in checked.rows}
    assert kinds == {("check", False), ("contrast", True)}


def test_rows_hold_what_runs_of_their_own_measure(checked: Checked) -> None:
    """Two seeds, with and without a preset, played one by one in this process."""
    storms = [with_setting(tiny(), "seed", str(seed)) for seed in (3, 4)]
    hedged = next(
        asked for asked in all_checks() if asked.name == "Hedged accounts among those hit"
    )
    funds = next(asked for asked in all_contrasts() if asked.preset == "funds-ten-times")
    rich = [applied(storm, preset("funds-ten-times")) for storm in storms]
    plain = [measured(run(storm), [hedged.measure, funds.measure])[:, 0] for storm in storms]
    after = [float(measured(run(one), [funds.measure])[0, 0]) for one in rich]
    rows = figures_of(checked.rows, "storm")
    assert rows[hedged.name]["value"] == pytest.approx(np.median([p[0] for p in plain]))
    moves = [b - p[1] for b, p in zip(after, plain, strict=True)]
    assert rows[funds.name]["value"] == pytest.approx(np.median(moves))
    assert rows[funds.name]["q75"] == pytest.approx(np.quantile(moves, 0.75))
    assert rows[funds.name]["seeds"] == 2
    assert rows[funds.name]["sign_test"] == 0.5  # both move the same way
    calm = figures_of(checked.rows, "calm")
    assert calm[funds.name]["value"] is None


def test_the_table_says_the_numbers_of_the_rows(checked: Checked) -> None:
    row = figures_of(checked.rows, "storm")["Long share"]
    shown = " ".join(checked.table.split("Long share")[1].splitlines()[1].split())
    value, low, high = (check_table.number(row[key]) for key in ("value", "q25", "q75"))
    verdict = "met" if row["met"] else "not met"
    assert shown == f"storm {value} ({low} to {high}) {verdict}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234.5, "1,234"), (-80.0, "-80"), (0.06249, "0.0625"), (999.9, "1,000")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert check_table.number(value) == text


def test_the_number_of_processes_changes_no_number(folder: Path, checked: Checked) -> None:
    arguments = ["check", str(folder / "storm.cascade"), "--seeds", "2", "--processes", "1"]
    assert main([*arguments, "--out", str(folder / "one")]) == 0
    alone = json.loads((folder / "one" / "check.json").read_text(encoding="utf-8"))
    assert alone == [row for row in checked.rows if row["scenario"] == "storm"]


def test_a_world_is_played_once_however_many_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[str, int]] = []

    def play(results: Results, *_: Any, **__: Any) -> None:
        played.extend(results.experiment.worlds)
        results.found |= {world: [1.0] * len(check.MEASURES) for world in played}

    monkeypatch.setattr(check, "play", play)
    (outcome,) = check.check({"storm": tiny()}, seeds=3)
    fits = {c.preset for c in all_contrasts()} - {"different-logic"}  # which needs five venues
    assert sorted(played) == sorted(
        (name, seed)
        for name in ("storm", *(f"storm with {key}" for key in fits))
        for seed in (3, 4, 5)
    )
    assert outcome.seeds == (3, 4, 5)
    played.clear()
    check.check({"storm": tiny(), "calm": tiny(shocks=[])}, seeds=1, contrasts=False)
    assert played == [("storm", 3), ("calm", 3)]


def test_too_large_a_scenario_is_refused_before_any_is_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "play", lambda *_: pytest.fail("something was played"))
    huge = with_setting(tiny(), "clock.duration_min", "1900000")
    huge = with_setting(huge, "crowd.accounts", "5000000")
    with pytest.raises(BudgetError, match="GB of memory"):
        check.check({"storm": tiny(), "huge": huge}, seeds=1)


# ---------------------------------------------------------------- options


def test_presets_come_first_then_settings(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    arguments = ["run", str(folder / "storm.cascade"), "--out", str(out)]
    laid = ["--set", "adl.rank=pnl_only", "--preset", "no-adl", "--preset", "bridges-shut"]
    assert main([*arguments, *laid]) == 0
    played = load(out / "scenario.cascade")
    assert (played.adl.rank, played.plumbing.bridge_strain) == ("pnl_only", 1.0)


def test_without_contrasts_one_file_is_told_quickly(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["check", str(folder / "storm.cascade"), "--seeds", "1", "--no-contrasts"]
    assert main([*arguments, "--preset", "no-adl", "--set", "seed=9"]) == 0
    text = capsys.readouterr().out
    assert "  storm: seed 9\n" in text
    assert text.count("not played") == len(all_contrasts())
    assert "can't be told by this scenario" in text
    assert "storm: " in text.splitlines()[-2]
    adl = text.split("Hedged accounts among those hit")[1].splitlines()[1]
    assert "can't be told" in adl  # nobody was


def test_the_list_of_presets_tells_each_in_a_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(text.split())
    for one in PRESETS:
        assert f"{one.key}: {one.name} {one.idea}" in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "STORM", "--seeds", "0"], "'0' is not a whole number from 1 to 1,000"),
        (["check", "STORM", "--seeds", "many"], "'many' is not a whole number"),
        (["check", "STORM", "--seeds", "1001"], "'1001' is not a whole number"),
        (["check", "STORM", "--processes", "-1"], "--processes"),
        (["check", "none.cascade"], "none.cascade: No such file"),
        (["check"], "name a FILE"),
        (["check", "STORM", "STORM"], "unrecognized arguments"),
        (["check", "STORM", "--preset", "no-such"], "no preset 'no-such'; there are books-stay"),
        (["check", "STORM", "--preset", "four-hold-95"], "four-hold-95: venues"),
        (["check", "STORM", "--set", "seed"], "PATH=VALUE"),
        (["check", "STORM", "--set", "seed=9007199254740991"], "seed: 9007199254740995"),
        (["check", "STORM", "--out", "STORM"], "File exists"),
        (["check", "STORM", *HUGE], "GB of memory"),
        (["run", "STORM", "--out", "OUT", "--preset", "no-such"], "no preset 'no-such'"),
        (["presets", "all"], "unrecognized arguments"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    said: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"STORM": str(folder / "storm.cascade"), "OUT": str(tmp_path / "out")}
    assert main([places.get(word, word) for word in arguments]) == 2
    out, error = capsys.readouterr()
    assert said in error
    assert (len(error.splitlines()), out) == (1, "")
    assert not list(tmp_path.glob("out/*"))


# ---------------------------------------------------------------- processes


def test_it_runs_as_a_program_and_loads_no_qt(folder: Path, tmp_path: Path) -> None:
    """From another folder, writing to something that knows no Unicode."""
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise SystemExit('Qt was loaded')")
    told = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONPATH": str(tmp_path)}
    program = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "check", str(folder / "calm.cascade"),
         "--seeds", "2", "--out", "figures"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False, env={**os.environ, **told},
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    assert b"2 of 2 worlds played" in program.stderr
    assert b"Traceback" not in program.stderr
    text = program.stdout.decode("ascii")
    assert "In all: " in text
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"check.csv", "check.json"}


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to one program there")
def test_ctrl_c_stops_it_cleanly(folder: Path, tmp_path: Path) -> None:
    long = ["--set", "clock.duration_min=100000", "--set", "clock.fine_window_min=20000"]
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "check", str(folder / "storm.cascade"),
         "--processes", "1", "--out", "out", *long],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True,
    )  # fmt: skip
    time.sleep(3)
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to every process of the program
    out, error = program.communicate(timeout=60)  # until every process has let go of them
    assert program.returncode == 130
    assert (out, error) == ("", "stopped; nothing was written\n")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_process_that_dies_is_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "figures", die)
    assert main(["check", str(folder / "calm.cascade"), "--processes", "1"]) == 1
    error = capsys.readouterr().err
    assert "calm, seeds 3 to 4: a computing process ended suddenly, twice" in error
    assert len(error.splitlines()) == 1


def die(_scenario: Any) -> None:
    os._exit(9)


def test_outcomes_without_contrasts_are_exported_too() -> None:
    findings = tuple(Finding(asked, (1.0,)) for asked in all_checks())
    shifts = tuple(Shift(contrast, (1.0,), (2.0,)) for contrast in all_contrasts())
    assert len(check_export.rows([Outcome("a", (1,), findings, ())])) == len(findings)
    rows = check_export.rows([Outcome("a", (1,), findings, shifts)])
    assert [row["claim"] for row in rows] == sorted(row["claim"] for row in rows)
    assert {row["low"] for row in rows} & {None}
