"""Prices in a CSV file → a path that fundamental values follow.

Two layouts are read; fields are separated by commas, semicolons or tabs.

Table
    The first line names the columns: ``time`` (or ``time_utc``, ``timestamp``, ``date``), then
    assets by their names in the scenario. Capitals don't matter.
Candles
    What exchanges publish: open time, open, high, low, close and up to seven columns more, with or
    without a line that names them. The path has the first candle's opening price and every
    candle's closing price at its end; how long candles last is the median distance of their times.

Times are ISO 8601 (UTC unless they say otherwise), seconds, milliseconds or microseconds since
1970, or, below ten million, minutes from the scenario's start.

What lies outside the scenario's time is left out; at its start and its end the price is read off
the straight line, in logarithms, between the prices before and after. If more candles remain than
a path may hold, every second, third … one is taken, and the last.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np

from engine.arrays import Floats
from engine.news_settings import MOST_POINTS
from engine.scenario import PathColumn, PricePath, Scenario
from engine.scenario_file import ScenarioError, from_settings

Row = tuple[int, list[str]]
"""The number of a line, and its fields."""

LARGEST_FILE_BYTES = 100_000_000
TIME_NAMES = ("time", "time_utc", "timestamp", "date")
CANDLE_NAMES = ["open", "high", "low", "close"]
CANDLE_COLUMNS = range(6, 13)
OPEN, CLOSE = 1, 4
LOWEST_USD, HIGHEST_USD = 1e-9, 1e9

MINUTES_BELOW = 1e7
"""Smaller numbers are minutes from the start."""

SINCE_1970 = ((1e11, 60.0), (1e14, 60e3), (1e17, 60e6))
"""Numbers below the first are seconds, milliseconds, microseconds; the second: per minute."""

CLOSEST_MIN = 1e-5
"""Times closer to each other than a millisecond are none that rise."""


class WhichAssetError(ScenarioError):
    """Candles, and nothing says of which asset: it has to be named."""


def load(file: Path, scenario: Scenario, asset: str | None = None) -> Scenario:
    """Return the scenario with fundamental values that follow the prices in a file.

    Parameters
    ----------
    asset
        As for :func:`from_csv`. Candles of a file whose name has an asset's name at the beginning
        of a word, like ``BTCUSDT-1m-2025-10.csv``, are that asset's unless another one is named.

    Raises
    ------
    WhichAssetError
        If these are candles of an asset that is named nowhere.
    ScenarioError
        If the file can't be read or its content is refused; the text names the file and the line.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{file}: {error.strerror or error}") from None
    try:
        path = from_csv(_text(content), scenario, asset, file.name)
        return with_path(scenario, path)
    except ScenarioError as error:
        raise type(error)(f"{file.name}: {error}") from None


def with_path(scenario: Scenario, path: PricePath) -> Scenario:
    """Return the scenario on a price path; its assets start at the path's first prices.

    Raises
    ------
    ScenarioError
        If the scenario can't have this path.
    """
    settings = scenario.model_dump(mode="json")
    settings["news"]["path"] = path.model_dump(mode="json")
    first_usd = {column.asset: column.price_usd[0] for column in path.columns}
    for asset in settings["assets"]:
        asset["price_usd"] = first_usd.get(asset["name"], asset["price_usd"])
    return from_settings(settings)


def from_csv(
    text: str, scenario: Scenario, asset: str | None = None, file_name: str = ""
) -> PricePath:
    """Return the price path written in ``text``, within the scenario's time.

    Parameters
    ----------
    asset
        The asset to take; needed for candles. Of a table, its column, or the only one if that has
        the name of no asset. None: all columns of a table.
    file_name
        Where to look for the name of the candles' asset if none is given.

    Raises
    ------
    ScenarioError
        If the text is refused; it names the line, the value and what is allowed.
    """
    names = scenario.asset_names
    if asset is not None and asset not in names:
        raise ScenarioError(f"there is no asset {_shown(asset)}; the scenario has {_list(names)}")
    rows = _rows(text)
    head = next(rows, None)
    if head is None:
        raise ScenarioError("the file is empty")
    named = [field.strip().lower() for field in head[1][1:5]] == CANDLE_NAMES
    if named or (len(head[1]) in CANDLE_COLUMNS and math.isfinite(_number(head[1][0]))):
        candles_of = asset or _asset_in(file_name, names)
        prices = _read(rows, head, named, [OPEN, CLOSE], ["open", "close"], scenario)
        path = _within(_at_closes(prices, candles_of), scenario)
        return _as_path(_thinned(path))
    places = _places(head, names, asset)
    prices = _read(rows, head, True, list(places.values()), list(places), scenario)
    path = _within(prices, scenario)
    if path.usd.size > MOST_POINTS:
        raise ScenarioError(
            f"{path.usd.size:,} prices lie within the scenario's time; at most {MOST_POINTS:,} "
            "are allowed: take longer steps"
        )
    return _as_path(path)


@dataclass(frozen=True)
class _Prices:
    """Prices of some assets by moment: minutes from the start, (n,), and USD, (n, assets)."""

    names: list[str]
    at_min: Floats
    usd: Floats


# ------------------------------------------------------------------ text → rows


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE_BYTES:
        raise ScenarioError(
            f"the file is too large; at most {LARGEST_FILE_BYTES // 1_000_000} MB are allowed"
        )
    if content.startswith(b"PK\x03\x04"):
        raise ScenarioError("this is a zip archive; unpack it and take the CSV file inside")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError("this is not a CSV file: it is not written in UTF-8") from None


def _rows(text: str) -> Iterator[Row]:
    """Go through the lines that hold anything."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    line = 0
    try:
        for row in reader:
            line += 1
            if reader.line_num > line:
                raise ScenarioError(f"line {line}: a quotation mark is not closed")
            if "".join(row).strip():
                yield line, row
    except csv.Error as error:
        raise ScenarioError(f"line {line + 1}: {error}") from None


def _places(head: Row, names: list[str], asset: str | None) -> dict[str, int]:
    """Return which column holds which asset of a table."""
    line, (first, *titles) = head[0], [field.strip() for field in head[1]]
    if first.lower() not in TIME_NAMES:
        raise ScenarioError(
            f"line {line}: {_shown(first)} is not allowed; the first line must name the columns: "
            f"time, and assets of the scenario ({_list(names)}); only candles, with "
            f"{CANDLE_COLUMNS.start} to {CANDLE_COLUMNS.stop - 1} columns, go without names"
        )
    wanted = names if asset is None else [asset]
    found = [_asset_called(title, names) for title in titles]
    if asset is not None and found == [None]:
        found = [asset]
    for title, name in zip(titles, found, strict=True):
        if name is None and asset is None:
            raise ScenarioError(
                f"line {line}: there is no asset {_shown(title)}; the scenario has {_list(names)}"
            )
        if name is not None and found.count(name) > 1:
            raise ScenarioError(f"line {line}: {_shown(name)} has two columns; it may have one")
    places = {
        name: place for place, name in enumerate(found, 1) if name is not None and name in wanted
    }
    if not places:
        missing = f"no column {_shown(asset)}" if asset else "no asset's column"
        raise ScenarioError(f"line {line}: there is {missing} beside {_shown(first)}")
    return places


def _asset_called(title: str, names: list[str]) -> str | None:
    """Return the asset a column's title means: exactly, or else but for capitals."""
    alike = [name for name in names if name.lower() == title.lower()]
    return title if title in names else alike[0] if alike else None


def _asset_in(file_name: str, names: list[str]) -> str:
    """Return the one asset named at the beginning of a word of a file's name."""
    found = [
        name
        for name in names
        if re.search(rf"(?<![^\W_]){re.escape(name)}", file_name, re.IGNORECASE)
    ]
    # Of two names that begin alike, the longer one is meant.
    found = [n for n in found if not any(o != n and o.lower().startswith(n.lower()) for o in found)]
    if len(found) != 1:
        raise WhichAssetError(
            f"these are candles of one asset; say of which one: the scenario has {_list(names)}"
        )
    return found[0]


# ------------------------------------------------------------------ rows → numbers


def _read(
    rows: Iterator[Row],
    head: Row,
    named: bool,
    places: list[int],
    names: list[str],
    scenario: Scenario,
) -> _Prices:
    """Read times and the columns at ``places``; the first row holds names or is one of prices."""
    times = _Times(scenario.clock.start_datetime())
    at_min: list[float] = []
    usd: list[list[float]] = []
    for line, fields in rows if named else chain([head], rows):
        if len(fields) != len(head[1]):
            raise ScenarioError(
                f"line {line}: it has {len(fields)} columns, the first line {len(head[1])}"
            )
        try:
            at_min.append(times.minute(fields[0]))
            usd.append([_price(fields[p], n) for p, n in zip(places, names, strict=True)])
        except ValueError as error:
            raise ScenarioError(f"line {line}: {error}") from None
        if len(at_min) > 1 and at_min[-1] - at_min[-2] < CLOSEST_MIN:
            raise ScenarioError(
                f"line {line}: time {_shown(fields[0])} does not lie after the one before; "
                "times must rise by a millisecond or more"
            )
    if len(at_min) < 2:
        raise ScenarioError(f"at least 2 rows of prices are needed; there are {len(at_min)}")
    return _Prices(names, np.array(at_min), np.array(usd))


class _Times:
    """Turns written times into minutes from the start."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._start_min = start.timestamp() / 60
        self._relative: bool | None = None

    def minute(self, text: str) -> float:
        """Return one time; a ValueError says what is wrong with it."""
        number = _number(text)
        relative = number < MINUTES_BELOW
        minute = number if relative else self._since_1970(number)
        if math.isnan(minute):
            minute = self._of_date(text)
        if self._relative is None:
            self._relative = relative
        if relative != self._relative:
            raise ValueError(
                f"time {_shown(text)} is {_kind(relative)}, but the first one is "
                f"{_kind(self._relative)}"
            )
        return minute

    def _since_1970(self, number: float) -> float:
        """Return a time that counts from 1970; NaN if it doesn't."""
        for below, per_min in SINCE_1970:
            if number < below:
                # Both are whole numbers for whole minutes: nothing is lost in the difference.
                return (number - self._start_min * per_min) / per_min
        return math.nan

    def _of_date(self, text: str) -> float:
        try:
            time = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(
                f"time {_shown(text)} is not allowed; it must be a date like 2025-10-10T21:00:00Z, "
                "a number of seconds or milliseconds since 1970, or of minutes from the start"
            ) from None
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        return (aware - self._start).total_seconds() / 60


def _kind(relative: bool) -> str:
    return "a number of minutes" if relative else "a date"


def _number(text: str) -> float:
    """Return a number as written, NaN for anything else."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and "_" not in text else math.nan


def _price(text: str, name: str) -> float:
    usd = _number(text)
    if not LOWEST_USD <= usd <= HIGHEST_USD:  # NaN is not either
        raise ValueError(
            f"{name} {_shown(text)} is not allowed; it must be a number from {LOWEST_USD:g} to "
            f"{HIGHEST_USD:,.0f} (usd)"
        )
    return usd


# ------------------------------------------------------------------ numbers → path


def _at_closes(candles: _Prices, asset: str) -> _Prices:
    """Return the first opening price and every closing price, at the end of its candle."""
    lasts_min = float(np.median(np.diff(candles.at_min)))
    at_min = np.concatenate([candles.at_min[:1], candles.at_min + lasts_min])
    usd = np.concatenate([candles.usd[:1, :1], candles.usd[:, 1:]])
    return _Prices([asset], at_min, usd)


def _within(prices: _Prices, scenario: Scenario) -> _Prices:
    """Return prices from the scenario's start to its end."""
    at_min, end = prices.at_min, float(scenario.clock.duration_min)
    if at_min[0] >= end or at_min[-1] <= 0:
        first, last, start, stop = (_when(m, scenario) for m in (at_min[0], at_min[-1], 0, end))
        raise ScenarioError(
            f"prices run from {first} to {last}, the scenario from {start} to {stop}; they must "
            "overlap"
        )
    inside = at_min[(at_min > 0) & (at_min < end)]
    at_start = [0.0] if at_min[0] <= 0 else []
    at_end = [end] if at_min[-1] >= end else []
    moments = np.concatenate([at_start, inside, at_end])
    log_usd = np.log(prices.usd)
    usd = np.exp(np.stack([np.interp(moments, at_min, column) for column in log_usd.T], axis=1))
    given = np.isin(at_min, moments)
    usd[np.isin(moments, at_min)] = prices.usd[given]  # as they are written, to the last digit
    # The last digit of a logarithm must not carry a price over a bound.
    return _Prices(prices.names, moments, usd.clip(LOWEST_USD, HIGHEST_USD))


def _when(minute: float, scenario: Scenario) -> str:
    try:
        time = scenario.clock.start_datetime() + timedelta(minutes=float(minute))
    except OverflowError:
        return f"minute {minute:g}"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _thinned(prices: _Prices) -> _Prices:
    """Return every k-th moment and the last one, so that all fit."""
    last = len(prices.at_min) - 1
    kept = np.arange(0, last, math.ceil(last / (MOST_POINTS - 1)))
    kept = np.append(kept, last)
    return _Prices(prices.names, prices.at_min[kept], prices.usd[kept])


def _as_path(prices: _Prices) -> PricePath:
    return PricePath(
        at_min=tuple(prices.at_min.tolist()),
        columns=tuple(
            PathColumn(asset=name, price_usd=tuple(column))
            for name, column in zip(prices.names, prices.usd.T.tolist(), strict=True)
        ),
    )


def _list(names: list[str]) -> str:
    return ", ".join(names)


def _shown(text: str) -> str:
    """Return text from a file as it can stand in a sentence."""
    shown = json.dumps(text, ensure_ascii=False)
    return shown if len(shown) <= 40 else shown[:37] + '..."'
