"""Why a change was refused, in the words of the screen instead of a file's."""

from __future__ import annotations

import re

from engine.scenario_file import ScenarioError
from gui.i18n import tr
from gui.panels.setting import setting_at

PATH = re.compile(r"^(?P<place>[\w.\[\]]+): (?P<reason>.*)$", re.DOTALL)
NUMBER = r"[-+\d.,e]+"


def in_plain_words(error: ScenarioError) -> str:
    """Return the reason with settings called by their labels, in the language on the screen."""
    text = str(error).split("; ")[0]
    found = PATH.match(text)
    if found is None:
        return text
    place, reason = re.sub(r"\[(\d+)\]", r".\1", found["place"]), found["reason"]
    label = _label(place)
    if too_much := re.fullmatch(rf"{NUMBER} must not exceed (\w+) \({NUMBER}\)", reason):
        other = _label(place.rpartition(".")[0] + "." + too_much[1])
        return tr("“{setting}” must not be more than “{other}”.", setting=label, other=other)
    if late := re.fullmatch(rf"{NUMBER} must lie after (\w+) \({NUMBER}\)", reason):
        other = _label(place.rpartition(".")[0] + "." + late[1])
        return tr("“{setting}” must be later than “{other}”.", setting=label, other=other)
    if re.match(rf"{NUMBER} lies after the end", reason):
        return tr("“{setting}” must lie before the scenario's end.", setting=label)
    if cap := re.fullmatch(rf"{NUMBER} is above the cap of (.+), ({NUMBER})", reason):
        return tr("Leverage in {asset} is capped at {cap}×.", asset=cap[1], cap=cap[2])
    return _of_desk(reason) or f"{label}: {reason}"


def _of_desk(reason: str) -> str:
    """Return why a position is refused; empty if the screen has no words for it."""
    if twice := re.match(r"(.+) on (.+) has another cross position already", reason):
        return tr(
            "{asset} on {venue} has a cross position already: change that one, or take isolated "
            "margin.",
            asset=twice[1],
            venue=twice[2],
        )
    if size := re.search(r"below the maintenance margin of a position of ([\d,]+) USD", reason):
        return tr("A position of {usd} USD needs more margin: take less leverage.", usd=size[1])
    if re.match(r"a hedge needs coins", reason):
        return tr("A position that counts as hedged stands on this one.")
    return ""


def _label(path: str) -> str:
    try:
        return tr(setting_at(path).label)
    except (KeyError, StopIteration):
        return path
