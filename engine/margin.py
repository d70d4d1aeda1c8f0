"""Margin: what an account must hold, and at which price it falls below.

Maintenance margin is tiered and continuous. With tiers from notional b_k at rates μ_k,

    M(n) = max_k (μ_k·n − m_k),   m_0 = 0,   m_k = m_{k−1} + b_k·(μ_k − μ_{k−1})

(the "maintenance amount" m_k of the venues' tables makes M continuous; as rates rise, the tier an
account is in is the largest line). A simulated account that stands for s real ones of 1/s its size
has M = s·max_k (μ_k·n/s − m_k), so its m_k are s times as large. An account is due when its equity
E = cash + Σ q·p falls below Σ M(|q|·p). For one position this happens at the liquidation price

    long   p* = max_k −(c + m_k) / (q·(1 − μ_k))
    short  p* = min_k (c + m_k) / (|q|·(1 + μ_k))

with c the account's cash (collateral less cost). The bankruptcy price is −c/q.

Source: the venues' margin help pages (Binance "Leverage and Margin", Bybit, OKX); isolated
liquidation price: long (p0 − c/q)/(1 − μ), short (p0 + c/q)/(1 + μ).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, Ints
from engine.scenario import Asset, Tier
from engine.state import Accounts

FEW = 4_000
"""So many positions are looked at in all tiers at once; of more, tier by tier saves memory."""

NEARLY = 1 + 1e-9
"""How little below a tier a position may be for the tier still to be looked at."""


@dataclass(frozen=True)
class Tiers:
    """Maintenance tables of all assets, padded to the same length.

    Attributes
    ----------
    rate, amount_usd
        μ_k and m_k, (A, K).
    from_usd
        b_k, where each tier begins, (A, K); infinite for padding.
    """

    rate: Floats
    amount_usd: Floats
    from_usd: Floats

    def of(self, asset: Ints) -> Tiers:
        """Return the tables of these assets, one per entry."""
        return Tiers(self.rate[asset], self.amount_usd[asset], self.from_usd[asset])


def tiers_of(assets: Sequence[Asset]) -> Tiers:
    """Return the maintenance tables of these assets as arrays."""
    longest = max(len(asset.tiers) for asset in assets)
    rates, amounts = zip(*(_lines(asset.tiers, longest) for asset in assets), strict=True)
    bounds = [
        [tier.from_usd for tier in asset.tiers] + [np.inf] * (longest - len(asset.tiers))
        for asset in assets
    ]
    return Tiers(np.array(rates), np.array(amounts), np.array(bounds))


def _lines(tiers: Sequence[Tier], length: int) -> tuple[list[float], list[float]]:
    rates, amounts = [tiers[0].rate], [0.0]
    for tier in tiers[1:]:
        amounts.append(amounts[-1] + tier.from_usd * (tier.rate - rates[-1]))
        rates.append(tier.rate)
    spare = length - len(tiers)  # repeats of the first line change no maximum
    return rates + rates[:1] * spare, amounts + amounts[:1] * spare


def maintenance_usd(tiers: Tiers, notional_usd: Floats, weight: Floats | float) -> Floats:
    """Return the maintenance margin of positions, M(n), (A, n).

    Parameters
    ----------
    notional_usd
        Size of each position, (A, n).
    weight
        How many real accounts each account stands for, (n,) or (A, n).
    """
    if notional_usd.size < FEW:
        lines = tiers.rate[..., None] * notional_usd[:, None, :]
        lines = lines - tiers.amount_usd[..., None] * np.atleast_1d(weight)[..., None, :]
        highest: Floats = lines.max(axis=1)
        return highest
    margins = tiers.rate[:, 0, None] * notional_usd
    # The line of a tier that nobody comes near is nobody's largest.
    reached = (tiers.from_usd < NEARLY * np.max(notional_usd / weight)).any(axis=0)
    for k in np.flatnonzero(reached)[1:]:
        line = tiers.rate[:, k, None] * notional_usd
        line -= tiers.amount_usd[:, k, None] * weight
        np.maximum(margins, line, out=margins)
    return margins


def liquidation_price_usd(
    tiers: Tiers, asset: Ints, qty: Floats, cash_usd: Floats, weight: Floats | float
) -> Floats:
    """Return the liquidation price of isolated positions.

    Parameters
    ----------
    asset, qty, cash_usd, weight
        Asset's number, signed coins, cash of each account, and how many it stands for, (n,).

    Returns
    -------
    Prices in USD, (n,): a long is due below it, a short above. 0 for a long and infinity for a
    short that can't be liquidated; NaN without a position.
    """
    side, size = np.sign(qty), np.abs(qty)
    tier_numbers = np.arange(tiers.rate.shape[1])
    parts = [tier_numbers] if len(qty) < FEW // 2 else tier_numbers[:, None]
    best = np.full(len(qty), -np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for part in parts:
            rates, amounts = (
                table.T[part].take(asset, axis=1) for table in (tiers.rate, tiers.amount_usd)
            )
            # For a short everything is mirrored: the largest line is the lowest price.
            lines = -(cash_usd + amounts * weight) / (size * (1 - side * rates))
            np.maximum(best, lines.max(axis=0), out=best)
    return np.where(qty > 0, np.maximum(best, 0), np.where(qty < 0, np.maximum(-best, 0), np.nan))


def position_prices_usd(
    asset: Asset, side_sign: float, entry_usd: float, notional_usd: float, leverage: float
) -> tuple[float, float]:
    """Return the liquidation price and the bankruptcy price of a new isolated position.

    Parameters
    ----------
    side_sign
        +1 for long, −1 for short.
    entry_usd, notional_usd, leverage
        Price, size and notional ÷ collateral at opening.
    """
    qty = np.array([side_sign * notional_usd / entry_usd])
    cash = notional_usd / leverage - qty * entry_usd
    price = liquidation_price_usd(tiers_of([asset]), np.zeros(1, dtype=np.int64), qty, cash, 1.0)
    return float(price[0]), max(float(-cash[0] / qty[0]), 0.0)


@dataclass(frozen=True)
class Standing:
    """How some accounts stand at some mark prices.

    Attributes
    ----------
    rows
        Which accounts, (n,).
    qty, mark_usd, notional_usd
        Signed coins, mark price and size of their positions, (A, n).
    equity_usd, maintenance_usd
        Equity and maintenance margin, (n,).
    """

    rows: Ints
    qty: Floats
    mark_usd: Floats
    notional_usd: Floats
    equity_usd: Floats
    maintenance_usd: Floats

    @classmethod
    def of(cls, accounts: Accounts, tiers: Tiers, mark_usd: Floats, rows: Ints) -> Standing:
        """Look at some accounts, (n,), at mark prices, (W, V, A)."""
        qty, mark = accounts.qty.take(rows, axis=1), accounts.layout.at_rows(mark_usd, rows)
        value = qty * mark
        notional = np.abs(value)
        margins = maintenance_usd(tiers, notional, accounts.weight.take(rows))
        equity = accounts.cash_usd.take(rows) + value.sum(axis=0)
        return cls(rows, qty, mark, notional, equity, margins.sum(axis=0))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def holding(self) -> NDArray[np.bool_]:
        """Whether they have a position, (n,)."""
        return self.maintenance_usd > 0

    @property
    def below(self) -> NDArray[np.bool_]:
        """Whether they are due: equity is below maintenance, (n,)."""
        return (self.equity_usd < self.maintenance_usd) & self.holding

    def positions(self) -> tuple[Ints, Ints, Ints]:
        """Return which of all entries, laid end to end, are positions, their assets, and whose.

        Whose is a place among ``rows``.
        """
        held = np.flatnonzero(self.qty)
        asset, nth = np.divmod(held, max(len(self), 1))
        return held, asset, nth

    def part(self, which: NDArray[np.bool_]) -> Standing:
        """Return some of these accounts."""
        nth = np.flatnonzero(which)
        return Standing(*(getattr(self, f.name).take(nth, axis=-1) for f in fields(self)))
