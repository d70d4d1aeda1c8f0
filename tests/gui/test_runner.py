import json
import os
import signal

import made_up
import numpy as np
import pytest

from engine.run import run
from engine.scenario import Clock
from engine.scenario_file import with_setting
from gui.runner import Runner
from gui.worker import Worker
from tests.engine.scenarios import small

FINE = made_up.scenario()


@pytest.fixture
def runner_of():
    runners = []

    def make(compute):
        runners.append(Runner(Worker(compute)))
        return runners[-1]

    yield make
    for runner in runners:
        runner.close()


def test_a_run_grows_and_is_finished(qtbot, runner_of):
    runner = runner_of(made_up.stretches)
    sizes = []
    runner.grew.connect(lambda: sizes.append(runner.run.computed))
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE)
    assert runner.run.complete
    assert runner.run.scenario == FINE
    assert not runner.computing
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == len(runner.run.grid)
    assert [event.kind for event in runner.run.events][:2] == ["shock", "first_liquidation"]


def test_the_same_process_computes_the_next_scenario(qtbot, runner_of):
    runner = runner_of(made_up.stretches)
    for seed in (1, 2):
        with qtbot.waitSignal(runner.finished, timeout=20_000):
            runner.start(FINE.model_copy(update={"seed": seed}))
        assert runner.run.scenario.seed == seed
    first = runner._worker.process_id
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE)
    assert runner._worker.process_id == first


def test_the_last_scenario_asked_for_wins(qtbot, runner_of):
    runner = runner_of(made_up.slow)
    seeds = []
    runner.started.connect(lambda: seeds.append(runner.run.scenario.seed))
    with qtbot.waitSignal(runner.grew, timeout=20_000):
        runner.start(FINE.model_copy(update={"seed": 1}))
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        for seed in range(2, 12):
            runner.start(FINE.model_copy(update={"seed": seed}))
    assert seeds == [1, 11]
    assert runner.run.complete


def test_cancelled_means_no_more_steps(qtbot, runner_of):
    runner = runner_of(made_up.endless)
    with qtbot.waitSignal(runner.grew, timeout=20_000):
        runner.start(FINE)
    with qtbot.waitSignal(runner.cancelled):
        runner.cancel()
    assert not runner.computing
    assert runner.run.computed == 200
    qtbot.waitUntil(lambda: not runner._busy, timeout=5_000)
    assert not runner._timer.isActive(), "nothing to collect, so nothing is looked for"


def test_a_process_that_dies_is_reported_and_replaced(qtbot, runner_of):
    runner = runner_of(made_up.dying)
    with qtbot.waitSignal(runner.failed, timeout=20_000) as failed:
        runner.start(FINE)
    assert "ended unexpectedly" in failed.args[0]
    assert runner.run.computed == 600, "what was computed is kept"
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE.model_copy(update={"seed": 1}))


def test_a_process_killed_from_outside_is_reported_and_replaced(qtbot, runner_of):
    runner = runner_of(made_up.endless)
    with qtbot.waitSignal(runner.grew, timeout=20_000):
        runner.start(FINE)
    with qtbot.waitSignal(runner.failed, timeout=20_000):
        os.kill(runner._worker.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    with qtbot.waitSignal(runner.grew, timeout=20_000):
        runner.start(FINE)


def test_a_process_killed_while_idle_is_replaced(qtbot, runner_of):
    runner = runner_of(made_up.stretches)
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE)
    os.kill(runner._worker.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    runner._worker._process.join()
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE)


def test_a_failure_says_what_went_wrong(qtbot, runner_of):
    runner = runner_of(made_up.failing)
    with qtbot.waitSignal(runner.failed, timeout=20_000) as failed:
        runner.start(FINE)
    assert "equity is not a number" in failed.args[0]
    assert runner.run.computed == 200


def test_a_scenario_beyond_the_budget_is_refused_before_anything_is_allocated(qtbot, runner_of):
    runner = runner_of(made_up.stretches)
    long = made_up.scenario(clock=Clock(duration_min=2_000_000))
    with qtbot.waitSignal(runner.failed) as failed:
        runner.start(long)
    assert failed.args[0]
    assert runner.run is None
    assert not runner.computing
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE)


def test_the_computing_process_loads_no_qt(qtbot, runner_of):
    runner = runner_of(made_up.without_qt)
    with qtbot.waitSignal(runner.failed, timeout=20_000) as failed:
        runner.start(FINE)
    assert "loaded: []" in failed.args[0]


def test_closing_ends_the_process_at_once(qtbot, runner_of):
    runner = runner_of(made_up.endless)
    with qtbot.waitSignal(runner.grew, timeout=20_000):
        runner.start(FINE)
    process = runner._worker._process
    runner.close()
    assert not runner._worker.alive
    with pytest.raises(ValueError, match="closed"):
        process.close() or process.is_alive()


def test_a_later_tariff_goes_on_from_where_the_runs_part(qtbot, runner_of):
    runner = runner_of(None)  # the real engine
    before = small()
    with qtbot.waitSignal(runner.finished, timeout=60_000):
        runner.start(before)
    later = with_setting(before, "shocks", json.dumps([
        *(shock.model_dump() for shock in before.shocks), {"at_min": 100.0, "size_pct": -5.0},
    ]))  # fmt: skip
    sizes = []
    runner.grew.connect(lambda: sizes.append(runner.run.computed))
    with qtbot.waitSignal(runner.finished, timeout=60_000):
        runner.start(later)
    assert sizes[0] > runner.run.grid.step_at(55 * 60.0)  # two keyframes' distance before
    straight = run(later)
    np.testing.assert_array_equal(runner.run["price_usd"], straight["price_usd"])
    assert runner.run.events == straight.events
