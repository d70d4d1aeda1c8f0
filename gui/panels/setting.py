"""A setting of a scenario as a form needs it: its bounds, words and unit, all from the field.

Nothing here states a bound or a default; see :func:`engine.scenario.setting`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from engine.scenario import Scenario
from gui import format as fmt
from gui.i18n import as_shipped, tr

POSITIONS = 1_000
"""Places of a slider."""

USUAL_PLACE = 0.4
"""Where on a linear slider the default lies at least: many bounds are far from what is usual."""

MAGNITUDES = {"k": 1e3, "mn": 1e6, "m": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
MAGNITUDES |= {"万": 1e4, "亿": 1e8, "万亿": 1e12}
MOMENTS = frozenset({"at_min", "open_min", "close_min"})
"""Settings that say when something happens: written as a time of day, kept as minutes."""

Kind = Literal["number", "choice", "switch", "moment", "asset", "venue", "text"]

NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z万亿]*)", re.IGNORECASE)


class NotAllowedError(ValueError):
    """What was typed is no value of the setting; the text says what is."""


@dataclass(frozen=True)
class Setting:
    """One field: ``path`` names it in a scenario, the rest is what the field says of itself."""

    path: str
    label: str
    meaning: str
    unit: str
    low: float
    high: float
    scale: str
    source: str
    choices: dict[str, str]
    default: Any
    whole: bool
    kind: Kind = "number"
    optional: bool = False

    @property
    def name(self) -> str:
        """The field's own name, the last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def factor(self) -> float:
        """What a value is multiplied with to be shown."""
        return 100.0 if self.unit == "share" else 1.0

    def value(self, scenario: Scenario) -> Any:
        """Return the setting's value in a scenario."""
        place: Any = scenario
        for key in self.path.split("."):
            place = place[int(key)] if key.isdigit() else getattr(place, key)
        return place

    def shown(self, value: Any) -> str:
        """Return a value of any kind as it is read; empty for one that isn't given."""
        if value is None:
            return ""
        if self.kind == "choice":
            return tr(self.choices[value])
        return self.text(value) if self.kind in ("number", "moment") else as_shipped(str(value))

    def text(self, value: float) -> str:
        """Return a number with its unit: ``68 %``."""
        shown = value * self.factor
        if self.whole or abs(shown) >= 1e6:
            number = fmt.short(shown, digits=4) if abs(shown) >= 1e7 else fmt.decimal(shown)
        else:
            number = _plain(shown)
        return number + unit_text(self.unit)

    def typed(self, text: str) -> float | int:
        """Return the value that a person typed, with or without its unit.

        Raises
        ------
        NotAllowedError
            If it is no number, or out of bounds.
        """
        number = number_in(text, unit_text(self.unit))
        if number is None or (self.whole and number != round(number)):
            raise NotAllowedError(self.allowed())
        value = number / self.factor
        if not self.low - 1e-12 <= value <= self.high + 1e-12:
            raise NotAllowedError(self.allowed())
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(f"{value:.12g}")

    def allowed(self) -> str:
        """Say what may be typed."""
        low, high = self.text(self.low), self.text(self.high)
        if self.whole and not self.unit:
            low, high = f"{self.low:,.0f}", f"{self.high:,.0f}"  # 9,007 tn would say nothing
        if self.whole:
            return tr("a whole number from {low} to {high}", low=low, high=high)
        return tr("a number from {low} to {high}", low=low, high=high)

    def hint(self) -> str:
        """Return meaning, range, default and source: a tooltip."""
        lines = [tr(self.meaning)]
        if self.kind == "choice":
            if self.default is not None:
                lines.append(tr("Default: {value}", value=tr(self.choices[self.default])))
        elif self.kind in ("number", "moment"):
            lines.append(
                tr("From {low} to {high}", low=self.text(self.low), high=self.text(self.high))
            )
            if self.default is not None:
                lines.append(tr("Default: {value}", value=self.text(self.default)))
        if self.source:
            lines.append(tr("Source: {source}", source=tr(self.source)))
        return "\n".join(filter(None, lines))

    def is_about(self, words: Iterable[str]) -> bool:
        """Whether name, meaning and choices hold all these small letters, in either language."""
        texts = (self.label, self.meaning, self.path, *self.choices.values())
        told = "\n".join(text.casefold() for t in texts for text in (t, tr(t)))
        return all(word in told for word in words)

    # ---------------------------------------------------------------- the slider

    def position(self, value: float) -> int:
        """Return the slider's place for a value."""
        if self.scale == "log":
            least = self._least
            share = math.log(max(value, least) / least) / math.log(self.high / least)
        else:
            share = ((value - self.low) / (self.high - self.low)) ** (1 / self._bend)
        return round(min(max(share, 0.0), 1.0) * POSITIONS)

    def value_at(self, position: int) -> float | int:
        """Return the value for a slider's place, rounded to what the slider can tell apart."""
        exact = self._exact(position)
        quantum = self._quantum(position)
        if self.whole:
            quantum = max(quantum, 1.0)
        rounded = min(max(round(exact / quantum) * quantum, self.low), self.high)
        return round(rounded) if self.whole else float(f"{rounded:.12g}")

    def _quantum(self, position: int) -> float:
        """Return a power of ten no coarser than the slider's step, nor finer than of use."""
        before = max(position, 1) - 1  # the step below is the smaller one
        step = self._exact(before + 1) - self._exact(before)
        of_use = abs(self.default) / 200 if self.default and self.scale == "linear" else 0.0
        return 10.0 ** math.floor(math.log10(max(step, of_use)))

    def _exact(self, position: int) -> float:
        share = position / POSITIONS
        if self.scale == "log":
            least = self._least
            return least * (self.high / least) ** share if position else self.low
        return self.low + (self.high - self.low) * share**self._bend

    @property
    def _least(self) -> float:
        """Where a logarithmic slider begins that may go down to nought."""
        return self.low if self.low > 0 else (self.default or self.high) / 1e4

    @property
    def _bend(self) -> float:
        """How much finer a linear slider is near its low end, so that usual values have room."""
        if self.default is None or self.whole:
            return 1.0
        place = (self.default - self.low) / (self.high - self.low)
        if not 0 < place < USUAL_PLACE / 2:
            return 1.0
        return min(math.log(place) / math.log(USUAL_PLACE), 6.0)


def setting_at(path: str) -> Setting:
    """Return the setting named as on the command line: ``crowd.long_share``, ``shocks.0.size_pct``.

    Raises
    ------
    KeyError
        If there is no such setting.
    """
    return _setting(path)


@lru_cache(maxsize=2_000)
def _setting(path: str) -> Setting:
    part: type[BaseModel] = Scenario
    keys = [key for key in path.split(".") if not key.isdigit()]
    for key in keys[:-1]:
        part = _inner_part(part.model_fields[key].annotation)
    field = part.model_fields[keys[-1]]
    extra: Any = field.json_schema_extra or {}
    bounds = {type(rule).__name__: rule for rule in field.metadata}
    kinds = _kinds(field.annotation)
    for rule in _inner_rules(field.annotation):  # of a number that may be left out
        bounds.setdefault(type(rule).__name__, rule)
    return Setting(
        path=path,
        label=extra["label"],
        meaning=extra.get("meaning", ""),
        unit=extra.get("unit", ""),
        low=float(bounds["Ge"].ge) if "Ge" in bounds else -math.inf,
        high=float(bounds["Le"].le) if "Le" in bounds else math.inf,
        scale=extra.get("scale", "linear"),
        source=extra.get("source", ""),
        choices=extra.get("choices") or {},
        default=None if field.default is PydanticUndefined else field.default,
        whole=int in kinds and float not in kinds,
        kind=_kind(keys[-1], kinds, bool(extra.get("choices"))),
        optional=type(None) in kinds,
    )


def _kind(name: str, kinds: tuple[Any, ...], has_choices: bool) -> Kind:
    if has_choices:
        return "choice"
    if name in MOMENTS:
        return "moment"
    if bool in kinds:
        return "switch"
    if str in kinds:
        named: dict[str, Kind] = {"asset": "asset", "venue": "venue"}
        return named.get(name, "text")
    return "number"


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Return the plain types of an annotation: of ``Name | None`` these are str and None."""
    arguments = get_args(annotation)
    return tuple(kind for a in arguments for kind in _kinds(a)) if arguments else (annotation,)


def _inner_rules(annotation: Any) -> list[Any]:
    """Return the rules that stand inside an annotation, as of ``Annotated[float, Field(ge=0)]``."""
    rules = [rule for field in getattr(annotation, "__metadata__", ()) for rule in _rules_of(field)]
    return rules + [rule for argument in get_args(annotation) for rule in _inner_rules(argument)]


def _rules_of(field: Any) -> list[Any]:
    return getattr(field, "metadata", [])


def levers(path: str) -> tuple[str, ...]:
    """Return the paths of all numbers and choices of a scenario's part: ``crowd``, ``shocks.0``."""
    return tuple(s.path for s in settings_of(path) if s.kind in ("number", "choice", "moment"))


def settings_of(path: str) -> list[Setting]:
    """Return the settings of a scenario's part, in their order; parts and lists within apart."""
    part = part_at(path)
    return [
        setting_at(f"{path}.{name}")
        for name, field in part.model_fields.items()
        if not _is_composite(field.annotation)
    ]


def lists_in(path: str) -> tuple[str, ...]:
    """Return the paths of a part's lists of parts: ``shocks.0.sensitivities``."""
    return tuple(
        f"{path}.{name}"
        for name, field in part_at(path).model_fields.items()
        if getattr(field.annotation, "__origin__", None) is tuple and _has_parts(field.annotation)
    )


def optional_parts_in(path: str) -> tuple[str, ...]:
    """Return the names of a part's parts that may be left out: a venue's own rules."""
    return tuple(
        name
        for name, field in part_at(path).model_fields.items()
        if _has_parts(field.annotation) and type(None) in _kinds(field.annotation)
    )


def title_of_part(path: str) -> str:
    """Return what a field that holds parts calls itself, in the language on the screen."""
    holder, _, name = path.rpartition(".")
    extra: Any = part_at(holder).model_fields[name].json_schema_extra or {}
    label: str = extra["label"]
    return tr(label)


def part_at(path: str) -> type[BaseModel]:
    """Return the class of the part at a path; the scenario's own for an empty one."""
    part: type[BaseModel] = Scenario
    for key in path.split("."):
        if key and not key.isdigit():
            part = _inner_part(part.model_fields[key].annotation)
    return part


def _is_composite(annotation: Any) -> bool:
    """Whether a field holds other parts, or a list of anything."""
    return _has_parts(annotation) or getattr(annotation, "__origin__", None) is tuple


def _has_parts(annotation: Any) -> bool:
    return any(
        isinstance(kind, type) and issubclass(kind, BaseModel) for kind in _kinds(annotation)
    )


def _inner_part(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(
        _inner_part(argument)
        for argument in get_args(annotation)
        if argument is not Ellipsis and _has_parts(argument)
    )


def unit_text(unit: str) -> str:
    """Return a field's unit as it stands behind a number."""
    space = fmt.NARROW_SPACE
    words = {
        "": "",
        "x": "×",
        "share": f"{space}%",
        "pct": f"{space}%",
        "usd": space + tr("USD"),
        "min": space + tr("min"),
        "h": space + tr("h"),
        "s": space + tr("s"),
        "d": space + tr("d"),
        "σ/min": space + tr("σ/min"),
    }
    return words.get(unit, space + unit)


def number_in(text: str, unit: str = "") -> float | None:
    """Return the number a person wrote: ``1,250``, ``0,5``, ``−4.8 %``, ``40k``, ``1.2 bn``.

    None if it isn't one.
    """
    text = text.replace(fmt.MINUS, "-").replace(fmt.NARROW_SPACE, " ").strip()
    text = text.removesuffix(unit.replace(fmt.NARROW_SPACE, " ").strip()).strip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?\s*\D*", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?\d*,\d+\s*\D*", text):
        text = text.replace(",", ".")
    found = NUMBER.fullmatch(text)
    magnitude = MAGNITUDES.get(found[2].lower(), 0.0) if found and found[2] else 1.0
    if found is None or not magnitude:
        return None
    number = float(found[1]) * magnitude
    return number if math.isfinite(number) else None


def _plain(number: float) -> str:
    """Return a number with up to four digits and nothing superfluous."""
    if number == 0:
        return "0"
    digits = max(0, min(6, 3 - math.floor(math.log10(abs(number)))))
    text = fmt.decimal(number, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text
