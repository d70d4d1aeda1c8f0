"""Which settings differ between two scenarios: what a comparison of their runs is a comparison of.

Entries of a list are matched by their place. A venue without rules of its own has everybody's, so
its rules differ only where they say something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.scenario import Scenario

WORDS = frozenset({"name", "note"})
"""What a scenario is called makes no difference to what happens in it."""


class Differing(NamedTuple):
    """A setting, named as on the command line, and what it is in either; None where it isn't.

    Of an entry that only one of them has, all of it is given: ``venues.5``.
    """

    path: str
    one: Any
    other: Any


def differing(one: Scenario, other: Scenario) -> list[Differing]:
    """Return the settings in which two scenarios differ, in the order of the file."""
    settings, others = one.model_dump(mode="json"), other.model_dump(mode="json")
    return [
        each
        for key in settings
        if key not in WORDS
        for each in _within(key, settings[key], others[key], (settings, others))
    ]


Whole = tuple[dict[str, Any], dict[str, Any]]


def _within(path: str, one: Any, other: Any, whole: Whole) -> Iterator[Differing]:
    """Return what differs at a path and below it."""
    if one == other:
        return
    if path.startswith("venues.") and (one is None or other is None):
        one, other = (
            each if each is not None else settings.get(path.rpartition(".")[2])
            for each, settings in zip((one, other), whole, strict=True)
        )
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one:
            yield from _within(f"{path}.{key}", one[key], other[key], whole)
    elif _are_entries(one) and _are_entries(other):
        for nth in range(max(len(one), len(other))):
            mine, theirs = (each[nth] if nth < len(each) else None for each in (one, other))
            if mine is None or theirs is None:
                yield Differing(f"{path}.{nth}", mine, theirs)
            else:
                yield from _within(f"{path}.{nth}", mine, theirs, whole)
    elif one != other:
        yield Differing(path, one, other)


def _are_entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
