"""The positions of the person at the screen: the same rules, and an account of everything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import export
from engine.margin import position_prices_usd
from engine.record import Event, Run
from engine.run import run
from tests.engine.scenarios import small


def position(**changes: Any) -> dict[str, Any]:
    base = {
        "asset": "Small",
        "venue": "A",
        "side": "long",
        "notional_usd": 10_000.0,
        "leverage": 5.0,
        "open_min": 5.0,
    }
    return base | changes


def played(*positions: dict[str, Any], **changes: Any) -> Run:
    return run(small(desk=list(positions), **changes))


def told(record: Run, kind: str) -> list[Event]:
    return [event for event in record.events if event.kind == kind]


def test_a_long_in_the_fall_is_liquidated_at_the_published_price() -> None:
    record = played(position())
    (opened,), (event,) = told(record, "desk_opened"), told(record, "desk_liquidated")
    expected, _ = position_prices_usd(
        record.scenario.assets[1], 1.0, opened.values["price_usd"], 10_000.0, 5.0
    )
    assert event.values["liquidation_price_usd"] == pytest.approx(expected, rel=1e-3)
    assert event.values["mark_usd"] < event.values["liquidation_price_usd"]
    assert event.values["equity_usd"] < event.values["maintenance_usd"]
    mark = record["mark_usd"][:, 0, 0, 1]
    crossed = int(np.argmax(mark < event.values["liquidation_price_usd"]))
    assert crossed == event.step
    assert record["desk_qty"][crossed - 1, 0, 0] > 0
    assert (record["desk_qty"][crossed:, 0, 0] == 0).all()
    assert record["desk_pnl_usd"][-1, 0, 0] == pytest.approx(-2_000)


def test_gain_is_quantity_times_price_change_and_is_paid_out_at_closing() -> None:
    record = played(position(side="short", leverage=2.0, close_min=100.0), adl={"rank": "none"})
    (opened,), (closed,) = told(record, "desk_opened"), told(record, "desk_closed")
    gain = opened.values["qty"] * (closed.values["price_usd"] - opened.values["price_usd"])
    assert gain > 500
    assert closed.values["pnl_usd"] == pytest.approx(gain)
    assert record["desk_pnl_usd"][-1, 0, 0] == pytest.approx(gain)
    assert record["desk_equity_usd"][-1, 0, 0] == 0
    assert closed.time_s == 100 * 60 + 60


def test_a_winning_short_is_closed_by_adl_and_told_its_place_in_the_queue() -> None:
    """The most leveraged winner stands first: its short goes at the bankruptcy price, not mark."""
    late = position(side="short", leverage=20.0, open_min=24.0, notional_usd=50_000.0)
    record = played(late, insurance={"fund_pct": 0.02})
    hits = told(record, "desk_adl")
    assert hits
    first = hits[0].values
    assert 1 <= first["rank"] <= first["queue"]
    assert first["price_usd"] > first["mark_usd"]
    assert first["closed_usd"] > 0
    at = hits[0].step
    assert record["desk_qty"][at, 0, 0] > record["desk_qty"][at - 1, 0, 0]


def test_an_order_larger_than_the_book_is_worked_off_step_by_step() -> None:
    huge = position(asset="BTC", notional_usd=5e9, leverage=2.0)
    record = played(huge, shocks=[])
    qty = record["desk_qty"][:, 0, 0]
    assert len(np.unique(qty[qty > 0])) > 1
    assert np.isfinite(record["price_usd"]).all()
    moved = np.abs(np.diff(np.log(record["price_usd"][:, 0, 0, 0])))
    assert moved.max() < 0.15


def test_isolated_positions_do_not_share_their_collateral() -> None:
    record = played(position(), position(leverage=1.0))
    assert record["desk_qty"][-1, 0, 0] == 0
    assert record["desk_qty"][-1, 0, 1] > 0


def test_a_position_closed_through_a_gap_loses_no_more_than_its_collateral() -> None:
    """The fall comes within a step; what it lost beyond its collateral is the fund's."""
    crash = [{"at_min": 29.0, "size_pct": -30.0, "ramp_min": 0.5}]
    record = played(position(leverage=20.0, close_min=29.5), shocks=crash)
    assert record["desk_pnl_usd"][-1, 0, 0] == pytest.approx(-500.0)
    assert record.cash_relative_error < 1e-9


def test_a_position_that_adl_closed_whole_is_paid_out_at_its_time() -> None:
    short = position(side="short", leverage=20.0, open_min=24.0, close_min=110.0)
    record = played(short, insurance={"fund_pct": 0.02})
    assert told(record, "desk_adl")
    (closed,) = told(record, "desk_closed")
    assert np.isfinite(closed.values["price_usd"])
    assert record["desk_equity_usd"][-1, 0, 0] == 0
    assert record["desk_pnl_usd"][-1, 0, 0] == pytest.approx(closed.values["pnl_usd"])


def test_opened_and_closed_within_a_step_gives_everything_back() -> None:
    record = played(position(open_min=5.0, close_min=5.5), shocks=[])
    assert record["desk_pnl_usd"][-1, 0, 0] == 0
    assert record["desk_equity_usd"][-1, 0, 0] == 0
    assert len(told(record, "desk_closed")) == 1


def test_many_large_orders_together_move_the_price_no_more_than_one() -> None:
    record = played(*[position(asset="BTC", notional_usd=1e9, leverage=2.0)] * 20, shocks=[])
    moved = np.abs(np.diff(np.log(record["price_usd"][:, 0, 0, 0])))
    assert moved.max() < 0.15


def test_events_are_json_even_when_opened_and_liquidated_in_one_step() -> None:
    crash = [{"at_min": 20.0, "size_pct": -25.0, "ramp_min": 0.0}]
    record = played(position(leverage=25.0, open_min=20.0, notional_usd=1e4), shocks=crash)
    (event,) = told(record, "desk_liquidated")
    assert np.isfinite(event.values["liquidation_price_usd"])
    assert export.events_jsonl(record).count("\n") == len(record.events)


def test_nothing_is_recorded_before_a_position_is_opened() -> None:
    record = played(position(open_min=50.0))
    before = record.grid.end_s <= 50 * 60
    assert (record["desk_qty"][before] == 0).all()
    assert (record["desk_pnl_usd"][before] == 0).all()
    assert np.isnan(record["desk_entry_usd"][before]).all()
    assert np.isnan(record["desk_liquidation_usd"][before]).all()
