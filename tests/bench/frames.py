"""How long a frame takes, and how soon the window is there.

    python tests/bench/frames.py

Plays October with all charts, offscreen at 1920×1080, and prints the median and the 95th percentile
of what the main thread spends on a frame (cursor, charts, panels, painting), while the rest is
still being computed and after that, and with each of the other tabs (in processor time too, which a
busy machine doesn't change); what it costs to paint the liquidation map as a whole and to make it
anew; how often a window at rest paints; what a collection of garbage takes; and the times from the
start of the process to the first picture, to charts with something on them, and to the cursor
standing before the shock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

FRAMES = 400
FRAME_S = 0.016
STARTS = 5


def measure_frames() -> None:
    """Play and print the cost of frames."""
    import numpy as np

    from gui.charts.tabs import TABS
    from tests.bench.opened import Opened

    opened = Opened()
    application, session, window = opened.application, opened.session, opened.window
    player, runner, wait_for = session.player, session.runner, opened.wait_for

    def frames(label: str) -> None:
        costs_ms, cpu_ms = [], []
        player.play()
        player._timer.stop()  # frames come from here, so that each can be timed whole
        for _ in range(FRAMES):
            if not player.playing:
                break
            begun, cpu_begun = time.perf_counter(), time.thread_time()
            player._move_to(player.time_s + 600.0 * FRAME_S)
            application.processEvents()
            cost_s = time.perf_counter() - begun
            costs_ms.append(1e3 * cost_s)
            cpu_ms.append(1e3 * (time.thread_time() - cpu_begun))
            time.sleep(max(0.0, FRAME_S - cost_s))
        player.pause()
        for clock, values in (("", costs_ms), (" (processor time)", cpu_ms)):
            median, high = np.percentile(values, [50, 95])
            print(
                f"{label + clock:42}median {median:5.1f} ms, 95th percentile {high:5.1f} ms, "
                f"longest {max(values):5.1f} ms of {len(values)}"
            )

    wait_for(lambda: window.charts is not None and player.ready)
    frames("playing while computing")
    wait_for(lambda: runner.run.complete)
    shock_s = runner.run.scenario.shocks[0].at_min * 60.0
    for index, tab in enumerate(TABS):
        window.charts.show_tab(index)
        player.seek(shock_s - 300.0)
        for _ in range(50):
            application.processEvents()
        frames(f"playing, all computed: {tab.name}")
    measure_map(window)
    measure_rest(application, window)
    measure_garbage()
    session.close()


def measure_map(window) -> None:
    """Print what the heat map costs: painted as a whole, and made anew for another view."""
    import numpy as np

    from gui.charts.tabs import TABS

    window.charts.show_tab([tab.name for tab in TABS].index("map"))
    chart = window.charts.views["map"]
    for label, work in (
        ("liquidation map, all of it painted", chart.plot.viewport().grab),
        ("liquidation map, cells made anew", lambda: chart._draw_cells(chart.figures)),
        ("liquidation map, drawn for another view", chart.redraw),
    ):
        costs_ms = []
        for _ in range(50):
            begun = time.thread_time()
            work()
            costs_ms.append(1e3 * (time.thread_time() - begun))
        median, high = np.percentile(costs_ms, [50, 95])
        print(f"{label:42}median {median:5.1f} ms, 95th percentile {high:5.1f} ms")


def measure_rest(application, window) -> None:
    """Print how often the charts' pictures are painted while nothing happens."""
    from PySide6.QtCore import QEvent, QObject

    class Painted(QObject):
        times = 0

        def eventFilter(self, _watched, event) -> bool:  # noqa: N802 (Qt's name)
            self.times += event.type() is QEvent.Type.Paint
            return False

    painted = Painted()
    window.player.pause()
    for _ in range(100):
        application.processEvents()
        time.sleep(0.01)
    watched = [chart.plot.viewport() for chart in window.charts.charts]
    for each in (*watched, window.timeline, *window.gauges.gauges):
        each.installEventFilter(painted)
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.005)
    print(f"{'painted in two seconds at rest':42}{painted.times} times")


def measure_garbage() -> None:
    """Print what a collection takes: of what came after the window was filled, and of all."""
    import gc

    for what in ("after the window was filled", "all of it"):
        objects, costs_ms = len(gc.get_objects()), []
        for _ in range(STARTS):
            begun = time.thread_time()
            gc.collect()
            costs_ms.append(1e3 * (time.thread_time() - begun))
        median = sorted(costs_ms)[STARTS // 2]
        print(f"{'garbage, ' + what:42}median {median:5.1f} ms, {objects:,} objects")
        gc.unfreeze()


def measure_start() -> None:
    """Print when the first picture, living charts and the waiting cursor were there."""
    _one_start()
    laps = [_one_start() for _ in range(STARTS)]
    for i, label in enumerate(
        ("first picture", "charts with a run on them", "cursor before shock")
    ):
        times = sorted(lap[i] for lap in laps)
        print(f"{label:34}median {times[STARTS // 2]:.2f} s, best {times[0]:.2f} s")


def _one_start() -> list[float]:
    begun = time.time()
    # As everywhere else, the program's files are compiled once, not at every start.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, __file__, "--one-start"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) - begun for word in done.stdout.split()]


def one_start() -> None:
    """Start as ``main.py`` does and print the time of day at each lap."""
    from gui.worker import Worker

    worker = Worker()
    worker.start()
    from gui import app

    laps: list[float] = []

    def lap() -> None:
        laps.append(time.time())

    class Watched(app.MainWindow):
        def __init__(self, session, settings) -> None:
            super().__init__(session, settings)
            self.painted.connect(lap)

        def serve(self, session) -> None:
            super().serve(session)
            session.player.grew.connect(self.look)
            session.player.moved.connect(self.look)

        def look(self) -> None:
            if len(laps) == 1 and self.charts is not None and self.player.computed_s:
                lap()
            if len(laps) == 2 and self.player.ready:
                lap()
                self.close()

    app.MainWindow = Watched
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASCADE_LAB_HOME"] = home
        app.open_window(None, worker)
    print(*laps)


if __name__ == "__main__":
    if "--one-start" in sys.argv:
        one_start()
    else:
        measure_start()
        measure_frames()
