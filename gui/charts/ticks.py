"""Where axes have their marks, and what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from gui import format as fmt

TIME_STEPS_S = (
    10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000,
)  # fmt: skip
"""Distances between marks on the time axis, in seconds."""

DAY_S = 86_400

Ticks = list[tuple[float, str]]


def values(low: float, high: float, count: int) -> list[float]:
    """Return about ``count`` round numbers between ``low`` and ``high``, two if that is few."""
    if not high > low or count < 1:
        return []
    ticks = _values(low, high, count)
    if len(ticks) > 1 or count == 1:
        return ticks
    finer = _values(low, high, 2 * count)
    return [finer[0], finer[-1]] if count == 2 and len(finer) > 2 else finer


def _values(low: float, high: float, count: int) -> list[float]:
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next((nice for nice in (1, 2, 2.5, 5) if nice * power >= rough * 0.999), 10)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def amounts(ticks: list[float]) -> Ticks:
    """Label amounts of money with one magnitude and as many decimals as tell them apart.

    Signs are left out: below zero stands another side, not a debt.
    """
    largest = max((abs(tick) for tick in ticks), default=0.0)
    steps = fmt.magnitudes()
    factor, name = next((step for step in steps if largest >= step[0] * 0.999), (1.0, ""))
    digits = decimals([tick / factor for tick in ticks])
    unit = f"{fmt.NARROW_SPACE}{name}" if name else ""
    return [
        (tick, f"{fmt.decimal(abs(tick) / factor, digits)}{unit}" if tick else "0")
        for tick in ticks
    ]


def percentages(ticks: list[float], *, signed: bool = False) -> Ticks:
    """Label values that are percentages already."""
    digits = decimals(ticks)
    return [(tick, fmt.pct(tick, signed=signed, digits=digits)) for tick in ticks]


def powers(low: float, high: float, count: int, write: Callable[[float], str] = fmt.price) -> Ticks:
    """Label values on a log scale, from 10^``low`` to 10^``high``; ticks lie at their powers.

    Over less than a decade they are round numbers as on any scale; over more, powers of ten with
    steps of 2 and 5 between them where there is room.
    """
    if high - low < 1.0:
        numbers = [number for number in values(10**low, 10**high, count) if number > 0]
    else:
        decades = range(math.floor(low), math.ceil(high) + 1)
        many = (high - low) * 3 <= count
        numbers = [10.0**k * nice for k in decades for nice in ((1, 2, 5) if many else (1,))]
        every = math.ceil((high - low) / count) if not many else 1
        numbers = numbers[:: max(every, 1)]
    within = [number for number in numbers if low <= math.log10(number) <= high]
    texts = [write(number) for number in within]
    if high - low >= 1.0:
        texts = [_bare(text) for text in texts]
    return [(math.log10(number), text) for number, text in zip(within, texts, strict=True)]


def _bare(text: str) -> str:
    """Return a number without noughts behind its point that say nothing: ``10``, ``0.02``."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals(numbers: list[float]) -> int:
    """Return how many decimals it takes to write all the numbers."""
    for digits in range(6):
        if all(abs(number - round(number, digits)) < 1e-9 for number in numbers):
            return digits
    return 6


def times(first_s: float, last_s: float, start: datetime, count: float) -> Ticks:
    """Label times of day, UTC; where a day begins its date stands instead."""
    rough = (last_s - first_s) / max(count, 1.0)
    step = next((step for step in TIME_STEPS_S if step >= rough), TIME_STEPS_S[-1])
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset_s = (start - midnight).total_seconds()
    ticks: Ticks = []
    for i in range(
        math.ceil((first_s + offset_s) / step), math.floor((last_s + offset_s) / step) + 1
    ):
        time_s = i * step - offset_s
        if (i * step) % DAY_S == 0:
            text = fmt.day(fmt.moment(start, time_s))
        else:
            text = fmt.clock(start, time_s, seconds=step < 60)
        ticks.append((float(time_s), text))
    return ticks
