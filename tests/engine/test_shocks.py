"""Shocks: how a piece of news moves fundamental values, and how long it excites."""

from __future__ import annotations

import numpy as np
import pytest

from engine.news import excitement_at, ramped
from engine.scenario import Shock
from tests.engine.emptied import BIG, SMALL, Emptied, still


def test_a_shock_moves_the_fundamental_value_by_its_size_over_its_ramp() -> None:
    """g = ln(1 + size) · t ÷ ramp, at most ln(1 + size)."""
    shocks = (Shock(at_min=10.0, size_pct=-10.0, ramp_min=20.0),)
    path = ramped(shocks, np.array([0.0, 600.0, 1200.0, 1800.0, 9000.0]))
    assert path == pytest.approx(np.log(0.9) * np.array([0, 0, 0.5, 1, 1]))


def test_part_of_a_shock_may_be_taken_back() -> None:
    """g = ln(1 + size) · (1 − recovery · (1 − 2^(−t/halflife))), t since the ramp's end."""
    shock = Shock(
        at_min=0.0, size_pct=-10.0, ramp_min=10.0, recovery_share=0.5, recovery_halflife_h=1.0
    )
    path = ramped((shock,), np.array([600.0, 600.0 + 3_600.0, 1e9]))
    assert path == pytest.approx(np.log(0.9) * np.array([1, 0.75, 0.5]))


def test_excitement_begins_with_the_shock_and_halves() -> None:
    """m = 1 + (multiplier − 1) · 2^(−age/halflife)."""
    shock = Shock(at_min=10.0, volatility_multiplier=5.0, volatility_halflife_min=30.0)
    factor = excitement_at((shock,), np.array([599.0, 600.0, 600.0 + 1800.0]))
    assert factor == pytest.approx([1, 5, 3])


def test_each_asset_moves_by_its_own_sensitivity_and_its_price_with_it() -> None:
    assets = still().model_dump(mode="json")["assets"]
    assets[SMALL]["shock_beta"] = 2.5
    shock = {"at_min": 5.0, "size_pct": -8.0, "ramp_min": 10.0}
    scenario = still(assets=assets, shocks=[shock], clock={"fine_window_min": 0})
    series, _ = Emptied(scenario).play(20)
    value = series["log_fundamental"][:, 0] - np.log([100, 2])
    share = np.clip((np.arange(1, 21) - 5) / 10, 0, 1)[:, None]
    assert value == pytest.approx(np.log(0.92) * share * [1, 2.5])
    price = np.log(series["price_usd"][:, 0, :, BIG] / 100)
    assert price == pytest.approx(np.repeat(value[:, [BIG]], 3, axis=1), abs=1e-5)
