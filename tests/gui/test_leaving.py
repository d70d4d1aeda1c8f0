"""Leaving in the middle: windows closed and files opened while runs and batches are under way."""

import multiprocessing
import threading

import made_up
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from windows import closed, filled, opened

from engine import scenario_file
from engine.scenario import Asset, Tier, Venue
from gui.charts.tabs import TABS

VIEWS = ("compare", "presets", "many", "check")


@pytest.fixture
def children():
    """What tells the processes begun since the test began; other tests share one of theirs."""
    others = {process.pid for process in multiprocessing.active_children()}
    return lambda: [p for p in multiprocessing.active_children() if p.pid not in others]


@pytest.fixture
def window(children, qtbot, october, worker):
    window = filled(qtbot, worker, made_up.scenario())
    yield window
    closed(qtbot, window)


def view(window, name):
    window.actions_[name].trigger()
    return window.comparing.windows[name]


def begin_batch(qtbot, window, name, children):
    """Let a side window play worlds, and wait until its processes compute."""
    side = view(window, name)
    side.play_bar.seeds.setValue(200)
    qtbot.mouseClick(side.play_bar.button, Qt.MouseButton.LeftButton)
    assert side.play_bar.playing
    # the window's own computing process, and one of the batch at least
    qtbot.waitUntil(lambda: len(children()) > 1, timeout=20_000)
    return side


def of_batches():
    return [thread for thread in threading.enumerate() if thread.name == "cascade-experiment"]


@pytest.mark.parametrize("name", ["many", "check"])
def test_the_window_closes_with_a_batch_under_way_and_leaves_no_process(
    window, qtbot, name, children
):
    begin_batch(qtbot, window, name, children)
    for other in VIEWS:
        view(window, other)
    window.close()
    assert not [
        d for d in QApplication.topLevelWidgets() if isinstance(d, QDialog) and d.isVisible()
    ]
    qtbot.waitUntil(lambda: not of_batches(), timeout=10_000)
    qtbot.waitUntil(lambda: not children(), timeout=10_000)


@pytest.mark.parametrize("name", VIEWS)
def test_every_side_window_closes_while_the_run_is_computed(window, qtbot, name):
    for seed in range(3):
        side = view(window, name)
        window.document.change("A change", "seed", 20 + seed)
        assert side.close()
        side = view(window, name)
        assert side.isVisible()
    window.document.undo_stack.setClean()  # nobody is there to say whether to save
    window.close()
    assert not side.isVisible()


def test_a_side_window_that_is_closed_goes_on_playing_and_shows_it_when_it_is_back(window, qtbot):
    side = view(window, "many")
    side.play_bar.seeds.setValue(2)
    qtbot.mouseClick(side.play_bar.button, Qt.MouseButton.LeftButton)
    side.close()
    qtbot.waitUntil(lambda: not side.play_bar.playing, timeout=120_000)
    assert view(window, "many") is side
    assert len(side.results.results.found) == 2


@pytest.mark.parametrize("name", ["many", "check"])
def test_a_file_is_opened_while_playing_and_while_a_batch_runs(
    window, qtbot, tmp_path, name, children
):
    side = begin_batch(qtbot, window, name, children)
    window.player.play()
    path = tmp_path / "other.cascade"
    scenario_file.save(made_up.scenario(name="Another one", seed=99), path)
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        assert window.files.open(path)
    assert window.document.scenario.seed == 99
    assert not window.player.playing
    assert side.play_bar.playing  # worlds of the scenario before: what they belong to is said
    qtbot.mouseClick(side.play_bar.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not side.play_bar.playing, timeout=20_000)


def large():
    """As many assets and venues as are allowed, with long names."""
    tier = (Tier(from_usd=0.0, rate=0.004),)
    return made_up.scenario(
        assets=tuple(
            Asset(
                name=f"Asset {nth + 1}", price_usd=50_000 / (1 + nth) ** 2,
                open_interest_usd=5e9 / (1 + nth), depth_1pct_usd=5e7 / (1 + nth),
                shock_beta=1.0 + 0.2 * nth, tiers=tier,
            )
            for nth in range(20)
        ),
        venues=tuple(
            Venue(name=f"Venue number {nth + 1}", open_interest_share=0.1, depth_share=0.1,
                  index_share=0.1)
            for nth in range(10)
        ),
        crowd=made_up.Crowd(accounts=5_000),
        desk=(),
    )  # fmt: skip


def test_ten_venues_and_twenty_assets_are_shown_in_every_view(qtbot, october, worker):
    window = filled(qtbot, worker, large())
    if not window.runner.run or not window.runner.run.complete:
        with qtbot.waitSignal(window.runner.finished, timeout=60_000):
            pass
    for nth in range(len(TABS)):
        window.charts.show_tab(nth)
        window.player.to_end()
        window.grab()
    for name in VIEWS:
        view(window, name).grab()
    closed(qtbot, window)


def test_the_window_is_opened_and_closed_again_and_again(qtbot, october, worker):
    for _ in range(2):
        window = opened(qtbot, worker)
        window.close()
        assert not worker.alive
