"""The calibration's search space and loss: it can only be as good as they are."""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from engine import scenario_file
from engine.evidence import Check, Finding
from tests.bench import appetite, calibrate
from tests.bench.calibrate import Task, coordinate, distance, loss, rounded, setting_at, value_at
from tests.bench.parameters import PARAMETERS

SCENARIOS = Path(__file__).parents[2] / "assets" / "scenarios"
OCTOBER = scenario_file.load(SCENARIOS / "october-2025.cascade")
SETTINGS = OCTOBER.model_dump(mode="json")


def of_range(low: float, high: float, share: bool = False) -> Check:
    return Check("A figure", "%", low, high, lambda run, world: None, "", share)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.paths[0])
def test_october_lies_within_the_range_of_every_parameter(parameter: calibrate.Parameter) -> None:
    assert parameter.reason
    for path in parameter.paths:
        value = setting_at(SETTINGS, path)
        assert parameter.low <= value <= parameter.high
        assert value_at(parameter, coordinate(parameter, value)) == pytest.approx(value)


def test_a_place_in_the_search_space_is_a_scenario_and_back() -> None:
    task = Task(SETTINGS, PARAMETERS, (1,), 1_000)
    place = np.full(len(PARAMETERS), 0.5)
    found = task.scenario(place).model_dump(mode="json")
    for parameter in PARAMETERS:
        for path in parameter.paths:
            assert setting_at(found, path) == rounded(value_at(parameter, 0.5))
    assert sum(venue["depth_share"] for venue in found["venues"]) == pytest.approx(1)


def test_values_are_written_with_three_digits() -> None:
    assert [rounded(value) for value in (0.0, 0.012345, -6.3456, 4_512_345.0)] == [
        0.0,
        0.0123,
        -6.35,
        4_510_000.0,
    ]


@pytest.mark.parametrize(
    ("low", "high", "value", "expected"),
    [
        (10.0, 20.0, 15.0, 0.0),  # the middle three fifths of the range
        (10.0, 20.0, 12.0, 0.0),
        (10.0, 20.0, 11.0, 0.4),  # one below them, in quarters of the range
        (10.0, 20.0, 20.5, 1.0),
        (10.0, 20.0, 1e9, 5.0),
        (10.0, 20.0, None, 5.0),
        (0.0, 10.0, 0.0, 0.0),  # the end of the scale
        (80.0, inf, 75.0, 5 / 80),
        (0.0, 0.0, 10.0, 2.0),
    ],
)
def test_the_distance_is_zero_in_the_middle_of_a_range_and_grows_outside(
    low: float, high: float, value: float | None, expected: float
) -> None:
    assert distance(of_range(low, high), value) == pytest.approx(expected)


def test_the_loss_counts_what_could_be_told_at_the_start() -> None:
    check = of_range(10.0, 20.0)
    findings = [Finding(check, (11.0,)), Finding(check, ()), Finding(check, ())]
    assert loss(findings, [True, False, False]) == pytest.approx(0.16)
    assert loss(findings, [True, True, False]) == pytest.approx(25.16)


def test_a_shortened_october_keeps_its_shock_and_twelve_hours_after_it() -> None:
    short = calibrate.shortened(OCTOBER)
    assert short.shocks[0].at_min == 20 * 60 + 50
    assert short.clock.duration_min == 20 * 60 + 50 + 12 * 60


def test_each_appetite_is_mended_by_half_of_what_is_missing_at_its_end() -> None:
    year = scenario_file.load(SCENARIOS / "year-2025.cascade")
    wanted = np.array(list(appetite.WANTED_BN.values()))
    before, after = (
        [rule.value for rule in scenario.rule_changes]
        for scenario in (year, appetite.mended(year, wanted / 1.21))
    )
    np.testing.assert_allclose(after, np.array(before) * 1.1, atol=1e-3)
    assert appetite.mended(year, wanted) == year
