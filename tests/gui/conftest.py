"""What the window's tests share: no display, settings of their own, a market of their own."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import fake_run
import made_up
import pytest
from windows import closed, opened

from engine import scenario_file
from gui.document import Document
from gui.garbage import collect_between_events, leave_what_stands
from gui.i18n import set_language
from gui.panels.setup import SetupPanel
from gui.player import Player
from gui.theme import theme
from gui.worker import Worker


@pytest.fixture(scope="session", autouse=True)
def _collected_as_in_the_program(qapp):
    """Cycles go between events, or a test may hang in the middle of one."""
    collect_between_events(qapp)
    leave_what_stands()


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Nobody's real settings are read or written."""
    monkeypatch.setenv("CASCADE_LAB_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _english_and_dark(qapp):
    yield
    set_language("en")
    if theme.name != "dark":
        theme.set("dark")


@pytest.fixture
def dressed(qapp):
    """The program's own look, for tests of what fits where."""
    theme.set("dark")
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def october(tmp_path, monkeypatch):
    """A made-up market in the place of the scenario that opens at start."""
    path = tmp_path / "october.cascade"
    scenario_file.save(made_up.scenario(), path)
    monkeypatch.setattr("gui.OCTOBER", path)
    return path


@pytest.fixture
def document(qapp):
    """A small made-up scenario, opened."""
    return Document(fake_run.fake_scenario())


@pytest.fixture
def player(document):
    """What shows its run, five minutes before the shock."""
    player = Player()
    player.show(fake_run.fake_run(document.scenario))
    player.seek((fake_run.SHOCK_MIN - 5) * 60.0)
    return player


@pytest.fixture
def panel(qtbot, document, player):
    """The set-up panel on the screen."""
    panel = SetupPanel(document, player)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


class SharedWorker(Worker):
    """A computing process that outlives the windows it works for."""

    def close(self) -> None:
        if not self.alive:
            super().close()

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def shared_worker():
    """One process for all tests that leave it as they found it; starting one takes a second."""
    worker = SharedWorker(made_up.stretches)
    yield worker
    worker.end()


@pytest.fixture
def worker():
    """A computing process with made-up numbers."""
    worker = Worker(made_up.stretches)
    yield worker
    worker.close()


@pytest.fixture
def window(qtbot, october, shared_worker):
    window = opened(qtbot, shared_worker)
    yield window
    closed(qtbot, window)


@pytest.fixture
def own_window(qtbot, october, worker):
    """One whose computing process may be maltreated."""
    window = opened(qtbot, worker)
    yield window
    closed(qtbot, window)
