"""What can be done to the entries of a scenario's lists, each as one named step of undo."""

from __future__ import annotations

from typing import Any

from engine import roster
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings
from gui.document import Document
from gui.i18n import tr
from gui.panels.setting import Setting, title_of_part
from gui.planned import entry_at

KINDS: dict[str, roster.Kind] = {"assets": "assets", "venues": "venues"}
"""Lists whose entries are named elsewhere."""

STEEPER = 1.5
"""How many times the rate of the tier below a new maintenance tier has."""

NEXT_TIER = 3.0
FIRST_BOUND_USD = 50_000.0


class EntryEdits:
    """Edits of the list at a path: ``assets``, ``shocks.0.sensitivities``."""

    def __init__(self, document: Document, path: str) -> None:
        self.document, self.path = document, path
        self.name = path.rpartition(".")[2]
        self.kind: roster.Kind | None = KINDS.get(path)

    def entries(self, scenario: Scenario | None = None) -> tuple[Any, ...]:
        """Return the entries in a scenario, the document's if none is given."""
        place: Any = self.document.scenario if scenario is None else scenario
        for key in self.path.split("."):
            if key.isdigit() and int(key) >= len(place):
                return ()
            place = place[int(key)] if key.isdigit() else getattr(place, key)
        return tuple(place)

    def title(self) -> str:
        """Return what the list is called, in the language on the screen."""
        own = {"assets": tr("Assets"), "venues": tr("Venues")}
        return own[self.path] if self.path in own else title_of_part(self.path)

    def hint_to_add(self) -> str:
        """Return what a new entry begins as."""
        hints = {
            "assets": tr("A copy of the chosen asset, to be changed"),
            "venues": tr("A venue that takes half of the chosen one's shares"),
        }
        return hints.get(self.path, tr("One more"))

    def fewest(self) -> int:
        """Return how many entries there must be."""
        return 1 if self.name in ("assets", "venues", "tiers") else 0

    def change(self, row: int, setting: Setting, value: Any) -> None:
        """Change one setting of an entry.

        Raises
        ------
        ScenarioError
            If it is refused; the document is then untouched.
        """
        scenario = self.document.scenario
        text = tr("Change “{setting}”", setting=tr(setting.label))
        if self.kind is not None:
            name = self.entries()[row].name
            text = tr("Change “{setting}” of {name}", setting=tr(setting.label), name=name)
            if setting.name == "name":
                changed = roster.renamed(scenario, self.kind, row, value)
                return self.document.edit(text, changed)
            if setting.name in roster.SHARES:
                return self.document.edit(
                    text, roster.with_share(scenario, row, setting.name, value)
                )
        return self.document.change(text, f"{self.path}.{row}.{setting.name}", value)

    def add(self, row: int) -> None:
        """Add an entry, made from the one in a row where that makes sense.

        Raises
        ------
        ScenarioError
            If there can't be another one.
        """
        scenario = self.document.scenario
        if self.kind is not None:
            changed = roster.added(scenario, self.kind, row)
            name = getattr(changed, self.path)[-1].name
            self.document.edit(tr("Add {name}", name=name), changed)
            return
        settings = scenario.model_dump(mode="json")
        entry_at(settings, self.path).append(self._new_entry())
        self.document.edit(tr("Add to “{list}”", list=self.title()), from_settings(settings))

    def remove(self, row: int) -> None:
        """Remove an entry.

        Raises
        ------
        ScenarioError
            If something else stands on it.
        """
        scenario = self.document.scenario
        if self.kind is not None:
            name = self.entries()[row].name
            changed = roster.removed(scenario, self.kind, row)
            self.document.edit(tr("Remove “{name}”", name=name), changed)
            return
        settings = scenario.model_dump(mode="json")
        entry_at(settings, self.path).pop(row)
        self.document.edit(tr("Remove from “{list}”", list=self.title()), from_settings(settings))

    def reset(self, opened: Scenario) -> None:
        """Bring back the entries of another scenario.

        Raises
        ------
        ScenarioError
            If they no longer fit.
        """
        settings = self.document.scenario.model_dump(mode="json")
        before = [entry.model_dump(mode="json") for entry in self.entries(opened)]
        place, _, name = self.path.rpartition(".")
        (entry_at(settings, place) if place else settings)[name] = before
        self.document.edit(tr("Reset “{section}”", section=self.title()), from_settings(settings))

    def _new_entry(self) -> dict[str, Any]:
        made = {"tiers": self._tier, "sensitivities": self._sensitivity, "changes": self._change}
        return made[self.name]()

    def _tier(self) -> dict[str, Any]:
        """Return a tier above the last one."""
        last = self.entries()[-1]
        rate = min(last.rate * STEEPER, (last.rate + 0.5) / 2)
        return {"from_usd": max(last.from_usd * NEXT_TIER, FIRST_BOUND_USD), "rate": rate}

    def _sensitivity(self) -> dict[str, Any]:
        """Return the sensitivity of the first asset that has none of its own, as it is."""
        there = {entry.asset for entry in self.entries()}
        assets = [a for a in self.document.scenario.assets if a.name not in there]
        if not assets:
            raise ScenarioError(tr("Every asset has one already."))
        return {"asset": assets[0].name, "beta": assets[0].shock_beta}

    def _change(self) -> dict[str, Any]:
        """Return a change halfway between the last one and the position's end."""
        scenario = self.document.scenario
        position = scenario.desk[int(self.path.split(".")[1])]
        end = scenario.clock.duration_min if position.close_min is None else position.close_min
        before = [position.open_min, *(change.at_min for change in position.changes)]
        at_min = (before[-1] + end) / 2
        return {"at_min": at_min, "notional_usd": None, "add_collateral_usd": 0.0}
