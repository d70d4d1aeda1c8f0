"""The books: how deep they are, how they thin out and fill again, and what an order does to price.

Depth      D = calm depth × share, USD per unit of log price; calm depth is the depth within 1%
           times 100, spread over venues.
Unrest     z² = moving average of (x − x̄)² ÷ its calm value, x the asset's log price over all
           venues and x̄ its moving average. The asset's own unrest counts, not a venue's: judged
           by venue, noise alone would empty books.
Share      wanted share = clip((threshold / z)^exponent, floor, 1); falls within a minute or so,
           returns within an hour or so.
Impact     Δ log p = Σ orders / D, linear within a step so that splitting an order gains nothing,
           concave over time because value buyers pull dislocations back.

Sources: Kyle 1985 (linear impact); Brunnermeier & Pedersen 2009 (liquidity spirals); Obizhaeva &
Wang 2013 (resilience).
"""

from __future__ import annotations

import numpy as np

from engine.clock import HOUR_S, MINUTE_S, YEAR_S
from engine.scenario import Liquidity, Scenario
from engine.state import Floats

LEAST_VOLATILITY_PER_YEAR = 0.02
"""An asset without noise is judged as if it had this much: dividing by zero helps nobody."""


def calm_depth_usd(scenario: Scenario) -> Floats:
    """Return calm depth in USD per unit of log price, (V, A)."""
    venue = np.array(scenario.venue_shares("depth_share"))
    asset = np.array([asset.depth_1pct_usd for asset in scenario.assets])
    depth: Floats = venue[:, None] * asset * 100.0
    return depth


def variances_per_s(scenario: Scenario) -> Floats:
    """Return the calm variance of each asset's log price per second, (A,)."""
    volatility = np.array([asset.volatility_per_year for asset in scenario.assets])
    variance: Floats = np.maximum(volatility, LEAST_VOLATILITY_PER_YEAR) ** 2 / YEAR_S
    return variance


def follow_trend(
    trend: Floats,
    unrest: Floats,
    log_price: Floats,
    variance_per_s: Floats,
    liquidity: Liquidity,
    step_s: float,
) -> tuple[Floats, Floats]:
    """Return the moving average of log price and the unrest z² after a step, (W, A) each.

    The deviation of a calm random walk from its own moving average has, on a grid of step dt, the
    variance σ²·dt·b²/(1 − b²), b = exp(−dt/τ); dividing by it makes z independent of the grid.
    """
    keep = float(np.exp(-step_s / (liquidity.volatility_window_min * MINUTE_S)))
    away = log_price - trend
    trend = log_price - away * keep
    # The deviation after the step is away·b; b² cancels against the one in the calm variance.
    surprise = away**2 * ((1 - keep**2) / (variance_per_s * step_s))
    return trend, unrest * keep + surprise * (1 - keep)


def depth_after(depth_share: Floats, unrest: Floats, liquidity: Liquidity, step_s: float) -> Floats:
    """Return the share of calm depth in the books after a step, (W, A)."""
    ratio = np.sqrt(np.maximum(unrest, 1e-12)) / liquidity.withdrawal_threshold
    wanted = np.clip(ratio**-liquidity.withdrawal_exponent, liquidity.depth_floor, 1.0)
    tau_s = np.where(wanted < depth_share, liquidity.fall_min, liquidity.return_min) * MINUTE_S
    after: Floats = wanted + (depth_share - wanted) * np.exp(-step_s / tau_s)
    return after


def reversion(
    log_price: Floats, log_fundamental: Floats, liquidity: Liquidity, step_s: float
) -> Floats:
    """Return what value buyers move log prices back towards the fundamental value, (W, V, A).

    A dislocation d halves in ``dislocation_halflife_h``, and faster the larger it is: the pace has
    the factor 1 + (d/reach)², as a bargain twice as good draws in more than twice the money.
    """
    away = log_fundamental[:, None, :] - log_price
    halvings = step_s / (liquidity.dislocation_halflife_h * HOUR_S)
    change: Floats = away * (1 - np.exp2(-halvings * (1 + (away / liquidity.value_reach) ** 2)))
    return change
