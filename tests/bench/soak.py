"""What a long session leaves behind: memory and objects after thousands of repaints and runs anew.

    python tests/bench/soak.py [accounts] [re-runs] [repaints]

October with a small crowd, offscreen: every tab visited, A pinned and B drawn over it, side windows
open, 3,000 repaints while playing and 50 runs after edits. Prints, after a warm-up and then after
each fifth, the memory of the window and of its computing process, the number of its Qt objects and
of Python objects, threads and open files: what leaks goes on rising. On Linux only, which tells
memory.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QObject

from gui.charts.tabs import TABS
from tests.bench.opened import Opened

ACCOUNTS, RERUNS, REPAINTS = 2_000, 50, 3_000
WARM_RERUNS, WARM_REPAINTS = 8, 300
PARTS = 5
VIEWS = ("compare", "presets", "many", "check")


def megabytes(process: int | str) -> float:
    """Return the memory a process has in use."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Soak:
    """A window that is used for a long time."""

    def __init__(self, accounts: int) -> None:
        self.opened = Opened()
        self.window, self.session = self.opened.window, self.opened.session
        self.opened.live(lambda: self.window.charts is not None)
        scenario = self.session.document.scenario
        crowd = scenario.crowd.model_copy(update={"accounts": accounts})
        self.session.document.edit("", scenario.model_copy(update={"crowd": crowd}))
        self.computed()
        self.window.actions_["pin"].trigger()
        for name in VIEWS:
            self.window.actions_[name].trigger()
        self.edits = 0

    def computed(self) -> None:
        """Wait until the run is whole and shown."""
        runner, player = self.session.runner, self.session.player
        self.opened.live(
            lambda: not runner.computing and runner.run.complete and player.run is runner.run
        )

    def rerun(self, times: int) -> None:
        """Change something, wait for the new run, visit a tab."""
        for _ in range(times):
            self.edits += 1
            self.session.document.change("", "insurance.fund_pct", 0.3 + 0.01 * (self.edits % 7))
            self.computed()
            self.window.charts.show_tab(self.edits % len(TABS))
            self.opened.application.processEvents()

    def repaint(self, times: int) -> None:
        """Move the cursor as a playing one does, and let the window paint."""
        player = self.session.player
        for nth in range(times):
            if nth % 100 == 0:
                self.window.charts.show_tab(nth // 100 % len(TABS))
            if player.at_end:
                player.to_start()
            player._move_to(player.time_s + 120.0)
            self.opened.application.processEvents()

    def counts(self) -> dict[str, float]:
        """Return what there is now."""
        for _ in range(20):
            self.opened.application.processEvents()
        gc.collect()
        return {
            "memory, MB": megabytes("self"),
            "computing process, MB": megabytes(self.session.runner._worker.process_id),
            "Qt objects": len(self.window.findChildren(QObject)),
            "Python objects": len(gc.get_objects()),
            "threads": threading.active_count(),
            "open files": len(list(Path("/proc/self/fd").iterdir())),
        }


def measure(accounts: int, reruns: int, repaints: int) -> None:
    """Use the window, and print what is left of it."""
    soak = Soak(accounts)
    soak.rerun(WARM_RERUNS)
    soak.repaint(WARM_REPAINTS)
    found = soak.counts()
    print(f"{'':20}" + "".join(f"{name:>23}" for name in found))
    tell("warm", found)
    for part in range(1, PARTS + 1):
        soak.repaint(repaints // PARTS)
        tell(f"{part * repaints // PARTS:,} repaints", soak.counts())
    for part in range(1, PARTS + 1):
        soak.rerun(reruns // PARTS)
        tell(f"{part * reruns // PARTS:,} runs anew", soak.counts())
    soak.session.close()


def tell(when: str, found: dict[str, float]) -> None:
    """Print a line of figures."""
    print(f"{when:20}" + "".join(f"{value:23,.1f}" for value in found.values()), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASCADE_LAB_HOME"] = home
        given = [int(word) for word in sys.argv[1:]]
        measure(*given, *(ACCOUNTS, RERUNS, REPAINTS)[len(given) :])
