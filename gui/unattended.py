"""The window without a person: opened, photographed by a script and closed again."""

from __future__ import annotations

from pathlib import Path

import gui
from engine import scenario_file
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui.app import complain
from gui.application import make_application
from gui.errors import ErrorReport
from gui.main_window import MainWindow
from gui.pictures import Album, Script, Smoke
from gui.session import Session
from gui.settings import Settings
from gui.worker import Worker


def play_and_photograph(folder: Path, worker: Worker) -> int:
    """Open the window, play two seconds, save a picture of it; return the exit code."""
    return _follow(Smoke, scenario_file.load(gui.OCTOBER), folder, worker)


def photograph(folder: Path, file: Path | None, worker: Worker) -> int:
    """Save pictures of the window at a few moments of a scenario; return the exit code."""
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


def _settings_of_a_first_start() -> Settings:
    """Pictures look the same whatever the person who takes them has chosen."""
    return Settings(theme="dark", language="en")
