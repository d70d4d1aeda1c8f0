"""Figures that explain a run: attribution, amplification, sums by minute."""

from __future__ import annotations

import numpy as np
import pytest

from engine.explain import amplification, attribution, by_minute
from engine.run import run
from tests.engine.scenarios import small


def test_the_causes_of_every_step_add_up_to_its_price_change() -> None:
    record = run(small())
    change = np.diff(record["log_price"][:, 0], axis=0)
    np.testing.assert_allclose(record["causes_log"][1:, 0].sum(axis=-1), change, atol=1e-12)
    parts = attribution(record, 0, 1, 1, record.computed)
    assert sum(parts.values()) == pytest.approx(
        record["log_price"][-1, 0, 1] - record["log_price"][0, 0, 1]
    )


def test_with_outages_and_breakers_they_still_add_up() -> None:
    """What a market jumps when it opens again is a cause of its own."""
    halts = [{"at_min": 22.0, "duration_min": 10.0, "venue": "A"}]
    rule = {"breaker_pct": 5.0, "halt_min": 2.0, "band_pct": 5.0}
    record = run(small(halts=halts, protection=rule))
    assert record["halted"][:, 0].any(axis=0).all()
    change = np.diff(record["log_price"][:, 0], axis=0)
    np.testing.assert_allclose(record["causes_log"][1:, 0].sum(axis=-1), change, atol=1e-12)


@pytest.mark.parametrize("at_min", [0.0, 20.0])
def test_a_shock_without_ramp_breaks_in_its_own_step(at_min: float) -> None:
    record = run(small(shocks=[{"at_min": at_min, "size_pct": -8.0, "ramp_min": 0.0}]))
    first = record.grid.step_at(at_min * 60)
    start = np.log(record.scenario.assets[0].price_usd)
    path = np.concatenate([[start], record["log_fundamental"][:, 0, 0]])
    assert int(np.argmin(np.diff(path))) == first
    assert path[first + 1] - path[first] == pytest.approx(np.log(0.92), abs=0.01)
    assert 1 < (amplification(record, 0) or 0) < 10


def test_minutes_sum_the_steps_within_them() -> None:
    record = run(small())
    flow = record["liquidated_long_usd"][:, 0].sum(axis=(1, 2))
    minutes = by_minute(record, flow)
    assert len(minutes) == 120
    assert minutes.sum() == pytest.approx(flow.sum())
