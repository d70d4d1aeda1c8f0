"""Files that are opened, dropped, saved and left, through the window, on a made-up market."""

import made_up
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox
from windows import SHOCK_S, change_something

from engine import scenario_file
from gui import settings as kept


def answer(monkeypatch, button):
    """Answer the next questions about unsaved changes; return how often one was asked."""
    asked = []

    def exec_(box):
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


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
