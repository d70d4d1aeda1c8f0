"""The window with October in it, offscreen, for what measures the screen."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gui
from engine import scenario_file
from gui import app
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.worker import Worker


class Opened:
    """A window at 1920×1080 that begins to compute as it does for a person."""

    def __init__(self) -> None:
        settings = Settings(theme="dark", language="en")
        self.application = app.make_application(settings)
        self.session = Session(scenario_file.load(gui.OCTOBER), Worker())
        self.window = MainWindow(self.session, settings)
        self.window.painted.connect(self.session.begin)
        self.window.resize(1920, 1080)
        self.window.show()

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        while not what():
            self.application.processEvents()
