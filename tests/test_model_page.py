"""docs/model.md keeps up with the model: it names every setting and every mechanism's file."""

import re
from pathlib import Path

import pytest

from engine.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
SECTIONS = re.split(r"^### ", PAGE.partition("## What a teacher")[0], flags=re.MULTILINE)[1:]

PLAIN = {"Name", "Note", "Time", "Asset", "Venue"}
"""Labels that say all there is to say."""


def labels() -> set[str]:
    parts = [Scenario.model_json_schema(), *Scenario.model_json_schema()["$defs"].values()]
    fields = [field for part in parts for field in part.get("properties", {}).values()]
    return {field["label"] for field in fields if "label" in field}


def test_every_setting_is_named_by_its_label():
    assert len(labels()) > 100
    unnamed = {label for label in labels() - PLAIN if label not in WORDS}
    assert not unnamed


def test_every_mechanism_of_a_step_is_named_by_its_file():
    step = (ROOT / "engine" / "step.py").read_text(encoding="utf-8")
    listed = re.search(r"from engine import \(([^)]*)\)", step)
    assert listed
    mechanisms = set(re.findall(r"\w+", listed[1])) - {"trades"}  # how trades are booked
    assert "liquidation" in mechanisms
    assert not {name for name in mechanisms if f"`engine/{name}.py`" not in PAGE}


def test_the_files_it_names_are_there():
    named = set(re.findall(r"`((?:engine|tests)/[\w/*]+\.py)`", PAGE))
    assert len(named) > 20
    assert not {name for name in named if not list(ROOT.glob(name))}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition(" —")[0])
def test_every_section_says_when_not_to_believe_it(section):
    assert "**When it is unrealistic" in section
