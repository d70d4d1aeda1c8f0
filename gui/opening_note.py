"""What stands in place of the charts until the computation has come to where they look."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui import format as show
from gui.i18n import tr
from gui.player import Player

SHOWN_FROM_S = 3_600.0
"""A way shorter than this is over before anybody could read a word."""


class OpeningNote(QLabel):
    """Covers ``over`` and says how far it is, while a document opens."""

    def __init__(self, player: Player, over: QWidget) -> None:
        super().__init__(over)
        self._player, self._over = player, over
        self.setObjectName("opening")
        self.setProperty("role", "muted")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        over.installEventFilter(self)
        player.run_changed.connect(self.renew)
        player.moved.connect(self.renew)
        player.state_changed.connect(self.renew)
        self.renew()

    def renew(self) -> None:
        """Show how far it is, or nothing."""
        goal_s = self._player.opening_s
        if goal_s is None or goal_s < SHOWN_FROM_S:
            self.hide()
            return
        share = min(self._player.time_s / goal_s, 1.0)
        self.setText(
            tr("Computing the time before the shock: {share}", share=show.percent(share, digits=0))
        )
        self.resize(self._over.size())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.Resize:
            self.resize(self._over.size())
        return super().eventFilter(watched, event)
