"""Thousands of steps, a thousand points: what a curve or a row of bars needs to look the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POINTS = 1_000
"""Most points of a drawn curve: more than a screen is wide, less than costs time."""

BINS_S = (10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0)
"""Widths of bars that people have a name for."""

BARS = 240
"""Most bars side by side."""


def visible(time_s: Floats, first_s: float, last_s: float) -> slice:
    """Return the steps in view and one on each side, so that curves run out of the picture."""
    first = int(np.searchsorted(time_s, first_s, side="left"))
    last = int(np.searchsorted(time_s, last_s, side="right"))
    return slice(max(0, first - 1), min(len(time_s), last + 1))


def thin(time_s: Floats, values: Floats, points: int = POINTS) -> tuple[Floats, Floats]:
    """Return a curve of at most ``points`` points that keeps every peak and trough.

    Time is cut into columns of equal width; of each column the lowest and the highest value stay,
    in the order in which the column runs. Columns begin at multiples of their width, so a curve
    doesn't shimmer when the view moves.
    """
    if len(time_s) <= points:
        return time_s, values
    width = (time_s[-1] - time_s[0]) / (points // 2 - 2)
    column = np.floor(time_s / width)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    low = np.minimum.reduceat(values, starts)
    high = np.maximum.reduceat(values, starts)
    ends = np.append(starts[1:], len(values)) - 1
    falls = values[ends] < values[starts]
    xs = np.empty(2 * len(starts))
    ys = np.empty(2 * len(starts))
    xs[0::2], xs[1::2] = time_s[starts], time_s[ends]
    ys[0::2], ys[1::2] = np.where(falls, high, low), np.where(falls, low, high)
    return xs, ys


def bin_width_s(span_s: float, bars: int = BARS) -> float:
    """Return the width of bars that suits a view of ``span_s``."""
    return next((width for width in BINS_S if span_s / width <= bars), BINS_S[-1])


def bin_edges_s(first_s: float, last_s: float, width_s: float) -> Floats:
    """Return edges at multiples of ``width_s`` from the start that cover the view, (n + 1,)."""
    first = np.floor(max(first_s, 0.0) / width_s)
    last = max(np.ceil(last_s / width_s), first + 1)
    return np.arange(first, last + 1) * width_s
