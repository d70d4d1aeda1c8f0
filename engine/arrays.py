"""Small operations on arrays that numpy has no short or no quick word for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def any_nonzero(values: NDArray[Any]) -> bool:
    """Whether any value is true or other than zero; on small arrays a tenth of ``any``'s time."""
    return bool(np.count_nonzero(values))


def all_true(mask: NDArray[np.bool_]) -> bool:
    """Whether all of a mask is true; as quick as :func:`any_nonzero`."""
    return bool(np.count_nonzero(mask) == mask.size)


def quotient(part: Floats, whole: Floats) -> Floats:
    """Return part ÷ whole, 0 where there is no whole; ``whole`` ≥ 0, broadcast to ``part``."""
    there = whole > 0
    if all_true(there):  # as nearly always, and in a quarter of the time
        return part / whole
    return np.divide(part, whole, out=np.zeros(part.shape), where=there)


def sum_by(place: Ints, values: NDArray[Any] | None, shape: tuple[int, ...]) -> Floats:
    """Return the sums of values that share a place, as an array of ``shape``; places are flat.

    Without values it counts them.
    """
    sums = np.bincount(place, values, math.prod(shape))
    return sums.astype(np.float64, copy=False).reshape(shape)


def distinct(numbers: Ints) -> Ints:
    """Return each of some numbers once, in rising order; quicker than ``np.unique`` for few."""
    if len(numbers) < 2:
        return numbers
    ordered = np.sort(numbers)
    return ordered[_begins(ordered)]


def first_places(numbers: Ints) -> Ints:
    """Return where each of some numbers stands first, in the order of :func:`distinct`."""
    order = np.argsort(numbers, kind="stable")
    return order[_begins(numbers[order])]


def _begins(ordered: Ints) -> NDArray[np.bool_]:
    """Whether numbers in rising order differ from the one before, (n,)."""
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins


def ranges(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of all ranges ``starts[i]:ends[i]`` end to end, and each one's ``i``."""
    lengths = ends - starts
    which = np.repeat(np.arange(len(starts)), lengths)
    first = np.cumsum(lengths) - lengths
    return starts[which] + np.arange(len(which)) - first[which], which
