"""What follows the first picture of the window: a session, a scenario, the first run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

import gui
from engine import scenario_file
from engine.scenario_file import ScenarioError
from gui.application import Application
from gui.engine_sentences import translated
from gui.errors import ErrorReport
from gui.i18n import tr
from gui.main_window import MainWindow
from gui.session import Session
from gui.unsaved import UnsavedWork
from gui.worker import Worker


def begin(
    window: MainWindow,
    application: Application,
    report: ErrorReport,
    worker: Worker,
    file: Path | None,
) -> None:
    """Fill the window with October, or with a file, and begin to compute."""
    session = Session(scenario_file.load(gui.OCTOBER), worker)
    report.document = session.document
    refusal = _open(session, file or application.last_wanted)
    window.serve(session)
    session.begin()
    application.file_wanted.connect(window.files.open)
    unsaved = UnsavedWork(session.document, window)
    window.left.connect(unsaved.forget)
    if refusal:
        _say_refused(refusal, window)
    else:
        unsaved.offer()


def _open(session: Session, file: Path | None) -> str:
    """Open a file in the place of October; return why it was refused, if it was."""
    if file is None:
        return ""
    try:
        session.document.open(file)
    except ScenarioError as error:
        return tr("This file was not opened. {reason}", reason=translated(str(error)))
    return ""


def _say_refused(refusal: str, window: MainWindow) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Cascade Lab", refusal, parent=window)
    box.setInformativeText(tr("The October 2025 scenario was opened instead."))
    QTimer.singleShot(0, box.open)
