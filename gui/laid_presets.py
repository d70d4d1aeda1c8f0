"""Which presets have been laid over the open scenario, as far as undo has not taken them back."""

from __future__ import annotations

from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import tr
from gui.panels.refusal import in_plain_words


def step_of(name: str) -> str:
    """Return how a step of undo is called that lays a preset of this name over the scenario."""
    return tr("preset: {name}", name=tr(name))


def tag_of(key: str) -> str:
    """Return what such a step is known by, in any language."""
    return f"preset {key}"


def times_laid(document: Document, key: str) -> int:
    """Return how many steps of undo have laid a preset over the scenario."""
    return document.tags().count(tag_of(key))


def refusal(document: Document, key: str, error: ScenarioError) -> str:
    """Say why a preset can't be laid over the scenario, and if that is because it is already."""
    reason = in_plain_words(error)
    if times_laid(document, key):
        return tr(
            "This preset is applied already and can't be applied once more. {reason}",
            reason=reason,
        )
    return tr("This preset doesn't fit here. {reason}", reason=reason)
