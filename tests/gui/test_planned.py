"""What is planned for a set time: added by small forms, moved on the timeline, edited, removed."""

import made_up
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QStyleOptionViewItem
from windows import closed, opened

from engine import scenario_file
from engine.scenario import Change, Halt, RuleChange, TopUp
from gui.actions import PLANS
from gui.i18n import set_language, tr
from gui.panels.part_form import default_values
from gui.panels.timeline import FLAG_UNITS
from gui.planned import planned
from gui.theme import theme

SHOCK_MIN = 2_690.0
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def window(qtbot, october, shared_worker):
    window = opened(qtbot, shared_worker)
    window.player.seek((SHOCK_MIN + 20) * 60.0)
    yield window
    closed(qtbot, window)


def fill(qtbot, field, text):
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, text)


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def plan_of(window, kind):
    return next(plan for plan in window.timeline.plans if plan.kind == kind)


def flag(line, plan):
    at = line.flags_px()[line.plans.index(plan)]
    return QPoint(round(at + theme.unit(FLAG_UNITS) / 2), 4)


# ---------------------------------------------------------------- the five forms


def test_a_halt_is_planned_at_the_cursor_and_undone_by_name(window, qtbot):
    window.actions_["plan_halts"].trigger()
    form = window.moments.form
    assert form.fields["at_min"].edit.text() == "10 Oct 21:10"
    choose(form.fields["venue"].combo, "Beta")
    fill(qtbot, form.fields["duration_min"], "45")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    expected = Halt(at_min=SHOCK_MIN + 20, duration_min=45.0, venue="Beta")
    assert window.document.scenario.halts == (expected,)
    assert window.document.undo_stack.undoText() == "halt Beta at 10 Oct 21:10"
    assert "halt Beta" in window.message.text
    assert window.moments.form is None
    window.actions_["undo"].trigger()
    assert window.document.scenario.halts == ()


def test_money_for_a_fund(window, qtbot):
    form = window.moments.plan("top_ups")
    fill(qtbot, form.fields["amount_usd"], "2.5 bn")
    choose(form.fields["asset"].combo, "Small")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    (top_up,) = window.document.scenario.top_ups
    assert top_up == TopUp(at_min=SHOCK_MIN + 20, amount_usd=2.5e9, asset="Small")
    undo = window.document.undo_stack.undoText()
    assert undo == f"pay 2.50{NBSP}bn USD into insurance: Small at 10 Oct 21:10"


@pytest.mark.parametrize("venue", [None, 1])
def test_a_rule_that_changes_everywhere_or_on_a_venue(window, qtbot, venue):
    form = window.moments.plan("rule_changes")
    choose(form.rule.where, venue)
    before = "" if venue is None else f"venues.{venue}."
    choose(form.rule.rule, f"{before}adl.rank")
    choose(form.rule.field.combo, "pro_rata")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    (rule,) = window.document.scenario.rule_changes
    assert rule == RuleChange(at_min=SHOCK_MIN + 20, path=f"{before}adl.rank", value="pro_rata")
    undo = window.document.undo_stack.undoText()
    assert undo.endswith("ADL rule → Pro rata to gains at 10 Oct 21:10")
    assert undo.startswith("Beta: ") == (venue is not None)


def test_a_rule_is_found_by_typing_part_of_its_name(window, qtbot):
    form = window.moments.plan("rule_changes")
    edit = form.rule.rule.typed
    edit.selectAll()
    qtbot.keyClicks(edit, "price band")
    texts = [form.rule.rule.completer().completionModel().index(i, 0).data() for i in range(1)]
    assert texts == ["Price protection: Price band"]
    edit.setText(texts[0])
    edit.editingFinished.emit()
    assert form.rule.path == "protection.band_pct"
    fill(qtbot, form.rule.field, "5")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    assert window.document.scenario.rule_changes[0].value == 5.0


def test_a_tariff_with_all_its_settings(window, qtbot):
    form = window.moments.plan("shocks")
    fill(qtbot, form.fields["size_pct"], "-12")
    fill(qtbot, form.fields["recovery_share"], "50")
    fill(qtbot, form.fields["name"], "Denied")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    shock = window.document.scenario.shocks[-1]
    assert (shock.name, shock.size_pct, shock.recovery_share) == ("Denied", -12.0, 0.5)


def test_a_trade_with_its_close(window, qtbot):
    form = window.moments.plan("desk")
    choose(form.fields["side"].combo, "short")
    choose(form.fields["margin"].combo, "cross")
    fill(qtbot, form.fields["close_min"], "23:00")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    position = window.document.scenario.desk[-1]
    assert (position.side, position.margin) == ("short", "cross")
    assert position.open_min == SHOCK_MIN + 20
    assert position.close_min == 1_440 + 23 * 60
    kinds = [plan.moment for plan in window.timeline.plans if plan.path == "desk.1"]
    assert kinds == ["open_min", "close_min"]


def test_coins_have_neither_side_nor_margin(window, qtbot):
    form = window.moments.plan("desk")
    choose(form.fields["margin"].combo, "cross")
    choose(form.fields["kind"].combo, "spot")
    assert not form.fields["leverage"].isEnabled()
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    position = window.document.scenario.desk[-1]
    assert (position.kind, position.leverage, position.margin) == ("spot", 1.0, "isolated")


def test_the_button_beside_the_red_one_offers_all_five(window):
    menu = window.transport.moment.menu()
    assert menu.actions() == [window.actions_[name] for name in PLANS]
    assert len(menu.actions()) == 5
    assert all(not action.shortcut().isEmpty() for action in menu.actions())


def test_what_does_not_fit_is_said_in_the_form_which_stays(window, qtbot):
    form = window.moments.plan("desk")
    fill(qtbot, form.fields["close_min"], "20:00")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    assert form.message.text() == "“Closed at” must be later than “Opened at”."
    assert form.isVisible()
    assert len(window.document.scenario.desk) == 1
    form.reject()


def test_another_document_takes_the_form_away(window, october):
    window.moments.plan("halts")
    window.document.open(october)
    assert window.moments.form is None


# ---------------------------------------------------------------- on the timeline


def halted(window):
    halt = Halt(at_min=SHOCK_MIN + 100, venue="Alpha")
    window.document.edit("", window.document.scenario.model_copy(update={"halts": (halt,)}))
    return plan_of(window, "halts")


def test_plans_have_flags_with_their_words(window):
    plan = halted(window)
    line = window.timeline
    assert "22:30:00  halt Alpha" in line.hint_at(line.x_of(plan.time_s))
    assert line.plan_at(flag(line, plan).x(), 3) == plan
    assert line.plan_at(line.x_of(plan.time_s), line.height() / 2) is None


def test_a_flag_is_dragged_to_another_time_in_one_step(window, qtbot):
    plan, line = halted(window), window.timeline
    steps, cursor_s = window.document.undo_stack.count(), window.player.time_s
    start = flag(line, plan)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 5):
        qtbot.mouseMove(line, start + QPoint(10 * i, 0))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    moved = window.document.scenario.halts[0].at_min
    assert moved == pytest.approx(line.time_at(start.x() + 40) / 60, abs=1)
    assert moved == int(moved)
    assert window.document.undo_stack.count() == steps + 1
    assert window.document.undo_stack.undoText().startswith("move: halt Alpha at ")
    assert window.player.time_s == cursor_s


def test_a_click_on_a_flag_moves_nothing(window, qtbot):
    plan, line = halted(window), window.timeline
    steps = window.document.undo_stack.count()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=flag(line, plan))
    assert window.document.undo_stack.count() == steps
    assert line.plans[line.chosen] == plan


def test_a_double_click_edits(window, qtbot):
    plan, line = halted(window), window.timeline
    qtbot.mouseDClick(line, Qt.MouseButton.LeftButton, pos=flag(line, plan))
    form = window.moments.form
    assert form.fields["venue"].value == "Alpha"
    choose(form.fields["venue"].combo, "Gamma")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    assert window.document.scenario.halts[0].venue == "Gamma"


def test_the_keyboard_chooses_moves_edits_and_removes(window, qtbot):
    plan, line = halted(window), window.timeline
    line.setFocus()
    place = line.plans.index(plan)
    for _ in range(place + 1):
        qtbot.keyClick(line, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert line.plans[line.chosen] == plan
    assert "halt Alpha" in line.accessibleDescription()
    qtbot.keyClick(line, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.document.scenario.halts[0].at_min == plan.at_min + 1
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.moments.form is not None
    window.moments.form.reject()
    line.setFocus()
    line._choose(place)
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    assert window.document.scenario.halts == ()
    assert window.document.undo_stack.undoText() == "remove: halt Alpha"


def test_plain_arrows_on_the_timeline_still_move_the_cursor(window, qtbot):
    line, before_s = window.timeline, window.player.time_s
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Right)
    assert window.player.time_s > before_s


def test_the_context_menu_of_a_flag(window, qtbot):
    plan, line = halted(window), window.timeline
    from PySide6.QtGui import QContextMenuEvent

    place = flag(line, plan)
    reason = QContextMenuEvent.Reason.Mouse
    line.contextMenuEvent(QContextMenuEvent(reason, place, line.mapToGlobal(place)))
    (menu,) = [m for m in line.findChildren(QMenu) if m.isVisible()]
    assert [action.text() for action in menu.actions()] == ["Edit…", "Move to the cursor", "Remove"]
    menu.actions()[1].trigger()
    assert window.document.scenario.halts[0].at_min == SHOCK_MIN + 20
    menu.close()


def test_what_cannot_be_then_is_refused_and_stays(window):
    position = window.document.scenario.desk[0]
    later = position.model_copy(update={"changes": (Change(at_min=60.0, notional_usd=5.0),)})
    window.document.edit("", window.document.scenario.model_copy(update={"desk": (later,)}))
    opening = next(p for p in window.timeline.plans if p.moment == "open_min")
    assert not window.moments.move(opening, 90.0)
    assert "later than the opening" in window.message.text
    assert window.document.scenario.desk[0].open_min == 0


# ---------------------------------------------------------------- the list


def test_the_list_of_plans_edits_and_removes(window, qtbot):
    halted(window)
    plans = window.setup.planned
    window.setup.sections["planned"].heading.setChecked(True)
    texts = [plans.list.item(i).text() for i in range(plans.list.count())]
    assert texts[-1] == "10 Oct 22:30  halt Alpha"
    plans.list.setCurrentRow(len(texts) - 1)
    qtbot.mouseClick(plans.edit, Qt.MouseButton.LeftButton)
    assert window.moments.form.fields["venue"].value == "Alpha"
    window.moments.form.reject()
    qtbot.keyClick(plans.list, Qt.Key.Key_Delete)
    assert window.document.scenario.halts == ()


def test_plans_are_saved(window, tmp_path):
    halted(window)
    path = tmp_path / "halted.cascade"
    window.document.save(path)
    assert scenario_file.load(path).halts == window.document.scenario.halts


def test_plans_are_named_in_chinese(window):
    halted(window)
    set_language("zh_CN")
    plan = plan_of(window, "halts")
    assert plan.what == "Alpha 停摆"
    window.moments.remove(plan)
    assert "停摆" in window.document.undo_stack.undoText()


def test_plans_come_in_order_of_time():
    position = (
        made_up.scenario()
        .desk[0]
        .model_copy(
            update={"open_min": 3_000.0, "close_min": 3_200.0, "changes": (Change(at_min=3_100.0),)}
        )
    )
    scenario = made_up.scenario(desk=(position,), halts=(Halt(at_min=3_050.0, venue="Beta"),))
    assert [plan.what for plan in planned(scenario)] == [
        f"Tariff post (\N{MINUS SIGN}5.0{NBSP}%)",
        "open: My long BTC on Alpha",
        "halt Beta",
        "change: My long BTC on Alpha",
        "close: My long BTC on Alpha",
    ]


def test_control_f_looks_for_a_setting_also_while_the_set_up_is_hidden(window, qtbot):
    window.actions_["setup"].trigger()
    assert not window.setup.isVisible()
    window.actions_["find"].trigger()
    assert window.setup.isVisible()
    assert window.setup.search.hasFocus()
    qtbot.keyClicks(window.setup.search, "bridge")
    assert window.setup.rows["plumbing.bridge_h"].isVisible()


# ---------------------------------------------------------------- at the same moment


@pytest.mark.parametrize("minute", [SHOCK_MIN + 20, made_up.scenario().clock.duration_min - 1])
def test_plans_of_the_same_moment_have_flags_side_by_side(window, qtbot, minute):
    line, scenario = window.timeline, window.document.scenario
    several = {
        "halts": (Halt(at_min=minute, duration_min=5.0, venue="Beta"),),
        "top_ups": (TopUp(at_min=minute, amount_usd=1e6),),
        "rule_changes": (RuleChange(at_min=minute, path="protection.band_pct", value=5.0),),
    }
    window.document.edit("Three at once", scenario.model_copy(update=several))
    there = [i for i, plan in enumerate(line.plans) if plan.at_min == minute]
    assert len(there) == 3
    places = line.flags_px()
    for i in there:
        middle = places[i] + theme.unit(FLAG_UNITS) / 2
        assert 0 <= places[i] <= line.width() - theme.unit(FLAG_UNITS)
        assert line.plan_at(middle, 4) is line.plans[i]
        assert line.plans[i].what in line.hint_at(middle)
        with qtbot.waitSignal(line.edit_wanted) as wanted:
            qtbot.mouseDClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(middle), 4))
        assert wanted.args == [line.plans[i]]
        window.moments.form.reject()


def test_a_flag_alone_is_at_its_time(window):
    line = window.timeline
    assert line.flags_px() == [line.x_of(plan.time_s) for plan in line.plans]


# ---------------------------------------------------------------- what changes nothing


def test_a_change_of_a_rule_that_changes_nothing_cannot_be_sent(window, qtbot):
    form = window.moments.plan("rule_changes")
    choose(form.rule.rule, "protection.band_pct")
    assert not form.send.isEnabled()
    assert f"At 10 Oct 21:10 it is 0{NBSP}% already" in form.rule.note.text()
    assert form.rule.note.isVisible()
    form.rule.field.edit.setFocus()
    form.rule.field.edit.selectAll()
    qtbot.keyClicks(form.rule.field.edit, "5")
    assert form.send.isEnabled()  # while it is typed: a click on a button that is off does nothing
    assert f"it is 0{NBSP}% so far" in form.rule.note.text()
    qtbot.keyClicks(form.rule.field.edit, "\b0")
    assert not form.send.isEnabled()
    fill(qtbot, form.rule.field, "5")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    assert len(window.document.scenario.rule_changes) == 1


def test_what_a_rule_is_now_counts_the_changes_before(window, qtbot):
    def planned_at(minute, value):
        return RuleChange(at_min=minute, path="protection.band_pct", value=value)

    scenario = window.document.scenario
    changes = (planned_at(SHOCK_MIN, 5.0), planned_at(SHOCK_MIN + 60, 8.0))
    window.document.edit("x", scenario.model_copy(update={"rule_changes": changes}))
    form = window.moments.plan("rule_changes")
    choose(form.rule.rule, "protection.band_pct")
    assert form.rule.now == 5.0
    fill(qtbot, form.fields["at_min"], "21:55")
    form.fields["at_min"].edit.editingFinished.emit()
    assert form.rule.value == form.rule.now == 8.0
    assert not form.send.isEnabled()
    form.reject()
    second = next(p for p in window.timeline.plans if p.path == "rule_changes.1")
    form = window.moments.edit(second)
    assert form.rule.value == 8.0
    assert form.rule.now == 5.0  # without this change itself
    assert form.send.isEnabled()


def test_rules_stand_under_headings_that_cannot_be_chosen(window):
    combo = window.moments.plan("rule_changes").rule.rule
    model = combo.model()
    rows = [model.item(i) for i in range(model.rowCount())]
    headings = [item.text() for item in rows if not item.isEnabled()]
    assert headings[:2] == ["Insurance and ADL", "Behaviour"]
    assert len(headings) == len(set(headings)) == 9
    assert len(combo.values) == len(rows) - len(headings) > 50
    option = QStyleOptionViewItem()
    combo.view().itemDelegate().initStyleOption(option, model.index(1, 0))
    assert option.text.strip() == "ADL rule"
    assert combo.itemText(1) == "Insurance and ADL: ADL rule"


def test_a_new_shock_has_a_name_in_the_language_on_the_screen():
    assert default_values("shocks.0")["name"] == "Tariff post"
    set_language("zh_CN")
    assert default_values("shocks.0")["name"] == tr("Tariff post") != "Tariff post"
