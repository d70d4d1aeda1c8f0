"""Numbers as people read them: short, with their unit, in the language on the screen.

Every number on the screen goes through here, so a billion, a minus sign or a missing value looks
the same everywhere.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from gui.i18n import language, tr

MISSING = "–"
MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NO-BREAK SPACE}"

MAGNITUDES = {
    "en": ((1e12, "tn"), (1e9, "bn"), (1e6, "mn"), (1e3, "k")),
    "zh_CN": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}
"""Names of large numbers; Chinese counts in steps of ten thousand."""

FACTORS = {"zh_CN": {"bn USD": 10.0, "bn USD since the start": 10.0}}
"""What figures in a unit of the engine are multiplied by: ten times a billion in 亿."""


def decimal(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """Return ``value`` with thousands separated, a true minus sign and no "−0"."""
    if not math.isfinite(value):
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    if not any("1" <= character <= "9" for character in text):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def short(value: float, *, signed: bool = False, digits: int = 3) -> str:
    """Return a large number in few characters: 2.2e9 → ``2.20 bn``, ``22.0 亿``."""
    if not math.isfinite(value):
        return MISSING
    steps = magnitudes()
    size = float(f"{abs(value):.{digits}g}")
    factor, name = next((step for step in steps if size >= step[0]), (1.0, ""))
    if factor == 1.0 and size >= 10 ** (digits - 1):
        return decimal(value, signed=signed)
    number = significant(value / factor, digits, signed=signed)
    return f"{number}{NARROW_SPACE}{name}" if name else number


def factor(unit: str) -> float:
    """Return what figures in a unit of the engine are multiplied by to be read in the language.

    The unit itself is translated to suit: 2 ``bn USD`` are 20 ``亿美元``.
    """
    return FACTORS.get(language.name, {}).get(unit, 1.0)


def unit(name: str) -> str:
    """Return a unit of the engine as it is read; multiples have the sign they have elsewhere."""
    return "×" if name == "x" else tr(name)


def magnitudes() -> tuple[tuple[float, str], ...]:
    """Return the names of large numbers in the language on the screen."""
    return MAGNITUDES.get(language.name, MAGNITUDES["en"])


def usd(value: float, *, signed: bool = False, digits: int = 3) -> str:
    """Return an amount of dollars: 2.2e9 → ``2.20 bn``; the unit itself stands in the heading."""
    return short(value, signed=signed, digits=digits)


def usd_full(value: float, *, signed: bool = False) -> str:
    """Return an amount to the dollar while it is small, as a person's own money is read."""
    if abs(value) >= 1e7:
        return short(value, signed=signed, digits=4)
    return decimal(value, 2 if abs(value) < 10 else 0, signed=signed)


def dollars(value: float, *, signed: bool = False) -> str:
    """Return a person's own money with its unit: ``−4,001 USD``."""
    return tr("{amount} USD", amount=usd_full(value, signed=signed))


def significant(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Return ``value`` with so many significant digits, never in powers of ten."""
    if not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    whole = math.floor(math.log10(abs(float(f"{value:.{digits}g}")))) + 1
    return _or_zero(decimal(value, min(max(0, digits - whole), 9), signed=signed))


def difference(value: float, *between: float) -> str:
    """Return a difference with the digits of the smaller of what it is between: ``+0.42``.

    It has three that matter, as they have, not more.
    """
    if not math.isfinite(value):
        return MISSING
    sizes = [abs(each) for each in between if each and math.isfinite(each)]
    whole = math.floor(math.log10(max(min(sizes), abs(value)))) + 1 if sizes else 1
    return _or_zero(decimal(value, min(max(0, 3 - whole), 3), signed=True))


def _or_zero(text: str) -> str:
    return text if text.strip("0.") else "0"  # what is that small is rounding


def price(value: float) -> str:
    """Return a price with as many digits as matter for its size: ``104,210``, ``0.08713``."""
    if not math.isfinite(value):
        return MISSING
    if abs(value) >= 10_000:
        return decimal(value)
    if abs(value) >= 1_000:
        return decimal(value, 1)
    return significant(value, 4)


def percent(share: float, *, signed: bool = False, digits: int | None = None) -> str:
    """Return a share of one as a percentage: 0.123 → ``12.3 %``."""
    return pct(share * 100, signed=signed, digits=digits)


def pct(value: float, *, signed: bool = False, digits: int | None = None) -> str:
    """Return a value already in percent with its sign: ``−12.7 %``."""
    if not math.isfinite(value):
        return MISSING
    if digits is None:
        digits = 1 if abs(value) < 99.95 else 0
    if abs(value) >= 10_000:
        return f"{short(value, signed=signed)}{NARROW_SPACE}%"
    return f"{decimal(value, digits, signed=signed)}{NARROW_SPACE}%"


def leverage(value: float) -> str:
    """Return a multiple: ``9.0×``."""
    return f"{significant(value, 2 if value < 9.95 else 3).removesuffix('.0')}×"


def count(value: float) -> str:
    """Return a number of things: exact while short, else in few characters."""
    return decimal(round(value)) if abs(value) < 1e6 else short(value)


def clock(start: datetime, time_s: float, *, seconds: bool = True) -> str:
    """Return the time of day, UTC: ``20:50:05``."""
    return moment(start, time_s).strftime("%H:%M:%S" if seconds else "%H:%M")


def date(start: datetime, time_s: float) -> str:
    """Return the day: ``Fri 10 Oct``, ``10月10日 周五``."""
    return day(moment(start, time_s), weekday=True)


def date_clock(start: datetime, time_s: float, *, seconds: bool = False) -> str:
    """Return day and time of day, UTC: ``10 Oct 20:50``."""
    return f"{day(moment(start, time_s))} {clock(start, time_s, seconds=seconds)}"


def day(when: datetime, *, weekday: bool = False) -> str:
    """Return a date without its year."""
    if language.name == "zh_CN":
        text = f"{when.month}月{when.day}日"
        return f"{text} 周{'一二三四五六日'[when.weekday()]}" if weekday else text
    return f"{when:%a} {when.day} {when:%b}" if weekday else f"{when.day} {when:%b}"


def moment(start: datetime, time_s: float) -> datetime:
    """Return the date and time so many seconds after the start of a scenario."""
    return start + timedelta(seconds=math.floor(time_s + 1e-6))
