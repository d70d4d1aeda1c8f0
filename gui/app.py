"""The application: one window on one session, started in one of three ways."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

import gui
from engine import scenario_file
from engine.scenario_file import ScenarioError
from gui import settings as kept
from gui.application import make_application
from gui.engine_sentences import translated
from gui.errors import ErrorReport, start_logging
from gui.i18n import tr
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.theme import theme
from gui.worker import Worker

if TYPE_CHECKING:
    from engine.scenario import Scenario
    from gui.pictures import Script

BAD_INPUT = 2


def open_window(file: Path | None, worker: Worker) -> int:
    """Open the window and stay until it is closed; return the exit code."""
    start_logging()
    settings = kept.load()
    application = make_application(settings)
    session = Session(scenario_file.load(gui.OCTOBER), worker)
    report = ErrorReport(session.document)
    report.install()
    refusal = _open(session, file)
    window = MainWindow(session, settings)
    window.painted.connect(session.begin)
    application.file_wanted.connect(window.files.open)
    window.show()
    if refusal:
        box = QMessageBox(QMessageBox.Icon.Warning, "Cascade Lab", refusal, parent=window)
        box.setInformativeText(tr("The October 2025 scenario was opened instead."))
        QTimer.singleShot(0, box.open)
    application.styleHints().colorSchemeChanged.connect(theme.follow_system)
    return application.exec()


def play_and_photograph(folder: Path, worker: Worker) -> int:
    """Open the window, play two seconds, save a picture of it; return the exit code."""
    from gui.pictures import Smoke

    return _follow(Smoke, scenario_file.load(gui.OCTOBER), folder, worker)


def photograph(folder: Path, file: Path | None, worker: Worker) -> int:
    """Save pictures of the window at a few moments of a scenario; return the exit code."""
    from gui.pictures import Album

    try:
        scenario = scenario_file.load(file or gui.OCTOBER)
    except ScenarioError as error:
        return complain(str(error))
    return _follow(Album, scenario, folder, worker)


def _follow(kind: type[Script], scenario: Scenario, folder: Path, worker: Worker) -> int:
    """Open the window and let a script do what a person would; return the exit code."""
    application = make_application(_settings_of_a_first_start())
    session = Session(scenario, worker)
    report = ErrorReport(silent=True)
    report.install()
    window = MainWindow(session, _settings_of_a_first_start())
    window.painted.connect(session.begin)
    script = kind(window, folder)
    script.begin()
    code = application.exec()
    session.close()
    return code or min(report.count, 1)


def complain(sentence: str) -> int:
    """Say one line to whoever started the program; return the exit code for bad input."""
    if sys.stderr is not None:
        print(f"cascade-lab: {sentence}", file=sys.stderr)
    return BAD_INPUT


def _open(session: Session, file: Path | None) -> str:
    """Open a file in the place of October; return why it was refused, if it was."""
    if file is None:
        return ""
    try:
        session.document.open(file)
    except ScenarioError as error:
        return tr("This file was not opened. {reason}", reason=translated(str(error)))
    return ""


def _settings_of_a_first_start() -> Settings:
    """Pictures look the same whatever the person who takes them has chosen."""
    return Settings(theme="dark", language="en")
