"""Presets and the program's own scenarios, chosen from the File menu."""

import made_up
import pytest
from PySide6.QtWidgets import QMessageBox

import gui
from engine import scenario_file
from engine.presets import PRESETS, applied, preset
from gui.i18n import set_language
from gui.laid_presets import times_laid
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.worker import Worker


@pytest.fixture
def window(qtbot):
    """A window that computes nothing: no test here looks at a run."""
    session = Session(made_up.scenario(), Worker(made_up.stretches))
    window = MainWindow(session, Settings())
    yield window
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()


def choose(window, key):
    (action,) = [a for a in window.menus.presets.actions() if a.data().key == key]
    action.trigger()


def file_menu(window):
    return window.menuBar().actions()[0].menu()


def test_the_file_menu_lists_every_preset_with_its_paragraph(window):
    assert window.menus.presets.menuAction() in file_menu(window).actions()
    assert window.menus.presets.title() == "Presets"
    assert window.menus.presets.toolTipsVisible()
    for action, idea in zip(window.menus.presets.actions(), PRESETS, strict=True):
        assert action.text() == idea.name
        assert action.statusTip() == idea.idea
        assert action.toolTip().startswith("<p>")  # which Qt wraps into several lines
        assert idea.idea.split("'")[0] in action.toolTip()


@pytest.mark.parametrize("key", ["bridges-open", "funds-ten-times", "different-logic"])
def test_a_preset_is_one_step_that_can_be_undone_by_its_name(window, key):
    before = window.document.scenario
    choose(window, key)
    stack, name = window.document.undo_stack, preset(key).name
    assert window.document.scenario == applied(before, preset(key)) != before
    assert (stack.count(), stack.undoText()) == (1, f"preset: {name}")
    assert window.actions_["undo"].text() == f"Undo: preset: {name}"
    assert window.document.modified
    window.actions_["undo"].trigger()
    assert window.document.scenario == before
    window.actions_["redo"].trigger()
    assert window.document.scenario == applied(before, preset(key))


def test_presets_are_laid_over_each_other(window):
    before = window.document.scenario
    choose(window, "no-adl")
    choose(window, "price-bands")
    assert window.document.scenario.adl.rank == "none"
    assert window.document.scenario.protection.band_pct == 5
    window.document.undo()
    assert window.document.scenario == applied(before, preset("no-adl"))


def test_a_preset_that_is_laid_already_makes_no_step(window):
    choose(window, "no-adl")
    choose(window, "no-adl")
    assert window.document.undo_stack.count() == 1


def test_a_preset_that_multiplies_says_that_it_is_applied_already(window):
    window.document.change("A small fund", "insurance.fund_pct", 0.1)  # room to multiply twice
    dialog = window.comparing.open_presets()
    row = [each.key for each in PRESETS].index("funds-ten-times")
    dialog.list.setCurrentRow(row)
    assert dialog.apply.text() == "Apply"
    assert dialog.refusal.isHidden()
    dialog.apply.click()
    assert dialog.list.item(row).text() == "✓ Insurance funds ten times larger"
    assert dialog.apply.text() == "Apply again"
    assert "once more" in dialog.refusal.text()
    assert not dialog.refusal.isHidden()
    while dialog.apply.isEnabled():
        dialog.apply.click()
    assert "applied already and can't be applied once more" in dialog.refusal.text()
    choose(window, "funds-ten-times")
    assert "applied already and can't be applied once more" in window.message.text
    while window.document.undo_stack.canUndo():
        window.document.undo()
    assert dialog.list.item(row).text() == "Insurance funds ten times larger"
    assert dialog.apply.text() == "Apply"
    assert dialog.refusal.isHidden()
    dialog.shut()


def test_a_preset_that_does_not_fit_is_refused_and_nothing_changes(window):
    """My desk holds a position at eight times leverage."""
    before = window.document.scenario
    choose(window, "leverage-capped")
    assert window.document.scenario == before
    assert window.document.undo_stack.count() == 0
    assert "This preset doesn't fit here. Leverage in BTC is capped at 5×." in window.message.text
    assert not window.message.isHidden()
    choose(window, "no-adl")
    assert window.message.isHidden()


def test_presets_follow_the_language_at_run_time(window):
    set_language("zh_CN")
    assert window.menus.presets.title() == "预设"
    for action, idea in zip(window.menus.presets.actions(), PRESETS, strict=True):
        assert action.text() != idea.name
        assert action.statusTip() != idea.idea
        assert action.statusTip() in action.toolTip()
    choose(window, "bridges-open")
    assert window.document.undo_stack.undoText() == "预设：跨链桥与法币通道畅通"
    set_language("en")
    assert window.menus.presets.actions()[0].text() == PRESETS[0].name


# ---------------------------------------------------------------- the program's own scenarios


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Two scenarios in the place of the program's own."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for seed, name in enumerate(("october-2025", "calm-day")):
        scenario_file.save(made_up.scenario(seed=seed), folder / f"{name}.cascade")
    monkeypatch.setattr(gui, "ASSETS", tmp_path)


def answer(monkeypatch, button):
    """Answer questions about unsaved changes; return those that were asked."""
    asked = []

    def exec_(box):
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def test_the_scenarios_that_ship_are_listed_by_name(shipped, window):
    assert window.menus.examples.menuAction() in file_menu(window).actions()
    names = [action.text() for action in window.menus.examples.actions()]
    assert names == ["Calm day", "October 2025"]
    set_language("zh_CN")
    names = [action.text() for action in window.menus.examples.actions()]
    assert names == ["平静的一天", "2025 年 10 月"]


def test_opening_one_asks_about_unsaved_changes(shipped, window, monkeypatch):
    calm, october = window.menus.examples.actions()
    calm.trigger()  # nothing to lose yet
    assert window.document.scenario.seed == 1
    assert window.document.path is None  # it is saved elsewhere, never over itself
    choose(window, "no-adl")
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    october.trigger()
    assert len(asked) == 1
    assert window.document.scenario.adl.rank == "none"
    answer(monkeypatch, QMessageBox.StandardButton.Discard)
    october.trigger()
    assert window.document.scenario == made_up.scenario(seed=0)
    assert not window.document.modified


def test_applied_presets_are_ticked_in_another_language_too(window):
    choose(window, "no-adl")
    set_language("zh_CN")
    assert times_laid(window.document, "no-adl") == 1
    window.document.undo()
    assert times_laid(window.document, "no-adl") == 0
