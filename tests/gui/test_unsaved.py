"""Unsaved work after a program that ended without a goodbye."""

import made_up
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from engine import scenario_file
from gui.document import Document
from gui.unsaved import UnsavedWork, folder


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


def working(window):
    """Somebody's unsaved work, kept."""
    document = Document(made_up.scenario())
    work = UnsavedWork(document, window)
    document.change("Another seed", "seed", 77)
    work.keep()
    return document, work


def crash(work):
    """Leave the copy where it is, as a program that is killed does."""
    work._lock.unlock()


def copies():
    return sorted(folder().glob("*.cascade"))


def answer(window, qtbot, text):
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    (button,) = [button for button in box.buttons() if button.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_change_is_kept_after_a_moment_and_forgotten_once_it_is_saved(window, qtbot, tmp_path):
    document = Document(made_up.scenario())
    UnsavedWork(document, window)
    document.change("Another seed", "seed", 77)
    qtbot.waitUntil(lambda: len(copies()) == 1, timeout=5_000)
    assert scenario_file.load(copies()[0]).seed == 77
    document.save(tmp_path / "mine.cascade")
    assert not copies()


def test_undoing_everything_leaves_nothing_to_keep(window):
    document, _work = working(window)
    document.undo()
    assert not copies()


def test_after_a_crash_the_work_is_offered_and_opened_as_unsaved(window, qtbot):
    crash(working(window)[1])
    document = Document(made_up.scenario())
    UnsavedWork(document, window).offer()
    answer(window, qtbot, "Open them")
    assert document.scenario.seed == 77
    assert document.modified
    assert document.path is None
    assert len(copies()) == 1, "kept again, by the window it is open in"
    document.undo_stack.setClean()
    assert not copies()


def test_what_is_discarded_is_gone_and_what_is_put_off_is_not(window, qtbot):
    crash(working(window)[1])
    document = Document(made_up.scenario())
    for text, left in (("Ask again later", 1), ("Discard them", 0)):
        UnsavedWork(document, window).offer()
        answer(window, qtbot, text)
        assert len(copies()) == left
        assert not document.modified


def test_the_work_of_a_window_that_is_still_open_is_not_offered(window, qtbot):
    working(window)
    UnsavedWork(Document(made_up.scenario()), window).offer()
    qtbot.wait(50)
    assert not window.findChildren(QMessageBox)
    assert len(copies()) == 1


def test_a_copy_that_cannot_be_read_is_set_aside(window, qtbot):
    crash(working(window)[1])
    copies()[0].write_text("{", encoding="utf-8")
    UnsavedWork(Document(made_up.scenario()), window).offer()
    assert not copies()
    assert len(list(folder().glob("*.broken"))) == 1
