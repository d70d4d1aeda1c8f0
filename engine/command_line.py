"""The program without a window: ``main.py run FILE --out DIR``.

Exit code 0 if all went well, 2 on bad input, with one line that says what is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from engine import export, price_path, scenario_file
from engine.run import BudgetError, run
from engine.scenario import Scenario

BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(argv: Sequence[str]) -> int:
    """Carry out a command, e.g. ``["run", "october.cascade", "--out", "figures"]``.

    Returns
    -------
    The exit code: 0, or 2 on bad input.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # --help, or a complaint that is already printed
        return int(stop.code or 0)
    try:
        return _run(arguments)
    except (scenario_file.ScenarioError, BudgetError) as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"error: {error.filename}: {error.strerror}; nothing more was written", file=sys.stderr
        )
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="main.py", description="Play a scenario without a window.")
    commands = parser.add_subparsers(dest="command", required=True)
    play = commands.add_parser("run", help="play a scenario and write its figures to a folder")
    play.add_argument("file", type=Path, metavar="FILE", help="a .cascade file")
    play.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for figures")
    play.add_argument("--seed", metavar="N", help="use this seed instead of the file's")
    play.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a setting, e.g. crowd.accounts=20000 or shocks.0.size_pct=-6; may repeat",
    )
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
    return parser


def _run(arguments: argparse.Namespace) -> int:
    scenario = changed(scenario_file.load(arguments.file), arguments.changes)
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


def changed(scenario: Scenario, changes: Sequence[str]) -> Scenario:
    """Return the scenario with ``PATH=VALUE`` changes made in order.

    Raises
    ------
    ScenarioError
        If a change has no ``=``, names no setting, or its value is refused.
    """
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals:
            raise scenario_file.ScenarioError(f"--set {change}: write it as PATH=VALUE")
        scenario = scenario_file.with_setting(scenario, path.strip(), value.strip())
    return scenario
