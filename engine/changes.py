"""Options of the command line that change a scenario before it is played, and whole numbers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from engine import presets, scenario_file
from engine.scenario import Scenario


def add_changes(command: argparse.ArgumentParser) -> None:
    """Add the options that change a scenario before it is played."""
    command.add_argument(
        "--preset",
        dest="presets",
        action="append",
        default=[],
        metavar="KEY",
        help="lay a preset over the file, before any --set; may repeat",
    )
    command.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a setting, e.g. crowd.accounts=20000 or shocks.0.size_pct=-6; may repeat",
    )


def loaded(file: Path, arguments: argparse.Namespace) -> Scenario:
    """Return the scenario of a file with presets laid over and then settings changed."""
    scenario = presets.laid_over(scenario_file.load(file), arguments.presets)
    return changed(scenario, arguments.changes)


def changed(scenario: Scenario, changes: Sequence[str], option: str = "--set") -> Scenario:
    """Return the scenario with ``PATH=VALUE`` changes made in order.

    Raises
    ------
    ScenarioError
        If a change has no ``=``, names no setting, or its value is refused.
    """
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals:
            raise scenario_file.ScenarioError(f"{option} {change}: write it as PATH=VALUE")
        scenario = scenario_file.with_setting(scenario, path.strip(), value.strip())
    return scenario


def whole_number(most: int) -> Callable[[str], int]:
    """Return what reads a whole number from 1 to ``most``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most:,}")
        return int(text)

    return read
