"""How long the window is deaf: the longest stretches between two turns of its event loop.

    python tests/bench/responsive.py [--causes] [main | windows | many | check …]

A timer that wants to tick every 5 ms notes how long it had to wait while the program works:
October with a million accounts computed and played, each window opened for the first time, 64
worlds of October with 20,000 accounts, the reality check over 8 seeds. Prints the longest wait, its
processor time (which a busy machine doesn't change) and how many waits took more than 50 ms. With
``--causes`` a second thread looks where the loop is while it is late, and the places are printed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import Qt, QTimer

from engine.scenario import Scenario
from tests.bench.opened import Opened

TICK_MS, LATE_S, LOOK_S = 5, 0.050, 0.010
SETTLED_S = 2.0
ACTIVITIES = ("main", "windows", "many", "check")


class Waits:
    """Notes how long the event loop kept a timer waiting, and where it was."""

    def __init__(self, causes: bool) -> None:
        self.waits: list[tuple[float, float]] = []
        self.places: Counter[str] = Counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last: tuple[float, float] | None = None
        self._loop = threading.get_ident()
        if causes:
            threading.Thread(target=self._look, daemon=True).start()

    def begin(self) -> None:
        """Measure from now on."""
        self.waits, self.places, self._last = [], Counter(), None
        self._timer.start()

    def end(self, label: str) -> None:
        """Stop, and print a row."""
        self._timer.stop()
        self._last = None
        wall_s, cpu_s = (max(column) for column in zip(*self.waits, strict=True))
        late = [sum(value > LATE_S for value in column) for column in zip(*self.waits, strict=True)]
        print(
            f"{label:44}{1e3 * wall_s:8.0f} ms {late[0]:4} late"
            f"{1e3 * cpu_s:8.0f} ms {late[1]:4} late   of {len(self.waits):,}",
            flush=True,
        )
        for place, count in self.places.most_common(6):
            print(f"    {count:4} × {place}")

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        if self._last is not None:
            self.waits.append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_S)
            if self._last is None or time.perf_counter() - self._last[0] < LATE_S / 2:
                continue
            self.places[_place(sys._current_frames().get(self._loop))] += 1


def _place(frame: FrameType | None) -> str:
    """Return the last few of the program's functions a thread is in, and where it is by now.

    Read at once and let go: who holds a frame holds what is painted in it.
    """
    names: list[str] = []
    inner = ""
    while frame is not None:
        code = frame.f_code
        name = f"{Path(code.co_filename).stem}.{code.co_name}"
        inner = inner or name
        if "/gui/" in code.co_filename or "/engine/" in code.co_filename:
            names.append(f"{name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join([inner, *names[:5]])


def with_accounts(scenario: Scenario, accounts: int) -> Scenario:
    """Return a scenario with another number of accounts."""
    crowd = scenario.crowd.model_copy(update={"accounts": accounts})
    return scenario.model_copy(update={"crowd": crowd})


class Measured:
    """A window, and what is done with it."""

    def __init__(self, causes: bool) -> None:
        self.opened = Opened()
        self.window, self.session = self.opened.window, self.opened.session
        self.live = self.opened.live
        self.live(lambda: self.window.charts is not None)
        self.waits = Waits(causes)
        self.october = self.session.document.scenario

    def compute(self, accounts: int) -> None:
        """Compute October with so many accounts."""
        self.session.document.edit("", with_accounts(self.october, accounts))
        self.live(lambda: self.session.runner.run.complete and not self.session.runner.computing)

    def main(self) -> None:
        """A million accounts, computed from start to end and played at the same time."""
        million = with_accounts(self.october, 1_000_000)
        self.live(lambda: self.session.runner.run.complete)
        for seed, label, speed in ((11, "at ×3,600", 3_600.0), (12, "as computed", float("inf"))):
            self.session.player.begin(self.october)
            self.session.player.set_speed(speed)
            self.waits.begin()
            self.session.runner.start(million.model_copy(update={"seed": seed}))
            self.live(lambda seed=seed: self._computed_of(seed) > 10)
            self.session.player.play()
            self.live(lambda: self.session.runner.run.complete)
            self.waits.end(f"1,000,000 accounts computed, played {label}")
        self.session.player.pause()

    def _computed_of(self, seed: int) -> int:
        run = self.session.runner.run
        return run.computed if run.scenario.seed == seed else 0

    def windows(self) -> None:
        """Each window, opened for the first time and then again."""
        self.compute(20_000)
        self.window.actions_["pin"].trigger()
        self.window.files.lay_over("books-stay-full")
        self.live(lambda: self.session.player.run is self.session.runner.run)
        self.live(lambda: self.session.runner.run.complete)
        for again in ("for the first time", "again"):
            for name in ("compare", "presets", "many", "check"):
                self.waits.begin()
                self.window.actions_[name].trigger()
                self.live(lambda: False, SETTLED_S)
                self.waits.end(f"{name} opened {again}")
                self.window.comparing.windows[name].hide()

    def many(self) -> None:
        """64 worlds of October with 20,000 accounts on two processes."""
        self.compute(20_000)
        self._play(self.window.comparing.open_many(), 64, "64 worlds")

    def check(self) -> None:
        """The reality check over 8 seeds."""
        self.compute(20_000)
        self._play(self.window.comparing.open_check(), 8, "reality check, 8 seeds")

    def _play(self, view, seeds: int, label: str) -> None:
        bar = view.play_bar
        bar.seeds.setValue(seeds)
        self.live(lambda: False, SETTLED_S)
        self.waits.begin()
        bar.button.click()
        self.live(lambda: not bar.playing)
        self.live(lambda: False, 0.5)
        self.waits.end(label)
        view.close()


def measure(names: list[str], causes: bool) -> None:
    """Print a row for each activity."""
    print(f"{'':44}{'wall clock':>20}{'processor time':>19}")
    measured = Measured(causes)
    for name in names or ACTIVITIES:
        getattr(measured, name)()
    measured.session.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASCADE_LAB_HOME"] = home  # what the window keeps is nobody's here
        measure([word for word in sys.argv[1:] if word != "--causes"], "--causes" in sys.argv)
