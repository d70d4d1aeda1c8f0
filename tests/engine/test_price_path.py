"""Prices in strangers' files: read as they mean it, or refused with the line that is wrong."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import price_path
from engine.command_line import main
from engine.news_settings import MOST_POINTS
from engine.price_path import from_csv, load, with_path
from engine.scenario import PricePath, Scenario
from engine.scenario_file import ScenarioError, dumps, loads, save
from tests.engine.scenarios import settings, small

START = datetime(2025, 10, 9, tzinfo=UTC)
START_MS = int(START.timestamp()) * 1000

TABLE = """time,BTC,Small
0,100000,0.5
10,101000.5,0.52
30.5,99000,0.48
"""

CANDLE_HEAD = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy,x,y\n"


def iso(minute: float) -> str:
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def candles(count: int, every_min: float = 1, from_min: float = 0, per_s: int = 1000) -> str:
    """Candles that open at 100, 101, … and close at 100.5, 101.5, …"""
    first_s = START_MS / 1000 + from_min * 60
    rows = []
    for i in range(count):
        opens, ends = (int((first_s + k * every_min * 60) * per_s) for k in (i, i + 1))
        rows.append(f"{opens},{100 + i},{200 + i},{50 + i},{100.5 + i},7.5,{ends - 1},9,8,7,6,0\n")
    return "".join(rows)


def moments(path: PricePath) -> list[float]:
    return list(path.at_min)


def prices(path: PricePath, asset: str = "BTC") -> list[float]:
    return list(next(c.price_usd for c in path.columns if c.asset == asset))


def refusal(text: str, asset: str | None = None, scenario: Scenario | None = None) -> str:
    with pytest.raises(ScenarioError) as error:
        from_csv(text, scenario or small(), asset)
    assert "\n" not in str(error.value)
    return str(error.value)


# ------------------------------------------------------------------ tables


def test_a_table_with_minutes() -> None:
    path = from_csv(TABLE, small())
    assert moments(path) == [0, 10, 30.5]
    assert prices(path) == [100_000, 101_000.5, 99_000]
    assert prices(path, "Small") == [0.5, 0.52, 0.48]


@pytest.mark.parametrize("name", ["time", "Time_UTC", "timestamp", "DATE"])
@pytest.mark.parametrize(
    "written",
    [
        iso,
        lambda m: iso(m).replace("T", " ").removesuffix("Z"),
        lambda m: (START + timedelta(minutes=m, hours=2)).isoformat().replace("+00", "+02"),
        lambda m: str(START_MS // 1000 + int(m * 60)),
        lambda m: str(START_MS + int(m * 60_000)),
        lambda m: f"{START_MS * 1000 + m * 60e6:.0f}",
        lambda m: f"{m:g}",
    ],
    ids=["ISO", "ISO with a space", "another zone", "seconds", "ms", "µs", "minutes"],
)
def test_ways_to_write_times(name: str, written) -> None:
    text = f"{name},BTC\n" + "".join(f"{written(m)},{100 + m}\n" for m in (0, 1, 59, 119))
    assert moments(from_csv(text, small())) == [0, 1, 59, 119]


def test_dates_may_stand_among_spaces() -> None:
    path = from_csv(f"time ; BTC\n {iso(5)} ; 1 \n{iso(6)}  ;2\n", small())
    assert (moments(path), prices(path)) == ([5, 6], [1, 2])


def test_separators_line_ends_quotes_blanks_and_capitals() -> None:
    expected = from_csv(TABLE, small())
    variants = [
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace(",", " , "),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        TABLE.replace("\n", "\n\n") + "\n,,\n",
        TABLE.replace("BTC,Small", "btc,SMALL"),
        TABLE.replace("BTC", '"BTC"'),
        "\ufeff" + TABLE,
        TABLE.removesuffix("\n"),
    ]
    for text in variants:
        assert from_csv(text, small()) == expected, repr(text)


def test_one_column_of_many_and_one_without_the_asset_s_name() -> None:
    path = from_csv(TABLE.replace("Small", "Unheard of"), small(), "BTC")
    assert [column.asset for column in path.columns] == ["BTC"]
    path = from_csv("date,price\n0,1\n5,2\n", small(), "Small")
    assert prices(path, "Small") == [1, 2]


def test_what_lies_outside_is_left_out_and_edges_are_read_off_the_line() -> None:
    text = "time,BTC\n-30,50\n-10,100\n10,400\n110,1000\n130,4000\n500,1\n"
    path = from_csv(text, small())
    assert moments(path) == [0, 10, 110, 120]
    assert prices(path) == pytest.approx([200, 400, 1_000, 2_000])
    assert prices(path)[1:3] == [400, 1_000]


def test_a_path_may_begin_late_and_end_early() -> None:
    path = from_csv("time,BTC\n20,50\n30,60\n", small())
    assert (moments(path), prices(path)) == ([20, 30], [50, 60])


# ------------------------------------------------------------------ candles


@pytest.mark.parametrize("head", ["", CANDLE_HEAD, "Date" + CANDLE_HEAD[9:].upper()])
@pytest.mark.parametrize("per_s", [1, 1_000, 1_000_000])
def test_candles_give_the_first_open_and_closes_at_their_ends(head: str, per_s: int) -> None:
    path = from_csv(head + candles(4, every_min=5, from_min=10, per_s=per_s), small(), "Small")
    assert moments(path) == [10, 15, 20, 25, 30]
    assert prices(path, "Small") == [100, 100.5, 101.5, 102.5, 103.5]


def test_the_shortest_candles_and_the_shortest_headed_ones() -> None:
    bare = "".join(f"{START_MS + i * 60_000},1,2,0.5,{i + 1},9\n" for i in range(3))
    assert prices(from_csv(bare, small(), "BTC")) == [1, 1, 2, 3]
    headed = "time,open,high,low,close\n" + bare.replace(",9\n", "\n")
    assert prices(from_csv(headed, small(), "BTC")) == [1, 1, 2, 3]


def test_a_missing_candle_leaves_a_gap() -> None:
    lines = candles(6).splitlines(keepends=True)
    path = from_csv("".join(lines[:2] + lines[4:]), small(), "BTC")
    assert moments(path) == [0, 1, 2, 5, 6]


def test_units_may_change_where_two_files_were_joined() -> None:
    text = candles(3) + candles(3, from_min=3, per_s=1_000_000)
    assert moments(from_csv(text, small(), "BTC")) == [0, 1, 2, 3, 4, 5, 6]


def test_a_file_s_name_says_whose_candles_it_holds(tmp_path: Path) -> None:
    assets = [{**settings()["assets"][0], "name": name} for name in ("BTC", "BTCDOM", "ETH")]
    scenario = small(assets=assets)
    for name, asset in {
        "BTCUSDT-1m-2025-10.csv": "BTC",
        "binance_btcdomusdt.csv": "BTCDOM",
        "something ethusd.csv": "ETH",
    }.items():
        (tmp_path / name).write_text(candles(5), encoding="utf-8")
        path = load(tmp_path / name, scenario).news.path
        assert path
        assert [column.asset for column in path.columns] == [asset]
    for name in ("something.csv", "BTC ETH.csv"):
        (tmp_path / name).write_text(candles(5), encoding="utf-8")
        with pytest.raises(ScenarioError, match="say of which one: the scenario has BTC, BTCDOM"):
            load(tmp_path / name, scenario)
    assert load(tmp_path / "BTC ETH.csv", scenario, "ETH").assets[2].price_usd == 100


def test_a_table_does_not_care_for_the_file_s_name(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT.csv"
    file.write_text(TABLE, encoding="utf-8")
    path = load(file, small()).news.path
    assert path == from_csv(TABLE, small())


def test_too_many_candles_are_thinned_and_fit_a_scenario_file() -> None:
    scenario = small(shocks=[], clock={"duration_min": 200_000})
    scenario = with_path(scenario, from_csv(candles(199_990), scenario, "BTC"))
    path = scenario.news.path
    assert path
    assert 0.75 * MOST_POINTS < len(path.at_min) <= MOST_POINTS
    steps = np.diff(path.at_min)
    assert set(steps[:-1]) == {4}
    assert (path.at_min[0], path.at_min[-1]) == (0, 199_990)
    assert prices(path)[1] == 103.5
    assert loads(dumps(scenario)) == scenario


@pytest.mark.parametrize("count", [9, 10, 18, 19, 27, 28, 100])
def test_thinned_candles_fill_a_path_but_never_overfill_it(count: int, monkeypatch) -> None:
    monkeypatch.setattr(price_path, "MOST_POINTS", 10)
    path = from_csv(candles(count), small(), "BTC")
    assert 5 <= len(path.at_min) <= 10
    assert (path.at_min[0], path.at_min[-1]) == (0, count)
    assert prices(path)[-1] == 99.5 + count


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (("101000.5", "abc"), ["line 3", 'BTC "abc"', "1e-09", "1,000,000,000"]),
        (("101000.5", ""), ["line 3", 'BTC ""']),
        (("101000.5", "nan"), ["line 3", 'BTC "nan"']),
        (("101000.5", "inf"), ["line 3", 'BTC "inf"']),
        (("101000.5", "1_000"), ["line 3", 'BTC "1_000"']),
        (("101000.5", "0"), ["line 3", 'BTC "0"']),
        (("0.52", "-0.52"), ["line 3", 'Small "-0.52"']),
        (("101000.5", "1e10"), ["line 3", 'BTC "1e10"']),
        (("101000.5", "1e-10"), ["line 3", 'BTC "1e-10"']),
        (("101000.5", '"1\n'), ["line 3", "quotation mark"]),
        (("101000.5", '"' + "1" * 200_000), ["line 3", "131072"]),
        (("10,", "soon,"), ["line 3", 'time "soon"', "2025-10-10T21:00:00Z", "1970"]),
        (("10,", "nan,"), ["line 3", 'time "nan"']),
        (("10,", "1e18,"), ["line 3", 'time "1e18"']),
        (("10,", "2025-02-30,"), ["line 3", 'time "2025-02-30"']),
        (("10,", iso(10) + ","), ["line 3", "a date", "a number of minutes"]),
        (("10,", "0,"), ["line 3", 'time "0"', "rise"]),
        (("30.5,", "9.5,"), ["line 4", 'time "9.5"', "rise"]),
        ((",0.48", ""), ["line 4", "2 columns", "3"]),
        ((",0.48", ",0.48,1"), ["line 4", "4 columns", "3"]),
        (("Small", "Big"), ["line 1", '"Big"', "BTC, Small"]),
        (("Small", "btc"), ["line 1", '"BTC"', "two columns"]),
        (("time", "when"), ["line 1", '"when"', "time", "BTC, Small"]),
        (("time,BTC,Small\n", ""), ["line 1", '"0"', "time", "BTC, Small"]),
    ],
)
def test_a_refusal_names_line_value_and_what_is_allowed(
    change: tuple[str, str], parts: list[str]
) -> None:
    assert change[0] in TABLE
    said = refusal(TABLE.replace(*change, 1))
    for part in parts:
        assert part in said
    assert len(said) < 250


def test_blank_lines_count_as_lines() -> None:
    assert "line 6" in refusal(TABLE.replace("\n10,", "\n\n\n10,").replace("30.5,", "x,"))


def test_decimal_commas_are_refused() -> None:
    assert 'line 2: BTC "100,5"' in refusal("time;BTC\n0;100,5\n1;100,6\n")


def test_too_little_is_refused() -> None:
    for text in ("", "\n \n", "\ufeff"):
        assert refusal(text) == "the file is empty"
    assert "there are 0" in refusal("time,BTC\n")
    assert "there are 1" in refusal("time,BTC\n0,5\n")
    assert "there are 1" in refusal(candles(1), "BTC")
    assert "no asset's column" in refusal("time\n0\n1\n")


def test_candles_of_nobody_and_assets_nobody_knows_are_refused() -> None:
    assert "say of which one: the scenario has BTC, Small" in refusal(candles(3))
    assert refusal(candles(3), "ETH") == 'there is no asset "ETH"; the scenario has BTC, Small'
    assert '"Small"' in refusal("time,BTC,Other\n0,1,1\n1,1,1\n", "Small")


def test_a_refused_candle_names_its_line() -> None:
    lines = (CANDLE_HEAD + candles(5)).splitlines()
    lines[3] = lines[3].replace(",102.5,", ",none,")
    assert 'line 4: close "none"' in refusal("\n".join(lines), "BTC")
    assert "line 4" in refusal(candles(3) + candles(1), "BTC")
    assert "line 4: it has 2 columns, the first line 12" in refusal(candles(3) + "1,2\n", "BTC")


@pytest.mark.parametrize("first_min", [-3_000, -29, 120, 10_000])
def test_prices_of_another_time_are_refused_with_both_times(first_min: int) -> None:
    text = "time,BTC\n" + "".join(f"{iso(first_min + m)},{100 + m}\n" for m in range(30))
    said = refusal(text)
    for minute in (first_min, first_min + 29, 0, 120):
        assert iso(minute) in said


def test_too_many_prices_in_a_table_are_refused_but_only_those_within_count() -> None:
    rows = "".join(f"{m / 2},5,6\n" for m in range(30_000))
    long = small(shocks=[], clock={"duration_min": 20_000})
    said = refusal("time,BTC,Small\n" + rows, scenario=long)
    assert "60,000" in said
    assert "50,000" in said
    assert len(from_csv("time,BTC,Small\n" + rows, small()).at_min) == 241


def test_a_path_too_steep_for_a_market_is_refused() -> None:
    path = from_csv("time,BTC\n0,1e-9\n5,1e9\n", small())
    with pytest.raises(ScenarioError, match=r"news\.path.*BTC"):
        with_path(small(), path)


def test_files_that_are_no_csv_are_refused_by_name(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "prices.csv"
    for content, said in {
        b"\xff\xfet\x00i\x00": "UTF-8",
        b"PK\x03\x04abc": "zip",
        b"": "empty",
        b"\x00\x00\x00": "line 1",
        b"time,BTC\n0,1\n1,x\n": 'line 3: BTC "x"',
    }.items():
        file.write_bytes(content)
        with pytest.raises(ScenarioError, match=rf"^prices\.csv: .*{said}"):
            load(file, small())
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.csv", small())
    with pytest.raises(ScenarioError):
        load(tmp_path, small())
    monkeypatch.setattr(price_path, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(ScenarioError, match=r"^prices\.csv: .*too large"):
        load(file, small())


CELLS = """time BTC open 0 1 -1 5 9999999 1760000000 1e300 -1e300 1e-300 nan 2025-10-09 9999-12-31
0001-01-01T00:00+14:00 " \x00 é"""


def what_is_said(text: str, asset: str | None) -> str:
    """Read a text as a path; return what was said against it, nothing if it was taken."""
    try:
        with_path(small(), from_csv(text, small(), asset))
    except ScenarioError as error:
        return str(error)
    return ""


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", *CELLS.split()]), min_size=1, max_size=7), max_size=6
    ),
    head=st.sampled_from(["", "time,BTC\n", "time,open,high,low,close\n"]),
    asset=st.sampled_from([None, "BTC"]),
)
@example([["1e-300", "1"], ["2e-300", "1"], ["5", "1"]], "time,BTC\n", None)
@example([[time, *"111111"] for time in ("1e-300", "2e-300", "5", "10", "15", "20")], "", "BTC")
def test_whatever_a_file_holds_it_is_read_or_refused(rows, head, asset) -> None:
    assert "\n" not in what_is_said(head + "\n".join(",".join(row) for row in rows), asset)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert what_is_said(text, None)


# ------------------------------------------------------------------ scenarios and commands


def test_assets_start_at_the_path_s_first_prices() -> None:
    scenario = with_path(small(), from_csv("time,Small\n-10,2\n10,8\n60,5\n", small()))
    assert [asset.price_usd for asset in scenario.assets] == pytest.approx([100_000, 4])
    assert scenario.news.path
    assert scenario.news.path.columns[0].price_usd[0] == scenario.assets[1].price_usd
    assert scenario.news.clustering == small().news.clustering


def test_a_run_along_a_path_from_the_command_line(tmp_path: Path) -> None:
    save(small(shocks=[]), tmp_path / "small.cascade")
    (tmp_path / "prices.csv").write_text(candles(100), encoding="utf-8")
    arguments = ["run", str(tmp_path / "small.cascade"), "--out", str(tmp_path / "figures")]
    path = ["--path", str(tmp_path / "prices.csv"), "--path-asset", "BTC"]
    assert main([*arguments, *path]) == 0
    played = json.loads((tmp_path / "figures" / "scenario.cascade").read_text(encoding="utf-8"))
    assert played["assets"][0]["price_usd"] == 100
    assert played["news"]["path"]["columns"][0]["price_usd"][-1] == 199.5
    with (tmp_path / "figures" / "series.csv").open(encoding="utf-8") as series:
        *_, last = csv.DictReader(series)
    assert float(last["fundamental_usd:BTC"]) == pytest.approx(199.5)


def test_a_command_with_a_bad_path_says_why_in_one_line(tmp_path: Path, capsys) -> None:
    save(small(), tmp_path / "small.cascade")
    (tmp_path / "prices.csv").write_text("time,BTC\n0,1\n1,x\n", encoding="utf-8")
    arguments = ["run", str(tmp_path / "small.cascade"), "--out", str(tmp_path / "figures")]
    for more, said in (
        (["--path", str(tmp_path / "prices.csv")], "error: prices.csv: line 3: BTC"),
        (["--path", str(tmp_path / "none.csv")], "No such file"),
        (["--path-asset", "BTC"], "--path-asset: give --path too"),
    ):
        assert main([*arguments, *more]) == 2
        complaint = capsys.readouterr().err
        assert said in complaint
        assert complaint.count("\n") == 1
    assert not (tmp_path / "figures").exists()
