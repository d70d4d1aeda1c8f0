"""The Qt application, dressed in the program's look, with or without a window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

import gui
from gui import settings as kept
from gui.garbage import collect_between_events
from gui.i18n import language, system_language
from gui.settings import Settings
from gui.theme import theme


class Application(QApplication):
    """A Qt application that hears of files double-clicked on macOS.

    Signals
    -------
    file_wanted(path)
        The desktop asks to open this file in the window that is there.

    Attributes
    ----------
    last_wanted
        The last such file: it may come before anything can open it.
    """

    file_wanted = Signal(Path)
    last_wanted: Path | None = None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.last_wanted = Path(event.file())
            self.file_wanted.emit(self.last_wanted)
            return True
        return super().event(event)


def make_application(settings: Settings) -> Application:
    """Return the application, dressed in the person's theme and language."""
    application = Application(["cascade-lab"])
    collect_between_events(application)
    application.setApplicationName(kept.APP)
    application.setApplicationDisplayName("")
    application.setApplicationVersion(gui.VERSION)
    application.setWindowIcon(QIcon(str(gui.ASSETS / "icons" / "cascade.svg")))
    application.setStyle("Fusion")
    language.choose(settings.language or system_language())
    theme.set(settings.theme, settings.zoom)
    return application
