"""Why a change was refused, in the words of the screen instead of a file's."""

from __future__ import annotations

import re

from engine.scenario_file import ScenarioError
from gui.engine_sentences import translated
from gui.i18n import tr
from gui.panels.setting import setting_at

PATH = re.compile(r"^(?P<place>[\w.\[\]]+): (?P<reason>.*)$", re.DOTALL)
PRESET = re.compile(r"^[a-z]+(?:-[a-z]+)+: ")
NUMBER = r"[-+\d.,e]+"


def in_plain_words(error: ScenarioError) -> str:
    """Return the reason with settings called by their labels, in the language on the screen."""
    text = PRESET.sub("", str(error))
    first = text.partition("; ")[0]
    found, whole = PATH.match(first), PATH.match(text)
    if found is None or whole is None:
        return translated(text)
    place, reason = re.sub(r"\[(\d+)\]", r".\1", found["place"]), found["reason"]
    known = _of_setting(place, reason) or _of_desk(reason) or _of_market(text)
    return known or f"{_label(place)}: {translated(whole['reason'])}"


def _of_setting(place: str, reason: str) -> str:
    """Return why a setting is refused beside another one; empty without words for it."""
    label, words = _label(place), ""
    if too_much := re.fullmatch(rf"{NUMBER} must not exceed (\w+) \({NUMBER}\)", reason):
        other = _label(place.rpartition(".")[0] + "." + too_much[1])
        words = tr("“{setting}” must not be more than “{other}”.", setting=label, other=other)
    elif late := re.fullmatch(rf"{NUMBER} must lie after (\w+) \({NUMBER}\)", reason):
        other = _label(place.rpartition(".")[0] + "." + late[1])
        words = tr("“{setting}” must be later than “{other}”.", setting=label, other=other)
    elif re.match(rf"{NUMBER} lies after the end", reason):
        words = tr("“{setting}” must lie before the scenario's end.", setting=label)
    elif cap := re.fullmatch(rf"{NUMBER} is above the cap of (.+), ({NUMBER})", reason):
        words = tr("Leverage in {asset} is capped at {cap}×.", asset=cap[1], cap=cap[2])
    elif reason.endswith("is not allowed") and (allowed := _allowed(place)):
        words = tr("“{setting}”: type {allowed}.", setting=label, allowed=allowed)
    return words


def _of_market(text: str) -> str:
    """Return why assets, venues, the crowd or the clock are refused; empty without words for it."""
    patterns = (
        (
            rf"are too few for (\d+) assets on (\d+) venues; it must be at least ({NUMBER})",
            tr("{0} assets on {1} venues need at least {2} accounts."),
        ),
        (
            rf"would multiply or divide the price of (.+) by e .* at most ({NUMBER}) is allowed",
            tr("All shocks together would move {0} by more than e to the power of {1}."),
        ),
        (r"the name '(.+)' is used twice", tr("“{0}” is there already; names must differ.")),
        (r"should have at most (\d+) items", tr("There may be at most {0} of them.")),
        (r"should have at least (\d+) item", tr("There must be at least {0} of them.")),
        (
            r"calm_step_s: .* is not a whole number",
            tr("The calm step must be a whole number of minutes: 60, 120, 300 … s."),
        ),
        (
            r"fine_step_s: .* does not divide",
            tr("The fine step must divide a minute: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 s."),
        ),
        (
            r"the first tier must begin from_usd = 0",
            tr("The first tier must begin at 0 USD."),
        ),
        (
            r"from_usd and rate must rise",
            tr("Bounds and rates must rise from tier to tier."),
        ),
        (
            rf"leaves no room above .* it must be below ({NUMBER})",
            tr("The first tier's maintenance rate leaves room for leverage below {0}× only."),
        ),
        (
            r"no other venue has any",
            tr("No other venue has any of it: give another one some first."),
        ),
        (
            rf"{NUMBER} must lie after ({NUMBER}), when",
            tr("A change must be later than the opening and than the change before it."),
        ),
        (r"must lie before close_min", tr("A change must be earlier than the close.")),
        (r"is not one of (.+)$", tr("Type one of these names: {0}.")),
        (r"two columns; each asset may have one", tr("An asset may have only one column.")),
    )
    for pattern, words in patterns:
        if found := re.search(pattern, text, re.DOTALL):
            return words.format(*found.groups())
    return ""


def _allowed(path: str) -> str:
    """Return what may be typed for a setting; empty where anything else was wrong with it."""
    try:
        setting = setting_at(path)
    except (KeyError, StopIteration):
        return ""
    return setting.allowed() if setting.kind == "number" else ""


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
