"""What runs say to the article's figures.

A figure is checked against a range; a statement in words by a counterfactual: the same seeds with
one preset laid over them must move a measure the way the statement says. Nothing here is shaped to
a scenario: what a run can't speak to is left open. The claims themselves are in
:mod:`engine.claims`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from engine.arrays import Floats
from engine.measures import Measure
from engine.record import Run


@dataclass(frozen=True)
class Check:
    """A figure and the range in which it counts as met.

    Attributes
    ----------
    low, high
        Bounds of the range, in ``unit``.
    share_of_seeds
        Whether the measure is 100 or 0 and its mean over seeds decides; else the median does.
    """

    name: str
    unit: str
    low: float
    high: float
    measure: Measure
    source: str
    share_of_seeds: bool = False


@dataclass(frozen=True)
class Contrast:
    """A counterfactual: a preset laid over, and how a measure must then move.

    The median over seeds of the measure with the preset − without it, or ÷ without it if
    ``as_ratio``, must lie from ``low`` to ``high``.
    """

    name: str
    unit: str
    preset: str
    measure: Measure
    low: float
    high: float
    as_ratio: bool = False

    @property
    def still(self) -> float:
        """What the move is if nothing moves."""
        return 1.0 if self.as_ratio else 0.0


@dataclass(frozen=True)
class Claim:
    """One figure or statement of the article.

    Attributes
    ----------
    number
        Its row in the list of the article's figures.
    says
        What the article says.
    note
        Where other sources differ.
    """

    number: int
    says: str
    note: str = ""
    checks: tuple[Check, ...] = ()
    contrasts: tuple[Contrast, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What the seeds say to a check: a value from each of those that can tell."""

    check: Check
    values: tuple[float, ...]

    @cached_property
    def value(self) -> float | None:
        """Median over seeds, or the mean of shares; None if no seed can tell."""
        if not self.values:
            return None
        middle = np.mean if self.check.share_of_seeds else np.median
        return float(middle(self.values))

    @cached_property
    def quartiles(self) -> tuple[float, float] | None:
        """The middle half of the seeds."""
        return _quartiles(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the value lies in the range; None if it can't be told."""
        return None if self.value is None else self.check.low <= self.value <= self.check.high


@dataclass(frozen=True)
class Shift:
    """What the seeds say to a contrast: pairs of the measure without and with the preset."""

    contrast: Contrast
    before: tuple[float, ...]
    after: tuple[float, ...]

    @cached_property
    def moves(self) -> tuple[float, ...]:
        """With − without, or with ÷ without, seed by seed."""
        pairs = zip(self.before, self.after, strict=True)
        if self.contrast.as_ratio:
            return tuple(after / before for before, after in pairs if before)
        return tuple(after - before for before, after in pairs)

    @cached_property
    def value(self) -> float | None:
        """Median over seeds; None if no seed can tell."""
        return float(np.median(self.moves)) if self.moves else None

    @cached_property
    def quartiles(self) -> tuple[float, float] | None:
        """The middle half of the seeds."""
        return _quartiles(self.moves)

    @property
    def met(self) -> bool | None:
        """Whether something moves, and into the range; None if it can't be told."""
        value = self.value
        if value is None:
            return None
        return value != self.contrast.still and self.contrast.low <= value <= self.contrast.high

    @property
    def agreeing(self) -> int:
        """Number of seeds that moved the way the statement says, however far."""
        up = self.contrast.low >= self.contrast.still  # a range lies on one side of no move
        still = self.contrast.still
        return sum(move > still if up else move < still for move in self.moves)

    @property
    def sign_test(self) -> float | None:
        """Chance of so many seeds moving the same way if both ways were as likely, two-sided.

        Seeds in which nothing moves are left out.
        """
        still = self.contrast.still
        ups = sum(move > still for move in self.moves)
        downs = sum(move < still for move in self.moves)
        return sign_test(ups, downs)


def sign_test(ups: int, downs: int) -> float | None:
    """Return the chance of such a majority if both ways were as likely, two-sided.

    None if nothing moved. Source: Dixon & Mood 1946, "The statistical sign test".
    """
    n = ups + downs
    if not n:
        return None
    # Whole numbers divided: 2.0 ** n is too large for a float beyond a thousand seeds.
    tail: float = sum(comb(n, k) for k in range(min(ups, downs) + 1)) / (1 << n)
    return min(2 * tail, 1.0)


def measured(run: Run, measures: Sequence[Measure]) -> Floats:
    """Return measures of every world, (measures, W); NaN where a run can't tell."""
    rows = [[measure(run, world) for world in range(run.worlds)] for measure in measures]
    return np.array(rows, dtype=np.float64).reshape(len(measures), run.worlds)


def _quartiles(values: Sequence[float]) -> tuple[float, float] | None:
    if not values:
        return None
    low, high = np.quantile(values, [0.25, 0.75])
    return float(low), float(high)
