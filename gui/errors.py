"""What happens when a slot or a paint event goes wrong: logged, the work set aside, said once.

Exceptions in Qt's callbacks reach ``sys.excepthook``, one in ``paintEvent`` at every frame.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox

from gui import settings as kept
from gui.i18n import tr

if TYPE_CHECKING:
    from gui.document import Document

BETWEEN_DIALOGS_S = 20.0
LARGEST_LOG_BYTES = 1_000_000

log = logging.getLogger(__name__)


def log_file() -> Path:
    """Return where the log is written."""
    return kept.folder("log") / "cascade-lab.log"


def start_logging() -> None:
    """Write warnings, Qt's messages and crashes of the interpreter to files in the user's folder.

    There may be no ``sys.stderr`` to write to, and no folder that can be written to.
    """
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_file(), maxBytes=LARGEST_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
        crashes = log_file().with_name("crash.log").open("a", encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    faulthandler.enable(crashes)
    qInstallMessageHandler(_qt_message)


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    level = logging.INFO if kind is QtMsgType.QtDebugMsg else logging.WARNING
    logging.getLogger("qt").log(level, "%s (%s)", text, context.category)
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg) and sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


class ErrorReport:
    """An exception hook that keeps the program going.

    Attributes
    ----------
    count
        How many exceptions have come this way.
    """

    def __init__(self, document: Document | None = None, *, silent: bool = False) -> None:
        self.count = 0
        self.document = document
        self._silent = silent
        self._last_dialog_s = -BETWEEN_DIALOGS_S
        self._dialog: QMessageBox | None = None

    def install(self) -> None:
        """Become the interpreter's hook for exceptions that nobody caught."""
        sys.excepthook = self

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self.count += 1
        log.error("uncaught", exc_info=(kind, error, trace))
        if sys.stderr is not None:
            sys.__excepthook__(kind, error, trace)
        if self._silent:  # nobody is there to go on: a script that can't end would wait for ever
            QApplication.exit(1)
            return
        too_soon = time.monotonic() - self._last_dialog_s < BETWEEN_DIALOGS_S
        if too_soon or self._dialog is not None or QApplication.instance() is None:
            return
        self._last_dialog_s = time.monotonic()
        self._show(f"{kind.__name__}: {error}")

    def _show(self, what: str) -> None:
        rescued = self._rescue()
        self._dialog = QMessageBox(QApplication.activeWindow())
        self._dialog.setIcon(QMessageBox.Icon.Critical)
        self._dialog.setWindowTitle(tr("Something went wrong"))
        self._dialog.setText(
            tr("Something in this program went wrong. You can go on; save your work soon.")
        )
        details = [what]
        if rescued is not None:
            details.append(tr("A copy of your scenario is in {file}.", file=rescued))
        details.append(tr("What happened is written in {file}.", file=log_file()))
        self._dialog.setInformativeText("\n\n".join(details))
        self._dialog.finished.connect(self._closed)
        self._dialog.open()  # returns at once: the program goes on behind it

    def _closed(self) -> None:
        self._dialog = None

    def _rescue(self) -> Path | None:
        """Write a copy of unsaved work to the user's folder."""
        if self.document is None or not self.document.modified:
            return None
        from engine import scenario_file

        path = kept.folder("config") / f"rescued{scenario_file.SUFFIX}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            scenario_file.save(self.document.scenario, path)
        except OSError as error:
            log.error("%s: %s", path, error)
            return None
        return path
