"""Margin: what an account must hold, at which price it falls below, and who has.

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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.scenario import Asset, Tier
from engine.state import Accounts, Ints, ranges, sum_by

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tiers:
    """Maintenance tables of all assets, padded to the same length.

    Attributes
    ----------
    rate, amount_usd
        μ_k and m_k, (A, K).
    """

    rate: Floats
    amount_usd: Floats


def tiers_of(assets: Sequence[Asset]) -> Tiers:
    """Return the maintenance tables of these assets as arrays."""
    longest = max(len(asset.tiers) for asset in assets)
    rates, amounts = zip(*(_lines(asset.tiers, longest) for asset in assets), strict=True)
    return Tiers(np.array(rates), np.array(amounts))


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
        How many real accounts each account stands for, (n,).
    """
    margins = tiers.rate[:, 0, None] * notional_usd
    for rate, amount in zip(tiers.rate.T[1:], tiers.amount_usd.T[1:], strict=True):
        line = rate[:, None] * notional_usd - amount[:, None] * weight
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
    long, short = np.full(len(qty), -np.inf), np.full(len(qty), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        for rates, amounts in zip(tiers.rate.T, tiers.amount_usd.T, strict=True):
            rate, covered = rates[asset], cash_usd + amounts[asset] * weight
            np.maximum(long, -covered / (qty * (1 - rate)), out=long)
            np.minimum(short, -covered / (qty * (1 + rate)), out=short)
    return np.where(qty > 0, np.maximum(long, 0), np.where(qty < 0, np.maximum(short, 0), np.nan))


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


def equity_and_maintenance_usd(
    accounts: Accounts, tiers: Tiers, mark_usd: Floats, rows: Ints
) -> tuple[Floats, Floats]:
    """Return equity and maintenance margin of some accounts, (n,) each.

    Parameters
    ----------
    mark_usd
        Mark prices, (W, V, A).
    rows
        Which accounts, (n,).
    """
    qty = accounts.qty[:, rows]
    block = accounts.layout.pool[rows] // accounts.layout.assets
    mark = mark_usd.reshape(-1, accounts.layout.assets)[block].T
    value = qty * mark
    equity = accounts.cash_usd[rows] + value.sum(axis=0)
    maintenance = maintenance_usd(tiers, np.abs(value), accounts.weight[rows])
    return equity, maintenance.sum(axis=0)


class Screen:
    """Finds the accounts below maintenance without looking at all of them.

    An isolated account's liquidation price doesn't move with the market, so the accounts of a
    pool and side are sorted by it once; whoever is due stands in front. All queues lie in one
    array of keys, pool·SPAN ∓ log price, and one ``searchsorted`` per side serves all pools.
    Accounts whose quantity or cash changed (``touch``) wait, unsorted, with their new price,
    until the queues are sorted anew. Queues and prices only say who may be due: equity and
    maintenance decide, so the result is that of a check of every account.
    """

    SPAN = 128.0
    """Room for one pool's log prices (±50) among the keys."""

    NOBODY = np.empty(0, dtype=np.int64)

    MARGIN = 1e-8
    """How far around a liquidation price accounts are looked at; above the keys' rounding."""

    def __init__(self, accounts: Accounts, tiers: Tiers) -> None:
        self._accounts = accounts
        self._tiers = tiers
        self._offsets: Floats = np.arange(accounts.layout.pools, dtype=np.float64) * self.SPAN
        self.sort()

    def sort(self) -> None:
        """Sort the queues anew; every touched account finds its new place."""
        layout = self._accounts.layout
        every = np.arange(layout.rows)
        price, qty = self._prices(every)
        with np.errstate(divide="ignore"):
            log_price = np.log(price)
        starts = np.arange(layout.pools + 1)
        self._queues = []
        for sign in (-1.0, 1.0):  # longs are due first at the highest price, shorts at the lowest
            rows = every[(qty * sign < 0) & np.isfinite(log_price)]
            keys = layout.pool[rows] * self.SPAN + sign * np.clip(log_price[rows], -50, 50)
            order = np.argsort(keys)
            first = np.searchsorted(layout.pool[rows[order]], starts)
            coins = np.abs(qty[rows[order]])
            self._queues.append(_Queue(rows[order], keys[order], first[:-1].copy(), sign, coins))
        self._touched: list[Ints] = []
        self._gone: list[Ints] = []
        self._is_gone = np.zeros(layout.rows, dtype=bool)
        self._loose = _Loose(every[:0], np.empty(0), np.empty(0))

    def _prices(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return liquidation price and quantity of isolated accounts, (n,) each."""
        accounts = self._accounts
        home = accounts.layout.pool[rows] % accounts.layout.assets
        qty = accounts.qty[home, rows]
        cash, weight = accounts.cash_usd[rows], accounts.weight[rows]
        return liquidation_price_usd(self._tiers, home, qty, cash, weight), qty

    def touch(self, rows: Ints) -> None:
        """Take note that these accounts' quantities or cash changed; rows must not repeat."""
        self._touched.append(rows)
        fresh = rows[~self._is_gone[rows]]
        self._is_gone[fresh] = True
        self._gone.append(fresh)

    def due(self, mark_usd: Floats) -> tuple[Ints, Floats, Floats]:
        """Return the accounts below maintenance, with their equity and maintenance, in row order.

        They are not looked at again unless touched: whoever keeps a position must be.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        """
        rows = self._maybe_due(mark_usd)
        if not len(rows):
            return rows, np.empty(0), np.empty(0)
        equity, maintenance = equity_and_maintenance_usd(
            self._accounts, self._tiers, mark_usd, rows
        )
        below = (equity < maintenance) & (maintenance > 0)
        self.touch(rows[~below & (maintenance > 0)])
        return rows[below], equity[below], maintenance[below]

    def _maybe_due(self, mark_usd: Floats) -> Ints:
        """Return the accounts whose liquidation price the marks may have reached, and pass them."""
        self._join_touched()
        if len(self._loose.rows) > 1_000 + self._accounts.layout.rows // 50:
            self.sort()
        log_mark = np.log(mark_usd).ravel()
        woken = [queue.reached(self._offsets, log_mark, self.MARGIN) for queue in self._queues]
        mark = mark_usd.ravel()[self._accounts.layout.pool[self._loose.rows]]
        found, self._loose = self._loose.reached(mark, self.MARGIN)
        return np.unique(np.concatenate([*woken, found]))

    def _join_touched(self) -> None:
        """Let the accounts touched since the last time wait beside the queues."""
        if self._touched:
            rows = np.unique(np.concatenate(self._touched))
            self._loose = self._loose.joined(rows, *self._prices(rows))
            self._touched = []

    def forced_qty(self, mark_usd: Floats, fall: float) -> Floats:
        """Return the coins that a further fall (negative: rise) of all marks would set free.

        Those of the queues between the marks and the marks after the fall, less those that have
        changed since the queues were sorted, plus those that wait beside them.

        Parameters
        ----------
        mark_usd
            Mark prices, (W, V, A).
        fall
            Log price change, > 0 for a fall.

        Returns
        -------
        Coins, (W, V, A).
        """
        self._join_touched()
        queue = self._queues[0 if fall > 0 else 1]
        reach = queue.reach(self._offsets, np.log(mark_usd).ravel() - fall, 0.0)
        pool = self._accounts.layout.pool
        gone = np.concatenate([self.NOBODY, *self._gone])
        freed = queue.between(reach) - queue.between(reach, gone, pool[gone])
        loose = self._loose.of_side(queue.sign)
        marks = mark_usd.ravel()[pool[loose.rows]] * np.exp(-fall)
        due, _ = loose.reached(marks, 0.0)
        home = pool[due] % self._accounts.layout.assets
        freed += sum_by(pool[due], np.abs(self._accounts.qty[home, due]), freed.shape)
        return freed.reshape(mark_usd.shape)


@dataclass(frozen=True)
class _Loose:
    """Accounts that are watched one by one, each once.

    Attributes
    ----------
    rows, price_usd, sign
        Accounts, liquidation prices, and −1 for longs, +1 for shorts, (n,).
    """

    rows: Ints
    price_usd: Floats
    sign: Floats

    def joined(self, rows: Ints, price_usd: Floats, qty: Floats) -> _Loose:
        """Return these accounts with some more, or anew; who has no position isn't watched."""
        held = qty != 0
        stay = ~np.isin(self.rows, rows)
        return _Loose(
            np.concatenate([self.rows[stay], rows[held]]),
            np.concatenate([self.price_usd[stay], price_usd[held]]),
            np.concatenate([self.sign[stay], -np.sign(qty[held])]),
        )

    def of_side(self, sign: float) -> _Loose:
        """Return the accounts of one side."""
        mine = self.sign == sign
        return _Loose(self.rows[mine], self.price_usd[mine], self.sign[mine])

    def reached(self, mark_usd: Floats, margin: float) -> tuple[Ints, _Loose]:
        """Return the accounts reached by their marks, (n,), and those that stay."""
        beyond = self.sign * (mark_usd - self.price_usd) > -margin * mark_usd
        if not beyond.any():
            return self.rows[:0], self
        stay = ~beyond
        return self.rows[beyond], _Loose(self.rows[stay], self.price_usd[stay], self.sign[stay])


@dataclass
class _Queue:
    """Accounts of one side, pool after pool, first to be liquidated first.

    Attributes
    ----------
    rows, keys
        Accounts and their keys, rising, (n,).
    next
        First account of each pool that has not been reached yet, (P,).
    sign
        −1 for longs, which are due when the price is low; +1 for shorts.
    coins
        Size of their positions when sorted, (n,).
    """

    rows: Ints
    keys: Floats
    next: Ints
    sign: float
    coins: Floats

    def __post_init__(self) -> None:
        self._total = np.concatenate([[0.0], np.cumsum(self.coins)])
        self._place = np.full(int(self.rows.max(initial=-1)) + 1, -1)
        self._place[self.rows] = np.arange(len(self.rows))

    def reach(self, offsets: Floats, log_mark: Floats, margin: float) -> Ints:
        """Return for each pool the first account that stays above maintenance, (P,)."""
        return np.searchsorted(self.keys, offsets + self.sign * log_mark + margin, side="right")

    def reached(self, offsets: Floats, log_mark: Floats, margin: float) -> Ints:
        """Return the accounts newly reached by the mark prices and pass them."""
        reach = np.maximum(self.reach(offsets, log_mark, margin), self.next)
        if not (reach > self.next).any():
            return self.rows[:0]
        places, _ = ranges(self.next, reach)
        self.next = reach
        return self.rows[places]

    def between(self, reach: Ints, rows: Ints | None = None, pool: Ints | None = None) -> Floats:
        """Return the coins, as sorted, between those passed and ``reach``, by pool, (P,).

        Of all accounts, or of ``rows`` in these pools, (n,), as far as they stand in this queue.
        """
        until = np.maximum(reach, self.next)
        if rows is None or pool is None:
            sums: Floats = self._total[until] - self._total[self.next]
            return sums
        known = rows < len(self._place)
        place, pool = self._place[rows[known]], pool[known]
        inside = (place >= self.next[pool]) & (place < until[pool])
        return sum_by(pool[inside], self.coins[place[inside]], self.next.shape)
