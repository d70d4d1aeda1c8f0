"""Both sides of the inequality behind an event, with their unit and as many digits as it takes."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.clock import MINUTE_S
from engine.record import Event, Inequality
from gui import format as fmt
from gui.i18n import as_shipped, tr

FEWEST_DIGITS, MOST_DIGITS = 3, 8


def two_sides(event: Event) -> tuple[str, str]:
    """Return what is on the left and on the right: ``140 USD``, ``160 USD``.

    Raises
    ------
    KeyError
        If the event has no inequality, or one of quantities that nobody knows.
    """
    why = event.because
    if not isinstance(why, Inequality):
        raise KeyError("because")
    write = _writer(why.left.rpartition("_")[2], event.asset)
    left = right = ""
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        left, right = write(why.left_value, digits), write(why.right_value, digits)
        if left != right:
            break
    return left, right


def _writer(unit: str, asset: str) -> Callable[[float, int], str]:
    """Return what writes a quantity of this unit with so many digits."""
    writers: dict[str, Callable[[float, int], str]] = {
        "usd": lambda value, digits: tr("{amount} USD", amount=fmt.usd(value, digits=digits)),
        "share": _percent,
        "log": lambda value, digits: _percent(math.expm1(value), digits),
        "coins": lambda value, digits: f"{fmt.short(value, digits=digits)} {as_shipped(asset)}",
        "s": lambda value, digits: tr("{minutes} min", minutes=_short(value / MINUTE_S, digits)),
    }
    return writers[unit]


def _percent(share: float, digits: int) -> str:
    return f"{_short(share * 100, digits)}{fmt.NARROW_SPACE}%"


def _short(value: float, digits: int) -> str:
    """Return a number without noughts at its end."""
    text = fmt.significant(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text
