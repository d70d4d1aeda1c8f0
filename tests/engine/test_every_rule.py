"""The market that other tests play with every rule on: each rule really is at work in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from engine import liquidation, protection, trades
from engine.liquidation import Takeover
from engine.record import CAUSES, Run
from engine.run import run
from engine.screen import Screen
from engine.state import State
from engine.trades import HEDGES, Trades
from tests.engine.scenarios import everything, small

A, B, C = range(3)
BTC, SMALL = range(2)


@dataclass(frozen=True)
class Played:
    """The record of the market, and what isn't written down in it."""

    run: Run
    taken_whole: dict[int, Counter[bool]]
    trades: list[Trades]
    filled: list[np.ndarray]

    def events(self, kind: str) -> list[Any]:
        return [event for event in self.run.events if event.kind == kind]

    def minutes(self, first: float, last: float) -> slice:
        """The steps that end within these minutes."""
        ends = self.run.grid.end_s
        return slice(*np.searchsorted(ends, [first * 60, last * 60], side="right").tolist())


@cache
def played() -> Played:
    taken_whole = {venue: Counter[bool]() for venue in (A, B, C)}
    booked: list[Trades] = []
    filled: list[np.ndarray] = []
    take_over, settle, band = liquidation.take_over, trades.settle, protection.within_band

    def taken_over(state: State, *rest: Any) -> Takeover | None:
        taken = take_over(state, *rest)
        if taken:
            layout = state.accounts.layout
            venues = layout.pool[taken.rows] // layout.assets
            for venue, whole in zip(venues.tolist(), taken.whole.tolist(), strict=True):
                taken_whole[venue][whole] += 1
        return taken

    def settled(state: State, screen: Screen, done: Trades, *rest: Any) -> None:
        booked.append(done)
        settle(state, screen, done, *rest)

    def within_band(*arguments: Any) -> np.ndarray:
        filled.append(band(*arguments))
        return filled[-1]

    with (
        patch.object(liquidation, "take_over", taken_over),
        patch.object(trades, "settle", settled),
        patch.object(protection, "within_band", within_band),
    ):
        record = run(everything())
    return Played(record, taken_whole, booked, filled)


def test_everything_that_can_be_told_of_a_market_happens() -> None:
    told = Counter(event.kind for event in played().run.events)
    assert told.keys() >= {
        "adl_begins",
        "adl_ends",
        "book_empty",
        "desk_adl",
        "desk_changed",
        "desk_closed",
        "desk_liquidated",
        "desk_opened",
        "first_liquidation",
        "fund_empty",
        "hedges_break",
        "market_halted",
        "market_opens",
        "no_coins",
        "no_dollars",
        "outage",
        "rule_changed",
        "shock",
        "top_up",
    }


def test_every_cause_moves_prices() -> None:
    moved = np.abs(played().run["causes_log"][:, 0]).max(axis=0)
    for nth, cause in enumerate(CAUSES):
        assert (moved[:, nth] > 0).all(), cause


def test_venues_take_over_whole_in_steps_and_down_to_a_lower_tier() -> None:
    whole = played().taken_whole
    assert whole[A][True] > 50 * whole[A][False]  # in steps only once the rule is changed
    assert whole[B][False] > 50
    assert whole[C][False] > 20


@pytest.mark.parametrize(
    ("venue", "trigger"), [("A", "drawdown"), ("B", "fund_empty"), ("C", "equity_below_zero")]
)
def test_adl_begins_by_every_trigger(venue: str, trigger: str) -> None:
    begun = [event for event in played().events("adl_begins") if event.venue == venue]
    assert begun
    assert {event.values["trigger"] for event in begun} == {trigger}


def test_adl_fills_at_mark_where_the_rule_says_so_and_at_bankruptcy_prices_elsewhere() -> None:
    venue = np.concatenate([entry.pool // 2 for entry in played().run.adl])
    at_mark = np.concatenate([entry.price_usd == entry.mark_usd for entry in played().run.adl])
    assert at_mark[venue == B].all()
    for other in (A, C):
        assert not at_mark[venue == other].all()
        assert (venue == other).any()
    hedged = played().run["adl_hedged_usd"].sum(axis=(0, 1, 3))
    assert (hedged > 0).all()


def test_outages_breakers_and_empty_books_halt_markets_and_they_open_again() -> None:
    now = played()
    halted = now.run["halted"][:, 0]
    assert halted[now.minutes(22.5, 25.5), A].all()  # the whole venue
    assert halted[now.minutes(30, 32), B, SMALL].all()  # one market of it
    assert not halted[:, C].any()
    assert {event.venue for event in now.events("market_halted")} == {"A"}
    empty = now.events("book_empty")
    assert min(event.because.left_value for event in empty) < 1e-3
    opened = Counter((event.venue, event.asset) for event in now.events("market_opens"))
    assert opened.keys() == {("A", "BTC"), ("A", "Small"), ("B", "BTC"), ("B", "Small")}


def test_a_band_cuts_orders_first_at_one_venue_then_everywhere_but_where_rules_are_own() -> None:
    share = np.array(played().filled)[:, 0]
    cut = (share < 1).any(axis=(0, 2))
    assert cut.tolist() == [False, True, True]


def test_broken_hedges_open_again_elsewhere_and_pairs_are_cut() -> None:
    for_hedges = [
        done.opens[done.reason == HEDGES]
        for done in played().trades
        if (done.reason == HEDGES).any()
    ]
    opens = np.concatenate(for_hedges)
    assert opens.sum() > 10
    assert (~opens).sum() > 10


def test_funds_are_topped_up() -> None:
    now = played()
    gained = np.diff(now.run["fund_usd"][:, 0].sum(axis=(1, 2)))
    for at_min in (28, 40):
        step = now.run.grid.step_at(at_min * 60)
        assert gained[step - 1] == pytest.approx(1e6, abs=1e5)
        assert np.abs(gained[[step - 2, step]]).max() < 5e5


def test_funds_are_pooled_once_the_rules_say_so() -> None:
    """By size at the start: what a single contract's fund earned is spread over all of them."""
    now = played()
    fund = now.run["fund_usd"][:, 0]
    by_venue, shared = fund[now.minutes(0, 59.9).stop - 1], fund[-1]
    assert by_venue[A, SMALL] / by_venue[A].sum() == pytest.approx(1 / 5, rel=0.01)
    size = np.array([[2.0, 0.5], [2.4, 0.6], [0.8, 0.2]])  # B's are twice as large by its own rule
    np.testing.assert_allclose(shared / shared.sum(), size / size.sum(), rtol=0.01)


def test_funding_is_paid_every_hour() -> None:
    rate = played().run["funding_rate"][:, 0]
    changed = np.flatnonzero((np.diff(rate, axis=0, prepend=0) != 0).any(axis=(1, 2)))
    ends = played().run.grid.end_s[changed]
    assert ends.tolist() == [30 * 60, 90 * 60]


def test_the_desk_holds_a_position_of_every_kind() -> None:
    now = played()
    qty = now.run["desk_qty"][:, 0]
    assert (np.abs(qty).max(axis=0) > 0).all()
    kinds = {(p.kind, p.margin, p.hedged, bool(p.changes)) for p in now.run.scenario.desk}
    assert kinds >= {
        ("perpetual", "isolated", False, True),
        ("perpetual", "cross", False, False),
        ("perpetual", "isolated", True, True),
        ("spot", "isolated", False, False),
    }
    coins = [p.kind for p in now.run.scenario.desk].index("spot")
    held = qty[qty[:, coins] != 0, coins]
    assert (held == held[0]).all()  # nobody liquidates or deleverages coins
    assert len(held) > 180


def test_a_market_halted_by_a_rule_that_is_switched_off_opens_all_the_same() -> None:
    breakers = {"breaker_pct": 2.0, "halt_min": 10.0}
    off = [{"at_min": 26.0, "path": "protection.breaker_pct", "value": 0.0}]
    record = run(small(protection=breakers, rule_changes=off))
    ends = record.grid.end_s / 60
    halted = record["halted"][:, 0].astype(bool)
    off_at = int(np.searchsorted(ends, 26.0, side="right"))
    assert halted[off_at].any()
    last = {(e.venue, e.asset): e.time_s / 60 for e in record.events if e.kind == "market_halted"}
    assert all(at_min < 26.1 for at_min in last.values())
    for v, venue in enumerate("ABC"):
        for a, asset in enumerate(("BTC", "Small")):
            if halted[off_at, v, a]:
                until = last[venue, asset] + 10
                stays = (ends > last[venue, asset]) & (ends <= until)
                assert halted[stays, v, a].all()
                assert not halted[ends > until + 0.2, v, a].any()
                opened = [e for e in record.events if (e.venue, e.asset) == (venue, asset)]
                assert any(e.kind == "market_opens" and e.time_s / 60 > 26 for e in opened)
