"""The window, opened for a test and closed after it, and what many tests do to it."""

import made_up

from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings

SHOCK_S = 2_690 * 60.0
"""When the made-up market's shock comes."""


def filled(qtbot, worker, scenario):
    """A window with charts and panels that has begun to compute."""
    session = Session(scenario, worker)
    window = MainWindow(session, Settings())
    window.painted.connect(session.begin)
    with qtbot.waitSignal(window.filled, timeout=20_000):
        window.show()
    return window


def opened(qtbot, worker):
    """A window on the made-up market, computed whole."""
    window = filled(qtbot, worker, made_up.scenario())
    if not window.runner.run or not window.runner.run.complete:
        with qtbot.waitSignal(window.runner.finished, timeout=20_000):
            pass
    return window


def closed(qtbot, window):
    """Let a window go, whatever it is at and whatever was changed."""
    window.runner.cancel()
    qtbot.waitUntil(lambda: not window.runner._busy, timeout=5_000)
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()


def change_something(window):
    window.document.change("More longs", "crowd.long_share", 0.8)
