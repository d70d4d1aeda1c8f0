"""Scenario files: what is written is read again, and what strangers write is checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from engine import atomic
from engine.record import CAUSES
from engine.run import run
from engine.scenario import Clock, Scenario
from engine.scenario_file import ScenarioError, dumps, load, loads, save, with_setting
from tests.engine.random_scenarios import scenarios
from tests.engine.scenarios import everything, small

OCTOBER = Path(__file__).parents[2] / "assets" / "scenarios" / "october-2025.cascade"


@settings(max_examples=50)
@given(scenarios())
def test_what_is_written_is_read_again(scenario: Scenario) -> None:
    text = dumps(scenario)
    assert loads(text) == scenario
    assert dumps(loads(text)) == text


def test_files_are_sorted_and_hold_every_setting(tmp_path: Path) -> None:
    text = dumps(small())
    content = json.loads(text)
    assert list(content) == sorted(content)
    assert content["crowd"].keys() == type(small().crowd).model_fields.keys()
    assert text.endswith("}\n")
    save(small(), tmp_path / "s.cascade")
    assert (tmp_path / "s.cascade").read_bytes() == text.encode()


def test_the_october_scenario_of_the_program_is_as_the_program_would_write_it() -> None:
    assert dumps(load(OCTOBER)) == OCTOBER.read_text(encoding="utf-8")


def test_the_market_with_every_rule_on_is_read_again() -> None:
    assert loads(dumps(everything())) == everything()


# ------------------------------------------------------------------ earlier versions

VERSION_1 = """{
  "format": "cascade",
  "version": 1,
  "name": "From the first version",
  "assets": [
    {
      "name": "BTC", "price_usd": 100000.0, "open_interest_usd": 4e9, "depth_1pct_usd": 2e8,
      "tiers": [{"from_usd": 0.0, "rate": 0.01}]
    }
  ],
  "venues": [
    {"name": "A", "open_interest_share": 0.6, "depth_share": 0.6, "index_share": 0.6},
    {"name": "B", "open_interest_share": 0.4, "depth_share": 0.4, "index_share": 0.4}
  ],
  "crowd": {"accounts": 500, "hedged_share": 0.3},
  "hedging": {"unwind_min": 3.0, "handover_h": 5.0},
  "insurance": {"fund_pct": 0.7},
  "plumbing": {"arbitrage_pct": 0.2, "refill_h": 2.5, "strain": 0.4}
}"""


def test_a_file_of_version_1_means_what_it_meant() -> None:
    scenario = loads(VERSION_1)
    plumbing = scenario.plumbing
    assert (plumbing.bridge_h, plumbing.fiat_h) == (2.5, 2.5)
    assert (plumbing.bridge_strain, plumbing.fiat_strain) == (0.4, 0.4)
    assert plumbing.arbitrage_pct == 0.2
    assert (scenario.crowd.accounts, scenario.crowd.hedged_share) == (500, 0.3)
    assert (scenario.hedging.unwind_min, scenario.hedging.handover_h) == (3.0, 5.0)
    assert scenario.insurance.fund_pct == 0.7
    assert json.loads(dumps(scenario))["version"] == 2
    assert loads(dumps(scenario)) == scenario


def test_what_version_1_knew_nothing_of_stays_switched_off() -> None:
    scenario = loads(VERSION_1)
    off = {
        "crowd": ("cross_share", "away_share", "pair_share"),
        "behaviour": ("stops_per_h", "profits_per_h", "trend_per_h", "dips_per_h"),
        "news": ("clustering",),
        "liquidity": ("loss_withdrawal", "adl_withdrawal", "resilience_share"),
        "hedging": ("reopen_share", "basis_exit_per_day"),
        "plumbing": ("congestion",),
        "funding": ("cap_pct",),
        "protection": ("band_pct", "breaker_pct"),
    }
    for part, names in off.items():
        for name in names:
            assert getattr(getattr(scenario, part), name) == 0, f"{part}.{name}"
    assert scenario.behaviour.comeback_days == 10_000
    assert scenario.liquidation.ladder == "full"
    assert (scenario.adl.trigger, scenario.adl.fill) == ("drawdown", "bankruptcy")
    assert scenario.insurance.scope == "contract"
    series = run(scenario.model_copy(update={"clock": Clock(duration_min=60)}))
    assert not series["funding_rate"].any()
    moved = np.abs(series["causes_log"]).max(axis=(0, 1, 2))
    silent = {"stops and panic", "profit-taking", "new entries", "refilling books", "reopening"}
    assert {cause for cause, most in zip(CAUSES, moved, strict=True) if most == 0} >= silent


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"strain": 0.4', '"strain": 4.0', "plumbing.bridge_strain: 4.0 is not allowed"),
        ('"strain": 0.4', '"strane": 0.4', "plumbing.strane: there is no such setting"),
        ('{"unwind_min": 3.0, "handover_h": 5.0}', "3", "hedging: 3 is not allowed"),
        (
            '{"arbitrage_pct": 0.2, "refill_h": 2.5, "strain": 0.4}',
            "[]",
            "plumbing: [] is not allowed",
        ),
    ],
)
def test_a_bad_file_of_version_1_is_refused_too(old: str, new: str, said: str) -> None:
    assert old in VERSION_1
    with pytest.raises(ScenarioError) as refused:
        loads(VERSION_1.replace(old, new))
    assert said in str(refused.value)


# ------------------------------------------------------------------ what is refused


def changed(**changes: object) -> str:
    return json.dumps(json.loads(dumps(small())) | changes)


BAD = {
    "truncated": (dumps(small())[:-40], "line"),
    "cut in a word": ('{"format": "cas', "string starting at line 1, column 12"),
    "empty": ("", "line 1, column 1"),
    "not JSON": ("price, volume\n1, 2\n", "not JSON"),
    "not UTF-8": (b'{"name": "\xff"}', "UTF-8"),
    "too deep": ("[" * 100_000, "nested too deeply"),
    "too large": (" " * 5_000_001, "5,000,000"),
    "another format": ('{"format": "sheet"}', '"format" must be "cascade"'),
    "a list": ("[]", '"format" must be "cascade"'),
    "no version": (changed(version=None), "version"),
    "a later version": (changed(version=99), "version: 99"),
    "NaN": (dumps(small()).replace("-8.0", "NaN"), "NaN"),
    "infinity": (dumps(small()).replace("-8.0", "-Infinity"), "Infinity"),
    "an infinite number": (dumps(small()).replace("-8.0", "1e999"), "Infinity is not allowed"),
    "twice": (dumps(small())[:-2] + ', "seed": 1}', '"seed" is written twice'),
    "many digits": (changed().replace('"seed": 3', '"seed": ' + "9" * 6000), "digits"),
    "out of range": (changed(seed=-1), "seed: -1 is not allowed; it must be a whole number from 0"),
    "unknown key": (changed(colour="red"), "colour: there is no such setting"),
    "text for a number": (changed(seed="3"), 'seed: "3" is not allowed'),
    "true for a number": (changed(seed=True), "seed: true is not allowed"),
    "missing": (changed(assets=[{"name": "x"}]), "assets[0].price_usd: this setting is missing"),
    "no assets": (changed(assets=[]), "assets"),
    "no venue": (changed(venues=[]), "venues"),
    "a line break in a name": (changed(name="a\nb"), "name"),
    "not a date": (
        changed(clock={"start": "2025-02-30T00:00:00Z"}),
        "clock.start: 2025-02-30T00:00:00Z is not a date",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_line_that_says_why(name: str) -> None:
    text, said = BAD[name]
    with pytest.raises(ScenarioError) as refused:
        loads(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("shocks.0.size_pct", "-500", "shocks[0].size_pct: -500 is not allowed"),
        ("shocks.0.at_min", "120", "shocks[0].at_min: 120 lies after the end"),
        ("shocks.1.size_pct", "-5", "no entry '1'"),
        ("crowd.acounts", "5", "crowd has no setting 'acounts'"),
        ("adl.rank", "lottery", "pro_rata"),
        ("adl.stop_drawdown", "0.9", "must not exceed trigger_drawdown"),
        ("venues.0.depth_share", "0.5", "must add up to 1"),
        ("venues.1.name", "A", "used twice"),
        ("clock.fine_step_s", "7", "does not divide a minute"),
        ("clock.calm_step_s", "90", "whole number of minutes"),
        ("assets.0.leverage_cap", "110", "leverage_cap"),
        ("crowd.accounts.x", "1", "single value"),
        ("desk", '[{"asset": "XRP", "venue": "A"}]', "desk[0].asset: 'XRP' is not one of"),
        ("crowd.accounts", "100000000", "crowd.accounts: 100000000 is not allowed"),
        ("assets.1.shock_beta", "-5.5", "shock_beta"),
        (
            "shocks",
            '[{"at_min": 5, "size_pct": -60}, {"at_min": 6, "size_pct": -60},'
            ' {"at_min": 6, "size_pct": -60}, {"at_min": 7, "size_pct": -60},'
            ' {"at_min": 8, "size_pct": -60}, {"at_min": 9, "size_pct": -60},'
            ' {"at_min": 9, "size_pct": -60}, {"at_min": 9, "size_pct": -60},'
            ' {"at_min": 9, "size_pct": -60}]',
            "at most 20 is allowed",
        ),
        (
            "desk",
            '[{"asset": "BTC", "venue": "A", "notional_usd": 1e8, "leverage": 45}]',
            "below the maintenance margin",
        ),
        (
            "desk",
            '[{"asset": "Small", "venue": "A", "leverage": 50}]',
            "above the cap of Small, 25",
        ),
    ],
)
def test_a_bad_setting_is_refused(path: str, value: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=r".*") as refused:
        with_setting(small(), path, value)
    assert said in str(refused.value)


def test_a_setting_is_changed_by_its_path() -> None:
    assert with_setting(small(), "crowd.accounts", "500").crowd.accounts == 500
    assert with_setting(small(), "adl.rank", "none").adl.rank == "none"
    assert with_setting(small(), "shocks.0.size_pct", "-3").shocks[0].size_pct == -3
    assert with_setting(small(), "venues.2.name", "Others").venues[2].name == "Others"


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "mine.cascade"
    save(small(), path)
    before = path.read_text(encoding="utf-8")

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        save(small(seed=9), path)
    assert path.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"gone\.cascade: No such file"):
        load(tmp_path / "gone.cascade")
    with pytest.raises(ScenarioError, match="directory"):
        load(tmp_path)
