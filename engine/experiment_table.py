"""The outcome of an experiment as plain text: its measures, or the differences of two variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.arrays import Floats
from engine.check_table import number
from engine.evidence import sign_test
from engine.experiment import Results
from engine.experiment_export import spread
from engine.sample import MEASURES

NAME_WIDTH, SPREAD_WIDTH = 62, 28


def table(results: Results) -> str:
    """Return medians over worlds and the middle half of them; nothing of a sweep's many variants.

    At most 120 columns wide.
    """
    kind = results.experiment.kind
    if kind == "sweep":
        return ""
    return (
        "\n".join(["", *(_differences(results) if kind == "comparison" else _many(results))]) + "\n"
    )


def _many(results: Results) -> Iterator[str]:
    (variant,) = results.experiment.variants
    yield f"{variant.name}: median of {len(results.found):,} worlds (middle half)"
    for key, measured in MEASURES.items():
        yield from _line(f"{measured.name}, {measured.unit}", [results.values(variant, key)])


def _differences(results: Results) -> Iterator[str]:
    one, other = (variant.name for variant in results.experiment.variants)
    yield f"{other} − {one}: median difference (middle half), seeds that rise, chance (sign test)"
    for key, measured in MEASURES.items():
        pairs = results.pairs(key)
        moves = pairs[:, 1] - pairs[:, 0]
        ups, downs = int((moves > 0).sum()), int((moves < 0).sum())
        chance = sign_test(ups, downs)
        told = "nothing moves" if chance is None else f"{ups} of {len(moves)}, {chance:.2g}"
        yield from _line(f"{measured.name}, {measured.unit}", [moves], told)


def _line(name: str, columns: Sequence[Floats], told: str = "") -> Iterator[str]:
    """Return a line, or none if no world can tell."""
    if any(len(values) for values in columns):
        cells = "".join(f"{_middle(values):<{SPREAD_WIDTH}}" for values in columns)
        yield f"  {name:<{NAME_WIDTH}}{cells}{told}".rstrip()


def _middle(values: Floats) -> str:
    row = spread(values)
    return f"{number(row['q50'])} ({number(row['q25'])} to {number(row['q75'])})"
