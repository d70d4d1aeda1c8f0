"""The whole window, through its widgets: looks and words, and trouble."""

import made_up
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QLabel,
)
from windows import change_something

from gui import settings as kept
from gui.actions import GROUPS
from gui.charts.plot import Plot
from gui.i18n import set_language
from gui.main_window import MainWindow
from gui.session import Session
from gui.theme import THEMES, theme

# ---------------------------------------------------------------- looks and words


def test_every_theme_can_be_chosen_at_run_time(window):
    backgrounds = set()
    for action in window.menus.themes.actions():
        action.trigger()
        assert theme.choice == window.settings.theme == action.data()
        assert action.isChecked()
        if theme.choice in THEMES:
            backgrounds.add(window.grab().toImage().pixelColor(400, 300).name())
    assert len(backgrounds) == len(THEMES)


def test_the_language_changes_at_run_time(window, qtbot):
    for action in window.menus.languages.actions():
        if action.data() == "zh_CN":
            action.trigger()
    assert window.settings.language == "zh_CN"
    assert window.transport.announce.text() == "宣布加征关税"
    assert window.actions_["undo"].text().startswith("撤销")
    assert window.menuBar().actions()[0].text() == "文件(&F)"
    assert "冲击前" in window.transport.since.toolTip()
    set_language("en")
    assert window.transport.announce.text() == "Announce a tariff"


def test_zoomed_text_is_larger_and_can_be_reset(window):
    before = window.transport.time.fontMetrics().height()
    window.actions_["zoom_in"].trigger()
    window.actions_["zoom_in"].trigger()
    assert window.transport.time.fontMetrics().height() > before
    assert window.settings.zoom == 1.25
    window.actions_["zoom_reset"].trigger()
    assert window.transport.time.fontMetrics().height() == before


def test_undo_names_what_it_undoes(window):
    change_something(window)
    assert window.actions_["undo"].text() == "Undo: More longs"
    window.actions_["undo"].trigger()
    assert window.actions_["redo"].text() == "Redo: More longs"
    assert not window.actions_["undo"].isEnabled()


def test_no_two_commands_share_a_key(window):
    keys = [
        key.toString()
        for commands in GROUPS.values()
        for command in commands
        for key in window.actions_[command.name].shortcuts()
    ]
    assert len(keys) == len(set(keys))
    assert "" not in keys


def test_the_sheet_lists_every_key(window, qtbot):
    window.actions_["shortcuts"].trigger()
    sheet = window.findChildren(QLabel)
    texts = {label.text() for label in sheet}
    for commands in GROUPS.values():
        for command in commands:
            if command.shortcut:
                native = QKeySequence(command.shortcut).toString(
                    QKeySequence.SequenceFormat.NativeText
                )
                assert native in texts, command


@pytest.mark.parametrize("name", ["shortcuts", "about"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_dialogs_open_in_every_language(window, name, language):
    set_language(language)
    before = len(window.children())
    window.actions_[name].trigger()
    assert len(window.children()) > before


def test_about_says_that_nothing_is_sent_and_that_it_is_a_model(window):
    window.actions_["about"].trigger()
    text = " ".join(label.text() for label in window.findChildren(QLabel))
    assert "Nothing is sent anywhere" in text
    assert "not data" in text


# ---------------------------------------------------------------- trouble


def test_a_failed_computation_is_told_and_the_next_change_settles_it(own_window, qtbot):
    window = own_window
    window.runner._worker._compute = made_up.failing
    window.runner._worker.close()
    with qtbot.waitSignal(window.runner.failed, timeout=20_000):
        change_something(window)
    assert "equity is not a number" in window.message.text
    assert window.message.isVisible()
    window.runner._worker._compute = made_up.stretches
    window.runner._worker.close()
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.actions_["undo"].trigger()
    assert not window.message.isVisible()


def test_a_long_computation_shows_progress_and_can_be_stopped(own_window, qtbot):
    window = own_window
    window.runner._worker._compute = made_up.endless
    window.runner._worker.close()
    window.player.to_start()
    change_something(window)
    qtbot.waitUntil(lambda: window.runner.run.computed == 200, timeout=20_000)
    assert window.status.progress.isVisible()
    assert window.status.computed.text().startswith("Computed to")
    window.status.stop.click()
    assert not window.runner.computing
    assert not window.status.progress.isVisible()


def test_what_was_left_off_is_gone_on_with(own_window, qtbot):
    window = own_window
    window.runner._worker._compute = made_up.slow
    window.runner._worker.close()
    window.player.to_start()
    change_something(window)
    qtbot.waitUntil(lambda: window.runner.run.computed >= 200, timeout=20_000)
    window.status.stop.click()
    assert window.status.go_on.isVisible()
    qtbot.waitUntil(lambda: not window.runner._busy, timeout=5_000)
    assert not window.runner.run.complete
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.status.go_on.click()
        assert not window.status.go_on.isVisible()
    assert not window.status.go_on.isVisible()


def test_closing_while_computing_ends_the_process(own_window, qtbot):
    window = own_window
    window.runner._worker._compute = made_up.endless
    window.runner._worker.close()
    change_something(window)
    qtbot.waitUntil(lambda: window.runner.run.computed == 200, timeout=20_000)
    window.document.undo_stack.setClean()
    assert window.close()
    assert not window.runner._worker.alive


def test_geometry_and_choices_are_kept(window, october, shared_worker, qtbot):
    window.resize(1200, 700)
    window.actions_["slower"].trigger()
    window.close()
    again = MainWindow(Session(made_up.scenario(), shared_worker), kept.load())
    qtbot.addWidget(again)
    assert again.height() == 700  # a screen of 800 pixels is too narrow for the width
    assert again.player.speed == 300.0


def test_nothing_is_painted_while_nothing_moves(window, qtbot):
    painted = []

    class Watch(QObject):
        def eventFilter(self, watched, event):  # noqa: N802 (Qt's name)
            if event.type() == QEvent.Type.Paint:
                painted.append(watched)
            return False

    with qtbot.waitSignal(window.charts._describe.timeout, timeout=5_000):
        window.charts._describe.start()  # let what is still due be painted
    watch = Watch()
    parts = [window.timeline, window.transport, window.status, *window.charts.findChildren(Plot)]
    viewports = [plot.viewport() for plot in parts if isinstance(plot, Plot)]
    for widget in (*parts, *viewports):
        widget.installEventFilter(watch)
    with qtbot.waitSignal(window.charts._describe.timeout, timeout=5_000):
        window.charts._describe.start()
    assert not painted
    window.player.step_by(1)
    qtbot.waitUntil(lambda: len(painted) > 0)


@pytest.mark.parametrize("name", ["setup", "desk", "story"])
def test_panels_can_be_hidden_and_shown(window, name):
    panel = getattr(window, name)
    assert panel.isVisible()
    window.actions_[name].trigger()
    assert not panel.isVisible()
    window.actions_[name].trigger()
    assert panel.isVisible()


def test_large_text_in_a_small_window_leaves_the_charts_room(window):
    window.resize(1280, 800)
    theme.set_zoom(1.5)
    try:
        assert not window.setup.isVisible()
        assert window.charts.width() > theme.unit(400)
        assert "View" in window.message.text
        theme.set_zoom(1.0)
        assert window.setup.isVisible()
        assert window.desk.isVisible()
    finally:
        theme.set_zoom(1.0)


def test_space_plays_after_a_click_on_the_desk(window, qtbot):
    """A button or list that was clicked doesn't keep the keyboard."""
    before = len(window.document.scenario.desk)
    qtbot.mouseClick(window.desk.form.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.document.scenario.desk) == before + 1)
    qtbot.waitUntil(lambda: not window.player.waiting, timeout=20_000)
    qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Space)
    assert window.player.playing
    assert len(window.document.scenario.desk) == before + 1
    window.player.pause()


def test_a_tariff_announced_while_opening_breaks_where_the_cursor_is_bound(window):
    player = window.player
    player.begin(window.document.scenario)
    first_min = window.document.scenario.shocks[0].at_min
    window.actions_["announce"].trigger()
    assert window.document.scenario.shocks[-1].at_min == pytest.approx(first_min - 5)
