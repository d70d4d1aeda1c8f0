"""Small tools that many mechanisms rest on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.arrays import distinct, first_places
from engine.randomness import hashed, uniforms

NUMBERS = st.lists(st.integers(-5, 5)).map(lambda numbers: np.array(numbers, dtype=np.int64))


@given(NUMBERS)
def test_distinct_numbers_come_once_and_in_order(numbers: np.ndarray) -> None:
    expected, first = np.unique(numbers, return_index=True)
    np.testing.assert_array_equal(distinct(numbers), expected)
    np.testing.assert_array_equal(first_places(numbers), first)


@given(st.integers(-(2**40), 2**40), NUMBERS)
def test_luck_is_the_same_whether_its_place_is_told_at_once_or_bit_by_bit(
    moment: int, places: np.ndarray
) -> None:
    keys = np.array([3, 2**63], dtype=np.uint64)[:, None]
    at_once = uniforms(keys, moment, places)
    np.testing.assert_array_equal(uniforms(hashed(keys, moment), places), at_once)
    as_array = uniforms(keys, np.array([[moment]]), places)
    np.testing.assert_array_equal(as_array, at_once)
    assert ((at_once >= 0) & (at_once < 1)).all()
