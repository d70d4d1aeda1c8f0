"""The desk's accounts: changes of a position, cross margin, and coins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.arrays import Floats
from engine.margin import position_prices_usd
from engine.record import Event
from engine.state import cash_error
from tests.engine.emptied import BIG, SMALL, A, B, Emptied, still

CALM = {"fine_window_min": 0}


def fall(size_pct: float, at_min: float = 10.0) -> dict[str, Any]:
    return {"at_min": at_min, "size_pct": size_pct, "ramp_min": 0.0}


def position(**changes: Any) -> dict[str, Any]:
    base = {
        "asset": "Big",
        "venue": "A",
        "side": "long",
        "notional_usd": 10_000.0,
        "leverage": 5.0,
        "open_min": 0.0,
    }
    return base | changes


def desk(*positions: dict[str, Any], **changes: Any) -> Emptied:
    return Emptied(still(desk=list(positions), clock=CALM, **changes))


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events if event.kind.startswith("desk")]


def last(series: dict[str, Floats], name: str) -> list[float]:
    """A figure of all positions at the end."""
    values: list[float] = series[f"desk_{name}"][-1, 0].tolist()
    return values


# ---------------------------------------------------------------- changes


def test_a_position_made_bigger_averages_its_entry_and_pays_collateral_for_what_is_added() -> None:
    """100 coins at 100, then 20,000 USD at 90: 222.2 coins, entry (100·100 + 122.2·90)/222.2."""
    change = {"at_min": 20.0, "notional_usd": 20_000.0}
    market = desk(position(changes=[change]), shocks=[fall(-10.0)])
    series, events = market.play(30)
    qty = 20_000 / 90
    entry = (100 * 100 + (qty - 100) * 90) / qty
    assert last(series, "qty") == pytest.approx([qty], rel=1e-4)
    assert last(series, "entry_usd") == pytest.approx([entry], rel=1e-4)
    assert last(series, "pnl_usd") == pytest.approx([qty * (90 - entry)], rel=1e-3)
    paid_in = 2_000 + (qty - 100) * 90 / 5
    assert market.market.desk.paid_in_usd.item() == pytest.approx(paid_in, rel=1e-4)
    assert kinds(events) == ["desk_opened", "desk_changed"]


def test_a_position_made_smaller_keeps_entry_and_collateral_and_its_gain() -> None:
    """Half is sold at 110; what it gained stays in the account until all is closed."""
    change = {"at_min": 20.0, "notional_usd": 5_500.0}
    market = desk(position(changes=[change], close_min=40.0), shocks=[fall(10.0)])
    before = market.state.deposits_usd.item()
    series, _ = market.play(30)
    assert last(series, "qty") == pytest.approx([50], rel=1e-4)
    assert last(series, "entry_usd") == pytest.approx([100], rel=1e-4)
    assert last(series, "pnl_usd") == pytest.approx([1_000], rel=1e-3)
    assert last(series, "equity_usd") == pytest.approx([3_000], rel=1e-3)
    assert market.state.deposits_usd.item() - before == pytest.approx(2_000, rel=1e-4)
    market.play(20)
    assert before - market.state.deposits_usd.item() == pytest.approx(1_000, rel=1e-3)


def test_collateral_added_moves_the_liquidation_price_as_published() -> None:
    """Long: (p0 − c/q)/(1 − μ), with c = 2,000 and then 4,000 USD."""
    change = {"at_min": 5.0, "add_collateral_usd": 2_000.0}
    market = desk(position(changes=[change]))
    series, _ = market.play(10)
    prices = series["desk_liquidation_usd"][[3, -1], 0, 0]
    assert prices == pytest.approx([(100 - 20) / 0.99, (100 - 40) / 0.99], rel=1e-4)
    assert last(series, "pnl_usd") == pytest.approx([0], abs=1)


def test_a_change_of_what_has_been_liquidated_does_nothing_and_costs_nothing() -> None:
    changes = [{"at_min": 20.0, "notional_usd": 50_000.0, "add_collateral_usd": 1e4}]
    market = desk(position(changes=changes, close_min=40.0), shocks=[fall(-30.0)])
    series, events = market.play(60)
    assert kinds(events) == ["desk_opened", "desk_liquidated"]
    assert last(series, "qty") == [0]
    assert market.market.desk.paid_in_usd.item() == pytest.approx(2_000)
    assert last(series, "pnl_usd") == pytest.approx([-2_000])


def test_stepwise_liquidation_reduces_a_position_and_says_so() -> None:
    """A fifth of 200,000 USD at mark; 2/3 of maintenance is still there."""
    big = position(notional_usd=200_000.0, leverage=10.0)
    market = desk(big, liquidation={"ladder": "staged"}, adl={"rank": "none"})
    market.play(1)
    market.price(91.9)  # equity about 3,800; M(183,800) = 3,845
    series, events = market.play(1)
    assert kinds(events) == ["desk_reduced"]
    assert last(series, "qty") == pytest.approx([0.8 * 2_000], rel=1e-3)
    assert events[-1].because[0] == "equity_usd"


# ---------------------------------------------------------------- cross margin


def crossed(**changes: Any) -> dict[str, Any]:
    return position(margin="cross") | changes


def test_cross_positions_share_their_collateral_and_isolated_ones_do_not() -> None:
    """Big falls by 19.5%: 2,000 USD behind 10,000 are nearly gone; with 5,000 more they hold."""
    small = crossed(asset="Small", leverage=2.0)
    for margin, alive in (("cross", True), ("isolated", False)):
        positions = [position(margin=margin), small | {"margin": margin}]
        market = desk(*positions, shocks=[fall(-19.5) | {"sensitivities": ONLY_BIG}])
        series, events = market.play(20)
        assert (last(series, "qty")[0] > 0) == alive
        assert last(series, "qty")[1] > 0
        assert ("desk_liquidated" in kinds(events)) != alive
        if alive:
            equity = 7_000 - 0.195 * 10_000
            assert last(series, "equity_usd") == pytest.approx([equity] * 2, rel=1e-3)


ONLY_BIG = [{"asset": "Small", "beta": 0.0}]


def test_when_a_cross_account_is_liquidated_it_loses_all_its_positions() -> None:
    """10,000 USD of each at 5× and 10×: 3,000 USD are below 1% of what is left after −35%."""
    market = desk(
        crossed(),
        crossed(asset="Small", leverage=10.0),
        crossed(venue="B", leverage=2.0),
        shocks=[fall(-35.0) | {"sensitivities": ONLY_BIG}],
        adl={"rank": "none"},
    )
    series, events = market.play(20)
    assert last(series, "qty")[:2] == [0, 0]
    assert last(series, "qty")[2] > 0  # another venue, another account
    told = [event for event in events if event.kind == "desk_liquidated"]
    assert [event.values["position"] for event in told] == [0, 1]
    assert len({event.values["equity_usd"] for event in told}) == 1


def test_the_gain_of_a_cross_position_is_that_of_its_own_trades() -> None:
    """Quantity · mark − cost; together they are what the account gained."""
    market = desk(
        crossed(leverage=2.0),
        crossed(asset="Small", side="short", leverage=2.0),
        shocks=[fall(-10.0) | {"sensitivities": [{"asset": "Small", "beta": 2.0}]}],
    )
    series, _ = market.play(20)
    assert last(series, "pnl_usd") == pytest.approx([-1_000, 2_000 - 100], rel=0.01)
    gained = last(series, "equity_usd")[0] - 10_000
    assert gained == pytest.approx(sum(last(series, "pnl_usd")), rel=1e-9)


def two_crossed(close_min: float, other_close_min: float) -> Emptied:
    """Two positions on one account, which a fall costs 1,000 USD each before they are closed."""
    return desk(
        crossed(leverage=2.0, close_min=close_min),
        crossed(asset="Small", leverage=2.0, close_min=other_close_min),
        shocks=[fall(-10.0)],
    )


def test_a_cross_account_is_paid_out_when_its_last_position_is_closed() -> None:
    market = two_crossed(20.0, 40.0)
    before = market.state.deposits_usd.item()
    market.play(30)
    assert market.state.deposits_usd.item() - before == pytest.approx(10_000)
    series, events = market.play(20)
    assert kinds(events) == ["desk_closed"]
    assert before - market.state.deposits_usd.item() == pytest.approx(-2_000, rel=0.01)
    assert last(series, "equity_usd") == [0, 0]
    assert last(series, "pnl_usd") == pytest.approx([-1_000, -1_000], rel=0.01)


def test_a_cross_account_whose_positions_are_closed_together_is_paid_out_once() -> None:
    market = two_crossed(20.0, 20.0)
    before = market.state.deposits_usd.item()
    series, events = market.play(30)
    assert kinds(events).count("desk_closed") == 2
    assert before - market.state.deposits_usd.item() == pytest.approx(-2_000, rel=0.01)
    assert last(series, "equity_usd") == [0, 0]
    assert cash_error(market.state) < 1e-12


def test_after_a_liquidation_the_gains_of_cross_positions_stay_what_they_were() -> None:
    market = desk(crossed(), shocks=[fall(-25.0)], adl={"rank": "none"})
    series, _ = market.play(60)
    lost = series["desk_pnl_usd"][:, 0, 0]
    assert lost[-1] == pytest.approx(-2_500, rel=0.01)  # at the mark at which it was taken over
    assert (lost[12:] == lost[12]).all()


def test_what_adl_closes_of_a_cross_position_counts_at_the_price_it_was_closed_at() -> None:
    """300 of 1,000 short coins go at the bankruptcy price of 95, not at the mark of 90."""
    short = crossed(side="short", notional_usd=1e5, leverage=2.0)
    rules = {"trigger": "equity_below_zero"}
    market = desk(short, adl=rules, shocks=[fall(-10.0)])
    market.play(11)
    market.give_engine(300.0, 95.0)
    market.halt(until_min=60)
    series, events = market.play(1)
    assert kinds(events) == ["desk_adl"]
    gain = 300 * (100 - 95) + 700 * (100 - 90)
    assert last(series, "pnl_usd") == pytest.approx([gain], rel=1e-3)
    assert last(series, "equity_usd") == pytest.approx([50_000 + gain], rel=1e-3)


def test_the_liquidation_price_on_cross_margin_counts_what_the_others_bring() -> None:
    """Collateral of both less what Small must hold: c = 2,000 + 5,000 − 1% · 10,000."""
    market = desk(crossed(), crossed(asset="Small", leverage=2.0))
    series, _ = market.play(2)
    price = series["desk_liquidation_usd"][-1, 0, 0]
    assert price == pytest.approx((100 - (7_000 - 100) / 100) / 0.99, rel=1e-3)
    alone, _ = position_prices_usd(market.constants.scenario.assets[BIG], 1.0, 100.0, 1e4, 5.0)
    assert alone == pytest.approx(80 / 0.99)


# ---------------------------------------------------------------- coins


def coins(**changes: Any) -> dict[str, Any]:
    return position(kind="spot", leverage=1.0) | changes


def test_coins_are_bought_and_sold_on_the_book_and_are_no_contracts() -> None:
    market = desk(coins(notional_usd=1e6, close_min=5.0))
    interest, deposits = market.state.long_qty.copy(), market.state.deposits_usd.copy()
    maker = market.state.maker_qty.copy()
    series, events = market.play(10)
    moved = 1e6 / 5e8
    price = np.log(series["price_usd"][:, 0, A, BIG] / 100)
    assert price[:5] == pytest.approx(np.full(5, moved), rel=1e-3)
    assert price[5:] == pytest.approx(np.zeros(5), abs=1e-5)
    assert kinds(events) == ["desk_opened", "desk_closed"]
    np.testing.assert_array_equal(market.state.long_qty, interest)
    np.testing.assert_array_equal(market.state.maker_qty, maker)
    np.testing.assert_array_equal(market.state.deposits_usd, deposits)


def test_coins_gain_and_lose_but_nobody_can_take_them() -> None:
    """They fall by 55%; then the venue deleverages everybody it can."""
    market = desk(
        coins(changes=[{"at_min": 20.0, "notional_usd": 9_000.0}], close_min=40.0),
        shocks=[fall(-55.0)],
        adl={"trigger": "equity_below_zero"},
    )
    market.give_engine(-1_000.0, 40.0)
    series, events = market.play(60)
    assert kinds(events) == ["desk_opened", "desk_changed", "desk_closed"]
    assert series["desk_qty"][[15, 30, -1], 0, 0] == pytest.approx([100, 200, 0], rel=0.01)
    assert last(series, "pnl_usd") == pytest.approx([-5_500], rel=0.01)
    assert np.isnan(series["desk_liquidation_usd"]).all()


def test_coins_and_a_short_of_the_same_size_gain_what_the_other_loses() -> None:
    market = desk(
        coins(),
        position(side="short", leverage=2.0, hedged=True),
        shocks=[fall(-20.0)],
        funding={"cap_pct": 0.0},
    )
    series, _ = market.play(20)
    assert last(series, "pnl_usd") == pytest.approx([-2_000, 2_000], rel=0.01)


def test_the_ledger_closes_with_everything_on_the_desk() -> None:
    market = desk(
        coins(),
        coins(venue="B", close_min=30.0),
        crossed(changes=[{"at_min": 15.0, "notional_usd": 3e4, "add_collateral_usd": 77.0}]),
        crossed(asset="Small", side="short", close_min=25.0),
        position(side="short", leverage=9.0, close_min=35.0),
        position(asset="Small", venue="B", leverage=20.0),
        shocks=[fall(-8.0), fall(20.0, at_min=28.0)],
    )
    market.play(60)
    assert cash_error(market.state) < 1e-12
    assert market.state.short_qty[0, B, SMALL] == 0
