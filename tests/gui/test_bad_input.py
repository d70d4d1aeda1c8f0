"""Nonsense typed into every field of every form: nothing breaks, and it is said what is allowed."""

import made_up
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit
from windows import closed, filled

from engine import roster, scenario_file
from engine.scenario import Change
from gui.actions import PLANS
from gui.panels.inputs import ValueEdit
from gui.panels.parts_table import PartsEditor
from gui.planned import planned

NONSENSE = ("abc", "", "-999999", "9" * 40, "1e999", "nan", "inf", "−", "0x10", "½", "💥", "1 2 3")


@pytest.fixture
def window(qtbot, october, shared_worker):
    scenario = made_up.scenario()
    changed = scenario.desk[0].model_copy(update={"changes": (Change(at_min=60.0),)})
    window = filled(qtbot, shared_worker, scenario.model_copy(update={"desk": (changed,)}))
    yield window
    closed(qtbot, window)


def enter(qtbot, edit, text):
    """Type; what has no key is pasted."""
    if text.isascii():
        qtbot.keyClicks(edit, text)
    else:
        QApplication.clipboard().setText(text)
        qtbot.keyClick(edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def typed(qtbot, edit, text):
    """Type, and leave the field with Return."""
    edit.setFocus()
    if isinstance(edit, QPlainTextEdit):
        edit.setPlainText(text)
        edit.clearFocus()
        return
    edit.selectAll()
    qtbot.keyClick(edit, Qt.Key.Key_Delete)
    enter(qtbot, edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def checked(document):
    """The document's scenario is one that a file may hold."""
    assert scenario_file.from_settings(document.scenario.model_dump(mode="json"))


def numbers_of(scenario):
    """All settings but names and notes, which may be anything."""
    return scenario.model_dump(
        exclude={"name": True, "note": True, "shocks": {"__all__": {"name"}}}
    )


def test_every_field_of_the_set_up(window, qtbot):
    panel, before = window.setup, numbers_of(window.document.scenario)
    for section in (*panel.sections.values(), *panel.more.values(), panel.shocks.more):
        section.heading.setChecked(True)
    for row in (*panel.rows.values(), *panel.shocks.rows):
        if not hasattr(row, "edit") or not row.isEnabled():
            continue
        for text in NONSENSE:
            typed(qtbot, row.edit, text)
            if isinstance(row.edit, ValueEdit):
                assert row.message.text().startswith("Not possible: type "), row.setting.path
                assert row.edit.text() == row.text_of(row.setting.value(window.document.scenario))
    assert numbers_of(window.document.scenario) == before
    checked(window.document)


def test_a_name_that_is_empty_is_refused_and_a_date_that_is_none(window, qtbot):
    for path, allowed in (("name", "it can't be empty"), ("clock.start", "such as 2025-10-09")):
        row = window.setup.rows[path]
        window.setup.sections["scenario"].heading.setChecked(True)
        before = row.edit.text()
        for text in ("", "   ", "2025-13-40") if path != "name" else ("", "   "):
            typed(qtbot, row.edit, text)
            assert allowed in row.message.text()
            assert row.edit.text() == before
    typed(qtbot, window.setup.rows["clock.start"].edit, "2025-10-08 12:30")
    assert window.document.scenario.clock.start == "2025-10-08T12:30:00Z"


def test_a_note_of_a_million_letters_is_cut_and_said_so(window):
    row = window.setup.rows["note"]
    row.edit.setPlainText("x" * 1_000_000)
    row.take()
    assert len(window.document.scenario.note) == 20_000
    assert "at most 20,000" in row.message.text()


def test_every_field_of_the_transport(window, qtbot):
    before = window.document.scenario.seed
    for text in NONSENSE:
        typed(qtbot, window.transport.seed, text)
    assert window.transport.seed.text() == str(window.document.scenario.seed)
    checked(window.document)
    box = window.transport.size_pct
    for text in NONSENSE:
        box.setFocus()
        box.selectAll()
        enter(qtbot, box, text)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert -30.0 <= box.value() <= -1.0
    assert before == 7


@pytest.mark.parametrize("name", PLANS)
def test_every_field_of_the_forms_for_plans(window, qtbot, name):
    before = window.document.scenario
    form = window.moments.plan(name.removeprefix("plan_"))
    fields = list(form.fields.values())
    if form.rule is not None:
        form.rule.rule.setCurrentIndex(form.rule.rule.findData("protection.band_pct"))
        form.rule._chosen()
        fields.append(form.rule.field)
    for field in fields:
        for text in NONSENSE:
            if not isinstance(field.editor, QLineEdit):
                continue
            form.message.hide()
            field.editor.setFocus()
            field.editor.selectAll()
            qtbot.keyClick(field.editor, Qt.Key.Key_Delete)
            enter(qtbot, field.editor, text)
            fits = field.settled()
            empty_is_fine = field.setting.optional and not text
            assert fits == (empty_is_fine or (field.setting.kind == "text" and bool(text)))
            assert form.message.isVisible() != fits
    if form.rule is not None:
        for text in NONSENSE:
            form.rule.rule.typed.setText(text)
            form.rule.rule.typed.editingFinished.emit()
            assert form.rule.path == "protection.band_pct"
            assert "choose one from the list" in form.message.text()
    assert window.document.scenario == before
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    checked(window.document)
    form.reject()


def test_every_cell_of_every_table(window, qtbot):
    editors = [window.setup.show_roster(kind).table for kind in ("assets", "venues")]
    editors.append(window.setup.rosters["assets"].detail.editor)
    shock = next(p for p in planned(window.document.scenario) if p.kind == "shocks")
    form = window.moments.edit(shock)
    qtbot.mouseClick(form.tables[0].add, Qt.MouseButton.LeftButton)
    editors += [form.tables[0], PartsEditor(window.document, "desk.0.changes", window)]
    before = numbers_of(window.document.scenario)
    for editor in editors:
        said = []
        editor.model.refused.connect(said.append)
        for column, setting in enumerate(editor.model.columns):
            if setting.kind not in ("number", "moment", "text"):
                continue
            for text in NONSENSE:
                is_fine = (setting.optional and not text) or (setting.kind == "text" and text)
                if is_fine:
                    continue
                said.clear()
                editor.model.setData(editor.model.index(0, column), text)
                assert len(said) == 1, (setting.path, text)
                assert said[0].startswith("Not possible: type "), said
    assert numbers_of(window.document.scenario) == before
    form.reject()


def test_every_field_of_my_desk(window, qtbot):
    form, before = window.desk.form, window.document.scenario
    for field in (form.notional, form.leverage):
        value = field.value
        for text in NONSENSE:
            typed(qtbot, field.edit, text)
            assert "Not possible: type a number from" in form.message.text()
            assert field.value == value
    card = window.desk.cards[0]
    card.change_form.begin(before.desk[0])
    for edit in card.change_form.edits:
        for text in NONSENSE:
            for other in card.change_form.edits:
                other.settle("")
            typed(qtbot, edit, text)
            assert card.change_form.message.isVisible()
    assert window.document.scenario == before


def test_a_search_for_nonsense_finds_nothing_and_says_so(window, qtbot):
    panel = window.setup
    for text in NONSENSE:
        panel.search.setText(text)
    panel.search.setText("💥")
    assert not any(section.isVisible() for section in panel.sections.values())
    assert "💥" in panel.nothing.text()
    panel.search.clear()
    assert panel.sections["crowd"].isVisible()


def test_there_is_no_field_that_these_tests_forget(window):
    """Every box in the window to type into belongs to one of the forms above."""
    known = {row.edit for row in window.setup.rows.values() if hasattr(row, "edit")}
    known |= {row.edit for row in window.setup.shocks.rows}
    known |= {window.transport.seed, window.transport.size_pct.lineEdit(), window.setup.search}
    known |= {window.desk.form.notional.edit, window.desk.form.leverage.edit}
    known |= {edit for card in window.desk.cards for edit in card.change_form.edits}
    boxes = [box for kind in (QLineEdit, QPlainTextEdit) for box in window.findChildren(kind)]
    forgotten = [box for box in boxes if box not in known]
    assert not [box for box in forgotten if not isinstance(box.parent(), QComboBox)]
    assert {box.lineEdit() for box in window.findChildren(QAbstractSpinBox)} <= known


# ---------------------------------------------------------------- at a bad moment


def crowded():
    scenario = made_up.scenario(desk=())
    while len(scenario.venues) < 10:
        scenario = roster.added(scenario, "venues", 0)
    while len(scenario.assets) < 20:
        scenario = roster.added(scenario, "assets", 0)
    return scenario


def test_ten_venues_and_twenty_assets(qtbot, october, shared_worker):
    window = filled(qtbot, shared_worker, crowded())
    with qtbot.waitSignal(window.runner.finished, timeout=60_000):
        pass
    assert window.setup.show_roster("assets").table.model.rowCount() == 20
    assert window.setup.show_roster("venues").table.model.rowCount() == 10
    window.setup.preview.grab()
    assert window.setup.preview.preview.at(-0.3) > 0
    window.player.to_end()
    window.moments.plan("halts").reject()
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()


def test_opening_a_file_while_playing_and_while_a_form_is_open(window, qtbot, october):
    qtbot.waitUntil(lambda: window.player.ready, timeout=20_000)
    window.player.play()
    window.moments.plan("rule_changes")
    window.setup.show_roster("venues")
    window.document.open(october)
    assert not window.player.playing
    assert window.moments.form is None
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        pass
    assert window.setup.rosters["venues"].table.model.rowCount() == 5


def test_scrubbing_past_what_is_computed_stops_there(window, qtbot):
    line = window.timeline
    qtbot.waitUntil(lambda: window.player.run is not None)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    for x in (-500, 5_000, line.width() - 1):
        qtbot.mouseMove(line, QPoint(x, 20))
        assert 0 <= window.player.time_s <= window.player.computed_s
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton)


def test_closing_while_computing_with_a_form_and_tables_open(qtbot, october, worker):
    window = filled(qtbot, worker, made_up.scenario())
    window.moments.plan("shocks")
    window.setup.show_roster("assets")
    window.document.undo_stack.setClean()
    form, table = window.moments.form, window.setup.rosters["assets"]
    assert window.close()
    assert not form.isVisible()
    assert not table.isVisible()
    assert not window.session.runner.computing
    window.deleteLater()
    qtbot.wait(50)
