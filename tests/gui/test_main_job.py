"""What the program is for, from end to end: the window's own widgets, the engine's own numbers."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

import gui
from engine import scenario_file
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.worker import Worker


@pytest.fixture
def window(qtbot):
    """October, from three hours before the post to three hours after it, with a small crowd."""
    scenario = scenario_file.load(gui.OCTOBER)
    for path, value in (
        ("clock.start", '"2025-10-10T17:50:00Z"'),
        ("crowd.accounts", "3000"),
        ("shocks.0.at_min", "180"),
        ("clock.duration_min", "360"),
    ):
        scenario = scenario_file.with_setting(scenario, path, value)
    session = Session(scenario, Worker())
    window = MainWindow(session, Settings(speed=36_000.0))
    window.painted.connect(session.begin)
    with qtbot.waitSignal(window.filled, timeout=30_000):
        window.show()
    qtbot.waitUntil(lambda: session.player.ready, timeout=60_000)
    yield window
    session.document.undo_stack.setClean()
    window.close()


def bars_at_cursor(chart):
    """Height of each series of bars up to the cursor, as drawn."""
    return [
        float(np.abs(bars.top - bars.base)[bars.edges[:-1] < chart.cursor_s].sum())
        for bars in chart.bars
    ]


def test_set_leverage_open_a_position_announce_a_tariff_and_watch(window, qtbot):
    document, player, charts = window.document, window.player, window.charts

    row = window.setup.rows["crowd.leverage_median"]
    row.edit.setFocus()
    row.edit.selectAll()
    qtbot.keyClicks(row.edit, "15")
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)
    assert document.scenario.crowd.leverage_median == 15.0

    qtbot.waitUntil(lambda: not player.waiting, timeout=60_000)
    window.desk.form.open.click()
    (position,) = document.scenario.desk
    assert position.open_min == pytest.approx(player.time_s / 60, abs=1.0)

    qtbot.waitUntil(lambda: not player.waiting, timeout=60_000)
    window.transport.size_pct.setValue(-20.0)
    qtbot.mouseClick(window.transport.announce, Qt.MouseButton.LeftButton)
    assert [shock.size_pct for shock in document.scenario.shocks][1:] == [-20.0]

    with qtbot.waitSignal(window.runner.finished, timeout=120_000):
        pass
    qtbot.waitUntil(lambda: not player.waiting)
    assert player.run.scenario == document.scenario
    before = {chart: bars_at_cursor(chart) for chart in (charts.liquidations, charts.adl)}
    price_before = charts.price.header.entries[0].value

    player.play()
    qtbot.waitUntil(lambda: not player.playing, timeout=30_000)
    assert player.at_end
    charts.show_all()
    for chart, sums in before.items():
        assert sum(bars_at_cursor(chart)) > sum(sums), chart
    assert charts.price.header.entries[0].value != price_before
    kinds = {event.kind for event in player.run.events}
    assert {"shock", "first_liquidation", "adl_begins", "desk_opened"} <= kinds
    assert "desk_liquidated" in kinds, "ten times leverage doesn't survive a fall of 20%"
    assert window.story.list.model().rowCount() >= 4
    assert window.desk.cards[0].state.text() == "Liquidated"

    for _ in range(3):
        window.actions_["undo"].trigger()
    assert not window.isWindowModified()
