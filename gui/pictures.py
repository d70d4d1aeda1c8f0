"""Pictures of the window without a person: a smoke test, and an album of a scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from engine.clock import MINUTE_S
from engine.record import Run
from gui.main_window import MainWindow
from gui.timers import once_after

PLAY_MS = 2_000
SETTLE_MS = 600
"""What the window gets after a leap of the cursor to draw everything and describe it."""

LONGEST_MS = 10 * 60_000
ALBUM_SIZE = (1920, 1080)
LAST_PAGE = "4-end"
"""The only one that shows the whole scenario; the others look at the storm."""

AFTER_THE_STORM_S = 2.5 * 3_600.0


class Script(QObject):
    """Opens the window, does something with it when it is filled, and ends the application."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__()
        self.window, self.folder = window, folder
        self.window.runner.failed.connect(self._fail)
        self._longest = once_after(LONGEST_MS, self._too_long, self)

    def begin(self) -> None:
        self._longest.start()
        self.window.resize(*ALBUM_SIZE)
        self.window.filled.connect(self.filled)
        self.window.show()

    def filled(self) -> None:
        """Do it. Overridden."""

    def save(self, name: str) -> bool:
        """Save the window as it is; end the application if that can't be done."""
        path = self.folder / f"{name}.png"
        if self.window.grab().save(str(path)):
            return True
        self._fail(f"{path} could not be written")
        return False

    def finish(self, code: int = 0) -> None:
        self._longest.stop()
        QApplication.exit(code)

    def _too_long(self) -> None:
        self._fail("nothing more happened for ten minutes")

    def _fail(self, message: str) -> None:
        if sys.stderr is not None:
            print(f"cascade-lab: {message}", file=sys.stderr)
        self.finish(1)


class Smoke(Script):
    """Plays two seconds and saves ``window.png``."""

    def filled(self) -> None:
        self._from_s = -1.0
        self.window.player.grew.connect(self._play_once_ready)
        self._play_once_ready()

    def _play_once_ready(self) -> None:
        player = self.window.player
        if self._from_s < 0 and player.ready:
            self._from_s = player.time_s
            player.play()
            QTimer.singleShot(PLAY_MS, self._look)

    def _look(self) -> None:
        if self.window.player.time_s <= self._from_s:
            self._fail("the cursor did not move while playing")
        elif self.save("window"):
            self.finish()


class Album(Script):
    """Saves the window before the shock, at the height of the storm, after it, and at the end."""

    def filled(self) -> None:
        if self.window.runner.computing:
            self.window.runner.finished.connect(self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        run = self.window.runner.run
        if run is not None:
            self._pages = moments(run)
            self._turn()

    def _turn(self) -> None:
        page = next(self._pages, None)
        if page is None:
            self.finish()
            return
        self._name, time_s = page
        if self.window.charts is not None and self._name == LAST_PAGE:
            self.window.charts.show_all()
        self.window.player.seek(time_s)
        QTimer.singleShot(SETTLE_MS, self._photograph)

    def _photograph(self) -> None:
        if self.save(self._name):
            self._turn()


def moments(run: Run) -> Iterator[tuple[str, float]]:
    """Name the moments of a run worth a picture."""
    end_s = float(run.grid.end_s[-1])
    shocks_s = [shock.at_min * MINUTE_S for shock in run.scenario.shocks]
    shock_s = min(shocks_s, default=end_s / 4)
    yield "1-before", max(shock_s - MINUTE_S, 0.0)
    yield "2-storm", height_of_storm_s(run)
    yield "3-after", min(shock_s + AFTER_THE_STORM_S, end_s)
    yield LAST_PAGE, end_s


def height_of_storm_s(run: Run) -> float:
    """Return the end of the minute in which most was liquidated."""
    liquidated = run["liquidated_long_usd"] + run["liquidated_short_usd"]
    minute = ((run.grid.end_s - 1e-6) // MINUTE_S).astype(int)
    by_minute = np.bincount(minute, weights=liquidated.reshape(len(minute), -1).sum(axis=1))
    return float(np.argmax(by_minute) + 1) * MINUTE_S
