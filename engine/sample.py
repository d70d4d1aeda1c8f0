"""What comes back of one world of an experiment: its measures, and a few curves over time.

A thousand worlds have to fit into memory and into a file, so curves are thin: one point for every
few steps, in single precision. Steps are short where much happens, and so are their points.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import measures as m
from engine.arrays import Floats
from engine.clock import Grid
from engine.evidence import measured
from engine.record import Recording, Run

MOST_POINTS = 400
"""Points of a curve."""


class Measured(NamedTuple):
    """Something that is measured of every world; ``name`` and ``unit`` are what people read."""

    name: str
    unit: str
    measure: m.Measure


MEASURES: dict[str, Measured] = {
    "liquidated_bn": Measured("Liquidations", "bn USD", m.liquidated_in_all_bn),
    "long_share_pct": Measured("Longs among liquidations", "%", m.long_share_pct),
    "peak_minute_bn": Measured("Liquidations in the worst minute", "bn USD", m.peak_minute_bn),
    "cascade_pct": Measured("Shock sets off a cascade", "% of worlds", m.cascades_pct),
    "fall_largest_pct": Measured("Largest asset, shock to low", "%", m.fall_pct(0)),
    "fall_smallest_pct": Measured("Smallest asset, shock to low", "%", m.fall_pct(-1)),
    "amplification_largest": Measured(
        "Fall of the largest asset ÷ fall of its value", "x", m.amplification(0)
    ),
    "amplification_smallest": Measured(
        "Fall of the smallest asset ÷ fall of its value", "x", m.amplification(-1)
    ),
    "interest_drop_bn": Measured("Open interest, peak to low", "bn USD", m.interest_drop_bn),
    "depth_low_smallest_pct": Measured(
        "Least depth of the smallest asset", "% of normal", m.depth_low_pct(-1)
    ),
    "gap_largest_pct": Measured("Gap between venues, largest asset", "%", m.gap_pct(0)),
    "gap_smallest_pct": Measured("Gap between venues, smallest asset", "%", m.gap_pct(-1)),
    "rebound_within_hour_pct": Measured(
        "Rebound within an hour of the low", "% of the day's rebound", m.rebound_within_hour_pct
    ),
    "adl_bn": Measured("Closed by ADL", "bn USD", m.adl_bn),
    "adl_share_pct": Measured("ADL of forced notional", "%", m.adl_share_pct),
    "adl_first_min": Measured("First ADL after the shock", "min", m.adl_first_min),
    "worst_haircut_pct": Measured("Worst-hit winner's loss of gain", "%", m.worst_haircut_pct),
    "bad_debt_bn": Measured("Bad debt", "bn USD", m.bad_debt_bn),
}
"""By the name of its column."""


class Curve(NamedTuple):
    """Something that is followed over time; ``of`` gives it at the end of every step, (T,)."""

    name: str
    unit: str
    of: Callable[[Run], Floats]


def _price_index_pct(run: Run) -> Floats:
    """Change of prices since the start, assets by their open interest then."""
    weight = np.array([asset.open_interest_usd for asset in run.scenario.assets])
    start = np.log([asset.price_usd for asset in run.scenario.assets])
    change: Floats = (run["log_price"][:, 0] - start) @ (weight / weight.sum())
    return 100 * np.expm1(change)


def _price_pct(rank: int) -> Callable[[Run], Floats]:
    """Change of one asset's price since the start; assets by their open interest then."""

    def of(run: Run) -> Floats:
        asset = m.by_size(run)[rank]
        start = np.log(run.scenario.assets[asset].price_usd)
        change: Floats = 100 * np.expm1(run["log_price"][:, 0, asset] - start)
        return change

    return of


def _liquidated_bn(run: Run) -> Floats:
    both = run["liquidated_long_usd"][:, 0] + run["liquidated_short_usd"][:, 0]
    total: Floats = both.sum(axis=(1, 2)).cumsum() / m.BN
    return total


def _interest_bn(run: Run) -> Floats:
    total: Floats = run["open_interest_usd"][:, 0].sum(axis=(1, 2)) / m.BN
    return total


def _adl_bn(run: Run) -> Floats:
    total: Floats = run["adl_usd"][:, 0].sum(axis=(1, 2)).cumsum() / m.BN
    return total


CURVES: dict[str, Curve] = {
    "price_index_pct": Curve("Price index", "% since the start", _price_index_pct),
    "price_largest_pct": Curve("Price of the largest asset", "% since the start", _price_pct(0)),
    "price_smallest_pct": Curve("Price of the smallest asset", "% since the start", _price_pct(-1)),
    "liquidated_bn": Curve("Liquidations", "bn USD since the start", _liquidated_bn),
    "open_interest_bn": Curve("Open interest", "bn USD", _interest_bn),
    "adl_bn": Curve("Closed by ADL", "bn USD since the start", _adl_bn),
}
"""By the name of its columns; in all of them the price index is at the top."""

SERIES_READ = frozenset(
    {
        "adl_hedged_usd",
        "adl_usd",
        "bad_debt_usd",
        "causes_log",
        "depth_share",
        "fund_usd",
        "liquidated_long_usd",
        "liquidated_short_usd",
        "log_fundamental",
        "log_price",
        "open_interest_usd",
        "price_usd",
        "volume_usd",
    }
)
"""All that measures and curves look at, beside whom ADL hit."""

RECORDING = Recording(SERIES_READ, events=False, maps=False)
"""What a run has to write down for all of this."""


@dataclass(frozen=True)
class Sample:
    """One world.

    Attributes
    ----------
    values
        One for each of MEASURES, NaN where it can't be told.
    curves
        One row for each of CURVES, (curves, points); for the times of the points see
        :func:`points_s`.
    """

    values: tuple[float, ...]
    curves: NDArray[np.float32]

    def as_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold, to the bit."""
        little = self.curves.astype("<f4")
        return {
            "values": [value if isfinite(value) else None for value in self.values],
            "curves": base64.b64encode(little.tobytes()).decode("ascii"),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Sample:
        """Return what :meth:`as_json` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        values = tuple(nan if value is None else float(value) for value in content["values"])
        if len(values) != len(MEASURES):
            raise ValueError(f"{len(values)} values, not {len(MEASURES)}")
        curves = np.frombuffer(base64.b64decode(content["curves"], validate=True), "<f4")
        return cls(values, curves.reshape(len(CURVES), -1).astype(np.float32))


def sample(run: Run) -> Sample:
    """Return what is measured of a run of one world."""
    values = measured(run, [each.measure for each in MEASURES.values()])[:, 0]
    steps = _points(run.grid)
    curves = np.stack([curve.of(run)[steps] for curve in CURVES.values()])
    return Sample(tuple(values.tolist()), curves.astype(np.float32))


def points_s(grid: Grid) -> Floats:
    """Return the times of a curve's points, seconds since the start."""
    return grid.end_s[_points(grid)]


def _points(grid: Grid) -> NDArray[np.int64]:
    """Return every few steps, the last one included."""
    every = -(-len(grid) // MOST_POINTS)
    return np.arange(len(grid) - 1, -1, -every, dtype=np.int64)[::-1]
