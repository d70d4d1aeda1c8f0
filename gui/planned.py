"""What is planned for a set time in a scenario: shocks, halts, payments, changed rules, trades.

One list of them all, whichever part of the scenario they stand in; what each is called; and the
scenario with one of them moved or taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.clock import MINUTE_S
from engine.scenario import Halt, Position, RuleChange, Scenario, Shock, TopUp
from engine.scenario_file import from_settings
from gui import format as fmt
from gui.desk_sentences import my_position
from gui.i18n import as_shipped, tr
from gui.panels.moment_text import moment_text
from gui.panels.setting import setting_at

KINDS = {
    "shocks": "danger",
    "halts": "warning",
    "top_ups": "fund",
    "rule_changes": "text",
    "desk": "accent",
}
"""The lists of a scenario that hold something planned, and the colour of its tick."""


@dataclass(frozen=True)
class Planned:
    """Something that happens at a set time.

    Attributes
    ----------
    path
        The entry in the scenario that says so: ``halts.0``, ``desk.1.changes.0``.
    moment
        Which of its settings is the time.
    at_min
        That time, in minutes from the start.
    what
        What happens, without the time: ``halt A``.
    """

    path: str
    moment: str
    at_min: float
    what: str

    @property
    def kind(self) -> str:
        """The list of the scenario it stands in."""
        return self.path.partition(".")[0]

    @property
    def color(self) -> str:
        """The theme's colour of its tick."""
        return KINDS[self.kind]

    @property
    def time_s(self) -> float:
        """When it happens, in seconds from the start."""
        return self.at_min * MINUTE_S


def planned(scenario: Scenario) -> list[Planned]:
    """Return everything planned, in order of time."""
    found = [
        Planned(f"{kind}.{i}", "at_min", entry.at_min, what_happens(entry, scenario))
        for kind in ("shocks", "halts", "top_ups", "rule_changes")
        for i, entry in enumerate(getattr(scenario, kind))
    ]
    for i, position in enumerate(scenario.desk):
        found += _trades(f"desk.{i}", position, scenario)
    return sorted(found, key=lambda plan: plan.at_min)


def _trades(path: str, position: Position, scenario: Scenario) -> Iterator[Planned]:
    yield Planned(path, "open_min", position.open_min, what_happens(position, scenario))
    mine = my_position(position)
    for i, change in enumerate(position.changes):
        what = tr("change: {position}", position=mine)
        yield Planned(f"{path}.changes.{i}", "at_min", change.at_min, what)
    if position.close_min is not None:
        what = tr("close: {position}", position=mine)
        yield Planned(path, "close_min", position.close_min, what)


def what_happens(entry: Any, scenario: Scenario) -> str:
    """Return what an entry does, without its time."""
    if isinstance(entry, Shock):
        size = fmt.pct(entry.size_pct, signed=True)
        return tr("{name} ({size})", name=as_shipped(entry.name), size=size)
    if isinstance(entry, Halt):
        return tr("halt {where}", where=_where(entry.venue, entry.asset))
    if isinstance(entry, TopUp):
        return tr(
            "pay {usd} USD into insurance: {where}",
            usd=fmt.usd(entry.amount_usd),
            where=_where(entry.venue, entry.asset),
        )
    if isinstance(entry, RuleChange):
        return _rule(entry, scenario)
    return tr("open: {position}", position=my_position(entry))


def _where(venue: str | None, asset: str | None) -> str:
    if venue and asset:
        return tr("{asset} on {venue}", asset=asset, venue=venue)
    return as_shipped(venue or asset or tr("All"))


def _rule(rule: RuleChange, scenario: Scenario) -> str:
    setting = setting_at(rule.path)
    text = tr("{setting} → {value}", setting=tr(setting.label), value=setting.shown(rule.value))
    keys = rule.path.split(".")
    if keys[0] != "venues":
        return text
    venue = scenario.venues[int(keys[1])].name
    return tr("{venue}: {what}", venue=venue, what=text)


def with_time(what: str, at_min: float, scenario: Scenario) -> str:
    """Return what happens and when: ``halt A at 10 Oct 21:10``; the name of an undo step."""
    return tr("{what} at {time}", what=what, time=moment_text(scenario.clock, at_min))


def moved(scenario: Scenario, plan: Planned, at_min: float) -> Scenario:
    """Return the scenario with something planned for another time.

    Raises
    ------
    engine.scenario_file.ScenarioError
        If it can't be then.
    """
    settings = scenario.model_dump(mode="json")
    entry_at(settings, plan.path)[plan.moment] = at_min
    return from_settings(settings)


def without(scenario: Scenario, plan: Planned) -> Scenario:
    """Return the scenario without something planned; a position that isn't closed stays open.

    Raises
    ------
    engine.scenario_file.ScenarioError
        If something else stands on it.
    """
    settings = scenario.model_dump(mode="json")
    if plan.moment == "close_min":
        entry_at(settings, plan.path)["close_min"] = None
    else:
        place, _, number = plan.path.rpartition(".")
        entry_at(settings, place).pop(int(number))
    return from_settings(settings)


def entry_at(settings: dict[str, Any], path: str) -> Any:
    """Return the entry or list at a path among a scenario's settings (as of ``model_dump``)."""
    place: Any = settings
    for key in path.split("."):
        place = place[int(key)] if key.isdigit() else place[key]
    return place
