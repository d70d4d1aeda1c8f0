"""Sums over the whole market since the start of a run, kept up as it grows.

The same as :mod:`engine.ledgers` and :mod:`engine.explain` give for a number of steps, but for any
number of steps at once, so that they can follow the cursor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.clock import MINUTE_S
from engine.ledgers import Losses
from engine.record import Run
from engine.rules import fund_start_usd

Floats = NDArray[np.float64]
WORLD = 0

FLOWS = {
    "margin_lost_usd": ("margin_lost_usd",),
    "adl_cost_usd": ("adl_cost_usd",),
    "liquidated_usd": ("liquidated_long_usd", "liquidated_short_usd"),
    "volume_usd": ("volume_usd",),
}
"""What is summed up, and the recorded quantities it consists of."""

LEAST_FALL = 1e-9
"""Fundamental values that have fallen by less than this have not fallen."""


class Totals:
    """Sums of a run, valid for the steps in ``[:computed]``.

    Attributes
    ----------
    since_start
        Name of a flow → its sum over the first so many steps, (T + 1,).
    fund_usd, bad_debt_usd
        At the end of each step, (T,).
    amplification
        Fall of prices ÷ fall of fundamental values from the largest shock so far to the lows
        since, (T,); NaN before, and while fundamental values have not fallen.
    """

    def __init__(self, run: Run) -> None:
        steps = len(run.grid)
        self.run = run
        self.computed = 0
        self.since_start = {name: np.zeros(steps + 1) for name in FLOWS}
        self.fund_usd = np.full(steps, np.nan)
        self.bad_debt_usd = np.full(steps, np.nan)
        self.amplification = np.full(steps, np.nan)
        self._weight = np.array([asset.open_interest_usd for asset in run.scenario.assets])
        self._shocks = shock_steps(run)
        self._before: dict[str, Floats] = {}
        self._low: dict[str, Floats] = {}
        self._fund_start_usd = float(fund_start_usd(run.scenario).sum())
        self.extend()

    def extend(self) -> None:
        """Take in the steps computed since the last call."""
        new = slice(self.computed, self.run.computed)
        if new.start == new.stop:
            return
        for name, parts in FLOWS.items():
            flow = np.sum([self._of_market(part, new) for part in parts], axis=0)
            _add_up(self.since_start[name], flow, new)
        self.fund_usd[new] = self._of_market("fund_usd", new)
        self.bad_debt_usd[new] = self._of_market("bad_debt_usd", new)
        self._amplify(new)
        self.computed = new.stop

    def _of_market(self, name: str, steps: slice) -> Floats:
        total: Floats = self.run[name][steps, WORLD].sum(axis=(1, 2))
        return total

    def _amplify(self, new: slice) -> None:
        """Follow the lows since each shock, up to the next larger one."""
        for first, end in zip(self._shocks, [*self._shocks[1:], new.stop], strict=True):
            since = slice(max(new.start, first), min(new.stop, end))
            if since.start < since.stop:
                self._amplify_since(first, since)

    def _amplify_since(self, first: int, since: slice) -> None:
        """Follow the lows since one shock, of prices and of fundamental values."""
        fallen = {}
        for name in ("log_price", "log_fundamental"):
            log = self.run[name][since, WORLD]
            if since.start == first:
                start = np.log([asset.price_usd for asset in self.run.scenario.assets])
                self._before[name] = self.run[name][first - 1, WORLD] if first else start
                self._low[name] = log[0]
            lows = np.minimum(np.minimum.accumulate(log, axis=0), self._low[name])
            self._low[name] = lows[-1]
            fallen[name] = (self._before[name] - lows) @ self._weight
        base = fallen["log_fundamental"]
        told = base > LEAST_FALL * self._weight.sum()
        self.amplification[since][told] = fallen["log_price"][told] / base[told]

    def losses(self, steps: int) -> Losses:
        """Return who carried the losses of the first steps, as :func:`engine.ledgers.losses`."""
        if steps <= 0:
            return Losses(0.0, 0.0, 0.0, 0.0)
        end_s = float(self.run.grid.end_s[steps - 1])
        top_ups = self.run.scenario.top_ups
        paid_in = sum(each.amount_usd for each in top_ups if each.at_min * MINUTE_S < end_s)
        return Losses(
            margin_usd=float(self.since_start["margin_lost_usd"][steps]),
            fund_usd=self._fund_start_usd + paid_in - float(self.fund_usd[steps - 1]),
            adl_usd=float(self.since_start["adl_cost_usd"][steps]),
            bad_debt_usd=float(self.bad_debt_usd[steps - 1]),
        )

    def fee_of_volume(self, steps: int) -> float:
        """Return liquidations ÷ volume over the first steps; NaN without volume."""
        volume = self.since_start["volume_usd"][steps]
        return float(self.since_start["liquidated_usd"][steps] / volume) if volume else np.nan


def shock_steps(run: Run) -> list[int]:
    """Return the first step after each shock larger than all before it; the start without any."""
    steps, largest = [], 0.0
    for shock in sorted(run.scenario.shocks, key=lambda shock: shock.at_min):
        if abs(shock.size_pct) > largest:
            steps.append(run.grid.step_at(shock.at_min * MINUTE_S))
            largest = abs(shock.size_pct)
    return steps or [0]


def _add_up(sums: Floats, flow: Floats, new: slice) -> None:
    sums[new.start + 1 : new.stop + 1] = sums[new.start] + np.cumsum(flow)
