"""The program without a window, as a person would start it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from engine.command_line import main
from engine.run import BudgetError, check_budget
from engine.scenario_file import load, save
from tests.engine.scenarios import small

KEYS = {
    "scenario": None,
    "seed": None,
    "accounts": None,
    "steps": None,
    "engine_seconds": None,
    "liquidated_usd": {"total", "long", "short", "by_asset", "by_venue", "peak_minute"},
    "adl_usd": {"total", "hedged", "by_asset"},
    "adl_accounts": None,
    "adl_first_s_after_shock": None,
    "open_interest_usd": {"start", "peak", "end", "low"},
    "price_change_pct": {"BTC", "Small"},
    "insurance_fund_usd": {"start", "low", "end"},
    "volume_usd": None,
    "gap_max_pct": {"BTC", "Small"},
    "depth_min_share": {"BTC", "Small"},
    "cascade_number_max": None,
    "amplification": None,
    "attribution_log_pct": {"BTC", "Small"},
    "ledger": {"contracts_max_error", "cash_relative_error"},
}


PLAY = ("run", "SCENARIO", "--out", "OUT", "--set")


@pytest.fixture
def scenario_path(tmp_path: Path) -> Path:
    path = tmp_path / "small.cascade"
    save(small(), path)
    return path


def test_a_run_writes_its_figures(scenario_path: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "figures" / "deep"
    arguments = ["run", str(scenario_path), "--out", str(out), "--seed", "11"]
    assert main([*arguments, "--set", "crowd.accounts=1500", "--set", "adl.rank=pro_rata"]) == 0
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    for key, inner in KEYS.items():
        assert key in summary
        if inner:
            assert inner <= summary[key].keys()
    assert (summary["seed"], summary["accounts"]) == (11, 1500)
    played = load(out / "scenario.cascade")
    assert (played.seed, played.crowd.accounts, played.adl.rank) == (11, 1500, "pro_rata")
    with (out / "series.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == summary["steps"]
    liquidated = sum(
        float(row[f"liquidated_{side}_usd:{asset}"])
        for row in rows
        for side in ("long", "short")
        for asset in ("BTC", "Small")
    )
    assert liquidated == pytest.approx(summary["liquidated_usd"]["total"], rel=1e-6)
    assert rows[-1]["time_utc"] == "2025-10-09T02:00:00Z"
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert {"shock", "first_liquidation", "adl_begins"} <= {event["kind"] for event in events}
    assert str(out / "summary.json") in capsys.readouterr().out


def test_the_parts_of_the_fall_add_up_to_the_fall(scenario_path: Path, tmp_path: Path) -> None:
    assert main(["run", str(scenario_path), "--out", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for asset, parts in summary["attribution_log_pct"].items():
        change = 1 + summary["price_change_pct"][asset]["shock_to_low"] / 100
        log_change = sum(parts.values()) / 100
        assert 2.718281828459045**log_change == pytest.approx(change, rel=1e-9)
        assert parts["withdrawn liquidity"] < 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "SCENARIO"], "--out"),
        (["run", "none.cascade", "--out", "OUT"], "none.cascade: No such file"),
        (["run", "SCENARIO", "--out", "OUT", "--set", "seed"], "PATH=VALUE"),
        (["run", "SCENARIO", "--out", "OUT", "--set", "crowd.x=1"], "no setting 'x'"),
        (["run", "SCENARIO", "--out", "OUT", "--seed", "soon"], 'seed: "soon"'),
        (["run", "SCENARIO", "--out", "SCENARIO"], "File exists"),
        (["run", "SCENARIO", "--out", "OUT", "--loud"], "--loud"),
        (["play"], "play"),
        (
            [*PLAY, "clock.duration_min=2000000", "--set", "clock.fine_window_min=100000"],
            "at most 2,000,000",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, scenario_path: Path, tmp_path: Path, capsys
) -> None:
    places = {"SCENARIO": str(scenario_path), "OUT": str(tmp_path / "out")}
    assert main([places.get(word, word) for word in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.glob("out/*"))


def test_a_run_that_needs_too_much_memory_is_refused_with_the_estimate() -> None:
    with pytest.raises(BudgetError, match=r"about 3\.\d GB .* at most 2 GB") as refused:
        check_budget(small(clock={"duration_min": 10_000}), worlds=400)
    assert "crowd.accounts (now 2,000)" in str(refused.value)
