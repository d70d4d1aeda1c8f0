"""Finding, resetting and previewing settings; the crowd's drawing; pairs and lights at the desk."""

import fake_run
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.scenario import Position
from gui.document import Document
from gui.i18n import set_language
from gui.panels.crowd_drawing import BY_ACCOUNTS, BY_MONEY, SPREAD
from gui.panels.desk import DeskPanel
from gui.panels.desk_curve import equity_over_time_usd
from gui.player import Player


@pytest.fixture
def desk(qtbot, document, player):
    desk = DeskPanel(document, player)
    qtbot.addWidget(desk)
    desk.show()
    return desk


# ---------------------------------------------------------------- finding and resetting


def seen(panel):
    return {path for path, row in panel.rows.items() if row.isVisible()}


def test_a_search_shows_what_is_about_the_words_wherever_it_is_folded_away(qtbot, panel):
    before = seen(panel)
    qtbot.keyClicks(panel.search, "bridge")
    assert "plumbing.bridge_h" in seen(panel)
    assert "crowd.long_share" not in seen(panel)
    assert not panel.sections["crowd"].isVisible()
    panel.search.clear()
    assert seen(panel) == before


def test_the_field_to_search_with_is_as_wide_as_what_is_below_it(panel):
    def edges(widget):
        left = widget.mapTo(panel, widget.rect().topLeft()).x()
        return left, left + widget.width()

    for width in (300, 420):
        panel.resize(width, 900)
        assert edges(panel.search) == edges(panel.sections["crowd"])


def test_a_search_finds_what_stands_in_tables_and_small_forms(panel):
    for words, name in (("leverage cap", "market"), ("weight in the index", "venues"),
                        ("excitement", "shock"), ("paid in", "planned")):  # fmt: skip
        panel.search.setText(words)
        assert panel.sections[name].isVisible(), words
        assert not panel.sections["funding"].isVisible()


@pytest.mark.parametrize(
    ("words", "path"),
    [("top four", "venues"), ("rank ADL", "adl.rank"), ("fund  Insurance", "insurance.fund_pct")],
)
def test_the_words_of_a_search_need_not_stand_together(panel, words, path):
    panel.search.setText(words)
    assert path in seen(panel)
    assert "crowd.long_share" not in seen(panel)


def test_escape_ends_a_search_and_gives_the_keyboard_back(qtbot, panel):
    before = seen(panel)
    panel.begin_search()
    qtbot.keyClicks(panel.search, "bridge")
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert seen(panel) == before
    assert not panel.search.hasFocus()


def test_a_search_by_heading_shows_the_whole_section(panel):
    panel.search.setText("funding")
    assert {"funding.interval_h", "funding.clamp_pct"} <= seen(panel)


def test_a_search_works_in_the_language_on_the_screen(panel):
    set_language("zh_CN")
    panel.search.setText("保险基金")
    assert "insurance.fund_pct" in seen(panel)
    panel.search.setText("insurance fund")
    assert "insurance.fund_pct" in seen(panel)


def test_a_section_is_reset_as_one_step(qtbot, panel, document):
    section = panel.sections["crowd"]
    assert section.reset.isHidden()
    document.change("", "crowd.long_share", 0.5)
    document.change("", "crowd.size_spread", 1.0)
    document.change("", "insurance.fund_pct", 2.0)
    assert section.reset.isVisible()
    qtbot.mouseClick(section.reset, Qt.MouseButton.LeftButton)
    assert document.scenario.crowd == fake_run.fake_scenario().crowd
    assert document.scenario.insurance.fund_pct == 2.0
    assert section.reset.isHidden()
    assert document.undo_stack.undoText() == "Reset “Crowd”"
    document.undo()
    assert document.scenario.crowd.long_share == 0.5


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("shock", "shocks", []),
        ("planned", "halts", [{"at_min": 5.0, "duration_min": 1.0, "venue": "A", "asset": None}]),
        ("market", "assets.0.price_usd", 5.0),
        ("venues", "venues.0.fund_pct", 5.0),
        ("scenario", "clock.fine_step_s", 10),
    ],
)
def test_lists_are_reset_with_their_section(qtbot, panel, document, name, path, value):
    document.change("", path, value)
    qtbot.mouseClick(panel.sections[name].reset, Qt.MouseButton.LeftButton)
    assert document.scenario == fake_run.fake_scenario()


def test_the_clock_is_set(qtbot, panel, document):
    row = panel.rows["clock.fine_step_s"]
    panel.sections["scenario"].heading.setChecked(True)
    panel.more["scenario"].heading.setChecked(True)
    for text in ("7", "10"):
        row.edit.setFocus()
        row.edit.selectAll()
        qtbot.keyClicks(row.edit, text)
        qtbot.keyClick(row.edit, Qt.Key.Key_Return)
        if text == "7":
            assert "must divide a minute" in row.message.text()
    assert document.scenario.clock.fine_step_s == 10


# ---------------------------------------------------------------- the crowd's drawing


def drag(qtbot, canvas, from_x, to_x):
    start, end = QPoint(round(from_x), 40), QPoint(round(to_x), 40)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 6):
        qtbot.mouseMove(canvas, start + (end - start) * (i / 5))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def test_the_spread_is_dragged_by_its_handle_as_one_step(qtbot, panel, document):
    drawing = panel.drawing
    place = drawing.handles()[SPREAD]
    drag(qtbot, drawing.canvas, place, place + 20)
    assert document.scenario.crowd.leverage_spread > 0.75
    assert document.scenario.crowd.leverage_median == 9.0
    assert document.undo_stack.count() == 1
    assert "Spread of leverage" in document.undo_stack.undoText()


def test_the_switch_gives_the_other_hump_the_handles(qtbot, panel):
    drawing = panel.drawing
    before = drawing.handles()[SPREAD]
    assert drawing.chosen == BY_ACCOUNTS
    qtbot.mouseClick(drawing.buttons[BY_MONEY], Qt.MouseButton.LeftButton)
    assert drawing.chosen == BY_MONEY
    assert drawing.handles()[SPREAD] < before


def test_arrow_keys_move_the_chosen_hump_and_its_spread(qtbot, panel, document):
    drawing = panel.drawing
    drawing.canvas.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(drawing.canvas, key)
    panel.rows[BY_ACCOUNTS].end_drag()
    setting = panel.rows[BY_ACCOUNTS].setting
    expected = setting.value_at(setting.position(9.0) + 30)
    assert document.scenario.crowd.leverage_median == pytest.approx(expected, rel=0.01)
    assert document.undo_stack.count() == 1
    qtbot.keyClick(drawing.canvas, Qt.Key.Key_Up)
    panel.rows[SPREAD].end_drag()
    assert document.scenario.crowd.leverage_spread > 0.7
    drawing.choose(BY_MONEY)
    qtbot.keyClick(drawing.canvas, Qt.Key.Key_Left)
    panel.rows[BY_MONEY].end_drag()
    assert document.scenario.crowd.leverage_median_by_notional < 3.0


# ---------------------------------------------------------------- the preview


def test_the_preview_follows_the_crowd_while_it_is_dragged(qtbot, panel, document):
    curve = panel.preview
    before = curve.preview.at(-0.1)
    row = panel.rows["crowd.leverage_median_by_notional"]
    row.slider.setSliderDown(True)
    row.slider.setValue(row.setting.position(12.0))
    assert curve.preview.at(-0.1) > 2 * before
    row.slider.setSliderDown(False)
    document.undo()
    assert curve.preview.at(-0.1) == before


def test_the_preview_is_left_alone_by_what_it_does_not_hang_on(panel, document):
    before = panel.preview.preview
    document.change("", "shocks.0.size_pct", -20.0)
    assert panel.preview.preview is before


def test_the_mark_of_the_preview_is_moved_and_tells(qtbot, panel):
    curve = panel.preview
    share = round(100 * curve.preview.at(-0.1), 1)
    assert curve.sentence() == (
        f"A fall of 10\N{NO-BREAK SPACE}%: {share}\N{NO-BREAK SPACE}% of longs' money"
    )
    curve.setFocus()
    qtbot.keyClick(curve, Qt.Key.Key_Left)
    assert curve.move_ == -0.11
    qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=QPoint(curve.width() - 2, 50))
    assert curve.move_ > 0.45
    assert "A rise of" in curve.accessibleDescription()
    assert not curve.grab().isNull()


# ---------------------------------------------------------------- the desk


def test_a_neutral_pair_is_opened_by_one_click_and_undone_by_one(qtbot, desk, document):
    form = desk.form
    form.notional.set_value(5_000.0)
    qtbot.mouseClick(form.pair, Qt.MouseButton.LeftButton)
    coins, short = document.scenario.desk
    assert (coins.kind, coins.venue, coins.leverage) == ("spot", "A", 1.0)
    assert (short.side, short.venue, short.hedged) == ("short", "A", True)
    assert coins.notional_usd == short.notional_usd == 5_000.0
    undo = document.undo_stack.undoText()
    assert undo == "Open a pair: My BTC coins on A, My short BTC on A"
    document.undo()
    assert document.scenario.desk == ()


def test_a_pair_across_two_venues(qtbot, desk, document):
    form = desk.form
    form.other_leg.setCurrentIndex(form.other_leg.findData("B"))
    qtbot.mouseClick(form.pair, Qt.MouseButton.LeftButton)
    long, short = document.scenario.desk
    assert (long.side, long.venue, long.hedged) == ("long", "B", True)
    assert (short.side, short.venue, short.hedged) == ("short", "A", True)


def test_a_pair_on_one_venue_is_none(qtbot, desk, document):
    form = desk.form
    form.other_leg.setCurrentIndex(form.other_leg.findData("A"))
    qtbot.mouseClick(form.pair, Qt.MouseButton.LeftButton)
    assert document.scenario.desk == ()
    assert form.message.text() == "Both legs would be on A: choose another one."


def test_a_card_shows_the_margin_ratio_and_the_lights_of_adl(qtbot, document):
    position = Position(asset="BTC", venue="A", side="short", open_min=60.0)
    scenario = fake_run.fake_scenario(desk=(position,))
    document = Document(scenario)
    run = fake_run.fake_run(scenario)
    run._series["desk_adl_place"][:] = 0.61
    run._series["desk_maintenance_usd"][:] = run["desk_equity_usd"] / 4
    player = Player()
    player.show(run)
    player.seek((fake_run.SHOCK_MIN + 30) * 60.0)
    desk = DeskPanel(document, player)
    qtbot.addWidget(desk)
    texts = dict(
        zip(
            [label.text() for label in desk.cards[0].names],
            [label.text() for label in desk.cards[0].values],
            strict=True,
        )
    )
    assert texts["ADL queue"] == "●●●●○"
    assert texts["Margin ratio"] == "25.0\N{NO-BREAK SPACE}%"


def test_my_money_over_time_is_what_was_put_in_and_what_it_gained(qtbot):
    position = Position(asset="BTC", venue="A", notional_usd=8_000.0, leverage=4.0, open_min=60.0)
    scenario = fake_run.fake_scenario(desk=(position,))
    run = fake_run.fake_run(scenario)
    equity = equity_over_time_usd(run)
    assert equity[0] == 2_000.0
    np.testing.assert_allclose(equity[-1], 2_000.0 + run["desk_pnl_usd"][-1, 0, 0])
    player = Player()
    player.show(run)
    player.to_end()
    desk = DeskPanel(Document(scenario), player)
    qtbot.addWidget(desk)
    desk.show()
    assert desk.curve.isVisible()
    assert "of 2,000 USD put in" in desk.curve.accessibleDescription()
    assert not desk.curve.grab().isNull()


def test_without_positions_there_is_no_money_to_draw(desk):
    assert not desk.curve.isVisible()
