"""Where the desk stands in the queue of ADL."""

import numpy as np
import pytest
from scenarios import small

from engine.run import run


def short(**changes):
    usual = {
        "asset": "Small", "venue": "A", "side": "short", "notional_usd": 1_000.0, "leverage": 5.0,
        "open_min": 5.0,
    }  # fmt: skip
    return usual | changes


def test_a_position_that_gains_stands_in_the_queue_and_others_do_not():
    desk = [
        short(leverage=1.1),
        short(side="long", leverage=1.1),
        short(side="long", kind="spot", leverage=1.0),
        short(open_min=110.0),
    ]
    played = run(small(desk=desk))
    place = played["desk_adl_place"][:, 0]
    held = np.flatnonzero((played["desk_qty"][:, 0, :3] != 0).all(axis=1))
    gaining, losing, coins, late = place[held[-1]].tolist()
    assert 0 < gaining <= 1
    assert losing == 0
    assert np.isnan(coins)
    assert np.isnan(late)
    assert np.nanmax(place[:, 0]) <= 1


def test_more_leverage_stands_further_in_front():
    desk = [short(leverage=leverage, venue="B") for leverage in (2.0, 20.0)]
    place = run(small(desk=desk))["desk_adl_place"][:, 0]
    both = place[np.isfinite(place).all(axis=1) & (place > 0).all(axis=1)]
    assert len(both) > 10
    assert (both[:, 1] >= both[:, 0]).all()
    assert both[-1, 1] > both[-1, 0]


@pytest.mark.parametrize("rank", ["none", "pro_rata_unhedged"])
def test_whom_the_rule_spares_stands_in_no_queue(rank):
    coins = short(side="long", kind="spot", leverage=1.0)
    desk = [short(hedged=True), coins]
    place = run(small(desk=desk, adl={"rank": rank}))["desk_adl_place"][:, 0, 0]
    assert np.nanmax(place) == 0


def test_the_margin_ratio_reaches_one_when_a_position_is_liquidated():
    played = run(small(desk=[short(side="long", leverage=12.0)]))
    equity = played["desk_equity_usd"][:, 0, 0]
    maintenance = played["desk_maintenance_usd"][:, 0, 0]
    is_open = equity > 0
    assert (maintenance[is_open] > 0).all()
    assert (maintenance[is_open] <= equity[is_open] * (1 + 1e-9)).all()
    assert not maintenance[-1]
