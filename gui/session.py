"""A document, the runner that computes it and the player that shows it, wired one way."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.scenario import Scenario
from gui.document import Document
from gui.player import Player
from gui.runner import Runner
from gui.worker import Worker


class Session(QObject):
    """What an open window works on; nothing is computed before ``begin``."""

    def __init__(self, scenario: Scenario | None = None, worker: Worker | None = None) -> None:
        super().__init__()
        self.runner = Runner(worker, self)
        self.document = Document(scenario, self)
        self.player = Player(self.runner, self)

    def begin(self) -> None:
        """Compute the document as it is, and from now on as it becomes."""
        self.document.opened.connect(self.player.begin)
        self.document.changed.connect(self.runner.start)
        self.player.begin(self.document.scenario)
        self.runner.start(self.document.scenario)

    def close(self) -> None:
        """Stop the clock and the computing process; the session is over."""
        self.player.pause()
        self.runner.close()
        # A stack that is deleted empties itself and says so, to listeners that may be gone.
        self.document.undo_stack.blockSignals(True)
