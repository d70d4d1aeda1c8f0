import made_up
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox

from engine.concentration import top_four
from engine.scenario import PathColumn, PricePath, RuleChange, Shock
from gui.i18n import set_language
from gui.panels.inputs import Label
from gui.panels.setting import levers, settings_of
from gui.panels.setting_row import ChoiceRow, NumberRow
from gui.panels.setup_sections import why_idle
from gui.theme import theme


def type_in(qtbot, row, text):
    row.edit.setFocus()
    row.edit.selectAll()
    qtbot.keyClicks(row.edit, text)
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)


def drag(qtbot, slider, to_share):
    """Drag a slider's handle by the mouse, in several moves."""
    from PySide6.QtWidgets import QStyle, QStyleOptionSlider

    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    start = handle.center()
    end = QPoint(round(to_share * slider.width()), start.y())
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 6):
        qtbot.mouseMove(slider, start + (end - start) * (i / 5))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)


def test_a_drag_moves_the_document_and_is_one_step_of_undo(qtbot, panel, document):
    row = panel.rows["crowd.leverage_median"]
    drag(qtbot, row.slider, 0.9)
    assert document.scenario.crowd.leverage_median > 25
    assert row.edit.text() == row.setting.text(document.scenario.crowd.leverage_median)
    assert document.undo_stack.count() == 1
    assert "Typical leverage" in document.undo_stack.undoText()
    document.undo()
    assert document.scenario.crowd.leverage_median == 9.0
    assert row.edit.text() == "9×"
    assert row.slider.value() == row.setting.position(9.0)


def test_two_drags_are_two_steps(qtbot, panel, document):
    row = panel.rows["crowd.long_share"]
    drag(qtbot, row.slider, 0.3)
    drag(qtbot, row.slider, 0.8)
    assert document.undo_stack.count() == 2


def test_the_scenario_is_not_changed_at_every_move_of_a_drag(qtbot, panel, document):
    seen = []
    document.changed.connect(seen.append)
    row = panel.rows["crowd.long_share"]
    row.slider.setSliderDown(True)
    for position in range(500, 600):
        row.slider.setValue(position)
    assert len(seen) <= 2  # at once, and not again before a tenth of a second has passed
    row.slider.setSliderDown(False)  # the mouse is released
    assert document.scenario.crowd.long_share == row.setting.value_at(599)
    assert document.undo_stack.count() == 1


def test_arrow_keys_move_a_slider(qtbot, panel, document):
    row = panel.rows["crowd.hedged_share"]
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert document.scenario.crowd.hedged_share > 0.45
    assert document.undo_stack.count() == 1


def test_a_typed_value_counts_with_or_without_its_unit(qtbot, panel, document):
    row = panel.rows["crowd.long_share"]
    type_in(qtbot, row, "55 %")
    assert document.scenario.crowd.long_share == 0.55
    type_in(qtbot, row, "60")
    assert document.scenario.crowd.long_share == 0.6
    type_in(qtbot, panel.rows["crowd.accounts"], "20k")
    assert document.scenario.crowd.accounts == 20_000


@pytest.mark.parametrize("nonsense", ["abc", "99", "-5", "", "1e999", "5 5"])
def test_nonsense_is_refused_with_the_range_and_the_value_comes_back(
    qtbot, panel, document, nonsense
):
    row = panel.rows["crowd.long_share"]
    row.edit.setFocus()
    row.edit.selectAll()
    if nonsense:
        qtbot.keyClicks(row.edit, nonsense)
    else:
        qtbot.keyClick(row.edit, Qt.Key.Key_Backspace)
    assert row.message.isVisible()
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)
    assert row.message.isVisible()
    assert "from 5\N{NO-BREAK SPACE}% to 95\N{NO-BREAK SPACE}%" in row.message.text()
    assert row.edit.text() == "68\N{NO-BREAK SPACE}%"
    assert document.scenario.crowd.long_share == 0.68
    assert document.undo_stack.count() == 0
    type_in(qtbot, row, "60")
    assert not row.message.isVisible()


def test_escape_brings_the_value_back(qtbot, panel, document):
    row = panel.rows["insurance.fund_pct"]
    row.edit.setFocus()
    row.edit.selectAll()
    qtbot.keyClicks(row.edit, "7x")
    qtbot.keyClick(row.edit, Qt.Key.Key_Escape)
    assert row.edit.text() == "0.4\N{NO-BREAK SPACE}%"
    assert not row.message.isVisible()
    assert document.undo_stack.count() == 0


def test_the_list_sets_the_adl_rule(qtbot, panel, document):
    combo = panel.rows["adl.rank"].combo
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document.scenario.adl.rank == "binance"
    document.undo()
    assert combo.currentData() == "pnl_times_leverage"


def test_a_changed_row_is_marked_and_can_be_reset_on_its_own(qtbot, panel, document):
    row = panel.rows["insurance.fund_pct"]
    assert row.reset.isHidden()
    type_in(qtbot, row, "2")
    assert row.reset.isVisible()
    assert row.slider.property("changed")
    type_in(qtbot, panel.rows["crowd.long_share"], "60")
    qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert document.scenario.insurance.fund_pct == 0.4
    assert document.scenario.crowd.long_share == 0.6
    assert row.reset.isHidden()
    document.undo()
    assert document.scenario.insurance.fund_pct == 2.0


def test_settings_that_contradict_each_other_are_refused_in_plain_words(qtbot, panel, document):
    row = panel.rows["adl.trigger_drawdown"]
    type_in(qtbot, row, "10")
    assert row.message.text() == "“ADL stops at” must not be more than “ADL begins at”."
    assert row.edit.text() == "30\N{NO-BREAK SPACE}%"
    assert document.undo_stack.count() == 0


def test_sections_fold(qtbot, panel):
    section = panel.sections["crowd"]
    qtbot.mouseClick(section.heading, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert not panel.rows["crowd.long_share"].isVisible()
    qtbot.mouseClick(section.heading, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert panel.rows["crowd.long_share"].isVisible()


def test_tooltips_say_what_a_setting_means_and_where_its_default_comes_from(panel):
    hint = panel.rows["insurance.fund_pct"].edit.toolTip()
    assert "as a share of its open interest" in hint
    assert "From 0\N{NO-BREAK SPACE}% to 20\N{NO-BREAK SPACE}%" in hint
    assert "Default: 0.4\N{NO-BREAK SPACE}%" in hint
    assert "Binance futures" in hint


def test_the_drawing_follows_the_crowd(qtbot, panel):
    before = panel.drawing.grab().toImage()
    type_in(qtbot, panel.rows["crowd.leverage_median"], "30")
    assert panel.drawing.grab().toImage() != before
    assert "30×" in panel.drawing.accessibleDescription()


def test_the_time_of_a_shock_is_a_clock_time(qtbot, panel, document):
    row = panel.shocks.rows[1]
    assert row.edit.text() == "10 Oct 20:50"
    type_in(qtbot, row, "21:15")
    assert document.scenario.shocks[0].at_min == 21 * 60 + 15
    type_in(qtbot, row, "2025-10-11 00:30:15")
    assert document.scenario.shocks[0].at_min == 24 * 60 + 30.25
    assert row.edit.text() == "11 Oct 00:30:15"
    type_in(qtbot, row, "11 Oct 01:00")
    assert document.scenario.shocks[0].at_min == 25 * 60


@pytest.mark.parametrize("text", ["25:00", "noon", "2024-01-01 10:00", "2025-10-12 00:00", "9"])
def test_a_time_that_is_none_is_refused(qtbot, panel, document, text):
    row = panel.shocks.rows[1]
    type_in(qtbot, row, text)
    assert "from 10 Oct 00:00 to 11 Oct 23:59 UTC" in row.message.text()
    assert row.edit.text() == "10 Oct 20:50"
    assert document.undo_stack.count() == 0


def test_shocks_are_added_at_the_cursor_chosen_and_removed(qtbot, panel, document, player):
    assert not panel.shocks.choice.isVisible()
    qtbot.mouseClick(panel.shocks.add, Qt.MouseButton.LeftButton)
    assert document.scenario.shocks[1].at_min == player.time_s / 60.0
    assert panel.shocks.choice.currentIndex() == 1
    type_in(qtbot, panel.shocks.rows[0], "-9")
    assert [shock.size_pct for shock in document.scenario.shocks] == [-5.0, -9.0]
    for _ in range(2):
        qtbot.mouseClick(panel.shocks.remove, Qt.MouseButton.LeftButton)
    assert document.scenario.shocks == ()
    assert panel.shocks.empty.isVisible()
    assert not panel.shocks.body.isVisible()
    document.undo()
    assert panel.shocks.body.isVisible()


def test_another_document_is_what_changes_are_told_from(qtbot, panel, document, october):
    type_in(qtbot, panel.rows["crowd.long_share"], "60")
    document.open(october)
    assert panel.rows["crowd.long_share"].reset.isHidden()
    assert panel.rows["crowd.accounts"].edit.text() == "1,000"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_everything_fits_into_a_narrow_panel(qtbot, dressed, panel, language):
    set_language(language)
    for section in (*panel.sections.values(), *panel.more.values(), panel.shocks.more):
        section.heading.setChecked(True)
    panel.resize(280, 900)  # as in a window 1280 wide
    qtbot.wait(1)
    assert panel.body.minimumSizeHint().width() <= panel.viewport().width()
    for row in [*panel.rows.values(), *panel.shocks.rows]:
        if isinstance(row, ChoiceRow):
            for i in range(row.combo.count()):
                words = row.combo.fontMetrics().horizontalAdvance(row.combo.itemText(i))
                assert words <= room_in(row.combo), row.combo.itemText(i)
        elif isinstance(row, NumberRow):
            needed = row.edit.fontMetrics().horizontalAdvance(row.edit.text())
            assert needed < row.edit.width(), row.setting.path


def room_in(combo):
    """How wide a text a list shows without cutting it."""
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    complex_, edit = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    padding = theme.unit(6)
    return combo.style().subControlRect(complex_, option, edit, combo).width() - padding


PARTS = (
    "crowd", "behaviour", "news", "liquidity", "liquidation", "insurance", "adl", "marking",
    "protection", "plumbing", "hedging", "funding",
)  # fmt: skip


def test_every_number_and_choice_of_the_market_s_rules_has_a_row(panel):
    missing = {path for part in PARTS for path in levers(part)} - set(panel.rows)
    assert not missing
    of_shocks = {row.setting.path for row in panel.shocks.rows}
    assert of_shocks == {setting.path for setting in settings_of("shocks.0")}


def test_a_beginner_sees_a_short_list(panel):
    seen = [path for path, row in panel.rows.items() if row.isVisible()]
    assert 0 < len(seen) <= 12
    assert "crowd.leverage_median" in seen
    assert "crowd.size_spread" not in seen
    panel.more["crowd"].heading.setChecked(True)
    assert panel.rows["crowd.size_spread"].isVisible()


def test_numbers_that_only_one_choice_needs_rest_until_it_is_chosen(qtbot, panel, document):
    share = panel.rows["liquidation.stage_share"]
    assert not share.isEnabled()
    assert "Counts only if “Liquidation” is: Step by step." in share.toolTip()
    combo = panel.rows["liquidation.ladder"].combo
    combo.setCurrentIndex(combo.findData("staged"))
    combo.activated.emit(combo.currentIndex())
    assert document.scenario.liquidation.ladder == "staged"
    assert share.isEnabled()
    assert "Counts only" not in share.toolTip()
    document.undo()
    assert not share.isEnabled()


@pytest.mark.parametrize(
    ("path", "value", "idle"),
    [
        ("liquidation.ladder", "lower_tier", "liquidation.stage_share"),
        ("adl.trigger", "fund_empty", "adl.trigger_drawdown"),
        ("adl.rank", "none", "adl.trigger_drawdown"),
        ("adl.rank", "none", "adl.fill"),
        ("marking.rule", "last", "marking.window_s"),
        ("protection.breaker_pct", 0.0, "protection.halt_min"),
        ("funding.cap_pct", 0.0, "funding.clamp_pct"),
        ("news.clustering", 0.0, "news.clustering_days"),
    ],
)
def test_what_counts_for_nothing_is_said_to(panel, document, path, value, idle):
    document.change("", path, value)
    assert why_idle(idle, document.scenario)
    assert not panel.rows[idle].isEnabled()


def test_a_cut_to_a_lower_tier_needs_the_cool_down_too(document):
    document.change("", "liquidation.ladder", "lower_tier")
    assert not why_idle("liquidation.cooldown_s", document.scenario)


def test_what_a_later_change_of_the_rules_will_need_counts_already(panel, document):
    rule = RuleChange(at_min=60.0, path="liquidation.ladder", value="staged")
    document.edit("", document.scenario.model_copy(update={"rule_changes": (rule,)}))
    assert panel.rows["liquidation.stage_share"].isEnabled()


def test_the_recovery_of_each_shock_has_its_own_half_life(panel, document):
    shocks = (Shock(at_min=60.0), Shock(at_min=90.0, recovery_share=0.4))
    document.edit("", document.scenario.model_copy(update={"shocks": shocks}))
    row = next(r for r in panel.shocks.rows if r.setting.path.endswith("recovery_halflife_h"))
    assert not row.isEnabled()
    panel.shocks.choice.setCurrentIndex(1)
    panel.shocks.choice.activated.emit(1)
    assert row.isEnabled()


def test_venues_with_rules_of_their_own_are_named(panel, document):
    assert panel.own_rules["insurance"].isHidden()
    own = document.scenario.venues[1].model_copy(update={"adl": document.scenario.adl})
    venues = (document.scenario.venues[0], own, *document.scenario.venues[2:])
    document.edit("", document.scenario.model_copy(update={"venues": venues}))
    assert panel.own_rules["insurance"].text() == "Not for B: rules of their own."
    assert not panel.own_rules["insurance"].isHidden()
    assert panel.own_rules["liquidation"].isHidden()


# ---------------------------------------------------------------- venues, price paths


def open_october(document):
    document._start(made_up.scenario(), None)


def test_the_top_four_slider_moves_all_shares_in_one_step(qtbot, panel, document):
    open_october(document)
    row = panel.venues.row
    assert row.edit.text() == "80\N{NO-BREAK SPACE}%"
    panel.sections["venues"].heading.setChecked(True)
    drag(qtbot, row.slider, 0.2)
    assert document.undo_stack.count() == 1
    share = row.setting.value(document.scenario)
    assert share < 0.5
    assert "Rest" in panel.venues.shares.text()
    type_in(qtbot, row, "62 %")
    assert top_four(document.scenario) == pytest.approx(0.62)
    assert document.scenario.venues[4].open_interest_share == pytest.approx(0.38)
    assert "Rest\N{NO-BREAK SPACE}38.0\N{NO-BREAK SPACE}%" in panel.venues.shares.text()
    assert row.reset.isVisible()
    qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert top_four(document.scenario) == pytest.approx(0.8)
    assert row.reset.isHidden()


def test_with_three_venues_there_is_nothing_to_slide(panel):
    assert not panel.venues.row.isEnabled()
    assert "no venues beside the four largest" in panel.venues.row.toolTip()


def test_a_price_path_is_shown_and_can_be_removed(qtbot, panel, document):
    assert panel.path.isHidden()
    column = PathColumn(asset="BTC", price_usd=(1e5, 1.1e5, 1e5))
    path = PricePath(at_min=(0.0, 60.0, 120.0), columns=(column,))
    news = document.scenario.news.model_copy(update={"path": path})
    document.edit("", document.scenario.model_copy(update={"news": news}))
    assert not panel.path.isHidden()
    assert "BTC; 3 prices each, 10 Oct 00:00 – 10 Oct 02:00" in panel.path.text.text()
    panel.sections["news"].heading.setChecked(True)
    qtbot.mouseClick(panel.path.remove, Qt.MouseButton.LeftButton)
    assert document.scenario.news.path is None
    document.undo()
    assert document.scenario.news.path == path


def test_the_wheel_over_a_slider_scrolls_the_panel_instead(panel, document):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    slider = panel.rows["crowd.leverage_median"].slider
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    assert document.undo_stack.count() == 0


def test_a_hump_of_the_drawing_can_be_dragged_as_one_step(qtbot, panel, document):
    drawing = panel.drawing
    start = QPoint(round(drawing.x_px(9.0)) + 3, 40)
    end = QPoint(round(drawing.x_px(25.0)) + 3, 40)
    qtbot.mousePress(drawing.canvas, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 6):
        qtbot.mouseMove(drawing.canvas, start + (end - start) * (i / 5))
    qtbot.mouseRelease(drawing.canvas, Qt.MouseButton.LeftButton, pos=end)
    assert document.scenario.crowd.leverage_median == pytest.approx(25.0, rel=0.03)
    row = panel.rows["crowd.leverage_median"]
    assert row.slider.value() == row.setting.position(document.scenario.crowd.leverage_median)
    assert document.undo_stack.count() == 1
    qtbot.mousePress(drawing.canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 40))
    qtbot.mouseMove(drawing.canvas, QPoint(-500, 40))
    qtbot.mouseRelease(drawing.canvas, Qt.MouseButton.LeftButton, pos=QPoint(-500, 40))
    crowd = document.scenario.crowd
    assert crowd.leverage_median_by_notional == 0.3  # its least
    assert document.undo_stack.count() == 2


def test_a_name_takes_two_lines_rather_than_being_cut(qtbot):
    label = Label()
    qtbot.addWidget(label)
    label.setText("Naked spot is sold within")
    metrics = label.fontMetrics()
    narrow, wide = map(metrics.horizontalAdvance, ("Naked spot is sold wit", label.text()))
    assert label.lines(narrow) == ["Naked spot is sold", "within"]
    assert label.heightForWidth(narrow) == 2 * metrics.lineSpacing()
    assert label.lines(wide) == ["Naked spot is sold within"]
    assert label.heightForWidth(wide) == metrics.lineSpacing()


@pytest.mark.parametrize("path", ["crowd.long_share", "adl.rank", "name"])
def test_a_row_stays_as_high_as_it_is_when_it_is_changed(qtbot, dressed, panel, path):
    row = panel.rows[path]
    for section in (*panel.sections.values(), *panel.more.values()):
        section.heading.setChecked(True)
    qtbot.wait(1)
    field = row.edit if isinstance(row, NumberRow) else row.findChild(QComboBox) or row.edit
    assert field.geometry().right() == row.rect().right()
    height = row.sizeHint().height()
    row.mark_changed(True)
    assert row.reset.isVisibleTo(row)
    assert row.sizeHint().height() == height
