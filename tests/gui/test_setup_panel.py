import fake_run
import pytest
from PySide6.QtCore import QPoint, Qt

from gui.document import Document
from gui.i18n import set_language
from gui.panels.setup import SetupPanel
from gui.player import Player

# The plugin without a display says this of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def document(qapp):
    return Document(fake_run.fake_scenario())


@pytest.fixture
def player(document):
    player = Player()
    player.show(fake_run.fake_run(document.scenario))
    player.seek((fake_run.SHOCK_MIN - 5) * 60.0)
    return player


@pytest.fixture
def panel(qtbot, document, player):
    panel = SetupPanel(document, player)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


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


def test_everything_fits_into_a_narrow_panel(panel):
    for language in ("en", "zh_CN"):
        set_language(language)
        for section in panel.sections.values():
            section.heading.setChecked(True)
        panel.resize(280, 900)
        assert panel.body.minimumSizeHint().width() <= panel.viewport().width()
        for row in [*panel.rows.values(), *panel.shocks.rows]:
            value = row.edit if hasattr(row, "edit") else row.combo
            needed = value.fontMetrics().horizontalAdvance(
                value.text() if hasattr(value, "text") else ""
            )
            assert needed < value.width(), row.setting.path


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
    qtbot.mousePress(drawing, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 6):
        qtbot.mouseMove(drawing, start + (end - start) * (i / 5))
    qtbot.mouseRelease(drawing, Qt.MouseButton.LeftButton, pos=end)
    assert document.scenario.crowd.leverage_median == pytest.approx(25.0, rel=0.03)
    row = panel.rows["crowd.leverage_median"]
    assert row.slider.value() == row.setting.position(document.scenario.crowd.leverage_median)
    assert document.undo_stack.count() == 1
    qtbot.mousePress(drawing, Qt.MouseButton.LeftButton, pos=QPoint(2, 40))
    qtbot.mouseMove(drawing, QPoint(-500, 40))
    qtbot.mouseRelease(drawing, Qt.MouseButton.LeftButton, pos=QPoint(-500, 40))
    crowd = document.scenario.crowd
    assert crowd.leverage_median_by_notional == 0.3  # its least
    assert document.undo_stack.count() == 2
