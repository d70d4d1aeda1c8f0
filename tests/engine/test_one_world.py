"""Worlds played together, written down in part: each the same, to the bit, as alone in full."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from engine.layout import layout_of, row_count
from engine.one_world import one_world
from engine.record import SERIES, AdlEntry, Recording, Run
from engine.run import BudgetError, bytes_needed, check_budget, run, stretches
from engine.sample import RECORDING
from tests.engine.scenarios import everything, small

WORLDS = 3


def recorded(scenario: Any, recording: Recording) -> Run:
    record = Run(scenario, WORLDS, recording)
    for stretch in stretches(scenario, WORLDS, recording=recording):
        record.append(stretch)
    return record


@pytest.mark.parametrize("market", [everything, small])
def test_a_world_of_many_is_the_same_as_alone_to_the_bit(market: Any) -> None:
    scenario = market()
    full, part = run(scenario, WORLDS), recorded(scenario, RECORDING)
    for world in range(WORLDS):
        alone = run(scenario.model_copy(update={"seed": scenario.seed + world}))
        of_full, of_part = one_world(full, world), one_world(part, world)
        assert of_full.scenario == of_part.scenario == alone.scenario
        assert of_full.events == alone.events
        assert not of_part.events
        assert not of_part.maps
        assert len(of_full.maps) == len(alone.maps) > 0
        for mine, same in zip(of_full.maps, alone.maps, strict=True):
            assert np.array_equal(mine.notional_usd, same.notional_usd)
        for name in SERIES:
            assert np.array_equal(of_full[name], alone[name], equal_nan=True), name
        for name in RECORDING.series:
            assert np.array_equal(of_part[name], alone[name]), name
            assert of_part[name].flags.c_contiguous  # so that sums have one order
        hits = [entry for entry in alone.adl if len(entry.pool)]
        for mine, other, same in zip(of_full.adl, of_part.adl, hits, strict=True):
            for field in fields(AdlEntry):
                assert np.array_equal(getattr(mine, field.name), getattr(same, field.name))
                assert np.array_equal(getattr(other, field.name), getattr(same, field.name))


def test_what_is_not_written_down_is_not_there() -> None:
    record = recorded(small(), RECORDING)
    with pytest.raises(KeyError):
        record["mark_usd"]


def test_rows_are_counted_without_laying_them_out() -> None:
    for scenario in (everything(), small()):
        assert row_count(scenario) == layout_of(scenario, 1).block_start[-1]


def test_writing_down_less_takes_less_memory() -> None:
    huge = small(clock={"duration_min": 500_000, "calm_step_s": 60})
    assert bytes_needed(huge, 1, RECORDING) < 0.6 * bytes_needed(huge, 1)
    with pytest.raises(BudgetError):
        check_budget(huge, 4)
    check_budget(huge, 2, RECORDING)
