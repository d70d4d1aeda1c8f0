"""The application for a person: its window stands before the engine is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

from gui import settings as kept
from gui.application import make_application
from gui.errors import ErrorReport, start_logging
from gui.garbage import leave_what_stands
from gui.main_window import MainWindow
from gui.theme import theme
from gui.worker import Worker

BAD_INPUT = 2


def open_window(file: Path | None, worker: Worker) -> int:
    """Open the window and stay until it is closed; return the exit code."""
    start_logging()
    report = ErrorReport()
    report.install()
    settings = kept.load()
    application = make_application(settings)
    window = MainWindow(None, settings)
    window.filled.connect(leave_what_stands)

    def go_on() -> None:
        from gui.opening import begin  # the engine, while the frame is there to be looked at

        begin(window, application, report, worker, file)

    window.painted.connect(go_on)
    window.show()
    application.styleHints().colorSchemeChanged.connect(theme.follow_system)
    code = application.exec()
    worker.close()
    return code


def complain(sentence: str) -> int:
    """Say one line to whoever started the program; return the exit code for bad input."""
    if sys.stderr is not None:
        print(f"cascade-lab: {sentence}", file=sys.stderr)
    return BAD_INPUT
