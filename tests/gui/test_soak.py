"""Hundreds of repaints while playing: what a smoke test of two seconds doesn't notice."""

import made_up
from PySide6.QtCore import QCoreApplication, QEvent

from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings

REPAINTS = 500


def test_five_hundred_repaints_while_playing(qtbot, october, shared_worker):
    session = Session(made_up.scenario(), shared_worker)
    window = MainWindow(session, Settings(speed=3_600.0))
    window.painted.connect(session.begin)
    with qtbot.waitSignal(session.runner.finished, timeout=20_000):
        window.show()
    qtbot.waitUntil(lambda: window.charts is not None, timeout=20_000)
    player = session.player
    player.play()
    for i in range(REPAINTS):
        if i % 100 == 50:
            player.seek(0.9 * player.time_s)
        if player.at_end:
            player.to_start()
        player.play()
        player._tick()
        window.repaint()
        for child in (window.timeline, *(chart.plot.viewport() for chart in window.charts.charts)):
            child.repaint()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert player.playing
    assert player.run.complete
    assert None not in (window.charts, window.setup, window.desk, window.story)
    window.close()
