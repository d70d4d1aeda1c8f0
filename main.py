"""Cascade Lab. ``main.py [FILE]`` opens the window; ``run``, ``many`` and others do without."""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from engine.experiment import Results

BAD_INPUT, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """A parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Complain and leave."""
        self.exit(BAD_INPUT, f"cascade-lab: {message}; see --help\n")


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code."""
    if arguments and is_word(arguments[0]):
        from engine import command_line  # no Qt: works where there is no screen at all
        from gui import shipped_scenarios

        return command_line.main(arguments, shipped_scenarios(), draw)
    parser = Parser(
        prog="cascade-lab",
        description="A sandbox for cascades of forced liquidation in leveraged crypto markets.",
        epilog="Without a window: run FILE --out DIR; many FILE --out DIR; sweep FILE --vary … "
        "--out DIR; compare A B --out DIR; check [FILE]; presets. Each has a --help.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="scenario to open")
    parser.add_argument("--smoke", type=Path, metavar="DIR", help="play 2 s, save a picture, quit")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="save pictures, quit")
    parser.add_argument("--version", action="store_true", help="say which version this is")
    wish = parser.parse_args(arguments)
    if wish.version:
        from gui import VERSION

        parser.exit(0, f"Cascade Lab {VERSION}\n")
    if wish.smoke and (wish.file or wish.pictures):
        parser.error("--smoke takes no FILE and no --pictures")
    for folder in (wish.smoke, wish.pictures):
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                parser.error(f"{folder}: {error.strerror}")
    return with_window(wish)


def with_window(wish: argparse.Namespace) -> int:
    """Open the window in the way wished for."""
    from gui.worker import Worker

    worker = Worker()
    worker.start()  # it loads the engine while this process loads Qt
    if wish.smoke or wish.pictures:
        from gui import unattended

        if wish.smoke:
            return unattended.play_and_photograph(wish.smoke, worker)
        return unattended.photograph(wish.pictures, wish.file, worker)
    from gui import app

    return app.open_window(wish.file, worker)


def draw(results: Results, folder: Path, measure: str, theme: str, language: str) -> Path:
    """Save a picture of an experiment to a folder; return its path."""
    from gui import experiment_picture

    return experiment_picture.save(results, folder, measure, theme, language)


def is_word(argument: str) -> bool:
    """Whether this can only be a command, not an option or a file."""
    return bool(re.fullmatch(r"[a-z][a-z-]*", argument)) and not Path(argument).is_file()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # while something is still being loaded
        sys.exit(INTERRUPTED)
