"""The open scenario: its file, its undo steps, and whether it has unsaved changes.

The only writer of a scenario. Panels ask it for a change and hear ``changed`` like everyone else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

import gui
from engine import scenario_file
from engine.scenario import Scenario
from gui.i18n import NEW, as_shipped

UNDO_STEPS = 500


class Document(QObject):
    """A scenario being worked on.

    Signals
    -------
    changed(scenario)
        There is another scenario now, for whatever reason.
    opened(scenario)
        It is one of another file or a new one; sent before ``changed``.
    saved_state_changed()
        ``modified`` or ``path`` changed.
    """

    changed = Signal(object)
    opened = Signal(object)
    saved_state_changed = Signal()

    def __init__(self, scenario: Scenario | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scenario = scenario if scenario is not None else blank_scenario()
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.undo_stack.cleanChanged.connect(self._clean_changed)
        self._gesture = 0

    @property
    def modified(self) -> bool:
        """Whether there is something to lose."""
        return not self.undo_stack.isClean()

    @property
    def title(self) -> str:
        """The scenario's name: its file's where it has one."""
        return self.path.stem if self.path is not None else as_shipped(self.scenario.name)

    def edit(self, text: str, scenario: Scenario, merge: str = "", tag: str = "") -> None:
        """Replace the scenario in one step that can be undone under the name ``text``.

        Parameters
        ----------
        merge
            Edits that follow each other with the same key become one step, until
            :meth:`end_merge`: a slider's whole drag.
        tag
            What :meth:`tags` knows the step by; unlike its name, it has no language.

        Raises
        ------
        engine.scenario_file.ScenarioError
            If the scenario is refused; the document is then untouched.
        """
        # A frozen scenario's copy may have been made without any check.
        scenario = scenario_file.from_settings(scenario.model_dump(mode="json"))
        if scenario == self.scenario:
            return
        key = f"{self._gesture}:{merge}" if merge else ""
        self.undo_stack.push(_Edit(self, text, self.scenario, scenario, key, tag))

    def change(self, text: str, path: str, value: Any, merge: str = "") -> None:
        """Set one setting, named as on the command line (``shocks.0.size_pct``).

        Raises
        ------
        engine.scenario_file.ScenarioError
            If there is no such setting or the value is refused; the document is then untouched.
        """
        self.edit(text, scenario_file.with_setting(self.scenario, path, json.dumps(value)), merge)

    def tags(self) -> list[str]:
        """Return the tags of all steps that led here, those without one left out."""
        steps = [self.undo_stack.command(i) for i in range(self.undo_stack.index())]
        return [step.tag for step in steps if isinstance(step, _Edit) and step.tag]

    def end_merge(self) -> None:
        """Tell that a gesture is over: the next edit is a step of its own."""
        self._gesture += 1

    def undo(self) -> None:
        self.undo_stack.undo()

    def redo(self) -> None:
        self.undo_stack.redo()

    def new(self) -> None:
        """Begin a new scenario: the usual market and crowd, and no news."""
        self._start(blank_scenario(), None)

    def open(self, path: Path) -> None:
        """Open a scenario file.

        Raises
        ------
        engine.scenario_file.ScenarioError
            If the file can't be read or is refused; the document is then untouched.
        """
        self._start(scenario_file.load(path), path)

    def open_example(self, path: Path) -> None:
        """Open one of the program's own scenarios: it is saved elsewhere, never over itself."""
        self._start(scenario_file.load(path), None)

    def resume(self, scenario: Scenario) -> None:
        """Go on with work that was never saved: it has no file, and there is something to lose."""
        self._start(scenario, None)
        self.undo_stack.resetClean()

    def save(self, path: Path) -> None:
        """Write the scenario to ``path``, which is the document's file from now on.

        Raises
        ------
        OSError
            If it can't be written; an earlier file is then untouched.
        """
        scenario_file.save(self.scenario, path)
        self.path = path
        self.end_merge()
        self.undo_stack.setClean()
        self.saved_state_changed.emit()

    def _start(self, scenario: Scenario, path: Path | None) -> None:
        self.scenario = scenario
        self.path = path
        self.end_merge()
        self.undo_stack.clear()
        self.undo_stack.setClean()
        self.opened.emit(scenario)
        self.changed.emit(scenario)
        self.saved_state_changed.emit()

    def _show(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.changed.emit(scenario)

    def _clean_changed(self, _clean: bool) -> None:
        self.saved_state_changed.emit()


class _Edit(QUndoCommand):
    """One step: the scenario before and after. Frozen scenarios share what they don't change."""

    def __init__(
        self, document: Document, text: str, before: Scenario, after: Scenario, key: str, tag: str
    ) -> None:
        super().__init__(text)
        self.document, self.before, self.after = document, before, after
        self.key, self.tag = key, tag

    def id(self) -> int:
        return 1 if self.key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 (Qt's name)
        if not isinstance(other, _Edit) or other.key != self.key:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        self.document._show(self.after)

    def undo(self) -> None:
        self.document._show(self.before)


def blank_scenario() -> Scenario:
    """Return October's market and crowd without its news and without positions."""
    october = scenario_file.load(gui.OCTOBER)
    changes = {"name": NEW, "note": "", "shocks": (), "desk": ()}
    return october.model_copy(update=changes)
