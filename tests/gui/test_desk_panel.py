import fake_run
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox

from engine.margin import position_prices_usd
from engine.record import Event, Inequality
from engine.scenario import Change, Position, Tier
from gui import format as fmt
from gui.document import Document
from gui.i18n import set_language
from gui.panels import desk_curve
from gui.panels.desk import DeskPanel
from gui.player import Player
from gui.theme import theme

SHOCK_MIN = fake_run.SHOCK_MIN
LONG = Position(
    asset="BTC", venue="A", notional_usd=40_000.0, leverage=8.0, open_min=SHOCK_MIN - 60
)
SHORT = Position(
    asset="Small", venue="C", side="short", notional_usd=9_000.0, leverage=3.0,
    open_min=SHOCK_MIN - 30,
)  # fmt: skip


MARGIN = ("equity_usd", 190.0, "<", "maintenance_usd", 210.0)
FUND = ("fund_value_usd", 7.8e6, "<", "wanted_usd", 8.4e6)
COINS = Position(
    asset="BTC", venue="A", kind="spot", notional_usd=40_000.0, leverage=1.0,
    open_min=SHOCK_MIN - 60,
)  # fmt: skip


class Desk:
    """A panel with its document and player, at the cursor so many minutes after the shock."""

    def __init__(self, qtbot, positions=(), minutes=-5.0):
        self.qtbot = qtbot
        self.document = Document(fake_run.fake_scenario(desk=tuple(positions)))
        self.player = Player()
        self.compute()
        self.seek(minutes)
        self.panel = DeskPanel(self.document, self.player)
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 1_000)
        self.panel.show()

    def compute(self):
        self.player.show(fake_run.fake_run(self.document.scenario))

    def seek(self, minutes):
        self.player.seek((SHOCK_MIN + minutes) * 60.0)

    def click(self, button):
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def add_event(self, minutes, kind, because=(), **values):
        run = self.player.run
        time_s = (SHOCK_MIN + minutes) * 60.0
        step, told = run.grid.step_at(time_s), {"position": 0, **values}
        why = because and Inequality(*because)
        run.events.append(Event(time_s, step, 0, kind, "A", "BTC", told, why))
        run.events.sort(key=lambda event: event.time_s)

    def type_in(self, edit, text):
        edit.setFocus()
        edit.selectAll()
        self.qtbot.keyClicks(edit, text)


def test_a_position_is_opened_at_the_cursor_and_can_be_undone(qtbot):
    desk = Desk(qtbot)
    form = desk.panel.form
    desk.click(form.short)
    form.asset.setCurrentText("ETH")
    form.venue.setCurrentText("B")
    for field, text in ((form.notional, "25k"), (form.leverage, "4")):
        field.edit.setFocus()
        field.edit.selectAll()
        qtbot.keyClicks(field.edit, text)
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    desk.click(form.open)
    [position] = desk.document.scenario.desk
    assert position == Position(
        asset="ETH", venue="B", side="short", notional_usd=25_000.0, leverage=4.0,
        open_min=SHOCK_MIN - 5,
    )  # fmt: skip
    assert desk.document.undo_stack.undoText() == "Open: My short ETH on B"
    assert len(desk.panel.cards) == 1
    assert "Being computed" in desk.panel.cards[0].state.text()
    desk.document.undo()
    assert desk.panel.cards == []


def test_the_form_says_where_it_would_end_at_the_price_at_the_cursor(qtbot):
    desk = Desk(qtbot)
    run, step = desk.player.run, desk.player.step
    price = run["price_usd"][step, 0, 0, 0]
    asset = run.scenario.assets[0]
    for button, sign in ((desk.panel.form.long, 1.0), (desk.panel.form.short, -1.0)):
        desk.click(button)
        liquidation, bankruptcy = position_prices_usd(asset, sign, price, 10_000.0, 10.0)
        assert bankruptcy == pytest.approx(price * (1 - sign / 10))
        text = desk.panel.form.outcome.text()
        assert fmt.price(liquidation) in text
        assert fmt.price(bankruptcy) in text
    before = desk.panel.form.outcome.text()
    desk.seek(60)
    assert desk.panel.form.outcome.text() != before


def test_leverage_is_limited_by_the_asset(qtbot):
    desk = Desk(qtbot)
    field = desk.panel.form.leverage
    assert field.setting.high == 50.0
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, "80")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert desk.panel.form.message.text() == "Not possible: type a number from 1× to 50×."
    assert field.edit.text() == "10×"
    desk.click(desk.panel.form.open)
    assert desk.document.scenario.desk[0].leverage == 10.0


def test_opening_at_the_very_end_is_refused_in_place(qtbot):
    desk = Desk(qtbot)
    desk.player.to_end()
    desk.click(desk.panel.form.open)
    assert desk.document.scenario.desk == ()
    assert "before the scenario's end" in desk.panel.form.message.text()


def test_a_card_shows_the_run_at_the_cursor(qtbot):
    desk = Desk(qtbot, [LONG, SHORT], minutes=10)
    run, step = desk.player.run, desk.player.step
    card = desk.panel.cards[0]
    pnl = run["desk_pnl_usd"][step, 0, 0]
    assert pnl < 0
    assert card.pnl.text() == f"{fmt.usd_full(pnl)} USD"
    entry, mark, liquidation, bankruptcy, _ratio, _lights, left = (
        value.text() for value in card.values
    )
    assert entry == fmt.price(run["desk_entry_usd"][step, 0, 0])
    assert mark == fmt.price(run["mark_usd"][step, 0, 0, 0])
    assert liquidation == fmt.price(run["desk_liquidation_usd"][step, 0, 0])
    assert bankruptcy == fmt.price(run["desk_entry_usd"][step, 0, 0] * (1 - 1 / 8))
    assert left == f"{fmt.usd_full(run['desk_equity_usd'][step, 0, 0])} USD"
    assert card.state.text() == "Open"
    total = run["desk_pnl_usd"][step, 0].sum()
    assert desk.panel.total.text() == f"{fmt.usd_full(total, signed=True)} USD"
    desk.seek(-100)
    assert card.state.text() == "Opens at 10 Oct 19:50:00 UTC"
    assert card.pnl.text() == "–"


def test_what_was_done_to_a_position_is_told_with_its_reason_and_not_before(qtbot):
    desk = Desk(qtbot, [LONG], minutes=5)
    desk.add_event(
        8, "desk_liquidated", MARGIN, mark_usd=107_000.0, liquidation_price_usd=107_030.0,
        equity_usd=190.0, maintenance_usd=210.0,
    )  # fmt: skip
    card = desk.panel.cards[0]
    desk.seek(7)
    assert card.state.text() == "Open"
    assert card.story.isHidden()
    desk.seek(9)
    assert card.state.text() == "Liquidated"
    assert "mark 107,000 < liquidation price 107,030" in card.story.text()
    assert "equity 190 USD < maintenance margin 210 USD" in card.story.text()
    assert not card.close_button.isEnabled()
    assert card.values[2].isHidden()


def test_a_position_cut_by_adl_is_still_open(qtbot):
    desk = Desk(qtbot, [LONG], minutes=5)
    desk.add_event(
        8, "desk_adl", FUND, closed_usd=18_400.0, price_usd=104_210.0, mark_usd=103_400.0, rank=14,
        queue=3_120,
    )  # fmt: skip
    desk.seek(9)
    card = desk.panel.cards[0]
    assert card.state.text() == "Open, cut by ADL"
    assert "18,400 USD closed at 104,210, mark was 103,400" in card.story.text()
    assert "ranked 14 of 3,120" in card.story.text()
    assert "7.80\N{NO-BREAK SPACE}mn USD < 8.40\N{NO-BREAK SPACE}mn USD" in card.story.text()
    assert card.close_button.isEnabled()


def test_closing_at_the_cursor_and_removing_are_edits(qtbot):
    desk = Desk(qtbot, [LONG, SHORT], minutes=10)
    desk.click(desk.panel.cards[1].close_button)
    assert desk.document.scenario.desk[1].close_min == SHOCK_MIN + 10
    assert "closes at 10 Oct 21:00:00" in desk.panel.cards[1].state.text()
    desk.click(desk.panel.cards[0].remove_button)
    assert [position.asset for position in desk.document.scenario.desk] == ["Small"]
    desk.document.undo()
    desk.document.undo()
    assert desk.document.scenario.desk == (LONG, SHORT)
    assert len(desk.panel.cards) == 2


def test_a_run_of_an_earlier_desk_does_not_lend_its_numbers(qtbot):
    desk = Desk(qtbot, [LONG, SHORT], minutes=10)
    desk.click(desk.panel.cards[0].remove_button)  # the run still has both
    assert "Being computed" in desk.panel.cards[0].state.text()
    assert desk.panel.cards[0].pnl.text() == "–"
    desk.compute()
    assert desk.panel.cards[0].state.text() == "Open"


def test_an_empty_desk_says_what_to_do_in_both_languages(qtbot):
    desk = Desk(qtbot)
    assert desk.panel.empty.isVisible()
    set_language("zh_CN")
    assert desk.panel.form.open.text() == "在游标处开仓"
    assert desk.panel.body.minimumSizeHint().width() <= desk.panel.viewport().width()


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_coins_are_bought_in_full_without_side_leverage_or_margin(qtbot):
    desk = Desk(qtbot)
    form = desk.panel.form
    desk.click(form.short)
    choose(form.margin, "cross")
    choose(form.kind, "spot")
    for widget in (form.long, form.short, form.margin):
        assert not widget.isEnabled()
    assert form.leverage.isHidden()
    assert "10,000 USD paid in full" in form.outcome.text()
    assert "liquidated at" not in form.outcome.text()
    desk.click(form.open)
    [position] = desk.document.scenario.desk
    assert (position.kind, position.side, position.leverage) == ("spot", "long", 1.0)
    assert position.margin == "isolated"
    assert desk.document.undo_stack.undoText() == "Open: My BTC coins on A"
    choose(form.kind, "perpetual")
    assert form.leverage.isVisible()
    assert "liquidated at" in form.outcome.text()


def test_a_card_of_coins_shows_no_margin_and_no_price_where_it_would_end(qtbot):
    desk = Desk(qtbot, [COINS], minutes=10)
    run, step = desk.player.run, desk.player.step
    run._series["desk_liquidation_usd"][:] = float("nan")
    run._series["price_usd"][:] = 1.01 * run["price_usd"]
    desk.seek(11)
    desk.seek(10)
    card = desk.panel.cards[0]
    assert card.title.text() == "Coins BTC · A"
    assert card.order.text() == "40,000 USD, paid in full"
    assert (card.names[1].text(), card.names[-1].text()) == ("Last price", "Worth")
    assert card.values[1].text() == fmt.price(run["price_usd"][step, 0, 0, 0])
    assert card.values[2].isHidden()
    assert card.values[3].isHidden()


def test_a_cross_position_says_so_and_what_it_shares(qtbot):
    desk = Desk(qtbot)
    form = desk.panel.form
    choose(form.margin, "cross")
    assert "If it stood alone" not in form.outcome.text()
    desk.click(form.open)
    assert desk.document.scenario.desk[0].margin == "cross"
    assert desk.panel.cards[0].order.text() == "10,000 USD at 10× leverage, cross"
    form.asset.setCurrentText("ETH")
    form.renew()
    assert "If it stood alone" in form.outcome.text()
    assert "shares its margin with others on A" in form.outcome.text()
    desk.click(form.open)
    assert len(desk.document.scenario.desk) == 2


def test_two_cross_positions_in_one_market_are_refused_in_plain_words(qtbot):
    desk = Desk(qtbot)
    choose(desk.panel.form.margin, "cross")
    desk.click(desk.panel.form.open)
    desk.click(desk.panel.form.open)
    assert len(desk.document.scenario.desk) == 1
    assert desk.panel.form.message.text() == (
        "BTC on A has a cross position already: change that one, or take isolated margin."
    )


def test_equity_shared_by_cross_positions_is_counted_once(qtbot):
    both = [
        LONG.model_copy(update={"margin": "cross"}),
        LONG.model_copy(update={"margin": "cross", "asset": "ETH"}),
        SHORT,
    ]
    desk = Desk(qtbot, both, minutes=10)
    run, step = desk.player.run, desk.player.step
    run._series["desk_equity_usd"][:, 0, 1] = run._series["desk_equity_usd"][:, 0, 0]
    desk.panel.renew()
    equity = run["desk_equity_usd"][step, 0]
    assert desk.panel.equity.text().startswith(fmt.dollars(equity[0] + equity[2]))


def test_a_position_is_changed_at_the_cursor_as_one_step(qtbot):
    desk = Desk(qtbot, [LONG], minutes=-5)
    card = desk.panel.cards[0]
    assert card.change_form.isHidden()
    desk.click(card.change_button)
    desk.type_in(card.change_form.notional, "60k")
    desk.type_in(card.change_form.collateral, "1,000")
    desk.click(card.change_form.change)
    [change] = desk.document.scenario.desk[0].changes
    assert change == Change(at_min=SHOCK_MIN - 5, notional_usd=60_000.0, add_collateral_usd=1_000.0)
    assert card.change_form.isHidden()
    assert "changes at 10 Oct 20:45:00 UTC" in card.state.text()
    assert card.state.text().startswith("Open"), "what was before the change is known already"
    desk.seek(5)
    assert "changes at" not in card.state.text()
    desk.document.undo()
    assert desk.document.scenario.desk == (LONG,)


def test_what_is_added_twice_at_the_same_time_adds_up(qtbot):
    desk = Desk(qtbot, [LONG], minutes=-5)
    form = desk.panel.cards[0].change_form
    for edit, text in ((form.notional, "50k"), (form.collateral, "300"), (form.collateral, "200")):
        desk.click(desk.panel.cards[0].change_button)
        desk.type_in(edit, text)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    [change] = desk.document.scenario.desk[0].changes
    assert (change.notional_usd, change.add_collateral_usd) == (50_000.0, 500.0)


@pytest.mark.parametrize(
    ("notional", "collateral", "told"),
    [
        ("", "", "Type a new size"),
        ("abc", "", "Not possible: type a number from 1\N{NO-BREAK SPACE}USD"),
        ("", "-5", "Not possible: type a number from 0\N{NO-BREAK SPACE}USD"),
        ("9e99", "", "Not possible"),
        ("5 bn", "", "needs more margin: take less leverage"),
    ],
)
def test_a_change_that_is_none_is_refused_in_place(qtbot, notional, collateral, told):
    high = LONG.model_copy(update={"leverage": 49.0})
    desk = Desk(qtbot, [high], minutes=-5)
    desk.document.scenario = with_steep_tiers(desk.document.scenario)
    card = desk.panel.cards[0]
    desk.click(card.change_button)
    desk.type_in(card.change_form.notional, notional)
    desk.type_in(card.change_form.collateral, collateral)
    desk.click(card.change_form.change)
    assert desk.document.scenario.desk == (high,)
    assert told in card.change_form.message.text()
    assert card.change_form.isVisible()
    desk.click(card.change_form.cancel)
    assert card.change_form.isHidden()


def with_steep_tiers(scenario):
    """The same market, with a maintenance margin of 40% on what is very large."""
    steep = Tier(from_usd=1e8, rate=0.4)
    first = scenario.assets[0]
    asset = first.model_copy(update={"tiers": (*first.tiers, steep)})
    return scenario.model_copy(update={"assets": (asset, *scenario.assets[1:])})


def test_closing_before_a_change_that_was_to_come_takes_it_back(qtbot):
    later = LONG.model_copy(update={"changes": (Change(at_min=SHOCK_MIN + 20),)})
    desk = Desk(qtbot, [later], minutes=10)
    desk.click(desk.panel.cards[0].close_button)
    position = desk.document.scenario.desk[0]
    assert (position.close_min, position.changes) == (SHOCK_MIN + 10, ())


def test_a_position_cut_by_liquidation_is_still_open(qtbot):
    desk = Desk(qtbot, [LONG], minutes=5)
    desk.add_event(
        8, "desk_reduced", MARGIN, mark_usd=107_000.0, liquidation_price_usd=107_030.0,
        equity_usd=190.0, maintenance_usd=210.0, qty=0.264,
    )  # fmt: skip
    desk.seek(9)
    card = desk.panel.cards[0]
    assert card.state.text() == "Open, cut by liquidation"
    assert "cut to 0.2640 BTC by liquidation: equity 190 USD" in card.story.text()
    assert card.change_button.isEnabled()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_everything_fits_into_a_narrow_desk(qtbot, dressed, language):
    cross = SHORT.model_copy(update={"margin": "cross"})
    desk = Desk(qtbot, [LONG, cross, COINS], minutes=10)
    set_language(language)
    desk.panel.resize(268, 900)  # in a window 1280 wide it has a little more
    for card in desk.panel.cards:
        desk.click(card.change_button)
    qtbot.wait(1)
    assert desk.panel.body.minimumSizeHint().width() <= desk.panel.viewport().width()
    form = desk.panel.form
    for combo in (form.kind, form.margin):
        for i in range(combo.count()):
            words = combo.fontMetrics().horizontalAdvance(combo.itemText(i))
            assert words <= room_in(combo), combo.itemText(i)
    for card in desk.panel.cards:
        for button in (card.close_button, card.change_button, card.remove_button):
            words = button.fontMetrics().horizontalAdvance(button.text())
            assert words <= button.width() - 12, button.text()


def room_in(combo):
    """How wide a text a list shows without cutting it."""
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    complex_, edit = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    padding = theme.unit(6)
    return combo.style().subControlRect(complex_, option, edit, combo).width() - padding


def test_the_form_stays_in_place_when_positions_come_and_go(qtbot, dressed):
    desk = Desk(qtbot)
    places = set()
    for act in (
        lambda: None,
        lambda: desk.click(desk.panel.form.open),
        desk.compute,
        lambda: desk.seek(10),  # there is equity now, and a line that says so
        desk.document.undo,
    ):
        act()
        qtbot.wait(1)
        places.add(desk.panel.form.open.mapTo(desk.panel.body, QPoint()).y())
    assert len(places) == 1


# ---------------------------------------------------------------- money over time, and luck


def test_money_over_time_has_a_scale_and_a_value_at_the_cursor(qtbot, monkeypatch):
    desk = Desk(qtbot)
    desk.click(desk.panel.form.open)
    desk.compute()
    curve = desk.panel.curve
    low, high = curve.scale()
    assert low < high
    for minutes in (10, 40):
        desk.seek(minutes)
        assert low <= curve.usd_at(desk.player.time_s) <= high
        assert fmt.dollars(curve.usd_at(desk.player.time_s)) in curve.accessibleDescription()
    written = []

    class Painter(QPainter):
        def drawText(self, *args):  # noqa: N802 (Qt's name)
            written.append(args[-1])
            super().drawText(*args)

    monkeypatch.setattr(desk_curve, "QPainter", Painter)
    curve.grab()
    assert {fmt.usd(low), fmt.usd(high), "My money over time"} <= set(written)
    assert fmt.dollars(curve.usd_at(desk.player.time_s)) in written


def test_the_desk_says_that_a_difference_may_be_luck(qtbot):
    panel = Desk(qtbot).panel
    for told in (panel.empty.text(), panel.form.open.toolTip(), panel.heading.toolTip()):
        assert "Many worlds" in told
