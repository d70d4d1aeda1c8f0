"""The window with October in it, offscreen, for what measures the screen."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gui
from engine import scenario_file
from gui.application import make_application
from gui.garbage import leave_what_stands
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.worker import Worker

REST_S = 0.0005


class Opened:
    """A window at 1920×1080 that begins to compute as it does for a person."""

    def __init__(self) -> None:
        settings = Settings(theme="dark", language="en")
        self.application = make_application(settings)
        self.session = Session(scenario_file.load(gui.OCTOBER), Worker())
        self.window = MainWindow(self.session, settings)
        self.window.painted.connect(self.session.begin)
        self.window.filled.connect(leave_what_stands)
        self.window.resize(1920, 1080)
        self.window.show()

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        while not what():
            self.application.processEvents()

    def live(self, until: Callable[[], bool], seconds: float = math.inf) -> None:
        """As ``wait_for``, but leave the processor to others, and give up after some time."""
        end_s = time.monotonic() + seconds
        while not until() and time.monotonic() < end_s:
            self.application.processEvents()
            time.sleep(REST_S)
