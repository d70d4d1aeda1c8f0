"""What the engine says when it refuses something, in the language on the screen.

The engine writes English. Each of its sentences stands as a template in
``assets/i18n/<language>/refusals.json``, and what stands in a field is looked up in its turn. A
sentence that has none is shown in English, like every other text.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache

from gui import ASSETS
from gui.i18n import language, tr

FIELD = re.compile(r"\{\d\}")
VALUE = r"((?:(?!: ).)+?)"
"""What stands in a field: never a place and what is wrong there."""

MOST_KEPT = 1_000
"""Sentences and their parts that are remembered: parts are looked at more than once."""


def translated(text: str) -> str:
    """Return a sentence of the engine in the language on the screen."""
    return text if language.name == "en" else _translated(text, language.name)


@lru_cache(MOST_KEPT)
def _translated(text: str, name: str) -> str:
    if text in language.texts:
        return tr(text)
    if joined := _joined(text):
        return joined
    for pattern, words in _templates(name):
        if found := pattern.fullmatch(text):
            return words.format(*map(translated, found.groups()))
    return text


def _joined(text: str) -> str:
    """Return several sentences, or a place and what is wrong there; empty if it is neither."""
    for joint in re.finditer("; ", text):
        first, others = text[: joint.start()], text[joint.end() :]
        if translated(first) != first:
            return f"{translated(first)}；{translated(others)}"
    for joint in re.finditer(": ", text):
        place, reason = text[: joint.start()], text[joint.end() :]
        if translated(reason) != reason:
            return f"{translated(place)}：{translated(reason)}"
    return ""


@cache
def _templates(name: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the templates of a language, those with the most words of their own first."""
    file = ASSETS / "i18n" / name / "refusals.json"
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return [
        (re.compile(VALUE.join(map(re.escape, FIELD.split(text))), re.DOTALL), texts[text])
        for text in sorted(texts, key=lambda text: -len(FIELD.sub("", text)))
    ]
