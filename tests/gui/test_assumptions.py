"""The pages on what lies behind a picture: in the language on the screen, as they were written."""

import re

import pytest
from PySide6.QtWidgets import QLabel, QTextBrowser, QWidget

from gui import MODEL_PAGE, assumptions
from gui.i18n import LANGUAGES, set_language, tr

ENGLISH_ONLY = "This page is in English only."


@pytest.fixture
def told(qtbot):
    """What the window of a section says, and its labels."""
    parent = QWidget()
    qtbot.addWidget(parent)

    def tell(number):
        dialog = assumptions.window(number, parent)
        page = dialog.findChild(QTextBrowser)
        return page.toPlainText(), [label.text() for label in dialog.findChildren(QLabel)]

    return tell


def test_a_page_follows_the_language_on_the_screen(told):
    for language, words in (("en", "Stands for"), ("zh_CN", "模拟的是"), ("en", "Stands for")):
        set_language(language)
        text, labels = told("13")
        assert words in text
        assert tr(ENGLISH_ONLY) not in labels


def test_a_page_without_translation_is_shown_in_english_and_says_so(told, tmp_path, monkeypatch):
    alone = tmp_path / "model.md"
    alone.write_text(MODEL_PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(assumptions, "MODEL_PAGE", alone)
    set_language("zh_CN")
    text, labels = told("13")
    assert "Stands for" in text
    assert labels == [tr(ENGLISH_ONLY)]


def test_chinese_lines_are_joined_without_a_gap(told):
    set_language("zh_CN")
    for number in assumptions.sections():
        assert not re.search("[，。；：、）] ", told(number)[0]), number


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_keep_their_lines(language):
    set_language(language)
    numbered = assumptions.source().read_text(encoding="utf-8").partition("\n### ")[2]
    shown = "".join(section.markdown for section in assumptions.sections().values())
    assert shown.count("```") > 20
    assert shown.split("```")[1::2] == numbered.split("```")[1::2]


def test_every_page_is_shipped():
    packed = (MODEL_PAGE.parents[1] / "build.spec").read_text(encoding="utf-8")
    assert 'ROOT / "docs" / "model*.md"' in packed
    for language in LANGUAGES:
        set_language(language)
        assert assumptions.source().match("docs/model*.md")
