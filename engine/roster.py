"""Who is in the market: assets and venues added, removed and renamed, with all that names them.

Shares of venues always add up to one: who comes takes half of somebody's, who goes leaves theirs
to the others in proportion, and whoever is given another share takes it from the others alike.
"""

from __future__ import annotations

from typing import Any, Literal

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings

Kind = Literal["assets", "venues"]
Settings = dict[str, Any]

SHARES = ("open_interest_share", "depth_share", "index_share")

NAMED_IN: dict[Kind, str] = {"assets": "asset", "venues": "venue"}
"""What the setting is called in which others name one of them."""


def added(scenario: Scenario, kind: Kind, like: int) -> Scenario:
    """Return the scenario with a copy of an asset, or with a venue that has half of another's.

    Raises
    ------
    ScenarioError
        If there are as many as there may be.
    """
    settings = scenario.model_dump(mode="json")
    rows = settings[kind]
    twin = {**rows[like], "name": _new_name(rows[like]["name"], [row["name"] for row in rows])}
    if kind == "venues":
        for name in SHARES:
            rows[like][name] = twin[name] = rows[like][name] / 2
    rows.append(twin)
    return from_settings(settings)


def removed(scenario: Scenario, kind: Kind, number: int) -> Scenario:
    """Return the scenario without an asset or venue, and without what was planned for it.

    Positions, sensitivities, halts, payments and prices of its own go with it.

    Raises
    ------
    ScenarioError
        If it is the last one, or something else stands on what would go.
    """
    settings = scenario.model_dump(mode="json")
    gone = settings[kind].pop(number)
    if kind == "venues":
        for name in SHARES:
            _spread(settings["venues"], name, 1.0)
        settings["rule_changes"] = _renumbered(settings["rule_changes"], number)
    for rows in _naming(settings):
        rows[:] = [row for row in rows if row.get(NAMED_IN[kind]) != gone["name"]]
    path = settings["news"]["path"]
    if path is not None and not path["columns"]:
        settings["news"]["path"] = None
    return from_settings(settings)


def renamed(scenario: Scenario, kind: Kind, number: int, name: str) -> Scenario:
    """Return the scenario with another name for an asset or venue, wherever it is named.

    Raises
    ------
    ScenarioError
        If the name is empty, too long or another one's.
    """
    settings = scenario.model_dump(mode="json")
    before = settings[kind][number]["name"]
    settings[kind][number]["name"] = name
    for rows in _naming(settings):
        for row in rows:
            if row.get(NAMED_IN[kind]) == before:
                row[NAMED_IN[kind]] = name
    return from_settings(settings)


def with_share(scenario: Scenario, number: int, name: str, share: float) -> Scenario:
    """Return the scenario with another share of a venue; the others share the rest as before.

    Parameters
    ----------
    name
        One of :data:`SHARES`.

    Raises
    ------
    ScenarioError
        If nobody else is there to share with, or a share would be out of bounds.
    """
    settings = scenario.model_dump(mode="json")
    venues = settings["venues"]
    others = venues[:number] + venues[number + 1 :]
    if share < 1 and not sum(venue[name] for venue in others):
        raise ScenarioError(
            f"venues[{number}].{name}: no other venue has any; it must be 1, or give another one "
            "a share first"
        )
    _spread(others, name, 1.0 - share)
    venues[number][name] = share
    return from_settings(settings)


def _spread(venues: list[Settings], name: str, whole: float) -> None:
    """Bring shares to a sum, in place, in the proportions they have; alike if they have none."""
    total = sum(venue[name] for venue in venues)
    for venue in venues:
        venue[name] = whole * venue[name] / total if total else whole / len(venues)


def _naming(settings: Settings) -> list[list[Settings]]:
    """Return the lists whose entries name assets or venues."""
    path = settings["news"]["path"]
    of_shocks = [shock["sensitivities"] for shock in settings["shocks"]]
    columns = [path["columns"]] if path is not None else []
    return [settings["halts"], settings["top_ups"], settings["desk"], *of_shocks, *columns]


def _renumbered(rules: list[Settings], gone: int) -> list[Settings]:
    """Return rule changes without those of a venue that goes; later venues move up."""
    kept = []
    for rule in rules:
        keys = rule["path"].split(".")
        if keys[0] == "venues":
            number = int(keys[1])
            if number == gone:
                continue
            keys[1] = str(number - (number > gone))
        kept.append({**rule, "path": ".".join(keys)})
    return kept


def _new_name(name: str, taken: list[str]) -> str:
    number = 2
    while f"{name} {number}" in taken:
        number += 1
    return f"{name} {number}"
