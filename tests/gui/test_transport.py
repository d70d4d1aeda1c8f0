"""Transport, the red button and the timeline, through their widgets, on a made-up market."""

import pytest
from PySide6.QtCore import Qt
from windows import SHOCK_S

from engine.record import Event
from gui.i18n import set_language
from gui.panels.timeline import KINDS


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
