"""Figures that explain a run: how far prices fell and why, and how much the cascade added.

Times are measured from the main shock, the largest; without one, from the start. All functions
look at one world of what has been computed so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arrays import Floats
from engine.clock import MINUTE_S
from engine.record import CAUSES, Run
from engine.scenario import Scenario, Shock


def largest_shock(scenario: Scenario) -> Shock | None:
    """Return the largest shock by size, the first of equals; None without any."""
    return max(scenario.shocks, key=lambda shock: abs(shock.size_pct), default=None)


def main_shock(run: Run) -> Shock | None:
    """Return the largest shock of a run, see :func:`largest_shock`."""
    return largest_shock(run.scenario)


def shock_step(run: Run) -> int:
    """Return the first step after the main shock broke; 0 without one."""
    shock = main_shock(run)
    return run.grid.step_at(shock.at_min * MINUTE_S) if shock else 0


@dataclass(frozen=True)
class Fall:
    """How an asset's price fell after the main shock; log prices, over all venues.

    Attributes
    ----------
    low_step
        Step at whose end the price was lowest.
    before, low, end, high_before
        Log price before the shock, at the low, at the end, and the highest up to the low.
    """

    low_step: int
    before: float
    low: float
    end: float
    high_before: float


def fall(run: Run, world: int, asset: int) -> Fall | None:
    """Return how an asset fell; None while the shock has not been computed yet."""
    first = shock_step(run)
    log_price = run["log_price"][:, world, asset]
    if len(log_price) <= first:
        return None
    low = first + int(np.argmin(log_price[first:]))
    start = float(np.log(run.scenario.assets[asset].price_usd))
    return Fall(
        low_step=low,
        before=float(log_price[first - 1]) if first else start,
        low=float(log_price[low]),
        end=float(log_price[-1]),
        high_before=max(start, float(log_price[: low + 1].max())),
    )


def attribution(run: Run, world: int, asset: int, first: int, last: int) -> dict[str, float]:
    """Return what moved an asset's log price in steps ``first:last``, by cause.

    Each flow counts at calm depth, flow/D₀; what missing depth added, flow·(1/D − 1/D₀), is one
    cause of its own. The parts add up to the change of the log price exactly.
    """
    parts = run["causes_log"][first:last, world, asset].sum(axis=0)
    return dict(zip(CAUSES, parts.tolist(), strict=True))


def parts_of_price(parts_log: dict[str, float], from_usd: float, to_usd: float) -> dict[str, float]:
    """Return the parts of a price change in USD, from those of its logarithm.

    A change of the log by x counts L·x dollars, L = (p₁ − p₀) ÷ (ln p₁ − ln p₀) the logarithmic
    mean of both prices: then the parts add up to p₁ − p₀ exactly, in whatever order they came.

    Source: Ang 2004, "Decomposition analysis for policymaking in energy" (LMDI).
    """
    change = float(np.log(to_usd / from_usd))
    mean = (to_usd - from_usd) / change if abs(change) > 1e-9 else (from_usd + to_usd) / 2
    return {cause: mean * part for cause, part in parts_log.items()}


def amplification(run: Run, world: int) -> float | None:
    """Return total fall ÷ fundamental fall from the shock to the lows, by open interest.

    None if fundamental values have not fallen.
    """
    first = shock_step(run)
    log_fundamental = run["log_fundamental"][:, world]
    if len(log_fundamental) <= first:
        return None
    weight = np.array([asset.open_interest_usd for asset in run.scenario.assets])
    falls = [fall(run, world, a) for a in range(len(weight))]
    total = np.array([f.before - f.low for f in falls if f])
    start = np.log([asset.price_usd for asset in run.scenario.assets])
    before = log_fundamental[first - 1] if first else start
    fundamental = before - log_fundamental[first:].min(axis=0)
    base = float((fundamental * weight).sum())
    return float((total * weight).sum()) / base if base > 1e-9 * weight.sum() else None


def by_minute(run: Run, values: Floats) -> Floats:
    """Return sums per minute of a flow recorded per step, (minutes,); ``values`` is (T,)."""
    minute = (run.grid.start_s[: len(values)] // MINUTE_S).astype(np.int64)
    return np.asarray(np.bincount(minute, values), dtype=np.float64)
