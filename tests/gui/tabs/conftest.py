"""The charts on a small market that the engine has played."""

import pytest
from looking import shown

from engine.run import run as played
from gui.player import Player
from tests.engine.scenarios import everything


@pytest.fixture(scope="module")
def run():
    return played(everything())


@pytest.fixture
def player(qapp, run):
    player = Player()
    player.show(run)
    player.seek(55 * 60.0)
    return player


@pytest.fixture
def charts(qtbot, player):
    return shown(qtbot, player)
