import fake_run
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.record import Event
from gui.i18n import set_language
from gui.panels.story import StoryPanel
from gui.player import Player
from gui.sentences import SENTENCES, sentence

# The plugin without a display says this of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SHOCK_S = fake_run.SHOCK_MIN * 60.0


@pytest.fixture
def player(qapp):
    player = Player()
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    return player


@pytest.fixture
def story(qtbot, player):
    story = StoryPanel(player)
    qtbot.addWidget(story)
    story.resize(800, 120)
    story.show()
    return story


def lines(story):
    return [story.model.index(i).data() for i in range(story.model.rowCount())]


def click(qtbot, story, row):
    box = story.list.visualRect(story.model.index(row))
    qtbot.mouseClick(
        story.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, box.center().y())
    )


def test_what_is_still_to_come_is_not_told(story, player):
    player.seek(SHOCK_S - 60)
    assert lines(story) == []
    player.seek(SHOCK_S + 200)
    assert len(lines(story)) == 3
    assert lines(story)[0].startswith("News breaks: Tariff post")
    player.seek(SHOCK_S + 31)
    assert len(lines(story)) == 2


def test_a_sentence_holds_the_inequality_that_fired(story, player):
    player.seek(SHOCK_S + 200)
    assert "11.2\N{NO-BREAK SPACE}mn → 7.80\N{NO-BREAK SPACE}mn" in lines(story)[2]
    assert "30.4\N{NO-BREAK SPACE}% ≥ 30\N{NO-BREAK SPACE}%" in lines(story)[2]


def test_a_click_moves_the_cursor_there(qtbot, story, player):
    player.seek(SHOCK_S + 3_000)
    story.list.scrollToTop()
    click(qtbot, story, 1)
    assert player.time_s == SHOCK_S + 30
    assert len(lines(story)) == 2


def test_the_newest_line_stays_in_sight_unless_one_reads_above(story, player):
    player.seek(SHOCK_S + 31)
    player.seek(SHOCK_S + 3_000)
    bar = story.list.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    player.run.events.append(Event(SHOCK_S + 3_100, 0, 0, "fund_empty", "A", "BTC"))
    player.seek(SHOCK_S + 3_200)
    assert bar.value() == 0


def test_events_that_come_while_computing_are_told(qtbot, qapp):
    player = Player()
    scenario = fake_run.fake_scenario()
    run = fake_run.fake_run(scenario, share=0.1)
    player.show(run)
    story = StoryPanel(player)
    qtbot.addWidget(story)
    fake_run.extend(run, len(run.grid))
    player.grew.emit()
    player.seek(SHOCK_S + 3_000)
    assert len(lines(story)) == 6


def test_thousands_of_events_are_no_trouble(qtbot, player):
    run = player.run
    run.events[:] = [
        Event(float(i), 0, 0, "first_liquidation", "A", "BTC", {"liquidated_usd": 1e6})
        for i in range(20_000)
    ]
    player.show(run)
    story = StoryPanel(player)
    qtbot.addWidget(story)
    story.show()
    player.seek(19_999.0)
    assert story.model.rowCount() == 20_000
    story.grab()


def test_other_worlds_are_left_out(story, player):
    player.run.events.append(Event(SHOCK_S + 3_100, 0, 1, "fund_empty", "A", "BTC"))
    player.seek(SHOCK_S + 3_200)
    assert len(lines(story)) == 6


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("kind", [*SENTENCES, "a_kind_nobody_knows"])
def test_an_event_without_the_expected_values_is_told_plainly(qapp, kind, language):
    set_language(language)
    event = Event(
        0.0, 0, 0, kind, "A", "BTC", {"position": 99, "odd": "thing", "nan": float("nan")}
    )
    text = sentence(event, fake_run.fake_scenario())
    assert kind.replace("_", " ") in text
    assert "thing" in text


def test_the_story_is_told_in_chinese(story, player):
    set_language("zh_CN")
    player.seek(SHOCK_S + 200)
    assert (
        lines(story)[1] == "A 的 BTC：首次强平，240\N{NO-BREAK SPACE}万 美元。权益 < 维持保证金。"
    )


def test_another_run_is_told_up_to_the_cursor_too(story, player):
    player.seek(SHOCK_S + 31)
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    assert len(lines(story)) == 2
