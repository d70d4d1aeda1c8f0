"""What differs between two scenarios, in the words of the set-up: label, before, after."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.differing import Differing, differing
from engine.scenario import Scenario
from gui import format as fmt
from gui.i18n import as_shipped, tr
from gui.panels.moment_text import moment_text
from gui.panels.setting import setting_at
from gui.panels.setup_sections import heading_of
from gui.planned import planned

NOT_THERE = fmt.MISSING


class Told(NamedTuple):
    """A setting that differs: where it stands and what it is called, and both values with unit."""

    label: str
    one: str
    other: str


def told_differences(one: Scenario, other: Scenario) -> list[Told]:
    """Return what differs, in the order of the file."""
    return [_told(each, one, other) for each in differing(one, other)]


def _told(each: Differing, one: Scenario, other: Scenario) -> Told:
    keys = each.path.split(".")
    if keys[-1].isdigit():  # an entry that only one of them has
        sides = ((each.one, one), (each.other, other))
        texts = [NOT_THERE if entry is None else _entry(each.path, s) for entry, s in sides]
        return Told(_list_name(keys[0]), *texts)
    label = tr(setting_at(each.path).label)
    where = _where(keys, one)
    return Told(
        f"{where} · {label}" if where not in ("", label) else label,
        _value(each.path, each.one, one),
        _value(each.path, each.other, other),
    )


def _where(keys: list[str], scenario: Scenario) -> str:
    """Return where a setting stands: its section, or the entry of a list by its name."""
    if len(keys) == 1:
        return ""
    if keys[1].isdigit():
        entry = _entry(".".join(keys[:2]), scenario)
        inner = [setting_at(".".join(keys[:3])).label] if len(keys) > 3 else []
        return " · ".join([entry, *map(tr, inner)])
    if keys[0] == "clock":
        return tr("Scenario and clock")
    return heading_of(".".join(keys))


def _entry(path: str, scenario: Scenario) -> str:
    """Return what an entry of a list is called."""
    kind, place = path.split(".")[:2]
    for plan in planned(scenario):
        if plan.path == path:
            return f"{plan.what} ({moment_text(scenario.clock, plan.at_min)})"
    entries = getattr(scenario, kind)
    name = entries[int(place)].name if int(place) < len(entries) else place
    return tr("venue {name}", name=name) if kind == "venues" else as_shipped(str(name))


def _list_name(kind: str) -> str:
    return {
        "assets": tr("Assets"),
        "venues": tr("Venues"),
        "shocks": tr("Shocks"),
        "halts": tr("Halts"),
        "top_ups": tr("Money for funds"),
        "rule_changes": tr("Changed rules"),
        "desk": tr("My desk"),
    }.get(kind, kind)


def _value(path: str, value: Any, scenario: Scenario) -> str:
    """Return a value with its unit."""
    if value is None:
        return NOT_THERE
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, list):  # numbers over time: nobody reads them in a table
        return tr("{n} values", n=len(value))
    if isinstance(value, dict):
        return tr("given")
    setting = setting_at(path)
    if setting.kind == "moment":
        return moment_text(scenario.clock, value)
    return setting.shown(value)
