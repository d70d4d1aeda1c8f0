"""Index and mark price: the prices that decide who is liquidated.

Index     weighted mean of the venues' last prices.
Mark      median of the index · (1 + last funding · time left ÷ interval), the index with the
          venue's average basis, and the last price; or, as the bad alternative, the last price
          alone.

Source: Binance, "Index Price and Mark Price"; its basis window is 30 s since 18 September 2025.
"""

from __future__ import annotations

import numpy as np

from engine.arrays import Floats
from engine.rules import Rules


def log_index(log_price: Floats, index_share: Floats) -> Floats:
    """Return the log of the index of each asset, (W, 1, A).

    Parameters
    ----------
    log_price
        Log last prices, (W, V, A).
    index_share
        Weight of each venue, (V,).
    """
    index: Floats = (np.exp(log_price) * index_share[:, None]).sum(axis=1, keepdims=True)
    return np.log(index)


def mark_usd(
    log_price: Floats,
    log_index: Floats,
    log_basis: Floats,
    funding: Floats,
    rules: Rules,
    step_s: float,
) -> tuple[Floats, Floats]:
    """Return the mark price and the moving average of the basis after a step, (W, V, A) each.

    Parameters
    ----------
    funding
        Last funding rate × share of the interval that is left, (W, V, A).
    """
    keep = np.exp(-step_s / rules.basis_window_s)
    basis = log_price - log_index
    log_basis = basis + (log_basis - basis) * keep
    one, other = log_index + np.log1p(funding), log_index + log_basis
    median = np.minimum(np.maximum(log_price, np.minimum(one, other)), np.maximum(one, other))
    if rules.any_last_only:
        median = np.where(rules.last_only, log_price, median)
    return np.exp(median), log_basis
