"""The whole window by keyboard: the tab key goes where the eye goes, and everything is named."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QTabBar
from windows import closed, opened

from gui.charts.tabs import TABS


@pytest.fixture
def window(qtbot, october, shared_worker, dressed):
    window = opened(qtbot, shared_worker)
    window.resize(1280, 800)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.charts.width() > 700)
    yield window
    closed(qtbot, window)


def tabbed(qtbot, window, key=Qt.Key.Key_Tab):
    """Press a key until it comes round; return where it stopped."""
    window.setFocus()
    found = []
    while len(found) < 500:
        qtbot.keyClick(window.focusWidget(), key)
        if window.focusWidget() in found:
            return found
        found.append(window.focusWidget())
    raise AssertionError("it never comes round")


def test_the_tab_key_goes_from_part_to_part_and_back_the_same_way(window, qtbot):
    way = tabbed(qtbot, window)
    parts = (window.transport, window.setup.search, window.setup, window.charts,
             window.timeline, window.story, window.desk)  # fmt: skip
    numbers = [
        next(n for n, part in enumerate(parts) if part is widget or part.isAncestorOf(widget))
        for widget in way
    ]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(len(parts)))
    back = tabbed(qtbot, window, Qt.Key.Key_Backtab)
    assert set(back) == set(way)
    assert len(back) == len(way)
    charts = [widget for widget in way if window.charts.isAncestorOf(widget)]
    tops = [widget.mapTo(window, QPoint(0, 0)).y() for widget in charts]
    assert all(later > before - 10 for before, later in pairwise(tops))


def test_what_the_tab_key_reaches_has_a_name(window, qtbot):
    for place in range(len(TABS)):
        window.charts.tabs.setCurrentIndex(place)
        for widget in window.stops():
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, widget


def test_every_switch_of_every_tab_is_reached_and_used_by_keyboard(window, qtbot):
    for place in range(len(TABS)):
        window.charts.tabs.setCurrentIndex(place)
        views = [view for view in window.charts.views.values() if view.isVisible()]
        stops = window.stops()
        for view in views:
            assert all(s in stops for s in view.header.entries if s.isVisible())
            singles = [s for s in view.header.switches if s.isVisible() and s.group() is None]
            for switch in singles:
                assert switch in stops
                before = switch.isChecked()
                switch.setFocus()
                qtbot.keyClick(switch, Qt.Key.Key_Space)
                assert switch.isChecked() != before


def test_arrow_keys_change_the_tab(window, qtbot):
    tabs = window.charts.tabs
    assert isinstance(tabs, QTabBar)
    tabs.setFocus()
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert window.charts.tab.name == TABS[1].name
