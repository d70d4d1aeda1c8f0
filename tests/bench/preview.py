"""How soon a dragged lever is seen: in the preview, and in a new run's first stretch.

    python tests/bench/preview.py

Opens October offscreen, drags the leverage of the money through fifty values with all panels open,
and prints the median and the 95th percentile of the time from each move of the slider to the
preview painted (the estimate alone too); then releases ten drags and prints the time until the
new run's first stretch has arrived, and until it is shown at the start of the scenario.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

MOVES = 50
RELEASES = 10


def main() -> None:
    """Drag and print."""
    import numpy as np

    from engine.preview import liquidated_by_moves
    from tests.bench.opened import Opened

    opened = Opened()
    session, window = opened.session, opened.window
    player, runner, wait_for = session.player, session.runner, opened.wait_for

    def told(label: str, times_s: list[float]) -> None:
        median, high = np.percentile(np.array(times_s) * 1e3, [50, 95])
        print(f"{label:44}median {median:6.1f} ms, 95th percentile {high:6.1f} ms")

    wait_for(lambda: window.charts is not None and player.ready)
    alone = []
    for _ in range(MOVES):
        begun = time.perf_counter()
        liquidated_by_moves(session.document.scenario)
        alone.append(time.perf_counter() - begun)
    told("the estimate alone", alone)

    preview, slider = (
        window.setup.preview,
        window.setup.rows["crowd.leverage_median_by_notional"].slider,
    )
    seen = []
    slider.setSliderDown(True)
    for i in range(MOVES):
        before = preview._preview
        begun = time.perf_counter()
        slider.setValue(300 + 3 * i)
        wait_for(
            lambda before=before: preview._preview is not None and preview._preview is not before
        )
        seen.append(time.perf_counter() - begun)
    slider.setSliderDown(False)
    told("a move of the slider, seen in the preview", seen)

    first = []
    for i in range(RELEASES):
        slider.setSliderDown(True)
        slider.setValue(520 + 10 * i)
        begun = time.perf_counter()
        slider.setSliderDown(False)
        wanted = session.document.scenario
        wait_for(lambda wanted=wanted: runner.run.scenario == wanted and runner.run.computed > 0)
        first.append(time.perf_counter() - begun)
    told("release to the new run's first stretch", first)
    session.close()


if __name__ == "__main__":
    main()
