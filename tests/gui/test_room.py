"""What has room in a small window: nothing is cut in the middle, what is left out is in a menu."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit
from windows import closed, opened

from gui.actions import PLANS
from gui.frame import SMALLEST
from gui.i18n import set_language
from gui.theme import theme


@pytest.fixture
def window(qtbot, october, shared_worker, dressed):
    window = opened(qtbot, shared_worker)
    yield window
    closed(qtbot, window)


def shaped(window, qtbot, size, language):
    set_language(language)
    window.resize(*size)
    qtbot.waitUntil(lambda: window.transport.width() == window.width())
    qtbot.wait(50)
    assert (window.width(), window.height()) == size


def controls(parent):
    kinds = QAbstractButton | QComboBox | QLineEdit | QAbstractSpinBox
    children = [child for child in parent.children() if isinstance(child, kinds)]
    return [child for child in children if child.isVisible()]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_control_of_the_bars_is_seen_whole(window, qtbot, language):
    for size in (SMALLEST, (1280, 800), (1920, 1080)):
        shaped(window, qtbot, size, language)
        for bar in (window.transport, window.charts.bar):
            shown = controls(bar)
            assert len(shown) >= 7
            right = 0
            for widget in sorted(shown, key=lambda widget: widget.x()):
                assert bar.rect().contains(widget.geometry()), widget
                assert widget.width() >= (widget.minimumWidth() or widget.minimumSizeHint().width())
                assert widget.x() >= right, widget
                right = widget.geometry().right()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_at_the_usual_size_the_transport_lacks_nothing(window, qtbot, language):
    shaped(window, qtbot, (1280, 800), language)
    bar = window.transport
    for widget in (*bar.buttons.values(), bar.seed_label, bar.again, bar.other, bar.speed,
                   bar.moment):  # fmt: skip
        assert widget.isVisible()
    assert "…" not in bar.name.text() + bar.contents.text() + bar.since.text()


def test_what_the_smallest_window_leaves_out_is_in_the_play_menu(window, qtbot):
    shaped(window, qtbot, SMALLEST, "en")
    bar = window.transport
    assert not bar.seed_label.isVisible()
    assert bar.buttons["play"].isVisible()
    menu = window.menus._menus["Play"].actions()
    for name in ("to_start", "to_end", "same_seed", "new_seed", "slower", "faster", *PLANS):
        assert window.actions_[name] in menu
    shaped(window, qtbot, (1280, 800), "en")
    assert bar.seed_label.isVisible()


def test_large_text_folds_the_transport_further(window, qtbot):
    window.resize(1280, 800)
    try:
        theme.set_zoom(1.5)
        qtbot.wait(50)
        shown = controls(window.transport)
        assert window.transport.announce in shown
        assert all(window.transport.rect().contains(widget.geometry()) for widget in shown)
    finally:
        theme.set_zoom(1.0)


def test_the_name_has_room_before_anything_else(window, qtbot):
    shaped(window, qtbot, SMALLEST, "en")
    assert window.transport.name.width() > theme.unit(60)
    window.document.change("A change", "name", "A name so long that it can be seen nowhere whole")
    assert window.transport.name.text().endswith("…")
    assert "seen nowhere whole" in window.transport.name.toolTip()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_tab_is_named_whole(window, qtbot, language):
    shaped(window, qtbot, SMALLEST, language)
    tabs = window.charts.tabs
    right = tabs.tabRect(tabs.count() - 1).right()
    assert right <= tabs.width()
    assert tabs.width() >= tabs.sizeHint().width()
