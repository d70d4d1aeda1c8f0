"""How fast the engine is, against what else one could do: one table, all of it measured now.

    python3 dev.py bench [--quick]

Times are seconds of processor time, so that a busy machine spoils them little; of mesa-frames,
which uses several cores, those of the clock if that is less. Each is the median of five repeats
(one with --quick), taken in turns with what it is compared with. What would take hours is measured
over fewer steps, and the line says so. Without an environment for Mesa (dev.py makes it) its lines
are left out.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine import scenario_file  # noqa: E402  (the project is not installed)
from engine.arrays import Floats  # noqa: E402
from engine.margin import Standing  # noqa: E402
from engine.record import Run, Stretch  # noqa: E402
from engine.run import Simulation  # noqa: E402
from engine.scenario import Scenario  # noqa: E402
from tests.bench import reference  # noqa: E402
from tests.bench.full_scan import FullScan  # noqa: E402

REPEATS = 5
WINDOW = 40
"""So many steps at a time are played with a full scan too."""

MESA_STEPS = 4
"""Of Mesa, so many steps are measured with a million agents, as many more with fewer."""


@dataclass(frozen=True)
class Line:
    """What was measured, what it should be, what it is, and whether that is met.

    ``met`` is None where there is no target.
    """

    what: str
    target: str
    measured: str
    met: bool | None = None


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def at_least(what: str, factor: float, target: float, note: str = "") -> Line:
    """Return the line of a ratio that should be at least so large."""
    return Line(what, f"≥ {target:g}×", f"{factor:.1f}×{note}", factor >= target)


# ---------------------------------------------------------------- October


def october(accounts: int) -> Scenario:
    """Return the scenario of October with so many accounts."""
    file = ROOT / "assets" / "scenarios" / "october-2025.cascade"
    return scenario_file.with_setting(scenario_file.load(file), "crowd.accounts", str(accounts))


def storm(accounts: int) -> Scenario:
    """Return October's post after half an hour of calm, and the hour that follows."""
    settings = october(accounts).model_dump(mode="json")
    settings["clock"] |= {"duration_min": 90, "fine_window_min": 60}
    settings["shocks"] = [settings["shocks"][0] | {"at_min": 30.0}]
    settings |= {"rule_changes": [], "top_ups": [], "halts": [], "desk": []}
    return scenario_file.from_settings(settings)


def parts_of(simulation: Simulation) -> dict[str, range]:
    """Return the steps before the post, within the storm hour, and after it."""
    start_s, at_s = simulation.grid.start_s, simulation.scenario.shocks[0].at_min * 60
    post, over = (int(np.searchsorted(start_s, at_s + hour * 3_600)) for hour in (0, 1))
    return {
        "calm before": range(post),
        "storm hour": range(post, over),
        "after": range(over, len(start_s)),
    }


def fork(simulation: Simulation) -> Simulation:
    """Return the same market, from here on with a full scan."""
    other = Simulation(simulation.scenario, keyframe=simulation.keyframe())
    market = other.market
    market.screen = FullScan.in_place_of(market.screen, market.state.mark_usd)
    return other


def play_october(accounts: int) -> tuple[dict[str, float], dict[str, float], Run]:
    """Play October, and windows of it again with a full scan, which must give the same numbers.

    Returns the seconds of each part with the screen and, scaled up from windows, with a full scan;
    and the record.
    """
    simulation = Simulation(october(accounts))
    record = Run(simulation.scenario)
    screened, scanned = {}, {}
    for part, steps in parts_of(simulation).items():
        screened[part], each = 0.0, []
        for place in np.linspace(steps.start, steps.stop - WINDOW, 3).astype(int):
            screened[part] += advance(simulation, int(place) - simulation.done, record)[0]
            other = fork(simulation)
            seconds, stretch = advance(simulation, WINDOW, record)
            screened[part] += seconds
            seconds, again = advance(other, WINDOW)
            each.append(seconds / WINDOW)
            for name, values in stretch.series.items():
                np.testing.assert_array_equal(again.series[name], values, name)
        scanned[part] = len(steps) * sum(each) / len(each)
    return screened, scanned, record


def advance(simulation: Simulation, steps: int, record: Run | None = None) -> tuple[float, Stretch]:
    """Play some steps on; return the seconds that took, and what they recorded."""
    begun = time.process_time()
    stretch = simulation.advance(steps)
    seconds = time.process_time() - begun
    if record is not None:
        record.append(stretch)
    return seconds, stretch


def october_lines(repeats: int) -> Iterator[Line]:
    """Compare the screen with a full scan, and both with the memory's speed."""
    for accounts, target in ((200_000, 2.0), (1_000_000, 8.0)):
        whole, storms, seconds = [], [], []
        for _ in range(repeats):
            screened, scanned, record = play_october(accounts)
            seconds.append(sum(screened.values()))
            whole.append(sum(scanned.values()) / seconds[-1])
            storms.append(scanned["storm hour"] / screened["storm hour"])
        size = f"{accounts:,} accounts"
        note = f" (full scan: {9 * WINDOW} of {len(record.grid):,} steps, same numbers)"
        told = f"{median(seconds):.2f} s"
        if accounts == 200_000:
            yield Line(f"October, {size}", "≤ 3 s", told, median(seconds) <= 3.0)
        else:
            yield Line(f"October, {size}", "", told)
        what = f"October, {size}: screen against full scan"
        yield at_least(what, median(whole), target, note)
        if accounts == 1_000_000:
            yield at_least(f"{what}, storm hour", median(storms), 3.0)
            per_step = median(seconds) / len(record.grid)
            limit = reading_s(accounts)
            what = f"October, {size}: against reading all quantities and cash once a step"
            note = f" ({per_step * 1e3:.2f} against {limit * 1e3:.2f} ms a step)"
            yield at_least(what, limit / per_step, 3.0, note)
            search = searching_s(accounts) / len(record.grid)
            note = f" ({search * 1e3:.3f} ms a step)"
            yield at_least("… the search for who is due alone", limit / search, 3.0, note)
        else:
            yield Line("Record of October", "< 150 MB", *below(held_mb(record), 150))


def searching_s(accounts: int) -> float:
    """Return how long October's steps look for who is due, and how far below maintenance."""
    simulation = Simulation(october(accounts))
    screen, spent = simulation.market.screen, 0.0
    due = screen.due

    def watched(mark_usd: Floats) -> Standing | None:
        nonlocal spent
        begun = time.process_time()
        found = due(mark_usd)
        spent += time.process_time() - begun
        return found

    screen.due = watched  # type: ignore[method-assign]
    simulation.advance(len(simulation.grid))
    return spent


def reading_s(accounts: int) -> float:
    """Return how long it takes to read five quantities and the cash of so many accounts.

    From memory: several such sets are read in turn, more than any cache holds.
    """
    sets = [np.ones((6, accounts)) for _ in range(12)]
    return median(timed(numbers.sum) for _ in range(3) for numbers in sets)


def held_mb(record: Run) -> float:
    """Return the size of a record."""
    held = sum(record[name].base.nbytes for name in record._series)
    held += sum(each.notional_usd.nbytes for each in record.maps)
    held += sum(
        np.asarray(column).nbytes for entry in record.adl for column in vars(entry).values()
    )
    return held / 1e6


def below(value: float, limit: float) -> tuple[str, bool]:
    """Return megabytes as text, and whether they are below a limit."""
    return f"{value:.0f} MB", value < limit


# ---------------------------------------------------------------- the reference model


def by_other(python: str, name: str, task: Path, steps: int) -> tuple[float, float, float]:
    """Play the reference model in another environment; return seconds, accounts and USD."""
    script = Path(__file__).with_name("reference_mesa.py")
    command = [python, str(script), name, str(task), str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    seconds, accounts, size_usd = json.loads(done.stdout.splitlines()[-1])
    return seconds, accounts, size_usd


def agree(name: str, ours: reference.Result, steps: int, taken: tuple[float, float, float]) -> None:
    """Insist that another implementation took over what ours did in so many steps."""
    _, accounts, size_usd = taken
    expected = ours.accounts[steps - 1], ours.size_usd[steps - 1]
    if accounts != expected[0] or not np.isclose(size_usd, expected[1], rtol=1e-9):
        raise AssertionError(f"{name}: {accounts}, {size_usd} instead of {expected}")


TARGETS = {100_000: {"mesa": 50.0}, 1_000_000: {"mesa": 500.0, "mesa-frames": 8.0, "numpy": 8.0}}
"""How many times faster the reference model should be in the engine, by accounts."""


def reference_lines(repeats: int, python: str | None) -> Iterator[Line]:
    """Compare the reference model in the engine, in plain numpy, in Mesa and in mesa-frames."""
    with tempfile.TemporaryDirectory() as folder:
        task_file = Path(folder) / "task.npz"
        share = leaving_share(python, task_file) if python else 1.0
        for accounts, targets in TARGETS.items():
            mesa_steps = MESA_STEPS * 1_000_000 // accounts
            ours: list[float] = []
            others: dict[str, list[float]] = {}
            for _ in range(repeats):
                task, result = reference.by_engine(accounts)
                ours.append(result.seconds)
                task.save(task_file)
                for name in targets:
                    steps = mesa_steps if name == "mesa" else reference.STEPS
                    if name == "numpy":
                        taken = by_numpy(task, steps)
                    elif python:
                        taken = by_other(python, name, task_file, steps)
                    else:
                        continue
                    agree(name, result, steps, taken)
                    others.setdefault(name, []).append(taken[0] * reference.STEPS / steps)
            what = f"Reference model, {accounts:,} accounts"
            same = f"{result.accounts[-1]:,.0f} taken over, {result.size_usd[-1] / 1e6:,.1f} M USD"
            yield Line(f"{what}: ours, 1,000 steps", "", f"{median(ours):.2f} s; {same}")
            for name, seconds in others.items():
                whole, note = median(seconds), "; the same taken over"
                if name == "mesa":
                    whole *= share
                    note = f": {mesa_steps} steps × {share:.2f}, as agents taken over leave"
                factor = whole / median(ours)
                yield at_least(
                    f"{what}: against {name}", factor, targets[name], f" ({whole:.1f} s{note})"
                )


def by_numpy(task: reference.Task, steps: int) -> tuple[float, float, float]:
    """Play the reference model in plain numpy; return seconds, accounts and USD."""
    found = reference.by_numpy(task, steps)
    return found.seconds, float(found.accounts[-1]), float(found.size_usd[-1])


def leaving_share(python: str, task_file: Path) -> float:
    """Return what a step of Mesa costs on average ÷ one of the first: agents taken over leave.

    Measured over all 1,000 steps at 10,000 accounts, which must take over what ours do. With more
    accounts only the first steps are measured, and this tells what all of them would take.
    """
    task, result = reference.by_engine(10_000)
    task.save(task_file)
    shares = []
    for _ in range(5):
        first, _, _ = by_other(python, "mesa", task_file, 50)
        whole = by_other(python, "mesa", task_file, reference.STEPS)
        agree("mesa", result, reference.STEPS, whole)
        shares.append(whole[0] / reference.STEPS / (first / 50))
    return min(median(shares), 1.0)


# ---------------------------------------------------------------- growth and memory


def growth_lines(repeats: int) -> list[Line]:
    """Measure what more accounts and more worlds cost."""
    sizes, worlds = (10_000, 100_000, 1_000_000), (1, 8, 64)
    by_size: dict[int, list[float]] = {size: [] for size in sizes}
    pace: dict[int, list[float]] = {count: [] for count in worlds}
    for _ in range(repeats):
        for size in sizes:
            simulation = Simulation(storm(size))
            by_size[size].append(advance(simulation, len(simulation.grid))[0])
        for count in worlds:
            simulation = Simulation(storm(20_000), count)
            steps = len(simulation.grid)
            pace[count].append(steps * count / advance(simulation, steps)[0])
    seconds = [median(by_size[size]) for size in sizes]
    told = " / ".join(f"{each:.2f} s" for each in seconds)
    rates = [median(pace[count]) for count in worlds]
    grows = all(more < 10 * less for less, more in pairwise(seconds))
    paces = " / ".join(f"{rate:,.0f}" for rate in rates)
    return [
        Line("Storm of 750 steps, 10 k / 100 k / 1 M accounts", "< 10× each", told, grows),
        at_least(
            "Storm, 20,000 accounts: world-steps per second, 64 worlds against one",
            rates[-1] / rates[0],
            4.0,
            f" ({paces} with 1 / 8 / 64)",
        ),
    ]


def memory_lines() -> Iterator[Line]:
    """Measure the most memory that a storm of a million accounts in five assets takes."""
    command = [sys.executable, __file__, "--memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    yield Line(
        "Memory at most, 1,000,000 accounts × 5 assets",
        "< 1000 MB",
        *below(float(done.stdout), 1000),
    )


def print_memory() -> None:
    """Play a storm and print the most memory this process ever had, MB."""
    simulation = Simulation(storm(1_000_000))
    simulation.advance(len(simulation.grid))
    unit = 1e6 if sys.platform == "darwin" else 1e3
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def main(arguments: list[str]) -> None:
    """Measure everything and print the table in Markdown."""
    if "--memory" in arguments:
        print_memory()
        return
    repeats = 1 if "--quick" in arguments else REPEATS
    python = arguments[arguments.index("--others") + 1] if "--others" in arguments else None
    begun, load = time.monotonic(), os.getloadavg()[0]
    lines = []
    for line in chain(
        reference_lines(repeats, python),
        growth_lines(repeats),
        memory_lines(),
        october_lines(repeats),
    ):
        print(f"{line.what}: {line.measured}", file=sys.stderr, flush=True)
        lines.append(line)
    minutes, loads = (time.monotonic() - begun) / 60, f"{load:.1f} to {os.getloadavg()[0]:.1f}"
    print(f"\nPython {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores")
    print(f"with a load of {loads}; medians of {repeats}; measured in {minutes:.0f} min\n")
    print("| measured | target | now | met |\n|---|---|---|---|")
    for line in lines:
        met = "" if line.met is None else "yes" if line.met else "**no**"
        print(f"| {line.what} | {line.target} | {line.measured} | {met} |")


if __name__ == "__main__":
    main(sys.argv[1:])
