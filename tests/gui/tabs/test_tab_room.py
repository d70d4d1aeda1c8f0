"""What fits into the pictures and their headers."""

import pytest
from looking import look_at
from PySide6.QtWidgets import QTextBrowser, QWidget

from gui import assumptions
from gui.charts.legend import Entry, Header
from gui.i18n import LANGUAGES, set_language
from gui.theme import theme


def test_a_picture_that_grows_gets_more_marks(qtbot, charts):
    [gaps] = look_at(charts, "gaps")
    charts.resize(1_000, 300)
    charts.grab()
    few = len(gaps.plot.levels)
    charts.resize(1_000, 1_000)
    charts.grab()
    assert len(gaps.plot.levels) > few


def test_many_names_leave_their_values_to_the_hints(qtbot):
    header = Header()
    qtbot.addWidget(header)
    header.resize(700, 60)
    for count, brief in ((4, False), (40, True)):
        entries = [Entry(f"asset{i % 8}", header, i) for i in range(count)]
        for entry in entries:
            entry.setText("Asset")
            entry.widest_value = "−88.8 %"
        header.set_entries(entries)
        assert {entry.brief for entry in entries} == {brief}
        entries[0].set_value("−1.2 %")
        assert ("−1.2 %" in entries[0].toolTip()) == brief


def test_a_value_stands_beside_its_name_whatever_room_is_kept(qtbot):
    header = Header()
    qtbot.addWidget(header)
    entry = Entry("asset0", header)
    entry.setText("BTC")
    entry.widest_value = "888 mn Δ+888 mn"
    entry.set_value("0")
    entry.resize(entry.sizeHint())
    image = entry.grab().toImage()
    ground = image.pixelColor(image.width() - 1, 0)
    painted = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y) != ground for y in range(image.height()))
    ]
    assert max(painted) < image.width() / 2


def test_words_beside_a_title_are_cut_between_what_they_say(qapp):
    header = Header()
    header.resize(theme.unit(560), theme.unit(40))
    entry = Entry("adl", header)
    entry.setText("a name that takes a lot of room")
    header.set_entries([entry])
    header.set_texts("ADL hits", "USD per minute · 7.69 bn so far · 2,222 accounts, and still more")
    assert header.unit.text() == "USD per minute · 7.69 bn so far …"
    header.set_texts("ADL hits", "USD per 1.5 % of price, all venues · model, not data, and more")
    assert header.unit.text() == "USD per 1.5 % of price, all venues …"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_on_what_lies_behind_need_no_scrolling(qtbot, dressed, language):
    set_language(language)
    parent = QWidget()
    qtbot.addWidget(parent)
    for number in assumptions.sections():
        dialog = assumptions.window(number, parent)
        page = dialog.findChild(QTextBrowser)
        dialog.show()
        qtbot.waitExposed(dialog)
        assert page.horizontalScrollBar().maximum() == 0, number
        assert page.verticalScrollBar().maximum() == 0, number
        dialog.close()
