"""The program without a window: ``main.py run FILE --out DIR``, ``many``, ``check`` and others.

Exit code 0 if all went well, 2 on bad input, with one line that says what is wrong; 130 after
Ctrl-C, 1 if a computing process came to a sudden end.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import NoReturn

from engine import experiment_commands, export, presets, price_path, scenario_file
from engine.changes import add_changes, loaded, whole_number
from engine.cluster import ClusterError
from engine.journal import JournalError
from engine.run import BudgetError, run
from engine.worlds import WorldLostError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
MOST_SEEDS = 1_000


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(
    argv: Sequence[str],
    shipped: Sequence[Path] = (),
    draw: experiment_commands.Draw | None = None,
) -> int:
    """Carry out a command, e.g. ``["run", "october.cascade", "--out", "figures"]``.

    Parameters
    ----------
    shipped
        The scenarios that come with the program, which ``check`` plays if no file is named.
    draw
        What makes the pictures of experiments, which the engine can't; without it there are none.

    Returns
    -------
    The exit code, see above.
    """
    try:
        arguments = _parser(shipped).parse_args(argv, argparse.Namespace(draw=draw))
    except SystemExit as stop:  # --help, or a complaint that is already printed
        return int(stop.code or 0)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console may lack a sign such as ÷
    try:
        return int(arguments.carry_out(arguments))
    except (scenario_file.ScenarioError, BudgetError, JournalError, ClusterError) as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"error: {error.filename}: {error.strerror}; nothing more was written", file=sys.stderr
        )
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except WorldLostError as error:
        print(f"error: {error}, perhaps for lack of memory; nothing was written", file=sys.stderr)
        return FAILED
    return BAD_INPUT


def _parser(shipped: Sequence[Path]) -> argparse.ArgumentParser:
    parser = _Parser(prog="main.py", description="Play scenarios without a window.")
    commands = parser.add_subparsers(dest="command", required=True)
    play = commands.add_parser("run", help="play a scenario and write its figures to a folder")
    play.set_defaults(carry_out=_run)
    play.add_argument("file", type=Path, metavar="FILE", help="a .cascade file")
    play.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for figures")
    play.add_argument("--seed", metavar="N", help="use this seed instead of the file's")
    add_changes(play)
    play.add_argument(
        "--path",
        type=Path,
        metavar="CSV",
        help="let fundamental values follow the prices in this file: columns time and assets, or "
        "candles as exchanges publish them",
    )
    play.add_argument(
        "--path-asset", metavar="NAME", help="the asset whose prices, or candles, --path holds"
    )
    check = commands.add_parser("check", help="hold scenarios against the article's figures")
    check.set_defaults(carry_out=_check, shipped=shipped)
    check.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="a .cascade file; without one, the scenarios that come with the program",
    )
    check.add_argument(
        "--seeds",
        type=whole_number(MOST_SEEDS),
        default=5,
        metavar="N",
        help="how many seeds, 5 if not given",
    )
    add_changes(check)
    check.add_argument("--no-contrasts", action="store_true", help="leave out counterfactuals")
    check.add_argument("--out", type=Path, metavar="DIR", help="write check.csv and check.json")
    check.add_argument(
        "--processes",
        type=whole_number(MOST_SEEDS),
        metavar="N",
        help="how many processes compute at a time, one per core if not given",
    )
    experiment_commands.add_commands(commands.add_parser)
    listing = commands.add_parser("presets", help="list the presets and what they are for")
    listing.set_defaults(carry_out=_presets)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    scenario = loaded(arguments.file, arguments)
    if arguments.seed is not None:
        scenario = scenario_file.with_setting(scenario, "seed", arguments.seed)
    if arguments.path is not None:
        scenario = price_path.load(arguments.path, scenario, arguments.path_asset)
    elif arguments.path_asset is not None:
        raise scenario_file.ScenarioError("--path-asset: give --path too")
    arguments.out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    record = run(scenario)
    for path in export.write(record, arguments.out):
        print(path)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from engine import check, check_export, check_table
    from engine.progress import Progress

    files = [arguments.file] if arguments.file is not None else arguments.shipped
    if not files:
        raise scenario_file.ScenarioError("check: name a FILE; none comes with this program")
    scenarios = {file.stem: loaded(file, arguments) for file in files}
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(sys.stderr)
    try:
        outcomes = check.check(
            scenarios, arguments.seeds, not arguments.no_contrasts, arguments.processes, progress
        )
    finally:
        progress.end()
    print(check_table.table(outcomes), end="")
    if arguments.out is not None:
        for path in check_export.write(outcomes, arguments.out):
            print(path)
    return 0


def _presets(_arguments: argparse.Namespace) -> int:
    for one in presets.PRESETS:
        print(f"{one.key}: {one.name}")
        print(fill(one.idea, 100, initial_indent="    ", subsequent_indent="    "))
    return 0
