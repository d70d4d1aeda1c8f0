"""Moments of a scenario, written and typed as the time of day, UTC; kept as minutes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from engine.scenario import Clock
from gui import format as fmt
from gui.i18n import tr
from gui.panels.setting import NotAllowedError

TIME = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)[ T]+)?(\d\d?):(\d\d)(?::(\d\d))?(?:\s*UTC|Z)?")
WRITTEN_DAY = re.compile(r"^\s*(\d\d? [A-Za-z]{3}|\d+月\d+日)\s+")
MINUTE = timedelta(minutes=1)


def moment_text(clock: Clock, at_min: float) -> str:
    """Return a moment as it is written: ``10 Oct 20:50``, with seconds where it has any."""
    seconds = bool(round(at_min * 60.0) % 60)
    return fmt.date_clock(clock.start_datetime(), at_min * 60.0, seconds=seconds)


def typed_moment(clock: Clock, text: str, before_min: float) -> float:
    """Return minutes from the start; a time without a date is one of the day of ``before_min``.

    Raises
    ------
    NotAllowedError
        If it is no time, or not one of the scenario.
    """
    start = clock.start_datetime()
    # The field itself writes the day before the time; whoever changes only the time leaves it.
    written = WRITTEN_DAY.match(text)
    found = TIME.fullmatch(text[written.end() if written else 0 :].strip())
    if found is None:
        raise NotAllowedError(allowed_moments(clock))
    day_ = fmt.moment(start, before_min * 60.0).date()
    if written:
        day_ = _day_written(clock, written[1]) or day_
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        if year:
            day_ = date(year, month, day)
        moment = datetime(day_.year, day_.month, day_.day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise NotAllowedError(allowed_moments(clock)) from None
    minutes = (moment - start) / MINUTE
    if not 0 <= minutes < clock.duration_min:
        raise NotAllowedError(allowed_moments(clock))
    return minutes


def allowed_moments(clock: Clock) -> str:
    """Say which moments there are, and how to type one."""
    start = clock.start_datetime()
    return tr(
        "a time of day such as 20:50, or 2025-10-10 20:50; from {first} to {last} UTC",
        first=fmt.date_clock(start, 0.0),
        last=fmt.date_clock(start, (clock.duration_min - 1) * 60.0),
    )


def _day_written(clock: Clock, text: str) -> date | None:
    """Return the scenario's day that is written so, if there is one among its first 400."""
    start = clock.start_datetime()
    for number in range(min(clock.duration_min // 1440 + 2, 400)):
        when = start + timedelta(days=number)
        if fmt.day(when) == text:
            return when.date()
    return None
