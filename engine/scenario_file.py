"""Text ⇄ scenario. Nothing else reads or writes the ``.cascade`` format.

A file is JSON: an object with ``format`` = "cascade", ``version`` and the settings of
:class:`engine.scenario.Scenario`. Every setting is written, so a default that changes later does
not change what an old file means; keys are sorted, so files compare well line by line.

History of the format
---------------------
1   First version.
2   Cross margin, pairs, free will, funding, venues' own rules, halts, changes of rules, price
    paths; bridges and fiat channels apart. See :mod:`engine.migrations`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.atomic import write_atomically
from engine.migrations import FROM
from engine.scenario import Scenario
from engine.setting import change

FORMAT = "cascade"
VERSION = 2
SUFFIX = ".cascade"
LARGEST_FILE_BYTES = 5_000_000


class ScenarioError(ValueError):
    """A scenario that can't be used; the text names the place, the value and what is allowed."""


def dumps(scenario: Scenario) -> str:
    """Return the scenario as the text of a ``.cascade`` file."""
    content = {"format": FORMAT, "version": VERSION, **scenario.model_dump(mode="json")}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str | bytes) -> Scenario:
    """Return the scenario written in ``text``.

    Raises
    ------
    ScenarioError
        If the text is too long, not JSON, of another format or version, or holds a setting that
        is unknown, of the wrong type, not a finite number or out of bounds.
    """
    if len(text) > LARGEST_FILE_BYTES:
        raise ScenarioError(
            f"the file has {len(text):,} bytes; at most {LARGEST_FILE_BYTES:,} are allowed"
        )
    content = _parse(text)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ScenarioError(f'this is not a scenario file: "format" must be "{FORMAT}"')
    version = content.get("version")
    if isinstance(version, bool) or version not in (*FROM, VERSION):
        raise ScenarioError(
            f"version: {_shown(version)} can't be read; this program reads versions up to {VERSION}"
        )
    settings = {key: value for key, value in content.items() if key not in ("format", "version")}
    for earlier in range(int(version), VERSION):
        settings = FROM[earlier](settings)
    return from_settings(settings)


def from_settings(settings: dict[str, Any]) -> Scenario:
    """Return the scenario with these settings (as of :meth:`Scenario.model_dump`), checked.

    Raises
    ------
    ScenarioError
        If a setting is refused; the text names every refused one.
    """
    try:
        # Through JSON, so that lists count as tuples while all else stays strict.
        return Scenario.model_validate_json(json.dumps(settings))
    except ValidationError as error:
        raise ScenarioError("; ".join(_sentences(error.errors()))) from None


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    ScenarioError
        If the file can't be read or its content is refused.
    """
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise ScenarioError(
                f"{path.name}: the file has {path.stat().st_size:,} bytes; "
                f"at most {LARGEST_FILE_BYTES:,} are allowed"
            )
        text = path.read_bytes()
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from None
    try:
        return loads(text)
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from None


def save(scenario: Scenario, path: Path) -> None:
    """Write a scenario file: whole or not at all.

    Raises
    ------
    OSError
        If the file can't be written; an earlier file of that name is then untouched.
    """
    write_atomically(path, dumps(scenario))


def with_setting(scenario: Scenario, path: str, text: str) -> Scenario:
    """Return the scenario with one setting changed, as ``--set PATH=VALUE`` does.

    Parameters
    ----------
    path
        Names joined by dots, list entries by number: ``crowd.accounts``, ``shocks.0.size_pct``.
    text
        The value as JSON; what is no JSON counts as text.

    Raises
    ------
    ScenarioError
        If there is no such setting or the value is refused.
    """
    settings = scenario.model_dump(mode="json")
    try:
        change(settings, path, _value(text))
    except ValueError as error:
        raise ScenarioError(str(error)) from None
    return from_settings(settings)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _parse(text: str | bytes) -> Any:
    def no_constant(name: str) -> Any:
        raise ScenarioError(f"{name} is not allowed; every number must be finite")

    def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ScenarioError(f"the setting {_shown(twice)} is written twice in one place")
        return content

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_duplicates)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise ScenarioError(
            f"this is not JSON text: {what} at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError:
        raise ScenarioError("this is not JSON text: it is not written in UTF-8") from None
    except RecursionError:
        raise ScenarioError("this is not a scenario file: it is nested too deeply") from None
    except ScenarioError:
        raise
    except ValueError:  # an integer with thousands of digits
        raise ScenarioError("a number in the file has too many digits") from None


def _sentences(errors: Iterable[ErrorDetails]) -> list[str]:
    return [_sentence(error) for error in errors]


def _sentence(error: ErrorDetails) -> str:
    """Say one refusal as ``place: value … allowed``, whatever library found it."""
    place = ""
    for key in error["loc"]:
        place += f"[{key}]" if isinstance(key, int) else f".{key}" if place else str(key)
    value, context = _shown(error["input"]), error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such setting"
    if error["type"] == "missing":
        return f"{place}: this setting is missing"
    if error["type"] == "value_error":
        reason = str(context["error"])
        return f"{place}.{reason}" if place else reason
    if bounds := _bounds(error["loc"]):
        return f"{place}: {value} is not allowed; it must be {bounds}"
    return f"{place}: {value} is not allowed; {error['msg'][:1].lower()}{error['msg'][1:]}"


def _shown(value: Any) -> str:
    """Return a value as JSON, cut to what fits in a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _bounds(loc: tuple[int | str, ...]) -> str:
    """Return in words what the setting at ``loc`` allows; empty if it has no bounds of its own."""
    part: Any = Scenario
    field = None
    for key in loc:
        if isinstance(key, int):
            continue
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            return ""
        field = part.model_fields.get(key)
        if field is None:
            return ""
        inner = [kind for kind in _inner_types(field.annotation) if isinstance(kind, type)]
        part = next((kind for kind in inner if issubclass(kind, BaseModel)), None)
    extra = field.json_schema_extra if field is not None else None
    if not isinstance(extra, dict) or field is None:
        return ""
    if choices := extra.get("choices"):
        return "one of " + ", ".join(choices)  # type: ignore[arg-type]
    limits = {type(rule).__name__: rule for rule in field.metadata}
    if "Ge" not in limits or "Le" not in limits:
        return ""
    kind = "a whole number" if field.annotation is int else "a number"
    unit = f" ({extra['unit']})" if extra.get("unit") else ""
    low, high = (f"{bound:,}" for bound in (limits["Ge"].ge, limits["Le"].le))
    return f"{kind} from {low} to {high}{unit}"


def _inner_types(annotation: Any) -> list[Any]:
    from typing import get_args

    arguments = get_args(annotation)
    return [annotation] + [kind for argument in arguments for kind in _inner_types(argument)]
