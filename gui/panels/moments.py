"""Plans for a set time, by hand: forms to add and edit them, and what moves or removes one."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings
from gui.actions import PLANS, Actions
from gui.document import Document
from gui.i18n import tr
from gui.panels.refusal import in_plain_words
from gui.panels.timeline import Timeline
from gui.planned import Planned, entry_at, moved, planned, with_time, without
from gui.player import Player

if TYPE_CHECKING:
    from gui.panels.part_form import PartForm
    from gui.panels.planned_list import PlannedList

MOMENT_OF = {"desk": "open_min"}
"""The setting that is the time, where it isn't ``at_min``."""


def titles() -> dict[str, str]:
    """Return what can be planned, by the scenario's list, in the language on the screen."""
    return {
        "shocks": tr("Tariff or other news"),
        "top_ups": tr("Top up a fund"),
        "halts": tr("Halt a venue"),
        "rule_changes": tr("Change a rule"),
        "desk": tr("Trade"),
    }


class Moments(QObject):
    """Adds, edits, moves and removes what is planned; each is one named step of undo.

    Signals
    -------
    refused(text)
        Something can't be; the text says why.
    done(text)
        Something is planned now; the text says what and when.
    """

    refused = Signal(str)
    done = Signal(str)

    def __init__(self, document: Document, player: Player, window: QWidget) -> None:
        super().__init__(window)
        self.document, self.player, self.window = document, player, window
        self.form: PartForm | None = None

    @property
    def cursor_min(self) -> float:
        """The cursor's moment; the last one of a scenario is too late for anything."""
        last = self.document.scenario.clock.duration_min - 1.0
        return min(math.floor(self.player.moment_s) / 60.0, last)

    def obey(self, actions: Actions) -> None:
        """Answer the commands that plan something."""
        for name in PLANS:
            actions[name].triggered.connect(partial(self.plan, name.removeprefix("plan_")))

    def serve(self, place: Timeline | PlannedList) -> None:
        """Do what the person asks for where plans are shown."""
        place.edit_wanted.connect(self.edit)
        place.remove_wanted.connect(self.remove)
        if isinstance(place, Timeline):
            place.move_wanted.connect(self.move)

    def plan(self, kind: str, _checked: bool = False) -> PartForm:
        """Ask for something to be planned at the cursor."""
        from gui.panels.part_form import default_values

        scenario = self.document.scenario
        path = f"{kind}.{len(getattr(scenario, kind))}"
        values = default_values(path) | {MOMENT_OF.get(kind, "at_min"): self.cursor_min}
        form = self._open(path, titles()[kind], values, is_new=True)

        def add(filled: dict[str, Any]) -> None:
            settings = self.document.scenario.model_dump(mode="json")
            settings[kind].append(_whole(kind, filled))
            self._finish(form, settings, kind, len(settings[kind]) - 1)

        form.sent.connect(add)
        return form

    def edit(self, plan: Planned) -> PartForm:
        """Ask how something planned is to be instead."""
        entry = entry_at(self.document.scenario.model_dump(mode="json"), plan.path)
        form = self._open(plan.path, self._title(plan), entry, is_new=False)

        def change(filled: dict[str, Any]) -> None:
            settings = self.document.scenario.model_dump(mode="json")
            entry_at(settings, plan.path).update(_whole(plan.path, filled))
            self._finish(form, settings, plan.path, None)

        def remove() -> None:
            form.accept()
            self.remove(plan)

        form.sent.connect(change)
        form.remove_wanted.connect(remove)
        return form

    def move(self, plan: Planned, at_min: float) -> bool:
        """Plan something for another time; return whether that is possible."""
        name = with_time(tr("move: {what}", what=plan.what), at_min, self.document.scenario)
        try:
            self.document.edit(name, moved(self.document.scenario, plan, at_min))
        except ScenarioError as error:
            self.refused.emit(in_plain_words(error))
            return False
        return True

    def remove(self, plan: Planned) -> None:
        """Plan something no longer."""
        try:
            changed = without(self.document.scenario, plan)
            self.document.edit(tr("remove: {what}", what=plan.what), changed)
        except ScenarioError as error:
            self.refused.emit(in_plain_words(error))

    def _open(self, path: str, title: str, values: dict[str, Any], *, is_new: bool) -> PartForm:
        from gui.panels.part_form import PartForm

        if self.form is not None:
            self.form.close()
        self.form = form = PartForm(self.document, path, title, self.window, is_new=is_new)
        form.finished.connect(self._closed)
        self.document.opened.connect(form.reject)
        form.show_values(values)
        form.open()
        return form

    def _closed(self) -> None:
        if self.form is not None:
            self.form.deleteLater()
            self.form = None

    def _title(self, plan: Planned) -> str:
        is_change = ".changes." in plan.path
        return tr("Change of a position") if is_change else titles()[plan.kind]

    def _finish(
        self, form: PartForm, settings: dict[str, Any], place: str, number: int | None
    ) -> None:
        """Take over what a form says, or let it say why not."""
        path = place if number is None else f"{place}.{number}"
        try:
            scenario = from_settings(settings)
            name = _name(scenario, path)
            self.document.edit(name, scenario)
        except ScenarioError as error:
            form.refuse(in_plain_words(error))
            return
        form.accept()
        self.done.emit(
            tr("Planned: {what}. What follows is computed anew; undo takes it back.", what=name)
        )


def _name(scenario: Scenario, path: str) -> str:
    """Return what is done at a path and when, as a step of undo is called."""
    plan = next(plan for plan in planned(scenario) if plan.path == path)
    return with_time(plan.what, plan.at_min, scenario)


def _whole(path: str, filled: dict[str, Any]) -> dict[str, Any]:
    """Return what a form says, consistent in itself: coins have neither leverage nor margin."""
    if path.partition(".")[0] == "desk" and filled.get("kind") == "spot":
        return {**filled, "side": "long", "leverage": 1.0, "margin": "isolated", "hedged": False}
    return filled
