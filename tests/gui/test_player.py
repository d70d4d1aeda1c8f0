import made_up
import numpy as np
import pytest

from engine.clock import MINUTE_S
from engine.record import Run
from gui.player import AS_COMPUTED, LEAD_IN_S, Player
from gui.runner import Runner
from gui.session import Session
from gui.worker import Worker

FINE = made_up.scenario()
STRETCHES = list(made_up.stretches(FINE))
SHOCK_S = FINE.shocks[0].at_min * MINUTE_S


def run_of(stretches):
    run = Run(FINE)
    for stretch in stretches:
        run.append(stretch)
    return run


@pytest.fixture
def player(qapp):
    player = Player()
    yield player
    player.pause()


def test_without_a_run_nothing_happens(player):
    player.play()
    player.step_by(1)
    player.seek(500.0)
    assert (player.time_s, player.step, player.playing) == (0.0, -1, False)


def test_the_cursor_stays_within_what_is_computed(player, qtbot):
    run = run_of(STRETCHES[:2])
    player.show(run)
    computed_s = run.grid.end_s[399]
    with qtbot.waitSignal(player.moved):
        player.seek(1e9)
    assert player.time_s == computed_s
    assert player.step == 399
    player.seek(-5.0)
    assert (player.time_s, player.step) == (0.0, -1)


def test_steps_go_from_end_to_end_of_the_grids_steps(player):
    run = run_of(STRETCHES)
    player.show(run)
    player.seek(SHOCK_S)
    at = player.step
    assert run.grid.end_s[at] == SHOCK_S
    player.step_by(1)
    assert player.time_s == SHOCK_S + FINE.clock.fine_step_s
    player.step_by(-1)
    player.step_by(-1)
    assert player.time_s == SHOCK_S - FINE.clock.calm_step_s
    assert player.step == at - 1


def test_one_step_back_from_within_a_step_is_its_beginning(player):
    player.show(run_of(STRETCHES))
    player.seek(90.0)
    player.step_by(-1)
    assert (player.time_s, player.step) == (60.0, 0)
    player.step_by(-1)
    assert (player.time_s, player.step) == (0.0, -1)
    player.step_by(-1)
    assert player.time_s == 0.0


def test_stepping_pauses(player):
    player.show(run_of(STRETCHES))
    player.play()
    player.step_by(1)
    assert not player.playing


def test_it_plays_by_itself_and_stops_at_the_end(player, qtbot):
    player.show(run_of(STRETCHES))
    player.seek(player.duration_s - 3_000.0)
    player.set_speed(36_000.0)
    player.play()
    qtbot.waitUntil(lambda: not player.playing, timeout=5_000)
    assert player.at_end
    assert player.time_s == player.duration_s


def test_played_at_the_end_it_begins_again(player):
    player.show(run_of(STRETCHES))
    player.to_end()
    player.play()
    assert player.time_s == 0.0
    assert player.playing


def test_it_waits_at_the_limit_of_what_is_computed(player, qtbot):
    run = run_of(STRETCHES[:1])
    player.show(run)
    player.set_speed(AS_COMPUTED)
    player.play()
    qtbot.waitUntil(lambda: player.time_s == run.grid.end_s[199])
    assert player.playing
    run.append(STRETCHES[1])
    qtbot.waitUntil(lambda: player.time_s == run.grid.end_s[399])


def test_where_computing_was_stopped_it_holds_and_playing_computes_the_rest(qapp, qtbot):
    session = Session(FINE, Worker(made_up.slow))
    with qtbot.waitSignal(session.runner.grew, timeout=20_000):
        session.begin()
    session.runner.cancel()
    qtbot.waitUntil(lambda: not session.runner._busy, timeout=5_000)
    session.runner.go_on()
    session.runner.cancel()  # before the process has begun again
    player = session.player
    player.set_speed(AS_COMPUTED)
    player.play()
    assert session.runner.computing
    with qtbot.waitSignal(session.runner.grew, timeout=20_000):
        pass
    session.runner.cancel()
    qtbot.waitUntil(lambda: not player.playing, timeout=5_000)
    assert player.time_s == player.computed_s < player.duration_s
    player.play()
    qtbot.waitUntil(lambda: player.at_end, timeout=20_000)
    assert player.run.complete
    session.close()


def test_a_paused_player_has_no_timer(player):
    player.show(run_of(STRETCHES))
    player.play()
    assert player._timer.isActive()
    player.pause()
    assert not player._timer.isActive()


def test_every_step_agrees_with_a_slow_search(player):
    run = run_of(STRETCHES)
    player.show(run)
    for time_s in np.random.default_rng(3).uniform(0, player.duration_s, 200):
        player.seek(time_s)
        finished = [i for i, end_s in enumerate(run.grid.end_s) if end_s <= player.time_s]
        assert player.step == (finished[-1] if finished else -1)


# ---------------------------------------------------------------- with a runner


@pytest.fixture
def session(qapp, worker):
    session = Session(FINE, worker)
    yield session
    session.close()


def test_an_opened_document_waits_shortly_before_its_first_shock(session, qtbot):
    session.begin()
    qtbot.waitUntil(lambda: session.player.ready, timeout=20_000)
    assert session.player.time_s == SHOCK_S - LEAD_IN_S
    assert not session.player.playing


def test_a_document_without_shocks_waits_at_the_start(qapp, qtbot, worker):
    session = Session(made_up.scenario(shocks=()), worker)
    session.begin()
    qtbot.waitUntil(lambda: session.player.computed_s > 0, timeout=20_000)
    assert session.player.time_s == 0.0
    session.close()


def test_after_an_edit_the_old_run_stays_until_the_new_one_is_at_the_cursor(session, qtbot):
    session.begin()
    with qtbot.waitSignal(session.runner.finished, timeout=20_000):
        pass
    player, old = session.player, session.player.run
    player.seek(SHOCK_S + 600.0)
    computed = []
    player.run_changed.connect(lambda run: computed.append((run, player.computed_s)))
    session.document.change("Another seed", "seed", 8)
    assert player.run is old
    assert player.waiting
    assert player.waiting_share < 1
    qtbot.waitUntil(lambda: player.run is not old, timeout=20_000)
    (run, computed_s) = computed[0]
    assert run.scenario.seed == 8
    assert computed_s >= SHOCK_S + 600.0
    assert player.time_s == SHOCK_S + 600.0
    assert not player.waiting


def test_at_the_start_the_new_run_is_shown_at_once(session, qtbot):
    session.begin()
    with qtbot.waitSignal(session.runner.finished, timeout=20_000):
        pass
    session.player.to_start()
    session.document.change("Another seed", "seed", 8)
    assert session.player.run.scenario.seed == 8


def test_a_playing_cursor_holds_until_the_changed_run_has_caught_up(qapp, qtbot):
    session = Session(FINE, Worker(made_up.slow))
    session.begin()
    with qtbot.waitSignal(session.runner.finished, timeout=30_000):
        pass
    player = session.player
    player.play()
    before_s = player.time_s
    session.document.change("Another seed", "seed", 8)
    held_s = player.time_s
    for _ in range(5):
        qtbot.waitSignal(player._timer.timeout).wait()
        if player.waiting:
            assert player.time_s == held_s >= before_s
    qtbot.waitUntil(lambda: player.time_s > held_s, timeout=20_000)
    assert player.run.scenario.seed == 8
    session.close()


def test_a_shorter_scenario_takes_the_cursor_along(session, qtbot):
    session.begin()
    with qtbot.waitSignal(session.runner.finished, timeout=20_000):
        pass
    session.player.to_end()
    session.document.change("Shorter", "clock.duration_min", 3_000)
    qtbot.waitUntil(lambda: not session.player.waiting, timeout=20_000)
    assert session.player.time_s == session.player.duration_s == 3_000 * MINUTE_S


def test_a_failed_computation_keeps_what_is_shown(qapp, qtbot):
    runner = Runner(Worker(made_up.dying))
    player = Player(runner)
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start(FINE.model_copy(update={"seed": 1}))
    player.seek(SHOCK_S)
    with qtbot.waitSignal(runner.failed, timeout=20_000):
        runner.start(FINE.model_copy(update={"seed": 2}))
    assert player.run.scenario.seed == 1
    assert not player.waiting
    runner.close()


def test_a_failure_while_opening_ends_the_opening(qapp, qtbot):
    session = Session(FINE, Worker(made_up.failing))
    session.begin()
    assert session.player.opening_s == SHOCK_S - LEAD_IN_S
    with qtbot.waitSignal(session.runner.failed, timeout=20_000):
        pass
    assert session.player.opening_s is None
    session.close()
