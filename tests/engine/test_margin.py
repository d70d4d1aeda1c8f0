"""Margin: the published formulas, and tiers without a jump."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.margin import (
    liquidation_price_usd,
    maintenance_usd,
    position_prices_usd,
    tiers_of,
)
from engine.scenario import Asset, Tier

ONE = np.zeros(1, dtype=np.int64)


def asset(*tiers: tuple[float, float]) -> Asset:
    return Asset(
        name="X",
        price_usd=100.0,
        open_interest_usd=1e9,
        depth_1pct_usd=1e7,
        leverage_cap=20.0,
        tiers=tuple(Tier(from_usd=start, rate=rate) for start, rate in tiers),
    )


@pytest.mark.parametrize(
    ("sign", "price"),
    [(1.0, (100 - 10) / (1 - 0.01)), (-1.0, (100 + 10) / (1 + 0.01))],
    ids=["long (p0 − c/q)/(1 − μ)", "short (p0 + c/q)/(1 + μ)"],
)
def test_isolated_liquidation_price_as_published(sign: float, price: float) -> None:
    found, _ = position_prices_usd(asset((0, 0.01)), sign, 100.0, 1_000.0, 10.0)
    assert found == pytest.approx(price)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_bankruptcy_price_is_entry_less_a_leverage_th(sign: float) -> None:
    _, found = position_prices_usd(asset((0, 0.01)), sign, 100.0, 1_000.0, 8.0)
    assert found == pytest.approx(100 * (1 - sign / 8))


def test_maintenance_is_continuous_across_tiers() -> None:
    """Binance, BTCUSDT: the maintenance amount of the tier from 50,000 USD is 50 USD."""
    table = tiers_of([asset((0, 0.004), (50_000, 0.005), (600_000, 0.0065))])
    assert table.amount_usd[0].tolist() == pytest.approx([0, 50, 950])
    for bound in (50_000.0, 600_000.0):
        around = np.array([[bound * (1 - 1e-9), bound * (1 + 1e-9)]])
        below, above = maintenance_usd(table, around, 1.0)[0]
        assert above - below < bound * 1e-8
    assert maintenance_usd(table, np.array([[100_000.0]]), 1.0)[0, 0] == pytest.approx(450)


def test_an_account_that_stands_for_many_pays_the_rate_of_their_size() -> None:
    table = tiers_of([asset((0, 0.004), (50_000, 0.05))])
    one = maintenance_usd(table, np.array([[80_000.0]]), 1.0)[0, 0]
    hundred = maintenance_usd(table, np.array([[8_000_000.0]]), 100.0)[0, 0]
    assert hundred == pytest.approx(100 * one)


@given(
    sign=st.sampled_from([1.0, -1.0]),
    notional=st.floats(10, 1e7),
    leverage=st.floats(1.01, 20),
    weight=st.floats(1, 100),
)
def test_at_its_liquidation_price_an_account_stands_at_maintenance(
    sign: float, notional: float, leverage: float, weight: float
) -> None:
    table = tiers_of([asset((0, 0.004), (50_000, 0.01), (1_000_000, 0.03))])
    qty = np.array([sign * notional / 100])
    cash = notional / leverage - qty * 100
    price = liquidation_price_usd(table, ONE, qty, cash, weight)
    equity = cash + qty * price
    margin = maintenance_usd(table, np.abs(qty * price)[None], weight)[0]
    assert price[0] >= 0
    assert equity[0] == pytest.approx(margin[0], rel=1e-9, abs=1e-6 * notional)


def test_an_unleveraged_long_is_never_liquidated() -> None:
    price, bankruptcy = position_prices_usd(asset((0, 0.01)), 1.0, 100.0, 1_000.0, 1.0)
    assert (price, bankruptcy) == (0.0, 0.0)
