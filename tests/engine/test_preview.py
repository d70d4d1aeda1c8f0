"""What a move of all prices would liquidate, without a run."""

import numpy as np
import pytest
from scenarios import small

from engine.population import populate
from engine.preview import MOVES, liquidated_by_moves
from engine.scenario import Scenario


def with_crowd(scenario: Scenario, **changes) -> Scenario:
    crowd = scenario.crowd.model_copy(update=changes)
    return scenario.model_copy(update={"crowd": crowd})


def test_nothing_is_liquidated_where_nothing_moves_and_more_by_larger_moves():
    preview = liquidated_by_moves(small())
    assert preview.at(0.0) == 0
    falls, rises = MOVES <= 0, MOVES >= 0
    assert (np.diff(preview.long_share[falls]) <= 1e-12).all()
    assert (np.diff(preview.short_share[rises]) >= -1e-12).all()
    assert preview.long_share[0] > 0.3
    assert preview.long_share.max() <= 1


def test_a_fall_liquidates_no_shorts_that_stand_alone():
    preview = liquidated_by_moves(with_crowd(small(), pair_share=0.0, cross_share=0.0))
    assert not preview.short_share[MOVES < 0].any()
    assert not preview.long_share[MOVES > 0].any()


def test_more_leverage_liquidates_more():
    low, high = (
        liquidated_by_moves(with_crowd(small(), leverage_median_by_notional=median))
        for median in (1.0, 6.0)
    )
    assert high.at(-0.1) > 2 * low.at(-0.1)


def test_it_agrees_with_the_liquidation_prices_of_the_whole_crowd():
    """Each isolated long's own price against the move, in another way and on all venues."""
    from engine.margin import liquidation_price_usd, tiers_of

    scenario = with_crowd(
        small(), accounts=60_000, cross_share=0.0, pair_share=0.0, hedged_share=0.0
    )
    accounts = populate(scenario, 1)
    prices = np.array([asset.price_usd for asset in scenario.assets])
    asset, row = np.nonzero(accounts.qty > 0)
    qty = accounts.qty[asset, row]
    limit = liquidation_price_usd(
        tiers_of(scenario.assets), asset, qty, accounts.cash_usd[row], accounts.weight[row]
    )
    notional = qty * prices[asset]
    preview = liquidated_by_moves(scenario)
    for move in (-0.05, -0.1, -0.2):
        whole = notional[limit > prices[asset] * (1 + move)].sum() / notional.sum()
        assert preview.at(move) == pytest.approx(whole, abs=0.05)


def test_a_market_of_one_venue_or_of_many_assets_has_one_too():
    alone = small().model_copy(
        update={"venues": (small().venues[0].model_copy(update={"open_interest_share": 1.0}),)}
    )
    assert liquidated_by_moves(alone).at(-0.3) > 0
