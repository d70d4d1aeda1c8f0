"""Index and mark price: the prices that decide who is liquidated.

Index     weighted mean of the venues' last prices.
Mark      median of the index, the index with the venue's average basis, and the last price; or,
          as the bad alternative, the last price alone.

Source: Binance, "Index Price and Mark Price"; its basis window is 30 s since 18 September 2025.
The funding term of the first candidate is left out: funding is not modelled yet.
"""

from __future__ import annotations

import numpy as np

from engine.scenario import Marking
from engine.state import Floats


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
    log_price: Floats, log_index: Floats, log_basis: Floats, marking: Marking, step_s: float
) -> tuple[Floats, Floats]:
    """Return the mark price and the moving average of the basis after a step, (W, V, A) each."""
    keep = float(np.exp(-step_s / marking.window_s))
    basis = log_price - log_index
    log_basis = basis + (log_basis - basis) * keep
    if marking.rule == "last":
        return np.exp(log_price), log_basis
    smoothed = log_index + log_basis
    low, high = np.minimum(log_index, smoothed), np.maximum(log_index, smoothed)
    return np.exp(np.clip(log_price, low, high)), log_basis  # median of three
