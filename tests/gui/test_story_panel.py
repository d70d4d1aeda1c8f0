import re

import fake_run
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.record import Event, Inequality
from engine.scenario import Position
from gui.i18n import set_language
from gui.panels.story import StoryPanel
from gui.player import Player
from gui.sentences import SENTENCES, color_of, sentence

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


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


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
    assert "Equity 3.10 k USD < maintenance margin 3.20 k USD" in plain(lines(story)[1])
    assert "7.80 mn USD < 7.84 mn USD, 30 % below its high of 11.2 mn" in plain(lines(story)[2])


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


def test_the_newest_line_is_in_sight_after_hiding_and_with_less_room(qtbot, story, player):
    bar = story.list.verticalScrollBar()
    story.hide()
    for seconds in (31, 200, 3_000):
        player.seek(SHOCK_S + seconds)
    story.show()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    story.resize(800, 80)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    qtbot.wait(1)
    assert bar.value() == bar.maximum()


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


MARGIN = Inequality("equity_usd", 190.0, "<", "maintenance_usd", 210.0)
POOL = ("A", "BTC")
TOLD = {
    "shock": (("", ""), {"name": "Post", "size_pct": -5.0}, (), "−5.0 %"),
    "outage": (("A", ""), {"duration_min": 30.0}, (), "A stands still for 30 min"),
    "top_up": (("", "Small"), {"amount_usd": 1e8}, (), "100 mn USD are paid into insurance: Sm"),
    "rule_changed": (
        ("", ""), {"path": "venues.1.adl.rank", "value": "pro_rata"}, (),
        "ADL rule of B is now Pro rata to gains.",
    ),
    "first_liquidation": (POOL, {"liquidated_usd": 2e6}, MARGIN, "Equity 190 USD < "),
    "adl_begins": (
        POOL, {"trigger": "fund_empty", "adl_usd": 2e6, "accounts": 40},
        Inequality("fund_value_usd", -3e5, "<", "zero", 0.0), "The fund is worth −300 k USD < 0;",
    ),
    "adl_ends": (
        POOL, {"adl_usd": 4e6}, Inequality("quiet_s", 605.0, ">", "limit_s", 600.0),
        "4.00 mn USD in all. Nothing was closed for 10.1 min > 10 min.",
    ),
    "fund_empty": (
        POOL, {"fund_start_usd": 5e6, "bad_debt_usd": 1e6},
        Inequality("fund_usd", -1e6, "<", "zero", 0.0), "5.00 mn USD less all losses: −1.00 mn USD",
    ),
    "hedges_break": (
        POOL, {"naked_usd": 5e6}, Inequality("naked_coins", 41.2, ">", "limit_coins", 3.9),
        "41.2 BTC > 3.90 BTC; 5.00 mn USD to sell",
    ),
    "depth_floor": (
        ("", "BTC"), {"depth_share": 0.05}, Inequality("depth_share", 0.0512, "<", "bound", 0.06),
        "Depth 5.12 % < 6 % of normal; 3.0 % is the least.",
    ),
    "no_coins": (
        POOL, {"limit_share": 0.05}, Inequality("arb_coins_usd", 1e5, "<", "limit_usd", 2e5),
        "BTC on A: arbitrage runs out of coins to sell. 100 k USD < 200 k USD, 5 % of its stock.",
    ),
    "no_dollars": (
        ("A", ""), {"limit_share": 0.05}, Inequality("arb_dollars_usd", 1e5, "<", "limit_usd", 2e5),
        "A: arbitrage runs out of dollars to buy with. 100 k USD < 200 k USD",
    ),
    "market_halted": (
        POOL, {"halt_min": 5.0}, Inequality("move_log", 0.1, ">", "limit_log", 0.0953101798),
        "for 5 min. The price is 10.5 % > 10 % away from its average.",
    ),
    "book_empty": (
        POOL, {}, Inequality("depth_share", 0.0004, "<", "empty_book", 0.001),
        "Depth 0.04 % < 0.1 % of normal.",
    ),
    "market_opens": (POOL, {"price_usd": 104_210.0}, (), "trading again, at 104,210 USD."),
    "desk_opened": (POOL, {"qty": 0.33, "price_usd": 121_000.0}, (), "0.3300 BTC at 121,000"),
    "desk_changed": (POOL, {"qty": 0.5, "price_usd": 121_000.0}, (), "0.5000 BTC now"),
    "desk_closed": (POOL, {"pnl_usd": -40.0, "price_usd": 121_000.0}, (), "−40 USD"),
    "desk_reduced": (POOL, {"qty": 0.1}, MARGIN, "equity 190 USD < maintenance margin 210 USD"),
    "desk_liquidated": (
        POOL, {"mark_usd": 107_000.0, "liquidation_price_usd": 107_030.0}, MARGIN,
        "mark 107,000 < liquidation price 107,030, equity 190 USD < maintenance margin 210 USD",
    ),
    "desk_adl": (
        POOL, {"closed_usd": 100.0, "price_usd": 1.0, "mark_usd": 1.1},
        Inequality("fund_value_usd", 7.8e6, "<", "wanted_usd", 8e6), "7.80 mn USD < 8.00 mn USD",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SENTENCES)
def test_every_kind_of_event_has_a_sentence_with_both_sides_and_their_unit(qapp, kind):
    (venue, asset), values, because, expected = TOLD[kind]
    desk = (Position(asset="BTC", venue="A"),)
    event = Event(0.0, 0, 0, kind, venue, asset, {"position": 0, **values}, because)
    text = plain(sentence(event, fake_run.fake_scenario(desk=desk)))
    assert expected in text
    set_language("zh_CN")
    chinese = sentence(event, fake_run.fake_scenario(desk=desk))
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert "_" not in chinese
    assert color_of(event) != "muted"


@pytest.mark.parametrize(
    ("trigger", "because", "expected"),
    [
        (
            "drawdown", ("fund_value_usd", 6.9e6, "<", "limit_usd", 7e6),
            "The fund is worth 6.90 mn USD < 7.00 mn USD, 30 % below its high of 10.0 mn;",
        ),
        (
            "equity_below_zero", ("position_value_usd", -2e5, "<", "zero", 0.0),
            "Positions taken over are worth −200 k USD < 0;",
        ),
    ],
)  # fmt: skip
def test_adl_says_what_triggered_it(qapp, trigger, because, expected):
    values = {
        "trigger": trigger, "trigger_drawdown": 0.3, "high_usd": 1e7, "adl_usd": 2e6, "accounts": 3,
    }  # fmt: skip
    event = Event(0.0, 0, 0, "adl_begins", "A", "BTC", values, Inequality(*because))
    assert expected in plain(sentence(event, fake_run.fake_scenario()))


def test_sides_that_differ_by_little_are_written_out(qapp):
    why = Inequality("equity_usd", 140_118.0, "<", "maintenance_usd", 140_122.0)
    event = Event(0.0, 0, 0, "first_liquidation", "A", "BTC", {"liquidated_usd": 2e6}, why)
    text = plain(sentence(event, fake_run.fake_scenario()))
    assert "Equity 140.118 k USD < maintenance margin 140.122 k USD." in text


def test_a_liquidation_for_another_position_s_sake_claims_nothing_about_this_one_s_price(qapp):
    values = {"position": 0, "mark_usd": 110_000.0, "liquidation_price_usd": 107_000.0}
    event = Event(0.0, 0, 0, "desk_liquidated", "A", "BTC", values, MARGIN)
    desk = (Position(asset="BTC", venue="A", margin="cross"),)
    text = sentence(event, fake_run.fake_scenario(desk=desk))
    assert "liquidation price" not in text
    assert "the account's equity 190 USD < maintenance margin 210 USD" in text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("liquidity.depth_floor", 0.2, "Least depth left is now 20 %."),
        ("adl.rank", "none", "ADL rule is now No ADL: the venue carries the loss."),
        ("venues.0.protection", None, "Own price protection of A is now as everywhere."),
        ("protection.nonsense", 3, "rule changed"),
    ],
)
def test_a_changed_rule_is_named_as_in_the_set_up(qapp, path, value, expected):
    event = Event(0.0, 0, 0, "rule_changed", values={"path": path, "value": value})
    assert expected in plain(sentence(event, fake_run.fake_scenario()))


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
    assert plain(lines(story)[1]) == (
        "A 的 BTC：首次强平，240 万 美元。权益 3,100 美元 < 维持保证金 3,200 美元。"
    )


def test_another_run_is_told_up_to_the_cursor_too(story, player):
    player.seek(SHOCK_S + 31)
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    assert len(lines(story)) == 2
