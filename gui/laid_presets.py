"""Which presets have been laid over the open scenario, as far as undo has not taken them back."""

from __future__ import annotations

from engine.presets import PRESETS
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import tr
from gui.panels.refusal import in_plain_words


def step_of(name: str) -> str:
    """Return how a step of undo is called that lays a preset of this name over the scenario."""
    return tr("preset: {name}", name=tr(name))


def times_laid(document: Document, key: str) -> int:
    """Return how many steps of undo have laid a preset over the scenario."""
    stack = document.undo_stack
    name = next(each.name for each in PRESETS if each.key == key)
    return sum(stack.text(i) == step_of(name) for i in range(stack.index()))


def refusal(document: Document, key: str, error: ScenarioError) -> str:
    """Say why a preset can't be laid over the scenario, and if that is because it is already."""
    reason = in_plain_words(error)
    if times_laid(document, key):
        return tr(
            "This preset is applied already and can't be applied once more. {reason}",
            reason=reason,
        )
    return tr("This preset doesn't fit here. {reason}", reason=reason)
