"""Ensembles, sweeps and comparisons: the same numbers however they are played."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import experiment as experiments
from engine import worlds
from engine.check import MEASURES as CHECKED
from engine.clock import grid
from engine.evidence import measured, sign_test
from engine.experiment import Experiment, Results, Vary, comparison, ensemble, play, sweep
from engine.experiment_export import differences, spread, summary
from engine.experiment_export import worlds as world_rows
from engine.journal import Journal
from engine.presets import applied, preset
from engine.processes import Processes
from engine.record import Run
from engine.run import BudgetError, run, stretches
from engine.sample import (
    CURVES,
    MEASURES,
    MOST_POINTS,
    RECORDING,
    SERIES_READ,
    Sample,
    points_s,
    sample,
)
from engine.scenario_file import ScenarioError, with_setting
from engine.vary import parsed
from engine.worlds import World
from tests.engine.scenarios import everything, small


def storm(**changes: Any) -> Any:
    changes = {"crowd": {"accounts": 300, "people": 50_000}} | changes
    return small(clock={"duration_min": 90, "fine_step_s": 20, "fine_window_min": 30}, **changes)


class Attentive(Run):
    """Remembers what was looked at."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


def played(experiment: Experiment, processes: int = 1) -> Results:
    results = Results(experiment)
    play(results, Processes(processes), processes)
    return results


def assert_same(one: Results, other: Results) -> None:
    assert one.found.keys() == other.found.keys() == set(one.experiment.worlds)
    for world, found in one.found.items():
        assert np.array_equal(found.values, other.found[world].values, equal_nan=True), world
        assert np.array_equal(found.curves, other.found[world].curves), world


@pytest.fixture(scope="module")
def many() -> Results:
    """Five seeds in one batch."""
    return played(ensemble("storm", storm(), 5))


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize("processes", [2, 3])
def test_the_number_of_processes_changes_no_bit(many: Results, processes: int) -> None:
    assert_same(many, played(many.experiment, processes))


@pytest.mark.parametrize("most", [1, 2, 3])
def test_the_size_of_batches_changes_no_bit(
    many: Results, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "BATCH_BYTES", most)
    monkeypatch.setattr(worlds, "bytes_needed", lambda *_: 1)
    assert max(batch.count for batch in many.experiment.batches((), 1)) == min(most, 3)
    assert_same(many, played(many.experiment))


def test_a_world_is_what_a_full_run_of_its_own_says() -> None:
    scenario = everything()
    found = played(ensemble("all", scenario, 3)).found
    for seed in range(scenario.seed, scenario.seed + 3):
        alone = run(with_setting(scenario, "seed", str(seed)))
        mine = found[World("all", seed)]
        values = measured(alone, [each.measure for each in MEASURES.values()])[:, 0]
        assert np.array_equal(mine.values, values, equal_nan=True)
        assert np.array_equal(mine.curves, sample(alone).curves)
        assert mine.curves[list(CURVES).index("open_interest_bn"), -1] == np.float32(
            alone["open_interest_usd"][-1].sum() / 1e9
        )


def test_measures_read_no_more_than_they_say() -> None:
    """Every one of them, of a run that holds nothing else; and it tells what a full one tells."""
    record = Attentive(storm(), 1, RECORDING)
    for stretch in stretches(storm(), recording=RECORDING):
        record.append(stretch)
    wanted = [*CHECKED, *(each.measure for each in MEASURES.values())]
    assert np.array_equal(measured(record, wanted), measured(run(storm()), wanted), equal_nan=True)
    assert record.read == SERIES_READ - {"volume_usd"}  # which only a year is asked for


def test_curves_are_thin_and_end_where_the_run_ends() -> None:
    for minutes in (90, 3_000):
        scenario = small(clock={"duration_min": minutes, "fine_window_min": 30})
        times = points_s(grid(scenario))
        assert len(times) <= MOST_POINTS
        assert times[-1] == minutes * 60
        assert (np.diff(times) > 0).all()


def test_each_curve_is_what_its_name_says(many: Results) -> None:
    (variant,) = many.experiment.variants
    liquidated = many.curves(variant, "liquidated_bn")
    assert liquidated.shape == (5, len(many.times_s(variant)))
    assert (np.diff(liquidated) >= 0).all()
    assert np.allclose(liquidated[:, -1], many.values(variant, "liquidated_bn"))
    assert np.allclose(many.curves(variant, "open_interest_bn")[:, 0], 5.0, rtol=0.02)
    index = many.curves(variant, "price_index_pct")
    assert np.abs(index[:, 0]).max() < 1.0
    assert index[:, -1].max() < -5.0


# ---------------------------------------------------------------- what is played


def test_a_sweep_has_a_variant_for_every_pair_of_values() -> None:
    over = [Vary("insurance.fund_pct", ("0.1", "1")), Vary("adl.rank", ("pro_rata", "none"))]
    experiment = sweep(storm(), over, 2)
    assert [variant.at for variant in experiment.variants] == [
        ("0.1", "pro_rata"), ("0.1", "none"), ("1", "pro_rata"), ("1", "none")
    ]  # fmt: skip
    one = experiment.variants[1]
    assert one.name == "insurance.fund_pct = 0.1, adl.rank = none"
    assert (one.scenario.insurance.fund_pct, one.scenario.adl.rank) == (0.1, "none")
    assert len(experiment.worlds) == len(set(experiment.worlds)) == 8


def test_a_sweep_measures_what_the_setting_does() -> None:
    results = played(sweep(storm(), [Vary("shocks.0.size_pct", ("-8", "-1"))], 2))
    hard, soft = results.experiment.variants
    fell = [float(np.median(results.values(v, "fall_largest_pct"))) for v in (hard, soft)]
    assert fell[0] < fell[1] - 3


def test_a_comparison_pairs_the_same_seeds() -> None:
    one, other = storm(), applied(storm(seed=77), preset("no-adl"))
    results = played(comparison(("a", "b"), one, other, 3))
    assert [variant.scenario.seed for variant in results.experiment.variants] == [3, 3]
    pairs = results.pairs("adl_bn")
    assert pairs.shape == (3, 2)
    assert (pairs[:, 0] > 0).all()
    assert not pairs[:, 1].any()
    (row,) = [row for row in differences(results) if row["measure"] == "adl_bn"]
    assert row["q50"] == pytest.approx(np.median(-pairs[:, 0]))
    assert (row["up"], row["down"], row["sign_test"]) == (0, 3, 0.25)
    assert not results.pairs("adl_first_min").size  # which the second can't tell


def test_seeds_that_one_side_has_not_finished_are_no_pairs() -> None:
    curves = np.zeros((len(CURVES), 1), np.float32)
    experiment = comparison(("a", "b"), storm(), storm(), 2)
    found = {world: Sample((1.0,) * len(MEASURES), curves) for world in experiment.worlds[:3]}
    assert Results(experiment, found).pairs("adl_bn").tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: sweep(storm(), [Vary("crowd.no_such", ("1", "2"))], 1), "no setting 'no_such'"),
        (lambda: sweep(storm(), [Vary("insurance.fund_pct", ("1", "-2"))], 1), "fund_pct: -2"),
        (lambda: sweep(storm(), [Vary("seed", ("1", "2"))], 1), "say how many seeds"),
        (lambda: sweep(storm(), [Vary("adl.rank", ("none",))] * 2, 1), "varied twice"),
        (lambda: ensemble("a", storm(), 100_001), "100,001 worlds; at most 100,000"),
        (lambda: ensemble("a", storm(seed=9007199254740991), 2), "seed: 9007199254740992"),
    ],
)
def test_what_cant_be_played_is_refused_before_anything_is(wrong: Any, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        wrong()


def test_a_variant_that_needs_too_much_is_refused_before_anything_is_played() -> None:
    large = with_setting(storm(), "crowd.accounts", "5000000")
    with pytest.raises(BudgetError, match="at most"):
        sweep(large, [Vary("clock.duration_min", ("90", "1900000"))], 1)


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        ("a.b=0..1:3", "a.b", ("0", "0.5", "1")),
        ("a=1..0:2", "a", ("1", "0")),
        (" a = -6 .. -2e0 : 3 ", "a", ("-6", "-4", "-2")),
        ("a=1000..20000:2", "a", ("1000", "20000")),
        ("a=.1..0.3:3", "a", ("0.1", "0.2", "0.3")),
        ("a=pro_rata, none", "a", ("pro_rata", "none")),
        ("a=1,2,5", "a", ("1", "2", "5")),
    ],
)
def test_values_are_read_as_a_range_or_a_list(text: str, path: str, values: Any) -> None:
    assert parsed(text) == Vary(path, values)


@pytest.mark.parametrize(
    "text",
    [
        "a", "=1,2", "a=", "a=1", "a=1,", "a=1,,2", "a=1,1", "a=0..1", "a=0..1:", "a=0..1:1",
        "a=0..1:0", "a=1..1:5", "a=..1:3", "a=0..:3", "a=0..1:-3", "a=0..1:2.5", "a=0..1:201",
        "a=0..1:1000000000000", "a=1e999..2:3", "a=x..y:3", "a=nan..1:3", "a=0..1:3:4",
    ],
)  # fmt: skip
def test_an_empty_or_endless_range_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="--vary"):
        parsed(text)


# ---------------------------------------------------------------- stopping and going on


def test_it_goes_on_from_its_journal_to_the_same_numbers(many: Results, tmp_path: Path) -> None:
    experiment = many.experiment
    first = Results(experiment)
    with closing(Journal(tmp_path / "j", experiment.identity())) as journal:
        for world in (World("storm", 4), World("storm", 6)):  # with a gap
            journal.add({world: many.found[world].as_json()})
    with closing(Journal(tmp_path / "j", experiment.identity())) as journal:
        first = Results.gone_on(experiment, journal)
        assert [w.seed for w in first.found] == [4, 6]
        left = [
            world.seed for batch in experiment.batches(first.found, 1) for world in batch.worlds
        ]
        assert left == [3, 5, 7]
        told: list[tuple[int, int]] = []
        play(first, Processes(1), 1, journal, lambda *progress: told.append(progress))
    assert told == [(2, 5), (3, 5), (4, 5), (5, 5)]
    assert_same(many, first)
    more = ensemble("storm", storm(), 6)  # more seeds go on from the same journal
    with closing(Journal(tmp_path / "j", more.identity())) as journal:
        assert Results.gone_on(more, journal).found.keys() == many.found.keys()


def test_identity_is_scenarios_measures_and_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = ensemble("storm", storm(), 5).identity()
    assert ensemble("storm", storm(), 50).identity() == identity
    others = [
        ensemble("calm", storm(), 5),
        ensemble("storm", storm(seed=4), 5),
        ensemble("storm", with_setting(storm(), "adl.rank", "none"), 5),
    ]
    for other in others:
        assert [k for k in identity if other.identity()[k] != identity[k]] == ["scenarios"]
    monkeypatch.setattr(experiments, "engine_identity", lambda: "another")
    changed = ensemble("storm", storm(), 5).identity()
    assert [k for k in identity if changed[k] != identity[k]] == ["engine"]


def test_stopping_keeps_what_is_finished_and_ends_every_process(tmp_path: Path) -> None:
    long = ensemble("long", small(clock={"duration_min": 100_000, "fine_window_min": 20_000}), 4)
    results, told = Results(long), []
    stop_s = time.monotonic() + 1.5
    with closing(Journal(tmp_path / "j", long.identity())) as journal:
        play(
            results, Processes(2), 2, journal, lambda *progress: told.append(progress),
            stopped=lambda: time.monotonic() > stop_s,
        )  # fmt: skip
    assert told == [(0, 4)]
    assert not results.found
    assert not [thread for thread in threading.enumerate() if "cascade" in thread.name]


def test_what_is_finished_is_kept_where_the_journal_cant_be_written(many: Results) -> None:
    class Full:
        def add(self, worlds: Any) -> None:
            raise OSError(28, "No space left on device", "journal")

    results = Results(many.experiment)
    with pytest.raises(OSError, match="No space"):
        play(results, Processes(1), 2, Full())
    assert results.found.keys() <= many.found.keys()
    assert results.found
    assert not [thread for thread in threading.enumerate() if "cascade" in thread.name]


# ---------------------------------------------------------------- summaries


def test_summaries_are_quantiles_of_what_can_be_told(many: Results) -> None:
    rows = {row["measure"]: row for row in summary(many)}
    assert list(rows) == list(MEASURES)
    (variant,) = many.experiment.variants
    values = many.values(variant, "liquidated_bn")
    row = rows["liquidated_bn"]
    assert row["worlds"] == 5
    assert row["mean"] == pytest.approx(values.mean())
    assert [row["min"], row["q25"], row["q50"], row["q75"], row["max"]] == sorted(values)
    assert row["q95"] == pytest.approx(np.quantile(values, 0.95))
    assert spread(np.empty(0))["worlds"] == 0
    assert np.isnan(spread(np.empty(0))["q50"])


def test_every_world_has_a_row(many: Results) -> None:
    rows = list(world_rows(many))
    assert [row["seed"] for row in rows] == [3, 4, 5, 6, 7]
    assert list(rows[0]) == ["variant", "seed", *MEASURES]


def test_the_sign_test_knows_more_than_a_thousand_seeds() -> None:
    assert sign_test(0, 0) is None
    assert sign_test(5, 0) == 2 / 32
    assert sign_test(3, 3) == 1.0
    assert 0 < sign_test(1_000, 1_200) < 1e-4  # type: ignore[operator]
