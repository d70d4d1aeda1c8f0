"""What the charts draw of a run: totals over venues and sums since the start, kept up as it grows.

A chart would otherwise add up all venues of all steps again at every redraw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.record import Run

Floats = NDArray[np.float64]
WORLD = 0
"""The world that is shown; a run played on the screen has no other."""

FLOWS = (
    "liquidated_long_usd",
    "liquidated_short_usd",
    "adl_usd",
    "adl_hedged_usd",
    "adl_accounts",
)


class Figures:
    """Totals of a run, valid for the steps in ``[:computed]``.

    Attributes
    ----------
    time_s
        End of each step, (T,).
    log_price
        Log of the mean price over venues, (A, T): one contiguous row an asset.
    open_interest_usd, fund_usd
        Totals over venues and assets, (T,).
    emptiest_share
        What the emptiest of all funds is worth with the positions it stands for, as a share of
        its start, (T,).
    since_start
        Name of a flow → its sum from the start to the beginning of each step, (T + 1,).
    """

    def __init__(self, run: Run) -> None:
        steps = len(run.grid)
        self.run = run
        self.computed = 0
        self.time_s: Floats = np.ascontiguousarray(run.grid.end_s)
        self.edges_s: Floats = np.concatenate(([0.0], self.time_s))
        self.log_price: Floats = np.full((len(run.scenario.assets), steps), np.nan)
        self.open_interest_usd: Floats = np.full(steps, np.nan)
        self.fund_usd: Floats = np.full(steps, np.nan)
        self.emptiest_share: Floats = np.full(steps, np.nan)
        self.since_start = {name: np.zeros(steps + 1) for name in FLOWS}
        self.fund_start_usd = float(fund_starts_usd(run).sum())
        self.extend()

    def extend(self) -> None:
        """Take in the steps computed since the last call."""
        new = slice(self.computed, self.run.computed)
        if new.start == new.stop:
            return
        self.log_price[:, new] = self.run["log_price"][new, WORLD].T
        for name, total in (
            ("open_interest_usd", self.open_interest_usd),
            ("fund_usd", self.fund_usd),
        ):
            total[new] = self.run[name][new, WORLD].sum(axis=(1, 2))
        self.emptiest_share[new] = self._emptiest(new)
        for name, total in self.since_start.items():
            flow = self.run[name][new, WORLD].sum(axis=(1, 2))
            total[new.start + 1 : new.stop + 1] = total[new.start] + np.cumsum(flow)
        self.computed = new.stop

    def _emptiest(self, steps: slice) -> Floats:
        starts = fund_starts_usd(self.run)
        fund = self.run["fund_value_usd"][steps, WORLD]
        shares = np.divide(fund, starts, out=np.full(fund.shape, np.inf), where=starts > 0)
        return shares.min(axis=(1, 2))

    @property
    def computed_s(self) -> float:
        """Up to when everything is computed."""
        return float(self.edges_s[self.computed])

    def step_at(self, time_s: float) -> int:
        """Return the last computed step finished at ``time_s``; −1 before the first."""
        step = int(np.searchsorted(self.time_s, time_s, side="right")) - 1
        return min(step, self.computed - 1)

    def reference_log_price(self) -> Floats:
        """Return the log prices that changes are measured from, (A,).

        They are those just before the first shock; those of the start without a shock, or until
        the run has come so far.
        """
        shocks = self.run.scenario.shocks
        if shocks:
            first_s = min(shock.at_min for shock in shocks) * 60.0
            step = int(np.searchsorted(self.time_s, first_s, side="right")) - 1
            if 0 <= step < self.computed:
                return self.log_price[:, step]
        return np.log([asset.price_usd for asset in self.run.scenario.assets])

    def sum_until(self, name: str, time_s: float | Floats) -> Floats:
        """Return the sum of a flow from the start to ``time_s``; within a step it runs evenly."""
        known = slice(0, self.computed + 1)
        return np.asarray(np.interp(time_s, self.edges_s[known], self.since_start[name][known]))


def fund_starts_usd(run: Run) -> Floats:
    """Return the money in each insurance fund at the start, by the scenario's settings, (V, A)."""
    scenario = run.scenario
    interest = np.array([asset.open_interest_usd for asset in scenario.assets])
    share = np.array(scenario.venue_shares("open_interest_share"))
    return share[:, None] * interest * scenario.insurance.fund_pct / 100
