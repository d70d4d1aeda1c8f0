"""What the charts draw of a run: totals over the markets chosen and sums since the start.

They are kept up as the run grows; a chart would otherwise add up all venues of all steps again at
every redraw.
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

    Parameters
    ----------
    run
        What is shown.
    asset, venue
        Places of the only ones that count, among the scenario's; None for all.

    Attributes
    ----------
    time_s
        End of each step, (T,).
    log_price
        Log price of every asset, at the venue or the mean over all, (A, T): one contiguous row an
        asset.
    open_interest_usd, fund_usd
        Totals over the markets chosen, (T,).
    emptiest_share
        What the emptiest of their funds is worth with the positions it stands for, as a share of
        its start, (T,).
    since_start
        Name of a flow → its sum from the start to the beginning of each step, (T + 1,).
    """

    def __init__(self, run: Run, asset: int | None = None, venue: int | None = None) -> None:
        steps = len(run.grid)
        self.run = run
        self.asset, self.venue = asset, venue
        self._where = (_only(venue), _only(asset))
        self.computed = 0
        self.time_s: Floats = np.ascontiguousarray(run.grid.end_s)
        self.edges_s: Floats = np.concatenate(([0.0], self.time_s))
        self.log_price: Floats = np.full((len(run.scenario.assets), steps), np.nan)
        self.open_interest_usd: Floats = np.full(steps, np.nan)
        self.fund_usd: Floats = np.full(steps, np.nan)
        self.emptiest_share: Floats = np.full(steps, np.nan)
        self.since_start = {name: np.zeros(steps + 1) for name in FLOWS}
        self._fund_starts = fund_starts_usd(run)[self._where]
        self.fund_start_usd = float(self._fund_starts.sum())
        self.extend()

    def extend(self) -> None:
        """Take in the steps computed since the last call."""
        new = slice(self.computed, self.run.computed)
        if new.start == new.stop:
            return
        if self.venue is None:
            self.log_price[:, new] = self.run["log_price"][new, WORLD].T
        else:
            self.log_price[:, new] = np.log(self.run["price_usd"][new, WORLD, self.venue].T)
        for name, total in (
            ("open_interest_usd", self.open_interest_usd),
            ("fund_usd", self.fund_usd),
        ):
            total[new] = self._chosen(name, new).sum(axis=(1, 2))
        self.emptiest_share[new] = self._emptiest(new)
        for name, total in self.since_start.items():
            flow = self._chosen(name, new).sum(axis=(1, 2))
            total[new.start + 1 : new.stop + 1] = total[new.start] + np.cumsum(flow)
        self.computed = new.stop

    def _chosen(self, name: str, steps: slice) -> Floats:
        """Return a recorded quantity in the markets chosen, (steps, V, A)."""
        values: Floats = self.run[name][(steps, WORLD, *self._where)]
        return values

    def _emptiest(self, steps: slice) -> Floats:
        starts = self._fund_starts
        fund = self._chosen("fund_value_usd", steps)
        shares = np.divide(fund, starts, out=np.full(fund.shape, np.inf), where=starts > 0)
        return shares.min(axis=(1, 2))

    @property
    def one_asset(self) -> int:
        """Place of the asset chosen; of the largest by open interest at the start if all are."""
        if self.asset is not None:
            return self.asset
        sizes = [asset.open_interest_usd for asset in self.run.scenario.assets]
        return sizes.index(max(sizes))

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
        return start_log_prices(self.run)

    def sum_until(self, name: str, time_s: float | Floats) -> Floats:
        """Return the sum of a flow from the start to ``time_s``; within a step it runs evenly."""
        known = slice(0, self.computed + 1)
        return np.asarray(np.interp(time_s, self.edges_s[known], self.since_start[name][known]))


def start_log_prices(run: Run) -> Floats:
    """Return the log prices before the first step, (A,)."""
    return np.log([asset.price_usd for asset in run.scenario.assets])


def _only(place: int | None) -> slice:
    return slice(None) if place is None else slice(place, place + 1)


def fund_starts_usd(run: Run) -> Floats:
    """Return the money in each insurance fund at the start, by the scenario's settings, (V, A)."""
    scenario = run.scenario
    interest = np.array([asset.open_interest_usd for asset in scenario.assets])
    share = np.array(scenario.venue_shares("open_interest_share"))
    return share[:, None] * interest * scenario.insurance.fund_pct / 100
