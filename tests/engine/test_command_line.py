"""The program without a window, as a person would start it."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from engine.command_line import main
from engine.run import BudgetError, check_budget
from engine.scenario_file import load, save
from tests.engine.scenarios import everything, small

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
    "bad_debt_usd": None,
    "adl_ledger": {"needed_usd", "taken_usd", "overshoot", "worst_haircut", "hedged_share"},
    "fee_on_leverage": {"of_volume", "of_open_interest_per_day", "of_open_interest_per_year"},
    "losses_usd": {"margin", "insurance_fund", "adl", "bad_debt"},
    "gap_max_pct": {"BTC", "Small"},
    "depth_min_share": {"BTC", "Small"},
    "cascade_number_max": None,
    "cascade_number_up_max": None,
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


def test_every_rule_on_leaves_whole_files_too(tmp_path: Path) -> None:
    save(everything(), tmp_path / "everything.cascade")
    assert main(["run", str(tmp_path / "everything.cascade"), "--out", str(tmp_path / "out")]) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"adl.csv", "events.jsonl", "scenario.cascade", "series.csv", "summary.json"}
    assert load(tmp_path / "out" / "scenario.cascade") == everything()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    with (tmp_path / "out" / "adl.csv").open(encoding="utf-8", newline="") as file:
        hits = list(csv.DictReader(file))
    closed = sum(abs(float(hit["qty"])) * float(hit["mark_usd"]) for hit in hits)
    assert closed == pytest.approx(summary["adl_usd"]["total"], rel=1e-6)
    assert len(hits) == summary["adl_accounts"]
    assert {hit["venue"] for hit in hits} == {"A", "B", "C"}
    by_cause = [parts["reopening"] for parts in summary["attribution_log_pct"].values()]
    assert any(by_cause)
    for asset, parts in summary["attribution_log_pct"].items():
        change = 1 + summary["price_change_pct"][asset]["shock_to_low"] / 100
        assert math.exp(sum(parts.values()) / 100) == pytest.approx(change, rel=1e-9)
    assert summary["ledger"]["contracts_max_error"] < 1e-9
    assert summary["ledger"]["cash_relative_error"] < 1e-9


def test_a_rule_is_changed_and_added_from_the_command_line(
    scenario_path: Path, tmp_path: Path
) -> None:
    halts = 'halts=[{"at_min": 30, "duration_min": 5, "venue": "A"}]'
    rule = 'rule_changes=[{"at_min": 25, "path": "adl.rank", "value": "none"}]'
    own = "venues.0.protection.breaker_pct=5"
    changes = [word for change in (halts, rule, own) for word in ("--set", change)]
    out = tmp_path / "out"
    assert main(["run", str(scenario_path), "--out", str(out), *changes]) == 0
    played = load(out / "scenario.cascade")
    assert played.halts[0].venue == "A"
    assert played.in_force(30).adl.rank == "none"
    assert played.venues[0].protection
    assert played.venues[0].protection.breaker_pct == 5
    assert played.protection.breaker_pct == 0
    told = [json.loads(line)["kind"] for line in (out / "events.jsonl").read_text().splitlines()]
    assert {"outage", "market_opens", "rule_changed"} <= set(told)


def test_the_parts_of_the_fall_add_up_to_the_fall(scenario_path: Path, tmp_path: Path) -> None:
    assert main(["run", str(scenario_path), "--out", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for asset, parts in summary["attribution_log_pct"].items():
        change = 1 + summary["price_change_pct"][asset]["shock_to_low"] / 100
        log_change = sum(parts.values()) / 100
        assert math.exp(log_change) == pytest.approx(change, rel=1e-9)
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
        ([*PLAY, 'halts=[{"at_min": 5, "venue": "Z"}]'], "'Z' is not one of A, B, C"),
        (
            [*PLAY, 'rule_changes=[{"at_min": 5, "path": "adl.rank", "value": "no"}]'],
            'rule_changes[0].value: "no" is not allowed',
        ),
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
    with pytest.raises(BudgetError, match=r"about 7\.\d GB .* at most 2 GB") as refused:
        check_budget(small(clock={"duration_min": 10_000}), worlds=400)
    assert "crowd.accounts (now 2,000)" in str(refused.value)
