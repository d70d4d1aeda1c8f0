"""How long the October scenario takes: ``python tests/bench/october.py [ACCOUNTS …]``.

Prints the median and the range of five runs each, engine seconds and microseconds a step. Measure
on a quiet machine.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from engine import scenario_file  # noqa: E402  (the project is not installed)
from engine.run import run  # noqa: E402

REPEATS = 5


def main(sizes: list[str]) -> None:
    """Measure each number of accounts in turn, interleaved, and print one table."""
    october = scenario_file.load(ROOT / "assets" / "scenarios" / "october-2025.cascade")
    cases = [scenario_file.with_setting(october, "crowd.accounts", size) for size in sizes]
    seconds: list[list[float]] = [[] for _ in cases]
    steps = 0
    for _ in range(REPEATS):
        for case, times in zip(cases, seconds, strict=True):
            record = run(case)
            steps = len(record.grid)
            times.append(record.engine_seconds)
    print(f"{'accounts':>10} {'steps':>7} {'median s':>9} {'min':>6} {'max':>6} {'us/step':>8}")
    for size, times in zip(sizes, seconds, strict=True):
        middle = statistics.median(times)
        print(
            f"{int(size):>10,} {steps:>7,} {middle:>9.2f} {min(times):>6.2f} {max(times):>6.2f} "
            f"{middle / steps * 1e6:>8.0f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:] or ["20000", "100000", "200000"])
