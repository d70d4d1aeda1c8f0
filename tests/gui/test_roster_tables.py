"""Assets, venues and what is their own, edited in tables."""

import fake_run
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from engine.scenario import Change, Position
from gui.document import Document
from gui.i18n import set_language
from gui.panels.parts_table import PartsEditor
from gui.panels.setup import SetupPanel
from gui.player import Player


@pytest.fixture
def document(qapp):
    return Document(fake_run.fake_scenario())


@pytest.fixture
def panel(qtbot, document):
    panel = SetupPanel(document, Player())
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    return panel


@pytest.fixture
def assets(panel):
    return panel.show_roster("assets")


@pytest.fixture
def venues(panel):
    return panel.show_roster("venues")


def column(editor, name):
    return next(i for i, s in enumerate(editor.model.columns) if s.name == name)


def type_into(qtbot, editor, row, name, text):
    """Type into a cell as a person does: open it, type, press Return."""
    index = editor.model.index(row, column(editor, name))
    editor.table.setCurrentIndex(index)
    editor.table.edit(index)
    cell = editor.table.indexWidget(index)
    assert isinstance(cell, QLineEdit)
    cell.selectAll()
    qtbot.keyClicks(cell, text) if text else cell.clear()
    qtbot.keyClick(cell, Qt.Key.Key_Return)
    qtbot.wait(1)


def test_a_cell_changes_the_scenario_in_one_named_step(qtbot, assets, document):
    type_into(qtbot, assets.table, 1, "open_interest_usd", "40 bn")
    assert document.scenario.assets[1].open_interest_usd == 4e10
    assert document.undo_stack.undoText() == "Change “Open interest” of ETH"
    index = assets.table.model.index(1, column(assets.table, "open_interest_usd"))
    assert index.data() == "40.00\N{NO-BREAK SPACE}bn\N{NO-BREAK SPACE}USD"
    assert index.data(Qt.ItemDataRole.ForegroundRole) is not None
    document.undo()
    assert index.data(Qt.ItemDataRole.ForegroundRole) is None


def test_changes_can_be_taken_back_together(qtbot, assets, document):
    assert assets.table.reset.isHidden()
    type_into(qtbot, assets.table, 1, "open_interest_usd", "40 bn")
    type_into(qtbot, assets.table, 0, "shock_beta", "2")
    qtbot.mouseClick(assets.table.reset, Qt.MouseButton.LeftButton)
    assert document.scenario.assets == fake_run.fake_scenario().assets
    assert assets.table.reset.isHidden()


def test_an_asset_is_added_renamed_and_removed(qtbot, assets, document):
    qtbot.mouseClick(assets.table.add, Qt.MouseButton.LeftButton)
    assert document.scenario.asset_names[-1] == "BTC 2"
    assert assets.table.row == 5
    type_into(qtbot, assets.table, 5, "name", "Wrapped")
    assert document.scenario.asset_names[-1] == "Wrapped"
    qtbot.mouseClick(assets.table.remove, Qt.MouseButton.LeftButton)
    assert "Wrapped" not in document.scenario.asset_names
    assert document.undo_stack.undoText() == "Remove “Wrapped”"


def test_the_tiers_of_the_chosen_asset_stand_below(qtbot, assets, document):
    assets.table.choose(2)
    tiers = assets.detail.editor
    assert tiers.title.text() == "Maintenance tiers of Large"
    qtbot.mouseClick(tiers.add, Qt.MouseButton.LeftButton)
    assert len(document.scenario.assets[2].tiers) == 3
    type_into(qtbot, tiers, 2, "rate", "4")
    assert document.scenario.assets[2].tiers[2].rate == 0.04
    type_into(qtbot, tiers, 2, "rate", "0.1")
    assert document.scenario.assets[2].tiers[2].rate == 0.04
    assert "must rise from tier to tier" in assets.message.text()


def test_a_share_is_taken_from_the_other_venues(qtbot, venues, document):
    type_into(qtbot, venues.table, 0, "open_interest_share", "75")
    assert document.scenario.venue_shares("open_interest_share") == pytest.approx([0.75, 0.15, 0.1])


def test_a_fund_of_its_own_may_be_left_empty_again(qtbot, venues, document):
    type_into(qtbot, venues.table, 1, "fund_pct", "2")
    assert document.scenario.venues[1].fund_pct == 2.0
    type_into(qtbot, venues.table, 1, "fund_pct", "")
    assert document.scenario.venues[1].fund_pct is None


def test_a_venue_takes_rules_of_its_own(qtbot, venues, document):
    venues.table.choose(1)
    box = venues.detail.switches["adl"]
    assert "B" in box.text()
    row = venues.detail.rows["adl"][0]
    assert not row.isVisible()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert document.scenario.venues[1].adl == document.scenario.adl
    assert row.isVisible()
    assert row.label.text() == "ADL rule"
    row.combo.setCurrentIndex(row.combo.findData("none"))
    row.combo.activated.emit(row.combo.currentIndex())
    assert document.scenario.venues[1].adl.rank == "none"
    assert document.scenario.adl.rank != "none"
    trigger = venues.detail.rows["adl"][1]
    assert not trigger.isEnabled()  # without ADL nothing triggers it
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert document.scenario.venues[1].adl is None


def test_another_venue_shows_its_own_rules(qtbot, venues, document):
    document.change("", "venues.2.protection.band_pct", 7.0)
    venues.table.choose(2)
    assert venues.detail.switches["protection"].isChecked()
    row = next(r for r in venues.detail.rows["protection"] if r.setting.name == "band_pct")
    assert row.edit.text() == "7\N{NO-BREAK SPACE}%"
    venues.table.choose(0)
    assert not venues.detail.switches["protection"].isChecked()
    assert not row.isVisible()


def test_names_and_choices_are_chosen_from_a_list(qtbot, document):
    document.change("", "shocks.0.sensitivities", [{"asset": "ETH", "beta": 1.0}])
    editor = PartsEditor(document, "shocks.0.sensitivities", None)
    qtbot.addWidget(editor)
    editor.retranslate()
    editor.show()
    index = editor.model.index(0, column(editor, "asset"))
    editor.table.edit(index)
    combo = editor.table.viewport().findChild(QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())] == document.scenario.asset_names
    combo.setCurrentText("Mid")
    editor.table.itemDelegate().commitData.emit(combo)
    assert document.scenario.shocks[0].sensitivities[0].asset == "Mid"
    qtbot.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert document.scenario.shocks[0].sensitivities[1].asset == "BTC"
    qtbot.mouseClick(editor.remove, Qt.MouseButton.LeftButton)
    assert len(document.scenario.shocks[0].sensitivities) == 1


def test_changes_of_a_position_are_a_table(qtbot, document):
    position = Position(asset="BTC", venue="A", open_min=60.0, changes=(Change(at_min=120.0),))
    document.edit("", document.scenario.model_copy(update={"desk": (position,)}))
    editor = PartsEditor(document, "desk.0.changes", None)
    qtbot.addWidget(editor)
    editor.retranslate()
    editor.show()
    type_into(qtbot, editor, 0, "at_min", "03:00")
    type_into(qtbot, editor, 0, "notional_usd", "5k")
    change = document.scenario.desk[0].changes[0]
    assert (change.at_min, change.notional_usd) == (180.0, 5_000.0)
    type_into(qtbot, editor, 0, "at_min", "00:30")
    assert document.scenario.desk[0].changes[0].at_min == 180.0


def test_the_tables_follow_undo_another_file_and_the_language(
    qtbot, assets, venues, document, october
):
    qtbot.mouseClick(assets.table.add, Qt.MouseButton.LeftButton)
    assets.table.choose(5)
    document.undo()
    assert assets.table.model.rowCount() == 5
    document.open(october)
    assert venues.table.model.rowCount() == 5
    assert assets.table.model.index(0, 0).data() == "BTC"
    set_language("zh_CN")
    assert assets.windowTitle() == "资产"
    assert venues.detail.switches["adl"].text().startswith("Alpha")


def test_the_most_venues_and_assets_are_refused_politely(qtbot, assets, venues, document):
    for dialog, most in ((venues, 10), (assets, 20)):
        while dialog.table.model.rowCount() < most:
            qtbot.mouseClick(dialog.table.add, Qt.MouseButton.LeftButton)
            assert dialog.message.isHidden(), dialog.message.text()
        qtbot.mouseClick(dialog.table.add, Qt.MouseButton.LeftButton)
        assert dialog.message.text() == f"There may be at most {most} of them."
    assert (len(document.scenario.venues), len(document.scenario.assets)) == (10, 20)
