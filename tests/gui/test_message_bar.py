"""What the window says of what was done or went wrong: seen, in nobody's way, and gone again."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton
from windows import closed, opened

from gui.i18n import set_language

LONG = "This can't be: " + "a reason that takes many words to be told, " * 12


@pytest.fixture
def window(qtbot, october, shared_worker, dressed):
    window = opened(qtbot, shared_worker)
    window.resize(1280, 800)
    yield window
    closed(qtbot, window)


def place(window, widget):
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


@pytest.mark.parametrize("text", ["Done.", LONG])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_message_covers_no_button_and_is_told_whole(window, qtbot, text, language):
    set_language(language)
    window.message.show_error(text)
    label = window.message.label
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    there = place(window, window.message)
    others = [
        button
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and not button.visibleRegion().isEmpty()
        and not window.message.isAncestorOf(button)
    ]  # fmt: skip
    assert len(others) > 20
    for button in others:
        assert not there.intersects(place(window, button)), button


def test_a_short_message_moves_nothing(window, qtbot):
    before = place(window, window.charts)
    window.message.show_note("Done.")
    qtbot.waitUntil(lambda: window.message.width() > 300)
    assert place(window, window.charts) == before
    assert window.status.last_event.isHidden()
    window.message.dismiss()
    assert place(window, window.charts) == before
    assert window.status.last_event.isVisible()


def test_a_note_goes_by_itself_and_a_long_one_later(window, qtbot):
    window.message.show_note("Done.")
    short_ms = window.message._timer.remainingTime()
    window.message.show_note(LONG)
    assert window.message._timer.remainingTime() > 2 * short_ms
    window.message._timer.start(1)
    qtbot.waitUntil(window.message.isHidden)


def test_an_error_stays_until_it_is_closed(window, qtbot):
    window.message.show_note("Done.")
    window.message.show_error("Not possible.")
    assert not window.message._timer.isActive()
    qtbot.mouseClick(window.message.button, Qt.MouseButton.LeftButton)
    assert window.message.isHidden()


def test_escape_closes_a_message_before_it_stops_the_computation(window, qtbot):
    window.message.show_error("Not possible.")
    window.document.change("A change", "crowd.long_share", 0.8)
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.message.isHidden()
    assert window.runner.computing
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.runner.computing
