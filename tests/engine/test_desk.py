"""The positions of the person at the screen: the same rules, and an account of everything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import export
from engine.margin import position_prices_usd
from engine.record import Event, Run
from engine.run import run
from tests.engine.emptied import BIG, A, Emptied, Holder, still
from tests.engine.scenarios import small

CALM = {"fine_window_min": 0}
FALL = {"at_min": 10.0, "size_pct": -10.0, "ramp_min": 0.0}
"""The price falls by a tenth in the eleventh minute, everywhere."""


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


def placed(**changes: Any) -> dict[str, Any]:
    """A position in the emptied market."""
    return position(asset="Big", open_min=0.0) | changes


def played(*positions: dict[str, Any], **changes: Any) -> Run:
    return run(small(desk=list(positions), **changes))


def told(record: Run, kind: str) -> list[Event]:
    return [event for event in record.events if event.kind == kind]


def test_opening_is_a_market_order_at_its_time_and_pays_its_collateral_in() -> None:
    """100,000 USD at 5×: fill at the mean of the prices before and after, Δ ln p = USD ÷ D."""
    market = Emptied(still(desk=[placed(notional_usd=1e5, open_min=2.0)]))
    before = market.state.deposits_usd.item()
    series, events = market.play(4)
    moved = 1e5 / (0.5 * 1e9)
    price = series["price_usd"][:, 0, A, BIG]
    assert np.log(price / 100) == pytest.approx([0, 0, moved, moved], abs=1e-9)
    entry = (100 + price[-1]) / 2
    assert series["desk_entry_usd"][-1, 0, 0] == pytest.approx(entry)
    assert series["desk_qty"][:, 0, 0] == pytest.approx([0, 0, 1_000, 1_000])
    assert market.state.deposits_usd.item() - before == pytest.approx(20e3)
    gain = series["desk_qty"][-1, 0, 0] * (series["mark_usd"][-1, 0, A, BIG] - entry)
    assert series["desk_equity_usd"][-1, 0, 0] == pytest.approx(20e3 + gain)
    (event,) = events
    assert (event.kind, event.time_s) == ("desk_opened", 180.0)
    assert event.values["price_usd"] == pytest.approx(entry)


@pytest.mark.parametrize("side", ["long", "short"])
def test_gain_is_quantity_times_price_change_and_is_paid_out_at_closing(side: str) -> None:
    market = Emptied(
        still(desk=[placed(side=side, leverage=2.0, close_min=30.0)], shocks=[FALL], clock=CALM)
    )
    before = market.state.deposits_usd.item()
    series, events = market.play(40)
    opened, closed = (event for event in events if event.kind.startswith("desk"))
    assert (opened.kind, closed.kind) == ("desk_opened", "desk_closed")
    gain = opened.values["qty"] * (closed.values["price_usd"] - opened.values["price_usd"])
    assert abs(gain) == pytest.approx(1_000, rel=0.01)
    assert (gain > 0) == (side == "short")
    assert closed.values["pnl_usd"] == pytest.approx(gain)
    assert series["desk_pnl_usd"][-1, 0, 0] == pytest.approx(gain)
    assert series["desk_equity_usd"][-1, 0, 0] == 0
    assert before - market.state.deposits_usd.item() == pytest.approx(gain)
    assert closed.time_s == 30 * 60 + 60


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


# ---------------------------------------------------------------- ADL


def test_of_a_position_that_adl_closed_in_part_closing_sells_only_the_rest() -> None:
    """ADL buys back 300 of 1,000 short coins at 95; the other 700 are bought at the end."""
    short = placed(side="short", notional_usd=1e5, leverage=2.0, close_min=20.0)
    rules = {"trigger": "equity_below_zero"}
    market = Emptied(still(desk=[short], adl=rules, shocks=[FALL], clock=CALM))
    market.play(11)
    entry = float(market.market.desk.entry_usd[0, 0])
    market.give_engine(300.0, 95.0)
    market.halt(until_min=18)  # the engine can't sell: ADL comes first
    series, events = market.play(20)
    kinds = [event.kind for event in events if event.kind.startswith("desk")]
    assert kinds == ["desk_adl", "desk_closed"]
    assert series["desk_qty"][:9, 0, 0] == pytest.approx(np.full(9, -700))
    assert market.state.short_qty[0, A, BIG] == pytest.approx(0, abs=1e-9)
    (closed,) = [event for event in events if event.kind == "desk_closed"]
    exit_usd = closed.values["price_usd"]
    gain = 300 * (entry - 95) + 700 * (entry - exit_usd)
    assert closed.values["pnl_usd"] == pytest.approx(gain)
    assert series["desk_pnl_usd"][-1, 0, 0] == pytest.approx(gain)


def test_an_order_that_waits_buys_back_no_more_than_adl_has_left() -> None:
    """Of 1,000 short coins 700 are to be bought back; meanwhile ADL closes 900."""
    change = {"at_min": 11.0, "notional_usd": 27_000.0}
    short = placed(side="short", notional_usd=1e5, leverage=2.0, changes=[change])
    rules = {"trigger": "equity_below_zero"}
    market = Emptied(still(desk=[short], adl=rules, shocks=[FALL], clock=CALM))
    market.play(11)
    market.give_engine(900.0, 95.0)
    market.halt(until_min=18)
    series, _ = market.play(20)
    assert series["desk_qty"][0, 0, 0] == pytest.approx(-100)
    assert series["desk_qty"][-1, 0, 0] == pytest.approx(0, abs=1e-9)
    assert market.state.long_qty[0, A, BIG] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("hedged", [True, False])
def test_a_position_declared_as_a_hedge_is_spared_where_the_rule_says_so(hedged: bool) -> None:
    """Coins of the same size back it; the crowd's short bears the loss instead."""
    coins = placed(kind="spot", leverage=1.0, notional_usd=1e5)
    short = placed(side="short", leverage=2.0, notional_usd=1e5, hedged=hedged)
    rules = {"trigger": "equity_below_zero", "rank": "pro_rata_unhedged"}
    crowd = Holder(-2_000.0, equity_usd=1e5, entry_usd=110.0)
    market = Emptied(still(desk=[coins, short], adl=rules), crowd)
    market.play(1)
    market.price(90.0)
    market.give_engine(100.0, 95.0)
    assert market.deleverage() is not None
    row = int(market.market.desk.rows[0, 1])
    mine = float(market.state.accounts.qty[BIG, row])
    assert (mine == pytest.approx(-1_000, rel=1e-3)) == hedged
    assert mine + market.qty(0) == pytest.approx(-3_000 + 100, rel=1e-4)
    assert market.market.desk.coins[0, 0] == pytest.approx(1_000, rel=1e-3)


# ---------------------------------------------------------------- halts


def test_orders_to_open_and_to_close_wait_while_the_market_is_out() -> None:
    halts = [{"at_min": at, "duration_min": 5.0, "venue": "A"} for at in (1.0, 20.0)]
    market = Emptied(still(desk=[placed(open_min=2.0, close_min=21.0)], halts=halts))
    series, events = market.play(30)
    held = np.flatnonzero(series["desk_qty"][:, 0, 0])
    assert held.tolist() == list(range(6, 25))
    told = {event.kind: event.time_s / 60 for event in events if event.kind.startswith("desk")}
    assert told == {"desk_opened": 7, "desk_closed": 26}
    assert series["desk_equity_usd"][-1, 0, 0] == 0
