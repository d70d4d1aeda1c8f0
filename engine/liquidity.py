"""The books: how deep they are, how they thin out and fill again, and what an order does to price.

Depth      D = calm depth × share, USD per unit of log price; calm depth is the depth within 1%
           times 100, spread over venues.
Unrest     z² = moving average of (x − x̄)² ÷ its calm value, x the asset's log price over all
           venues and x̄ its moving average. The asset's own unrest counts, not a venue's: judged
           by venue, noise alone would empty books.
Share      wanted share = clip((threshold / z)^exponent · e^(−k·losses) · e^(−h·broken), floor, 1),
           with market makers' recent losses there as a share of their capital, and the share of
           hedged shorts that ADL closed there lately; both fade as depth returns. The share falls
           within a minute or so and returns within an hour or so.
Impact     Δ log p = Σ orders / D, linear within a step so that splitting an order gains nothing,
           concave over time: part of it goes back as the books refill (the dent), and value buyers
           pull dislocations back.

Sources: Kyle 1985 (linear impact); Brunnermeier & Pedersen 2009 (liquidity spirals); Obizhaeva &
Wang 2013 (resilience); Bouchaud, Farmer & Lillo 2009 (temporary impact).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.arrays import Floats, all_true, quotient
from engine.clock import HOUR_S, MINUTE_S, YEAR_S, kept
from engine.scenario import Liquidity, Scenario
from engine.state import State

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
    keep = kept(step_s, liquidity.volatility_window_min * MINUTE_S)
    away = log_price - trend
    trend = log_price - away * keep
    # The deviation after the step is away·b; b² cancels against the one in the calm variance.
    surprise = away**2 * ((1 - keep**2) / (variance_per_s * step_s))
    return trend, unrest * keep + surprise * (1 - keep)


def depth_after(state: State, liquidity: Liquidity, step_s: float) -> Floats:
    """Return the share of calm depth in the books after a step, (W, V, A)."""
    rules = (liquidity.withdrawal_exponent, liquidity.loss_withdrawal, liquidity.adl_withdrawal)
    if not any(rules) and all_true(state.depth_share == 1.0):
        return state.depth_share
    ratio = np.sqrt(np.maximum(state.unrest, 1e-12)) / liquidity.withdrawal_threshold
    wanted = ratio[:, None, :] ** -liquidity.withdrawal_exponent
    strain = (
        liquidity.loss_withdrawal * state.maker_loss + liquidity.adl_withdrawal * state.adl_share
    )
    wanted = np.minimum(np.maximum(wanted * np.exp(-strain), liquidity.depth_floor), 1.0)
    falls = kept(step_s, liquidity.fall_min * MINUTE_S)
    returns = kept(step_s, liquidity.return_min * MINUTE_S)
    left = np.where(wanted < state.depth_share, falls, returns)
    after: Floats = wanted + (state.depth_share - wanted) * left
    return after


def count_losses(state: State, capital_usd: Floats, liquidity: Liquidity, step_s: float) -> None:
    """Follow what market makers gain and lose on what they took on, in place.

    Their usual inventory is hedged; only the surplus counts. Losses are made up for by gains, and
    fade with the time depth takes to return.

    Parameters
    ----------
    capital_usd
        What they can lose, (V, A).
    """
    left = kept(step_s, liquidity.return_min * MINUTE_S)
    equity = state.maker_cash_usd + (state.maker_qty - state.maker_rest_qty) * state.mark_usd
    fallen = state.maker_equity_usd - equity
    state.maker_equity_usd = equity
    state.maker_loss = np.maximum(state.maker_loss * left + quotient(fallen, capital_usd), 0)
    state.adl_share = state.adl_share * left


def grow_used(state: State, sold_qty: Floats, price_usd: Floats) -> None:
    """Count what market makers have sold as part of their usual inventory, in place.

    They had the time to hedge it, here or elsewhere, so it neither gains nor loses them anything.

    Parameters
    ----------
    sold_qty, price_usd
        Coins and the price, (W, V, A).
    """
    state.maker_rest_qty = state.maker_rest_qty - sold_qty
    state.maker_equity_usd = state.maker_equity_usd + sold_qty * price_usd


def refilled(dent: Floats, liquidity: Liquidity, step_s: float) -> Floats:
    """Return what of the dents goes back in a step as the books refill, (W, V, A)."""
    return dent * _refilled_share(step_s, liquidity.resilience_halflife_min)


@lru_cache(maxsize=64)
def _refilled_share(step_s: float, halflife_min: float) -> float:
    halvings = step_s / (halflife_min * MINUTE_S)
    return -float(np.expm1(-halvings * np.log(2)))


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
