import ast
import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine import scenario as settings
from engine import scenario_file
from engine.claims import CLAIMS
from engine.presets import PRESETS
from engine.sample import CURVES, MEASURES
from engine.scenario import Shock
from gui import ASSETS, OCTOBER, shipped_scenarios
from gui.actions import GROUPS
from gui.document import Document
from gui.i18n import LANGUAGES, MY_TARIFF, NEW, as_shipped, language, set_language, tr
from gui.menus import THEME_NAMES, title_of
from gui.panels.text_row import NoteRow, TextRow
from gui.panels.timeline import KINDS
from gui.panels.top_four import TOP_FOUR

GUI = Path(__file__).parents[2] / "gui"
FIELD = re.compile(r"\{(\w*)[^}]*\}")


def literals_in(file):
    """Every text given to ``tr`` as it stands; what is looked up in a table is added below."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and node.args:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def texts_of_commands():
    for title, commands in GROUPS.items():
        yield title
        for command in commands:
            yield from (text for text in (command.text, command.hint) if text)


def texts_of_settings():
    parts = [part for part in vars(settings).values() if isinstance(part, type)]
    for part in parts:
        for field in getattr(part, "model_fields", {}).values():
            extra = field.json_schema_extra or {}
            for text in (extra.get("label"), extra.get("meaning"), extra.get("source")):
                if text:
                    yield text
            yield from extra.get("choices", {}).values()


def texts_of_the_reality_check():
    for claim in CLAIMS:
        yield from (claim.says, claim.note)
        for check in claim.checks:
            yield from (check.name, check.unit, check.source)
        for contrast in claim.contrasts:
            yield from (contrast.name, contrast.unit)


def texts_of_experiments():
    for each in (*MEASURES.values(), *CURVES.values()):
        yield from (each.name, each.unit)


def texts_of_shipped_scenarios():
    for path in shipped_scenarios():
        scenario = scenario_file.load(path)
        yield from (scenario.name, scenario.note)
        yield from (shock.name for shock in scenario.shocks)
        named = {*scenario.asset_names, *scenario.venue_names}
        yield from (name for name in named if name.capitalize() == name and len(name) > 1)
    yield from (NEW, MY_TARIFF, Shock(at_min=0.0).name)


def all_texts():
    texts = {text for file in sorted(GUI.rglob("*.py")) for text in literals_in(file)}
    texts |= set(texts_of_commands()) | set(texts_of_settings())
    texts |= {text for _color, text in KINDS.values()} | set(THEME_NAMES.values())
    texts |= {TOP_FOUR.label, TOP_FOUR.meaning, TOP_FOUR.source}
    texts |= {text for preset in PRESETS for text in (preset.name, preset.idea)}
    texts |= set(texts_of_experiments()) | set(texts_of_shipped_scenarios())
    texts |= set(texts_of_the_reality_check()) | {title_of(path) for path in shipped_scenarios()}
    return sorted(text for text in texts if re.search("[A-Za-z]{2}", FIELD.sub("", text)))


def translations(name):
    files = sorted((ASSETS / "i18n" / name).glob("*.json"))
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


OTHERS = [name for name in LANGUAGES if name != "en"]


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_has_a_translation(name):
    known = {text for file in translations(name).values() for text in file}
    missing = [text for text in all_texts() if text not in known]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("name", OTHERS)
def test_translations_keep_the_fields_that_values_go_into(name):
    for file in translations(name).values():
        for text, other in file.items():
            assert sorted(FIELD.findall(text)) == sorted(FIELD.findall(other)), text


@pytest.mark.parametrize("name", OTHERS)
def test_one_text_has_one_translation(name):
    seen = {}
    for file, texts in translations(name).items():
        for text, other in texts.items():
            assert seen.setdefault(text, (file, other))[1] == other, (text, file, seen[text][0])


def test_a_text_without_translation_is_shown_in_english():
    set_language("zh_CN")
    assert tr("Nobody ever wrote {this}", this="down") == "Nobody ever wrote down"
    assert tr("Undo") != "Undo"


def test_an_unknown_language_counts_as_english():
    set_language("tlh")
    assert language.name == "en"


def test_own_scenarios_are_translated_and_nobody_else_s():
    set_language("zh_CN")
    for text in texts_of_shipped_scenarios():
        assert as_shipped(text) != text
    assert as_shipped("Stop") == "Stop" != tr("Stop")


def test_own_texts_are_shown_translated_and_stay_in_the_scenario(qtbot):
    set_language("zh_CN")
    document = Document(scenario_file.load(OCTOBER))
    name, note = TextRow(document, "name"), NoteRow(document, "note")
    for row in (name, note):
        qtbot.addWidget(row)
        row.retranslate()
    assert document.title == name.edit.text() == "2025 年 10 月"
    assert note.edit.toPlainText().startswith("2025 年 10 月 9 日至 12 日")
    note.take()  # it was looked at and left
    assert not document.modified
    name.edit.selectAll()
    qtbot.keyClicks(name.edit, "Stop")
    qtbot.keyClick(name.edit, Qt.Key.Key_Return)
    assert document.scenario.name == document.title == "Stop"
