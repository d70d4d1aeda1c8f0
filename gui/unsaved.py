"""Unsaved work outlives the program: copied as it changes, offered when the program starts again.

A copy belongs to one window, which holds its lock. One whose lock can be had was left behind by a
program that ended without a goodbye. Keeping is a kindness: where it fails, work goes on without.
"""

from __future__ import annotations

import logging
import uuid
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from engine import scenario_file
from engine.scenario_file import SUFFIX, ScenarioError
from gui import settings
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.timers import once_after

KEPT_AFTER_MS = 1_000
"""How long a change may be unkept: a drag writes no file at every move."""

log = logging.getLogger(__name__)


class UnsavedWork(QObject):
    """Keeps a copy of a document as long as it has unsaved changes."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._file = folder() / f"{uuid.uuid4().hex[:12]}{SUFFIX}"
        self._lock: QLockFile | None = None
        self._timer = once_after(KEPT_AFTER_MS, self.keep, self)
        document.changed.connect(self._changed)
        document.saved_state_changed.connect(self._changed)

    def _changed(self) -> None:
        if not self._document.modified:
            self.forget()
        elif not self._timer.isActive():
            self._timer.start()

    def keep(self) -> None:
        """Write the copy now."""
        if not self._document.modified:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _lock_of(self._file)
                self._lock.tryLock(0)
            scenario_file.save(self._document.scenario, self._file)
        except OSError as error:
            log.warning("%s: %s; unsaved work is not kept", self._file, error)

    def forget(self) -> None:
        """Remove the copy: the work is saved, or nobody wants it."""
        self._timer.stop()
        if self._lock is not None:
            self._file.unlink(missing_ok=True)
            self._lock.unlock()
            self._lock = None

    def offer(self) -> None:
        """Ask about the latest copy that a program left behind, if there is one."""
        left = _left_behind()
        if left is None:
            return
        file, lock = left
        try:
            scenario = scenario_file.load(file)
        except ScenarioError as error:
            log.warning("%s: %s; kept aside", file, error)
            file.replace(file.with_suffix(".broken"))
            lock.unlock()
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Unsaved work"))
        name = as_shipped(scenario.name)
        box.setText(tr("The program ended before “{name}” was saved.", name=name))
        box.setInformativeText(tr("Its unsaved changes were kept. Open them?"))
        take = box.addButton(tr("Open them"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Discard them"), QMessageBox.ButtonRole.DestructiveRole)
        later = box.addButton(tr("Ask again later"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(take)
        box.setEscapeButton(later)

        def answered() -> None:
            if box.clickedButton() is take:
                self._document.resume(scenario)
                self.keep()
            if box.clickedButton() is not later:
                file.unlink(missing_ok=True)
            lock.unlock()

        box.finished.connect(answered)
        QTimer.singleShot(0, box, box.open)


def folder() -> Path:
    """Return where copies are kept."""
    return settings.folder("data") / "unsaved"


def _left_behind() -> tuple[Path, QLockFile] | None:
    """Return the latest copy whose window is gone, and its lock."""
    try:
        files = sorted(folder().glob(f"*{SUFFIX}"), key=lambda file: -file.stat().st_mtime)
    except OSError:
        return None
    for file in files:
        lock = _lock_of(file)
        if lock.tryLock(0):
            return file, lock
    return None


def _lock_of(file: Path) -> QLockFile:
    lock = QLockFile(f"{file}.lock")
    lock.setStaleLockTime(0)  # held for hours; left over only if its process is gone
    return lock
