"""A collection of garbage while Qt holds a lock makes the window stand still for ever."""

import gc
import subprocess
import sys
import weakref

from PySide6.QtCore import QObject

from gui import garbage

DISCONNECTING = """
import gc, os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
import pyqtgraph as pg
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from gui.garbage import collect_between_events

class Sender(QObject):
    told = Signal()
    def hear(self): pass

def throw_away(count):
    for _ in range(count):
        one, other = Sender(), Sender()
        one.other, other.other = other, one
        one.told.connect(other.hear)

application = QApplication([])
collect_between_events(application)
for _ in range(5):
    view, item = pg.GraphicsView(), pg.PlotCurveItem()
    view.sigDeviceRangeChanged.connect(item.viewRangeChanged)
    disconnect, slot = view.sigDeviceRangeChanged.disconnect, item.viewRangeChanged
    gc.set_threshold(1_000_000)
    throw_away(300)
    gc.set_threshold(1)
    disconnect(slot)
print("went well")
"""


def test_signals_are_disconnected_whatever_lies_about():
    """Without ``gc.disable`` this stands still at the first signal (Python 3.11)."""
    done = subprocess.run(
        [sys.executable, "-c", DISCONNECTING],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "went well" in done.stdout


def test_cycles_go_when_there_are_enough_of_them(qtbot, monkeypatch):
    monkeypatch.setattr(garbage, "ENOUGH", 50)
    assert not gc.isenabled()
    thrown = []
    for _ in range(100):
        one, other = QObject(), QObject()
        one.other, other.other = other, one
        thrown.append(weakref.ref(one))
    del one, other
    assert all(each() is not None for each in thrown)
    qtbot.waitUntil(lambda: all(each() is None for each in thrown), timeout=5_000)
