"""Rates are per time, not per step: a finer clock tells the same story.

What a step does in one go (selling, emptying books, checking margins) it does in two when it is
halved. Results then differ, and where a cascade is about to start luck decides; but they must
differ by less than they do between one seed and the next.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.clock import MINUTE_S
from engine.explain import fall
from engine.record import Run
from engine.run import run
from tests.engine.flat_crowd import Floats
from tests.engine.scenarios import small

SEEDS = 10
CLOCKS = ((10, 120), (5, 60))
"""Fine and calm step, in seconds: all halved."""

SHOCK_AT_MIN = 20.0


def _liquidated_usd(record: Run) -> Floats:
    both = record["liquidated_long_usd"] + record["liquidated_short_usd"]
    return both.sum(axis=(0, 2, 3))


def _fall_log(asset: int) -> Callable[[Run], Floats]:
    def of(record: Run) -> Floats:
        falls = [fall(record, world, asset) for world in range(record.worlds)]
        return np.array([each.before - each.low for each in falls if each])

    return of


def _adl_usd(record: Run) -> Floats:
    return record["adl_usd"].sum(axis=(0, 2, 3))


def _interest_drop_usd(record: Run) -> Floats:
    interest = record["open_interest_usd"].sum(axis=(2, 3))
    return interest[0] - interest.min(axis=0)


FIGURES: dict[str, Callable[[Run], Floats]] = {
    "liquidated": _liquidated_usd,
    "fall of BTC": _fall_log(0),
    "fall of Small": _fall_log(1),
    "ADL": _adl_usd,
    "drop of open interest": _interest_drop_usd,
}


@pytest.fixture(scope="module", params=["hard shock", "mild shock in deep books"])
def records(request: pytest.FixtureRequest) -> list[Run]:
    """The same ten worlds on the coarser and on the finer clock."""
    changes = {}
    if request.param != "hard shock":
        plain = small()
        deep = [
            asset.model_dump(mode="json") | {"depth_1pct_usd": 5 * asset.depth_1pct_usd}
            for asset in plain.assets
        ]
        shocks = [{"at_min": SHOCK_AT_MIN, "size_pct": -4.0, "ramp_min": 10.0}]
        changes = {"assets": deep, "shocks": shocks}
    played = []
    for fine_s, calm_s in CLOCKS:
        clock = {"duration_min": 120, "fine_window_min": 40}
        steps = {"fine_step_s": fine_s, "calm_step_s": calm_s}
        played.append(run(small(clock=clock | steps, **changes), worlds=SEEDS))
    return played


def test_the_finer_clock_has_twice_as_many_steps_and_sees_the_same_news(records: list[Run]) -> None:
    """Minute by minute; but each step takes excitement from its own middle, a hair apart."""
    coarse, fine = records
    assert len(fine.grid) == 2 * len(coarse.grid)
    minute_s = np.arange(1, 61) * 2 * MINUTE_S
    values = [
        record["log_fundamental"][[record.grid.step_at(end_s - 1) for end_s in minute_s]]
        for record in (coarse, fine)
    ]
    calm = minute_s <= SHOCK_AT_MIN * MINUTE_S
    np.testing.assert_allclose(values[1][calm], values[0][calm], atol=1e-12)
    np.testing.assert_allclose(values[1], values[0], atol=5e-4)


@pytest.mark.parametrize("name", FIGURES)
def test_halving_every_step_moves_headline_figures_by_less_than_seeds_differ(
    records: list[Run], name: str
) -> None:
    coarse, fine = (FIGURES[name](record) for record in records)
    spread = fine.std(ddof=1)
    assert spread > 0.01 * fine.mean()  # the seeds do differ
    assert abs(fine.mean() - coarse.mean()) < spread / 2
    assert np.median(np.abs(fine - coarse)) < spread
