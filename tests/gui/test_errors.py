import logging
import sys

import made_up
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from engine import scenario_file
from gui import errors
from gui.document import Document
from gui.errors import ErrorReport

pytestmark = pytest.mark.qt_no_exception_capture


@pytest.fixture
def report(qapp, monkeypatch, capsys):
    shown = []

    def open_(box):
        shown.append(box)

    monkeypatch.setattr(QMessageBox, "open", open_)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    report = ErrorReport(Document(made_up.scenario()))
    report.shown = shown
    report.install()
    return report


def fail(times=1):
    for _ in range(times):
        try:
            raise ZeroDivisionError("a chart divided by nothing")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)


def test_an_error_is_logged_and_shown_once(report, caplog):
    with caplog.at_level(logging.ERROR):
        fail(50)
    assert report.count == 50
    assert len(report.shown) == 1
    assert "a chart divided by nothing" in report.shown[0].informativeText()
    assert "ZeroDivisionError" in caplog.text


def test_later_it_may_be_shown_again(report, monkeypatch):
    fail()
    report.shown[0].finished.emit(0)
    fail()
    assert len(report.shown) == 1
    report._last_dialog_s -= errors.BETWEEN_DIALOGS_S
    fail()
    assert len(report.shown) == 2


def test_unsaved_work_is_set_aside(report, tmp_path):
    report.document.change("More longs", "crowd.long_share", 0.8)
    fail()
    rescued = tmp_path / "home" / "config" / "rescued.cascade"
    assert str(rescued) in report.shown[0].informativeText()
    assert scenario_file.load(rescued) == report.document.scenario
    assert report.document.modified


def test_an_error_in_a_slot_gets_here(report, qtbot):
    def slot():
        raise ZeroDivisionError("in a slot")

    QTimer.singleShot(0, slot)
    qtbot.waitUntil(lambda: report.count == 1)


def test_a_silent_report_asks_nobody_and_ends_the_program(report, monkeypatch):
    codes = []
    monkeypatch.setattr(QApplication, "exit", codes.append)
    report._silent = True
    fail()
    assert report.count == 1
    assert codes == [1]
    assert not report.shown
