import fake_run
import pytest
from PySide6.QtCore import Qt

from engine.margin import position_prices_usd
from engine.record import Event
from engine.scenario import Position
from gui import format as fmt
from gui.document import Document
from gui.i18n import set_language
from gui.panels.desk import DeskPanel
from gui.player import Player

# The plugin without a display says this of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SHOCK_MIN = fake_run.SHOCK_MIN
LONG = Position(
    asset="BTC", venue="A", notional_usd=40_000.0, leverage=8.0, open_min=SHOCK_MIN - 60
)
SHORT = Position(
    asset="Small", venue="C", side="short", notional_usd=9_000.0, leverage=3.0,
    open_min=SHOCK_MIN - 30,
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

    def add_event(self, minutes, kind, **values):
        run = self.player.run
        time_s = (SHOCK_MIN + minutes) * 60.0
        run.events.append(
            Event(time_s, run.grid.step_at(time_s), 0, kind, "A", "BTC", {"position": 0, **values})
        )
        run.events.sort(key=lambda event: event.time_s)


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
    entry, mark, liquidation, bankruptcy, left = (value.text() for value in card.values)
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
        8, "desk_liquidated", mark_usd=107_000.0, liquidation_price_usd=107_030.0,
        equity_usd=190.0, maintenance_usd=210.0,
    )  # fmt: skip
    card = desk.panel.cards[0]
    desk.seek(7)
    assert card.state.text() == "Open"
    assert card.story.isHidden()
    desk.seek(9)
    assert card.state.text() == "Liquidated"
    assert "mark 107,000 < liquidation price 107,030" in card.story.text()
    assert not card.close_button.isEnabled()
    assert card.values[2].isHidden()


def test_a_position_cut_by_adl_is_still_open(qtbot):
    desk = Desk(qtbot, [LONG], minutes=5)
    desk.add_event(
        8, "desk_adl", closed_usd=18_400.0, price_usd=104_210.0, mark_usd=103_400.0, rank=14,
        queue=3_120,
    )  # fmt: skip
    desk.seek(9)
    card = desk.panel.cards[0]
    assert card.state.text() == "Open, cut by ADL"
    assert "18,400 USD closed at 104,210, mark was 103,400" in card.story.text()
    assert "ranked 14 of 3,120" in card.story.text()
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
