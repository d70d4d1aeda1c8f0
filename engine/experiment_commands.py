"""``main.py many FILE``, ``sweep FILE --vary …`` and ``compare A B``: experiments from a terminal.

What is finished is kept, whatever ends it: the same command goes on from there.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path

from engine import experiment_export, experiment_table, vary
from engine.changes import add_changes, changed, loaded, whole_number
from engine.cluster import Cluster, ClusterError
from engine.experiment import Experiment, Results, comparison, ensemble, play, sweep
from engine.journal import NAME, Journal
from engine.presets import laid_over
from engine.processes import Processes
from engine.progress import Progress
from engine.sample import MEASURES
from engine.scenario_file import ScenarioError
from engine.worlds import Batch, WorldLostError

MOST_SEEDS = 10_000
THEMES, LANGUAGES = ("light", "dark", "projector"), ("en", "zh_CN")
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

Draw = Callable[[Results, Path, str, str, str], Path]
"""Draws results into a folder: the measure to show, theme, language; returns the picture."""


AddCommand = Callable[..., argparse.ArgumentParser]


def add_commands(add_parser: AddCommand) -> None:
    """Add the three commands to a parser, by the method that adds one."""
    many = add_parser("many", help="play a scenario with many seeds")
    many.set_defaults(carry_out=_many)
    many.add_argument("file", type=Path, metavar="FILE", help="a .cascade file")
    _add_options(many)
    over = add_parser("sweep", help="play a scenario over values of one or two settings")
    over.set_defaults(carry_out=_sweep)
    over.add_argument("file", type=Path, metavar="FILE", help="a .cascade file")
    over.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="PATH=a..b:n",
        help="a setting and n values from a to b, or a list PATH=v1,v2,…; twice for two settings",
    )
    _add_options(over)
    compare = add_parser("compare", help="play two scenarios with the same seeds")
    compare.set_defaults(carry_out=_compare)
    compare.add_argument("file", type=Path, metavar="A", help="a .cascade file")
    compare.add_argument("other", type=Path, metavar="B", help="another; or the same once more")
    compare.add_argument(
        "--preset-b", action="append", default=[], metavar="KEY", help="lay a preset over B only"
    )
    compare.add_argument(
        "--set-b", action="append", default=[], metavar="PATH=VALUE", help="change B only"
    )
    _add_options(compare)


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for results"
    )
    command.add_argument(
        "--seeds",
        type=whole_number(MOST_SEEDS),
        default=20,
        metavar="N",
        help="how many seeds, the file's and the next ones; 20 if not given",
    )
    add_changes(command)
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--processes",
        type=whole_number(1_000),
        metavar="N",
        help="how many processes compute at a time, one per core if not given",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="compute on a Dask cluster instead, e.g. tcp://10.0.0.5:8786",
    )
    command.add_argument(
        "--show",
        choices=list(MEASURES),
        default="liquidated_bn",
        metavar="MEASURE",
        help="what the picture of a sweep shows, a column of worlds.csv",
    )
    command.add_argument("--theme", choices=THEMES, default="light", help="look of the picture")
    command.add_argument("--language", choices=LANGUAGES, default="en", help="its language")


def _many(arguments: argparse.Namespace) -> int:
    scenario = loaded(arguments.file, arguments)
    return _carry_out(ensemble(arguments.file.stem, scenario, arguments.seeds), arguments)


def _sweep(arguments: argparse.Namespace) -> int:
    scenario = loaded(arguments.file, arguments)
    varied = [vary.parsed(text) for text in arguments.vary]
    if len(varied) > 2:
        raise ScenarioError("--vary: at most two settings can be varied at a time")
    return _carry_out(sweep(scenario, varied, arguments.seeds), arguments)


def _compare(arguments: argparse.Namespace) -> int:
    one = loaded(arguments.file, arguments)
    other = laid_over(loaded(arguments.other, arguments), arguments.preset_b)
    other = changed(other, arguments.set_b, "--set-b")
    names = (arguments.file.stem, arguments.other.stem)
    if names[0].casefold() == names[1].casefold():  # they become names of files
        names = (f"{names[0]}-A", f"{names[1]}-B")
    return _carry_out(comparison(names, one, other, arguments.seeds), arguments)


def _carry_out(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """Play an experiment, go on from what its folder holds, write what is finished."""
    executor, processes = _executor(arguments)
    with executor:
        arguments.out.mkdir(parents=True, exist_ok=True)
        with closing(Journal(arguments.out / NAME, experiment.identity())) as journal:
            results = Results.gone_on(experiment, journal)
            code = _play(results, executor, processes, journal)
    if not results.found:
        return code
    for path in experiment_export.write(results, arguments.out):
        print(path)
    if code == 0:
        if arguments.draw is not None:
            look = (arguments.show, arguments.theme, arguments.language)
            print(arguments.draw(results, arguments.out, *look))
        print(experiment_table.table(results), end="")
    return code


def _executor(arguments: argparse.Namespace) -> tuple[Executor, int]:
    if arguments.scheduler is not None:
        cluster = Cluster(arguments.scheduler)
        return cluster, cluster.threads
    count = arguments.processes or os.cpu_count() or 1
    return Processes(count), count


def _play(results: Results, executor: Executor, processes: int, journal: Journal) -> int:
    """Play what is missing; return the exit code, after a line if it is not 0."""
    progress = Progress(sys.stderr)

    def lost(batch: Batch) -> None:
        progress.say(f"{batch}: a computing process ended suddenly; these worlds are played again")

    if results.found:
        progress.say(f"going on from {len(results.found):,} finished worlds in {journal.path}")
    try:
        play(results, executor, processes, journal, progress, lost=lost)
    except (WorldLostError, ClusterError) as error:
        code, reason = FAILED, f"error: {error}"
    except OSError as error:
        code, reason = BAD_INPUT, f"error: {error.filename or journal.path}: {error.strerror}"
    except KeyboardInterrupt:
        code, reason = INTERRUPTED, "stopped"
    else:
        progress.end()
        return 0
    count = len(results.experiment.worlds)
    progress.say(
        f"{reason}; {len(results.found):,} of {count:,} worlds are finished, and the same command "
        "goes on from there"
    )
    return code
