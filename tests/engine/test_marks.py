"""Index and mark price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import marks
from engine.rules import rules_of
from tests.engine.emptied import BIG, A, B, Emptied, still

NO_FUNDING = np.zeros((1, 3, 2))


def everywhere(value: float) -> np.ndarray:
    return np.full((1, 3, 2), value)


def marked(last: float, basis: float, funding: float = 0.0, **rule: Any) -> float:
    """The mark's log for an index of 1, an average basis, and a last price; logs."""
    rules = rules_of(still(marking={"window_s": 36_000.0} | rule))
    mark, _ = marks.mark_usd(
        everywhere(last), np.zeros((1, 1, 2)), everywhere(basis), everywhere(funding), rules, 1e-6
    )
    assert np.ptp(mark) == 0
    return float(np.log(mark[0, 0, 0]))


@pytest.mark.parametrize(
    ("last", "expected"), [(-0.1, 0.0), (0.0, 0.0), (0.01, 0.01), (0.02, 0.02), (0.3, 0.02)]
)
def test_mark_is_the_median_of_index_index_with_basis_and_last(
    last: float, expected: float
) -> None:
    """Binance, "Index Price and Mark Price": median of three, here 0, 0.02 and the last price."""
    assert marked(last, basis=0.02) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("last", "expected"), [(-0.1, -0.02), (0.001, 0.001), (0.3, 0.005)])
def test_the_index_counts_with_the_funding_that_is_left(last: float, expected: float) -> None:
    """Binance: Price 1 = index · (1 + last funding rate · time until funding ÷ interval)."""
    found = marked(last, basis=-0.02, funding=np.expm1(0.005))
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_venue_may_mark_by_its_own_last_price() -> None:
    venues = still().model_dump(mode="json")["venues"]
    venues[B]["marking"] = {"rule": "last"}
    rules = rules_of(still(venues=venues))
    mark, _ = marks.mark_usd(
        everywhere(0.3), np.zeros((1, 1, 2)), everywhere(0.0), NO_FUNDING, rules, 1e-6
    )
    assert np.log(mark[0, :, BIG]) == pytest.approx([0, 0.3, 0], abs=1e-6)


def test_the_index_is_the_weighted_mean_of_the_venues_last_prices() -> None:
    log_price = np.log([[[100.0, 2.0], [110.0, 2.2], [90.0, 1.0]]])
    index = np.exp(marks.log_index(log_price, np.array([0.5, 0.3, 0.2])))
    assert index == pytest.approx(np.array([[[50 + 33 + 18, 1 + 0.66 + 0.2]]]))


def test_the_basis_is_averaged_over_each_venues_window() -> None:
    """b' = basis + (b − basis) · e^(−dt/window); Binance: 30 s since 18 September 2025."""
    venues = still().model_dump(mode="json")["venues"]
    venues[B]["marking"] = {"window_s": 300.0}
    rules = rules_of(still(venues=venues, marking={"window_s": 30.0}))
    _, basis = marks.mark_usd(
        everywhere(0.04), np.zeros((1, 1, 2)), everywhere(0.0), NO_FUNDING, rules, 60.0
    )
    expected = 0.04 * -np.expm1([-2, -0.2, -2])
    np.testing.assert_allclose(basis[0, :, BIG], expected)


def test_one_venue_s_price_alone_does_not_liquidate_its_traders() -> None:
    """Last price 30% below the index for a moment: the median holds, the last price doesn't."""
    for rule, below in (("median", False), ("last", True)):
        market = Emptied(still(marking={"rule": rule, "window_s": 3_600.0}))
        market.price(70.0, venue=A)
        market.state.log_basis[:] = 0.0
        series, _ = market.play(1)
        assert (series["mark_usd"][0, 0, A, BIG] < 80) == below
