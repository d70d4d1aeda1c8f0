"""File → Import price path: from a CSV file into the document, or a sentence why not."""

import made_up
import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from gui.actions import GROUPS
from gui.document import Document
from gui.file_commands import FileCommands
from gui.settings import Settings

TABLE = "time,BTC,ETH\n2025-10-09T00:00:00Z,100,10\n2025-10-09T01:00:00Z,110,9\n"
CANDLES = "\n".join(f"{1759968000 + 60 * i},1,1,1,{2 + i},5" for i in range(4))


@pytest.fixture
def document(qapp):
    return Document(made_up.scenario())


@pytest.fixture
def files(qtbot, document, tmp_path, monkeypatch):
    window = QWidget()
    qtbot.addWidget(window)
    commands = FileCommands(document, Settings(), window)
    commands.told = []
    commands.refused.connect(commands.told.append)

    def choose(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        commands.import_path()

    commands.choose = choose
    return commands


def test_prices_become_a_path_that_one_undo_takes_back(document, files):
    before = document.scenario
    files.choose("prices.csv", TABLE)
    assert files.told == []
    columns = {c.asset: c.price_usd for c in document.scenario.news.path.columns}
    assert columns == {"BTC": (100.0, 110.0), "ETH": (10.0, 9.0)}
    assert document.scenario.assets[0].price_usd == 100.0
    assert document.undo_stack.undoText() == "Import prices from prices.csv"
    document.undo()
    assert document.scenario == before


def test_a_file_that_makes_no_sense_is_refused_with_its_line(document, files):
    before = document.scenario
    files.choose("prices.csv", TABLE.replace("110", "a lot"))
    assert document.scenario is before
    [told] = files.told
    assert told.startswith("These prices were not taken. prices.csv: line 3")


def test_candles_take_their_asset_from_the_file_s_name(document, files):
    files.choose("ETHUSDT-1m-2025-10.csv", CANDLES)
    [column] = document.scenario.news.path.columns
    assert column.asset == "ETH"


def test_candles_of_nobody_knows_what_are_asked_about(document, files, monkeypatch):
    asked = []

    def answer(_window, _title, text, names, *_rest):
        asked.append((text, list(names)))
        return "Large", True

    monkeypatch.setattr(QInputDialog, "getItem", answer)
    files.choose("candles.csv", CANDLES)
    assert asked == [
        ("candles.csv holds candles of one asset. Which one?", document.scenario.asset_names)
    ]
    assert document.scenario.news.path.columns[0].asset == "Large"


def test_whoever_doesn_t_say_whose_candles_they_are_changes_nothing(document, files, monkeypatch):
    before = document.scenario
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("BTC", False))
    files.choose("candles.csv", CANDLES)
    assert (document.scenario, files.told) == (before, [])


def test_choosing_no_file_changes_nothing(document, files, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    files.import_path()
    assert document.scenario.news.path is None


def test_it_stands_in_the_file_menu():
    assert "import_path" in [command.name for command in GROUPS["File"]]
