"""The whole window, through its widgets, on a made-up market."""

import re

import made_up
import pytest
from PySide6.QtCore import QAbstractTableModel, QEvent, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from windows import closed, opened

from engine import scenario_file
from engine.record import Event
from engine.scenario import Position
from gui import settings as kept
from gui.actions import GROUPS
from gui.charts.plot import Plot
from gui.i18n import set_language
from gui.main_window import MainWindow
from gui.panels.timeline import KINDS
from gui.session import Session
from gui.theme import THEMES, theme

SHOCK_S = 2_690 * 60.0


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


def answer(monkeypatch, button):
    """Answer the next questions about unsaved changes; return how often one was asked."""
    asked = []

    def exec_(box):
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def change_something(window):
    window.document.change("More longs", "crowd.long_share", 0.8)


# ---------------------------------------------------------------- transport


def test_it_starts_paused_five_minutes_before_the_shock(window):
    assert window.player.time_s == SHOCK_S - 300
    assert not window.player.playing
    assert window.transport.time.text() == "Fri 10 Oct 20:45:00"
    assert window.transport.since.toolTip() == "UTC · 5 min before the shock"


def test_the_buttons_move_the_cursor(window, qtbot):
    transport, player = window.transport, window.player

    def press(name):
        qtbot.mouseClick(transport.buttons[name], Qt.MouseButton.LeftButton)
        return player.time_s

    assert press("step") == SHOCK_S - 240
    assert press("step_back") == SHOCK_S - 300
    assert press("to_end") == player.duration_s
    assert press("to_start") == 0.0
    press("play")
    assert player.playing
    qtbot.waitUntil(lambda: player.time_s > 0)
    press("play")
    assert not player.playing


def test_plain_keys_move_the_cursor(window, qtbot):
    player = window.player
    for key, expected_s in (
        (Qt.Key.Key_Right, SHOCK_S - 240),
        (Qt.Key.Key_Left, SHOCK_S - 300),
        (Qt.Key.Key_PageUp, SHOCK_S - 3_900),
        (Qt.Key.Key_PageDown, SHOCK_S - 300),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, player.duration_s),
    ):
        qtbot.keyClick(window, key)
        assert player.time_s == expected_s, key
    qtbot.keyClick(window, Qt.Key.Key_Home)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert player.playing
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert not player.playing


def test_keys_typed_into_a_field_stay_there(window, qtbot):
    before_s = window.player.time_s
    window.transport.seed.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(window.transport.seed, key)
    assert window.player.time_s == before_s


def test_speed_is_chosen_and_remembered(window, qtbot):
    window.transport.speed.setCurrentIndex(0)
    window.transport.speed.activated.emit(0)
    assert window.player.speed == 60.0
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert window.player.speed == 300.0
    assert window.transport.speed.currentText() == "×300"
    for _ in range(9):
        window.actions_["faster"].trigger()
    assert window.settings.speed == 0
    window.actions_["slower"].trigger()
    assert window.settings.speed == 36_000.0


def test_a_typed_seed_is_an_edit(window, qtbot):
    seed = window.transport.seed
    seed.clear()
    qtbot.keyClicks(seed, "12345")
    qtbot.keyClick(seed, Qt.Key.Key_Return)
    assert window.document.scenario.seed == 12_345
    window.actions_["undo"].trigger()
    assert window.document.scenario.seed == 7
    assert seed.text() == "7"


def test_after_typing_the_plain_keys_play_again(window, qtbot):
    for field in (window.transport.seed, window.transport.size_pct):
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert not field.hasFocus()


def test_a_size_may_be_typed_with_either_minus(window, qtbot):
    box = window.transport.size_pct
    for typed in ("-7.5", "\N{MINUS SIGN}7.5"):
        box.setValue(-5.0)
        box.selectAll()
        box.lineEdit().insert(typed)
        box.interpretText()
        assert box.value() == -7.5
        assert box.text() == "\N{MINUS SIGN}7.5 %"


def test_a_seed_of_letters_or_beyond_the_bounds_is_not_taken(window, qtbot):
    seed = window.transport.seed
    seed.clear()
    qtbot.keyClicks(seed, "abc")
    assert seed.text() == ""
    qtbot.keyClicks(seed, "9" * 16)
    qtbot.keyClick(seed, Qt.Key.Key_Return)
    assert window.document.scenario.seed == 7
    assert "“Seed”: type a whole number from 0 to" in window.message.text
    assert seed.text() == "7"


def test_same_seed_again_rewinds_and_plays(window, qtbot):
    window.player.to_end()
    run = window.player.run
    qtbot.mouseClick(window.transport.again, Qt.MouseButton.LeftButton)
    assert window.player.time_s == SHOCK_S - 300
    assert window.player.playing
    assert window.player.run is run
    assert window.document.scenario.seed == 7


def test_new_seed_is_another_seed_and_plays(window, qtbot):
    qtbot.mouseClick(window.transport.other, Qt.MouseButton.LeftButton)
    assert window.document.scenario.seed != 7
    assert window.player.playing
    qtbot.waitUntil(lambda: window.player.run.scenario.seed == window.document.scenario.seed)
    qtbot.waitUntil(lambda: window.player.time_s > SHOCK_S - 300)


# ---------------------------------------------------------------- the red button


def test_announcing_a_tariff_adds_a_shock_at_the_cursor(window, qtbot):
    window.player.seek(SHOCK_S + 3_605.0)
    window.transport.size_pct.setValue(-12.0)
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        qtbot.mouseClick(window.transport.announce, Qt.MouseButton.LeftButton)
    shocks = window.document.scenario.shocks
    assert len(shocks) == 2
    assert shocks[1].at_min * 60 == pytest.approx(SHOCK_S + 3_605.0)
    assert shocks[1].size_pct == -12.0
    assert window.player.run.scenario == window.document.scenario
    assert window.player.time_s == SHOCK_S + 3_605.0
    window.actions_["undo"].trigger()
    assert len(window.document.scenario.shocks) == 1


def test_what_the_program_names_is_told_in_the_language_on_the_screen(window):
    window.actions_["announce"].trigger()
    set_language("zh_CN")
    assert window.setup.shocks.choice.itemText(1).endswith("我宣布的关税")
    set_language("en")
    assert window.setup.shocks.choice.itemText(1).endswith("Tariff announced by me")


def test_at_the_very_end_it_is_refused_with_a_sentence(window, qtbot):
    window.player.to_end()
    qtbot.mouseClick(window.transport.announce, Qt.MouseButton.LeftButton)
    assert len(window.document.scenario.shocks) == 1
    assert window.message.isVisible()
    assert "very end" in window.message.text


# ---------------------------------------------------------------- timeline


def test_a_click_on_the_timeline_moves_the_cursor(window, qtbot):
    line = window.timeline
    qtbot.waitUntil(lambda: line.x_of(0.0) > 10)
    x = round(line.x_of(SHOCK_S))
    event_s = line.time_at(x)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    assert window.player.time_s == pytest.approx(line.time_at(line.rect().center().x()))
    assert event_s == pytest.approx(SHOCK_S, abs=600)


def test_ticks_tell_what_happened(window):
    line = window.timeline
    assert [tick.color for tick in line.ticks] == ["long", "adl", "accent", "fund"]
    assert [plan.color for plan in line.plans] == ["accent", "danger"]
    hint = line.hint_at(line.x_of(SHOCK_S))
    assert "Tariff post (\N{MINUS SIGN}5.0\N{NO-BREAK SPACE}%)" in hint
    assert "Liquidations begin" in hint
    assert "open: My long BTC on Alpha" in line.hint_at(line.x_of(0.0))
    assert "\n" not in line.hint_at(line.x_of(SHOCK_S / 2))


def test_of_many_events_of_a_kind_the_first_and_the_first_after_the_news_have_ticks(window):
    line = window.timeline
    for time_s in (60.0, 120.0, SHOCK_S + 4_000.0, SHOCK_S + 5_000.0):
        window.player.run.events.append(Event(time_s, 0, 0, "adl_begins", "Alpha", "Mid", {}))
    line._start_over()
    times_s = [tick.time_s for tick in line.ticks if tick.color == "adl"]
    assert times_s == [SHOCK_S + 1_500.0, 60.0]


@pytest.mark.parametrize("kind", ["desk_reduced", "desk_liquidated", "desk_adl"])
def test_what_befalls_my_positions_has_a_tick_each_time(window, kind):
    line = window.timeline
    color, words = KINDS[kind]
    before = [tick.time_s for tick in line.ticks if tick.text == words]
    for time_s in (60.0, 120.0):
        window.player.run.events.append(Event(time_s, 0, 0, kind, "Alpha", "Mid", {}))
    line._start_over()
    ticks = [tick for tick in line.ticks if tick.text == words]
    assert sorted(tick.time_s for tick in ticks) == sorted([*before, 60.0, 120.0])
    assert {tick.color for tick in ticks} == {color}
    assert words in line.hint_at(line.x_of(60.0))


# ---------------------------------------------------------------- files


def test_unsaved_changes_are_marked_in_the_title(window):
    assert not window.isWindowModified()
    change_something(window)
    assert window.isWindowModified()
    assert window.windowTitle().startswith("Made up[*]")


@pytest.mark.parametrize("name", ["new", "open"])
def test_cancel_keeps_the_document(window, monkeypatch, name):
    change_something(window)
    scenario = window.document.scenario
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    window.actions_[name].trigger()
    assert asked == ["Save the changes to “Made up”?"]
    assert window.document.scenario is scenario


def test_cancel_keeps_the_window_open(window, monkeypatch):
    change_something(window)
    answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert not window.close()
    assert window.isVisible()


def test_discard_lets_go(window, monkeypatch):
    change_something(window)
    answer(monkeypatch, QMessageBox.StandardButton.Discard)
    window.actions_["new"].trigger()
    assert window.document.scenario.shocks == ()
    assert not window.isWindowModified()


def test_save_asks_for_a_file_and_then_goes_on(window, monkeypatch, tmp_path):
    change_something(window)
    scenario = window.document.scenario
    answer(monkeypatch, QMessageBox.StandardButton.Save)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "kept"), ""))
    window.actions_["new"].trigger()
    assert scenario_file.load(tmp_path / "kept.cascade") == scenario
    assert window.document.scenario.shocks == ()
    assert kept.load().recent_files == (str((tmp_path / "kept.cascade").resolve()),)


def test_save_without_a_chosen_file_loses_nothing(window, monkeypatch):
    change_something(window)
    scenario = window.document.scenario
    answer(monkeypatch, QMessageBox.StandardButton.Save)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    window.actions_["new"].trigger()
    assert window.document.scenario is scenario
    assert window.isWindowModified()


def test_a_file_that_cannot_be_written_is_told(window, monkeypatch, tmp_path):
    change_something(window)
    target = tmp_path / "no" / "folder.cascade"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.actions_["save"].trigger()
    assert "folder.cascade" in window.message.text
    assert window.isWindowModified()


def test_a_bad_file_is_told_and_changes_nothing(window, tmp_path):
    scenario = window.document.scenario
    path = tmp_path / "bad.cascade"
    path.write_text(scenario_file.dumps(scenario).replace("0.68", "6.8"), encoding="utf-8")
    window.files.open(path)
    assert "long_share" in window.message.text
    assert "0.95" in window.message.text
    assert window.document.scenario is scenario
    window.files.open(scenario_path(tmp_path))
    assert not window.message.isVisible(), "opening a good file settles it"


def scenario_path(tmp_path, seed=99):
    path = tmp_path / "dropped.cascade"
    scenario_file.save(made_up.scenario(seed=seed), path)
    return path


def drop(window, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(50, 50).toPoint(), copy, mime, left, none)
    enter.ignore()
    window.dragEnterEvent(enter)
    if enter.isAccepted():
        window.dropEvent(QDropEvent(QPointF(50, 50), copy, mime, left, none))
    return enter.isAccepted()


def test_a_dropped_scenario_is_opened(window, tmp_path, qtbot):
    assert drop(window, scenario_path(tmp_path))
    assert window.document.scenario.seed == 99
    qtbot.waitUntil(lambda: window.player.run.scenario.seed == 99)
    qtbot.waitUntil(lambda: window.player.ready, timeout=20_000)
    assert window.player.time_s == SHOCK_S - 300


def test_a_drop_asks_about_unsaved_changes(window, tmp_path, monkeypatch):
    change_something(window)
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    drop(window, scenario_path(tmp_path))
    assert asked
    assert window.document.scenario.seed == 7


def test_other_files_are_not_taken(window, tmp_path):
    assert not drop(window, tmp_path / "photo.png")


def test_a_price_path_is_imported_from_the_menu(window, tmp_path, monkeypatch):
    path = tmp_path / "prices.csv"
    path.write_text("time,BTC\n0,100\n600,90\n", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.actions_["import_path"].trigger()
    assert window.document.scenario.news.path.columns[0].price_usd == (100.0, 90.0)
    path.write_text("nonsense", encoding="utf-8")
    window.actions_["import_path"].trigger()
    assert "These prices were not taken. prices.csv" in window.message.text


def test_a_recent_file_opens_from_the_menu(window, tmp_path):
    window.settings.add_recent(scenario_path(tmp_path))
    window.menus.recent.aboutToShow.emit()
    (action,) = window.menus.recent.actions()
    action.trigger()
    assert window.document.scenario.seed == 99


def test_a_recent_file_that_is_gone_is_told_and_forgotten(window, tmp_path):
    window.settings.add_recent(tmp_path / "gone.cascade")
    window.files.open(tmp_path / "gone.cascade")
    assert "gone.cascade" in window.message.text
    assert window.settings.recent_files == ()


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


# ---------------------------------------------------------------- names of the shipped scenarios


def texts_of(widget):
    """Everything that a widget says, seen or read out."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        yield widget.text()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(i) for i in range(widget.count()))
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
        for row in range(model.rowCount()):
            yield from (str(model.index(row, column).data() or "") for column in range(columns))


def test_assets_and_venues_that_come_with_the_program_are_told_in_chinese(own_window, qtbot):
    window = own_window
    scenario = window.document.scenario
    short = Position(asset="Small", venue="Alpha", side="short", notional_usd=9_000.0, leverage=3.0)
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.document.edit("A short", scenario.model_copy(update={"desk": (short,)}))
    set_language("zh_CN")
    window.player.to_end()
    window.setup.show_roster("assets")
    for name in ("compare", "presets", "many", "check", "plan_halts"):
        window.actions_[name].trigger()

    def in_english():
        shown = [window, *(each for each in window.findChildren(QWidget) if each.isVisible())]
        texts = {text for each in shown for text in texts_of(each)}
        return {text for text in texts if re.search(r"\b(Large|Small)\b", text)}

    for i in range(window.charts.tabs.count()):
        window.charts.tabs.setCurrentIndex(i)
        qtbot.waitUntil(lambda: not in_english(), timeout=2_000)  # summaries follow after a moment
    assert window.charts.bar.asset.itemText(3) == "大型币"
    window.charts.bar.asset.setCurrentIndex(3)
    window.charts.bar.asset.activated.emit(3)
    assert window.charts.choice.asset == "Large"
    desk = window.desk.form
    desk.asset.setCurrentIndex(4)
    assert desk.position().asset == "Small"
