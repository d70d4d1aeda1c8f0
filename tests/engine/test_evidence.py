"""What seeds say to checks and contrasts, against values worked out by hand."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from engine.evidence import Check, Contrast, Finding, Shift, measured
from engine.record import Run
from tests.engine.scenarios import small


def nothing(_run: Run, _world: int) -> None:
    return None


def finding(*values: float, low: float = 0.0, high: float = 1.0, shares: bool = False) -> Finding:
    return Finding(Check("", "", low, high, nothing, "", share_of_seeds=shares), values)


def shift(
    before: tuple[float, ...],
    after: tuple[float, ...],
    low: float = 0.0,
    high: float = inf,
    as_ratio: bool = False,
) -> Shift:
    return Shift(Contrast("", "", "", nothing, low, high, as_ratio), before, after)


def test_a_finding_is_the_median_of_the_seeds_and_their_middle_half() -> None:
    told = finding(5.0, 1.0, 2.0, 100.0, 4.0)
    assert told.value == 4
    assert told.quartiles == (2, 5)
    assert finding(3.0).quartiles == (3, 3)


def test_shares_of_seeds_are_averaged() -> None:
    values = (100.0, 100.0, 0.0, 100.0)
    assert finding(*values, shares=True).value == 75
    assert finding(*values).value == 100


@pytest.mark.parametrize(
    ("value", "met"), [(0.0, True), (1.0, True), (1.001, False), (-0.001, False), (0.5, True)]
)
def test_both_bounds_of_a_range_count_as_met(value: float, met: bool) -> None:
    assert finding(value).met is met


def test_what_no_seed_can_tell_is_left_open() -> None:
    for told in (finding(), shift((), ()), shift((0.0,), (4.0,), as_ratio=True)):
        assert told.value is told.quartiles is told.met is None
    assert shift((), ()).sign_test is None
    assert shift((), ()).agreeing == 0


def test_a_shift_pairs_the_seeds() -> None:
    told = shift((1.0, 10.0, 100.0), (3.0, 11.0, 90.0))
    assert told.moves == (2, 1, -10)
    assert told.value == 1
    assert told.quartiles == (-4.5, 1.5)
    assert told.met is True
    assert shift((1.0,), (3.0,), low=2.5).met is False


def test_a_range_that_ends_at_no_move_is_not_met_by_none() -> None:
    assert shift((1.0, 2.0), (1.0, 2.0), -inf, 0.0).met is False
    assert shift((1.0, 2.0), (0.9, 1.9), -inf, 0.0).met is True


def test_ratios_leave_out_seeds_that_had_nothing() -> None:
    told = shift((2.0, 0.0, 4.0), (1.0, 5.0, 3.0), low=0.0, high=0.6, as_ratio=True)
    assert told.moves == (0.5, 0.75)
    assert told.value == 0.625
    assert told.met is False
    assert told.agreeing == 2


def test_seeds_agree_that_move_the_way_of_the_range_however_far() -> None:
    before, after = (1.0, 1.0, 1.0, 1.0), (1.5, 2.5, 0.5, 1.0)
    assert shift(before, after, 1.0, inf).agreeing == 2
    assert shift(before, after, -inf, -1.0).agreeing == 1
    assert shift(before, after, 1.1, inf, as_ratio=True).agreeing == 2
    assert shift(before, after, 0.0, 0.2, as_ratio=True).agreeing == 1


@pytest.mark.parametrize(
    ("ups", "downs", "still", "chance"),
    [
        (5, 0, 0, 2 / 32),
        (0, 5, 3, 2 / 32),  # who doesn't move has no say
        (4, 1, 0, 2 * (1 + 5) / 32),
        (2, 2, 0, 1.0),  # 2 · 11/16 is more than certain
        (3, 17, 0, 2 * (1 + 20 + 190 + 1140) / 2**20),
        (0, 0, 4, None),
    ],
)
@pytest.mark.parametrize("as_ratio", [False, True])
def test_the_sign_test_is_the_binomial_tail_of_both_sides(
    ups: int, downs: int, still: int, chance: float | None, as_ratio: bool
) -> None:
    before = (2.0,) * (ups + downs + still)
    after = (7.0,) * ups + (1.0,) * downs + (2.0,) * still
    told = shift(before, after, as_ratio=as_ratio).sign_test
    assert told == (None if chance is None else pytest.approx(chance))


def test_every_world_is_measured_and_what_it_cannot_tell_is_no_number() -> None:
    def half(_run: Run, world: int) -> float | None:
        return world / 2 if world else None

    table = measured(Run(small(), worlds=3), [half, nothing])
    np.testing.assert_array_equal(table, [[np.nan, 0.5, 1.0], [np.nan] * 3])
    assert measured(Run(small()), []).shape == (0, 1)
