"""docs/model.md keeps up with the model: it names every setting and every mechanism's file.

Its translation keeps up with it: the same sections, and settings as they are called on the screen.
"""

import json
import re
from pathlib import Path

import pytest

from engine.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    language: (ROOT / "docs" / name).read_text(encoding="utf-8")
    for language, name in {"en": "model.md", "zh_CN": "model.zh_CN.md"}.items()
}
UNREALISTIC = {"en": "**When it is unrealistic", "zh_CN": "**何时不切实际"}
SETTINGS = {
    "en": r"\*\*Settings\.\*\*(.*?)(?:\*\*|\n\n)",
    "zh_CN": r"\*\*设置\*\*：(.*?)(?:\*\*|\n\n)",
}

PLAIN = {"Name", "Note", "Time", "Asset", "Venue"}
"""Labels that say all there is to say."""

SLIDER = "Share of the four largest"
"""A label of the window that is no single setting's."""

in_both = pytest.mark.parametrize("language", PAGES)


def sections(language: str) -> dict[str, str]:
    """Return the sections with a number, by their number."""
    parts = re.split(r"^### (\d+)\. ", PAGES[language], flags=re.MULTILINE)[1:]
    texts = [text.partition("\n## ")[0] for text in parts[1::2]]
    return dict(zip(parts[::2], texts, strict=True))


def labels(language: str) -> set[str]:
    parts = [Scenario.model_json_schema(), *Scenario.model_json_schema()["$defs"].values()]
    fields = [field for part in parts for field in part.get("properties", {}).values()]
    found = {field["label"] for field in fields if "label" in field} | {SLIDER}
    return {shown(label, language) for label in found - PLAIN}


def shown(label: str, language: str) -> str:
    files = (ROOT / "assets" / "i18n" / language).glob("*.json")
    known = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return label if language == "en" else next(texts[label] for texts in known if label in texts)


def unwrapped(text: str, language: str) -> str:
    return re.sub(r"\s*\n\s*", " " if language == "en" else "", text)


def files_named(text: str) -> list[str]:
    return sorted(set(re.findall(r"`((?:engine|tests)/[\w/*]+\.py)`", text)))


@in_both
def test_every_setting_is_named_by_its_label(language):
    assert len(labels(language)) > 100
    words = unwrapped(PAGES[language], language)
    assert not {label for label in labels(language) if label not in words}


@in_both
def test_what_is_listed_as_a_setting_is_one(language):
    lists = re.findall(SETTINGS[language], PAGES[language], flags=re.DOTALL)
    named = [part for text in lists for part in re.findall(r"\*([^*]+)\*", text)]
    listed = {
        label.strip(" .")
        for part in named
        for label in re.split("[,;、；]", unwrapped(part, language))
    }
    assert len(listed) > 100
    assert not listed - labels(language)


def test_every_mechanism_of_a_step_is_named_by_its_file():
    step = (ROOT / "engine" / "step.py").read_text(encoding="utf-8")
    listed = re.search(r"from engine import \(([^)]*)\)", step)
    assert listed
    mechanisms = set(re.findall(r"\w+", listed[1])) - {"trades"}  # how trades are booked
    assert "liquidation" in mechanisms
    assert not {name for name in mechanisms if f"`engine/{name}.py`" not in PAGES["en"]}


def test_the_files_it_names_are_there():
    named = files_named(PAGES["en"])
    assert len(named) > 20
    assert not {name for name in named if not list(ROOT.glob(name))}


@pytest.mark.parametrize("number", sections("en"))
@in_both
def test_every_section_says_when_not_to_believe_it(language, number):
    assert UNREALISTIC[language] in sections(language)[number]


def test_the_translation_has_the_same_sections():
    english, chinese = sections("en"), sections("zh_CN")
    assert len(english) > 20
    assert list(chinese) == list(english)
    for number, text in english.items():
        assert files_named(chinese[number]) == files_named(text), number
        assert chinese[number].count("```") == text.count("```"), number
        assert chinese[number].count("\n|") == text.count("\n|"), number
        assert chinese[number].count("\n- ") == text.count("\n- "), number


def test_chinese_lines_end_with_a_mark_so_that_the_window_can_join_them():
    prose = re.sub(r"^```.*?^```", "", PAGES["zh_CN"], flags=re.DOTALL | re.MULTILINE)
    within = re.findall(r"^(?!#|\|)(.+)\n(?!\n|- |\d\. |\Z)", prose, flags=re.MULTILINE)
    assert len(within) > 100
    assert not [line for line in within if line[-1] not in "，。；：、）"]
