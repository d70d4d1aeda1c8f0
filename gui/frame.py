"""The frame of the main window: there before anything that fills it has been loaded."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QTimer, Signal
from PySide6.QtGui import QPaintEvent

from gui import settings as kept
from gui.tab_order import ReadingOrder

SMALLEST = (1000, 640)
USUAL = (1440, 900)

FIRST_SHARE = 0.92
"""How much of the screen the first window takes at most: frame and task bar need room too."""


class Frame(ReadingOrder):
    """A window that stands where it last stood, and says when its first picture was painted.

    Loading numpy, the engine and the charts takes longer than anybody wants to look at nothing.
    """

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_painted = False
        self.setWindowTitle("Cascade Lab")
        self.setMinimumSize(*SMALLEST)
        room = self.screen().availableGeometry()
        self.resize(
            min(USUAL[0], round(FIRST_SHARE * room.width())),
            min(USUAL[1], round(FIRST_SHARE * room.height())),
        )
        geometry = geometry_store().value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.painted.emit)


def geometry_store() -> QSettings:
    """Return where windows keep their place and their parts' sizes."""
    return QSettings(str(kept.folder("config") / "window.ini"), QSettings.Format.IniFormat)
