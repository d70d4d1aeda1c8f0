"""Hundreds of repaints while playing: what a smoke test of two seconds doesn't notice."""

import gc
import multiprocessing
import sys
import threading
from collections import Counter
from pathlib import Path

import made_up
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication
from windows import closed, opened

from engine.record import Run
from gui.charts.tabs import TABS
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings

REPAINTS = 500


def test_five_hundred_repaints_while_playing(qtbot, october, shared_worker):
    session = Session(made_up.scenario(), shared_worker)
    window = MainWindow(session, Settings(speed=3_600.0))
    window.painted.connect(session.begin)
    with qtbot.waitSignal(session.runner.finished, timeout=20_000):
        window.show()
    qtbot.waitUntil(lambda: window.charts is not None, timeout=20_000)
    player = session.player
    player.play()
    for i in range(REPAINTS):
        if i % 100 == 50:
            player.seek(0.9 * player.time_s)
        if player.at_end:
            player.to_start()
        player.play()
        player._tick()
        window.repaint()
        for child in (window.timeline, *(chart.plot.viewport() for chart in window.charts.charts)):
            child.repaint()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert player.playing
    assert player.run.complete
    assert None not in (window.charts, window.setup, window.desk, window.story)
    window.close()


def there(window):
    """How much of everything there is, by kind."""
    for _ in range(5):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found = Counter(f"child {type(each).__name__}" for each in window.findChildren(QObject))
    found += Counter(f"widget {type(each).__name__}" for each in QApplication.allWidgets())
    found["runs"] = sum(isinstance(each, Run) for each in gc.get_objects())
    found["threads"] = threading.active_count()
    found["processes"] = len(multiprocessing.active_children())
    if sys.platform == "linux":
        found["open files"] = len(list(Path("/proc/self/fd").iterdir()))
    return found


def used(qtbot, window, runs, repaints):
    """Change a setting and compute, look at every tab, open and close every side window, paint."""
    for nth in range(runs):
        with qtbot.waitSignal(window.runner.finished, timeout=20_000):
            fund_pct = window.document.scenario.insurance.fund_pct
            window.document.change("A change", "insurance.fund_pct", 1.0 + (fund_pct + nth) % 7)
        qtbot.waitUntil(lambda: window.player.run is window.runner.run)
        for tab in range(len(TABS)):
            window.charts.show_tab(tab)
        for name in ("compare", "presets", "many", "check"):
            window.actions_[name].trigger()
            window.comparing.windows[name].close()
    for _ in range(repaints):
        window.player.seek(window.player.time_s + 600.0)
        window.repaint()
        QCoreApplication.processEvents()


def test_runs_and_repaints_leave_nothing_behind(qtbot, october, shared_worker):
    window = opened(qtbot, shared_worker)
    window.actions_["pin"].trigger()
    used(qtbot, window, 3, 10)
    before = there(window)
    used(qtbot, window, 5, 30)
    after = there(window)
    assert after == before, (after - before, before - after)
    closed(qtbot, window)
