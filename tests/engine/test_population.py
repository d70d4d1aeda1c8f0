"""Who holds what when a scenario begins: every pool meets its targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.arrays import Floats
from engine.layout import cross_assets, pool_rows
from engine.margin import Standing, tiers_of
from engine.population import Parts, drawn_leverage, leverage_slope, parts_of, populate
from engine.scenario import Crowd, Scenario
from engine.state import Accounts, Kind
from tests.engine.emptied import BIG, SMALL, still

CROWD: dict[str, Any] = {"accounts": 20_000, "people": 1_000_000}
INTEREST = np.array([[50e6, 5e6], [30e6, 3e6], [20e6, 2e6]])


def drawn(**crowd: Any) -> tuple[Scenario, Accounts]:
    scenario = still(crowd=CROWD | crowd)
    return scenario, populate(scenario, 1)


def notional(accounts: Accounts, rows: np.ndarray | None = None) -> Floats:
    """Signed notional of each position at the start, (A, n)."""
    every = slice(None) if rows is None else rows
    held: Floats = accounts.qty[:, every] * np.array([[100.0], [2.0]])
    return held


def by_venue(accounts: Accounts, values: Floats) -> Floats:
    """Sum of values, (A, N), by venue, (V, A)."""
    starts = accounts.layout.block_start[:-1]
    sums: Floats = np.add.reduceat(values, starts, axis=1).T
    return sums


# ---------------------------------------------------------------- targets


@pytest.mark.parametrize(
    ("crowd", "long", "short", "hedged", "paired"),
    [
        # 0.68 long; 0.32 short and 0.32·0.45/0.55 hedged, of which 0.3 need longs elsewhere
        ({}, 0.68, 0.32, 0.32 * 0.45 / 0.55, 0.3),
        ({"hedged_share": 0.0}, 0.68, 0.32, 0.0, 0.3),
        ({"long_share": 0.3, "hedged_share": 0.5}, 0.3, 0.7, 0.7, 0.3),
        ({"pair_share": 1.0, "hedged_share": 0.6}, 0.68, 0.32, 0.48, 1.0),
    ],
)
def test_the_larger_side_of_all_accounts_is_the_open_interest(
    crowd: dict[str, float], long: float, short: float, hedged: float, paired: float
) -> None:
    whole = max(long + paired * hedged, short + hedged)
    expected = Parts(long / whole, short / whole, hedged / whole, paired)
    found = parts_of(still(crowd=crowd))
    assert vars(found) == pytest.approx(vars(expected))


@pytest.mark.parametrize(
    "crowd",
    [
        {},
        {"long_share": 0.3, "hedged_share": 0.2},
        {"hedged_share": 0.0, "cross_share": 0.0},
        {"pair_share": 1.0, "away_share": 0.6},
        {"pair_share": 0.95, "long_share": 0.3, "hedged_share": 0.6},
        {"pair_share": 0.0, "cross_share": 0.8},
    ],
    ids=str,
)
def test_long_and_short_notional_are_met_in_every_pool(crowd: dict[str, float]) -> None:
    scenario, accounts = drawn(**crowd)
    part, held = parts_of(scenario), notional(accounts)
    longs, shorts = (
        by_venue(accounts, np.maximum(held, 0)),
        by_venue(accounts, -np.minimum(held, 0)),
    )
    np.testing.assert_allclose(longs, (part.long + part.paired * part.hedged) * INTEREST)
    np.testing.assert_allclose(shorts, (part.short + part.hedged) * INTEREST)
    np.testing.assert_allclose(np.maximum(longs, shorts).max(), INTEREST.max())


def test_hedged_shorts_are_met_in_every_pool() -> None:
    scenario, accounts = drawn()
    shorts = -np.minimum(notional(accounts), 0) * accounts.hedged
    hedged = parts_of(scenario).hedged
    np.testing.assert_allclose(by_venue(accounts, shorts), hedged * INTEREST)
    assert set(accounts.kind[accounts.hedged]) == {Kind.BASIS, Kind.PAIR}


@pytest.mark.parametrize("share", [0.1, 0.2, 0.7])
def test_the_cross_margin_share_of_the_crowd_is_met_in_every_pool_on_both_sides(
    share: float,
) -> None:
    scenario, accounts = drawn(cross_share=share)
    part = parts_of(scenario)
    cross = notional(accounts) * accounts.layout.is_cross
    longs = by_venue(accounts, np.maximum(cross, 0))
    shorts = by_venue(accounts, -np.minimum(cross, 0))
    np.testing.assert_allclose(longs, share * part.long * INTEREST)
    np.testing.assert_allclose(shorts, share * part.short * INTEREST)


def test_every_cross_margin_account_holds_several_assets_on_one_side() -> None:
    _, accounts = drawn(away_share=0.0)
    held = accounts.qty[:, accounts.layout.is_cross & (accounts.kind == Kind.DIRECTIONAL)]
    assert held.shape[1] > 3_000
    assert ((held != 0).sum(axis=0) >= 2).all()
    assert (np.abs(np.sign(held).sum(axis=0)) == (held != 0).sum(axis=0)).all()


def test_of_many_assets_every_third_account_holds_three_and_all_combinations_come_up_alike() -> (
    None
):
    combinations = cross_assets(np.arange(60), 5)
    two = combinations[combinations[:, 2] < 0, :2]
    assert len(two) == 40
    pairs, times = np.unique(np.sort(two, axis=1), axis=0, return_counts=True)
    assert len(pairs) == 10
    assert set(times) == {4}
    three = combinations[combinations[:, 2] >= 0]
    assert all(len(set(each)) == 3 for each in three.tolist())
    assert (np.bincount(three.ravel()) == 12).all()


def test_with_one_asset_nobody_is_on_cross_margin() -> None:
    assets = still().model_dump(mode="json")["assets"][:1]
    accounts = populate(still(assets=assets, crowd=CROWD | {"cross_share": 0.5}), 1)
    cross = accounts.layout.is_cross & (accounts.kind == Kind.DIRECTIONAL)
    assert not cross.any()


def test_legs_of_pairs_are_as_many_coins_short_as_long_on_different_venues() -> None:
    _, accounts = drawn()
    layout, pairs = accounts.layout, accounts.layout.pairs
    short_pool, long_pool = layout.pool[pairs].T
    assert len(pairs) > 100
    assert (short_pool % 2 == long_pool % 2).all()
    assert (short_pool // 2 != long_pool // 2).all()
    asset = short_pool % 2
    short, long = accounts.qty[asset, pairs[:, 0]], accounts.qty[asset, pairs[:, 1]]
    assert (short < 0).all()
    np.testing.assert_array_equal(short, -long)
    assert (accounts.kind[pairs] == Kind.PAIR).all()


@pytest.mark.parametrize("away", [0.0, 0.2, 0.7])
def test_the_share_on_the_sidelines_holds_in_every_pool_and_they_hold_nothing(away: float) -> None:
    _, accounts = drawn(away_share=away)
    layout = accounts.layout
    isolated = (accounts.kind == Kind.DIRECTIONAL) & ~layout.is_cross
    idle = isolated & (accounts.qty == 0).all(axis=0)
    for pool in range(6):
        mine = isolated & (layout.pool == pool)
        assert idle[mine].mean() == pytest.approx(away, abs=1 / mine.sum())
    assert not accounts.cash_usd[idle].any()
    if away:
        assert (accounts.size_usd[idle] > 0).all()


def test_who_is_away_would_hold_what_others_of_their_kind_do() -> None:
    _, accounts = drawn(away_share=0.5)
    isolated = (accounts.kind == Kind.DIRECTIONAL) & ~accounts.layout.is_cross
    idle = (accounts.qty == 0).all(axis=0)
    for pool in range(6):
        mine = isolated & (accounts.layout.pool == pool)
        here, away = accounts.size_usd[mine & ~idle], accounts.size_usd[mine & idle]
        assert away.mean() == pytest.approx(here.mean(), rel=0.35)


def test_rows_of_a_pool_are_all_accounted_for() -> None:
    for count in (4, 5, 17, 1_000):
        for crowd in (Crowd(), Crowd(hedged_share=0.0), Crowd(away_share=0.9, long_share=0.95)):
            part = pool_rows(crowd, count, venues=3)
            numbers = list(vars(part).values())
            assert sum(numbers) == count
            assert min(numbers) >= 0
            assert part.longs >= 1
            assert part.shorts >= 1
            assert (part.pairs + part.basis > 0) == (crowd.hedged_share > 0)
            assert pool_rows(crowd, count, venues=1).pairs == 0


# ---------------------------------------------------------------- leverage


def leverages(accounts: Accounts, cross: bool | None = None) -> tuple[Floats, Floats]:
    """Leverage and notional of everybody in the crowd who holds something.

    Only of those on cross margin, or only of the others, if asked for.
    """
    present = (accounts.kind == Kind.DIRECTIONAL) & (accounts.qty != 0).any(axis=0)
    if cross is not None:
        present &= accounts.layout.is_cross == cross
    held = notional(accounts)[:, present]
    gross = np.abs(held).sum(axis=0)
    equity = accounts.cash_usd[present] + held.sum(axis=0)
    return gross / equity, gross


@pytest.mark.parametrize(("by_number", "by_notional"), [(9.0, 3.0), (5.0, 2.0), (12.0, 6.0)])
def test_median_leverage_by_number_and_by_notional_is_as_set(
    by_number: float, by_notional: float
) -> None:
    """Half of the accounts, and half of the money, are above. Nobody has been liquidated yet."""
    _, accounts = drawn(
        leverage_median=by_number, leverage_median_by_notional=by_notional, holding_days=0.0
    )
    leverage, gross = leverages(accounts)
    assert np.median(leverage) == pytest.approx(by_number, rel=0.05)
    order = np.argsort(leverage)
    share = np.cumsum(gross[order]) / gross.sum()
    middle = leverage[order][np.searchsorted(share, 0.5)]
    assert middle == pytest.approx(by_notional, rel=0.12)


@pytest.mark.parametrize("cross", [True, False])
def test_after_holding_for_a_while_those_closest_to_liquidation_are_gone(cross: bool) -> None:
    """Distance to liquidation ≥ |N(0, 1)| · σ · √holding: it thins out towards zero."""
    assets = still().model_dump(mode="json")["assets"]
    for asset in assets:
        asset["volatility_per_year"] = 0.8

    def near(holding_days: float) -> float:
        scenario = still(assets=assets, crowd=CROWD | {"holding_days": holding_days})
        leverage, _ = leverages(populate(scenario, 1), cross)
        return float((leverage > 25).mean())

    assert near(0.0) > 1.5 * near(1.0) > 1.5 * near(5.0)


def test_nobody_starts_below_maintenance() -> None:
    scenario, accounts = drawn(leverage_median=50.0, leverage_median_by_notional=50.0)
    mark = np.broadcast_to([100.0, 2.0], (1, 3, 2)).copy()
    rows = np.flatnonzero((accounts.qty != 0).any(axis=0))
    all_ = Standing.of(accounts, tiers_of(scenario.assets), mark, rows)
    assert (all_.equity_usd >= all_.maintenance_usd * (1 + 1e-3)).all()


def test_hedgers_have_their_own_leverage() -> None:
    _, accounts = drawn(hedge_leverage=4.0, holding_days=0.0)
    for kind in (Kind.BASIS, Kind.PAIR):
        rows = np.flatnonzero((accounts.kind == kind) & (accounts.qty != 0).any(axis=0))
        held = notional(accounts, rows)
        leverage = np.abs(held).sum(axis=0) / (accounts.cash_usd[rows] + held.sum(axis=0))
        assert np.median(leverage) == pytest.approx(4.0, rel=0.15)


def test_the_crowds_leverage_follows_its_settings_and_the_cap() -> None:
    def median(typical: float, cap: float) -> float:
        noise = 0.7 * np.random.default_rng(1).standard_normal(10_001)
        leverage = drawn_leverage(np.full(10_001, typical), noise, cap)
        assert (leverage <= cap).all()
        return float(np.median(leverage))

    assert median(9.0, 100.0) == pytest.approx(9.0, rel=0.03)
    for typical, cap in ((20.0, 20.0), (50.0, 20.0), (9.0, 5.0)):
        assert 0.9 * cap < median(typical, cap) <= cap


def test_large_accounts_use_less_leverage_unless_the_medians_agree() -> None:
    assert leverage_slope(Crowd()) < 0
    same = Crowd(leverage_median=5.0, leverage_median_by_notional=5.0)
    assert leverage_slope(same) == 0


# ---------------------------------------------------------------- entries and sizes


def test_entry_prices_scatter_around_the_price_as_set() -> None:
    _, accounts = drawn(entry_spread_pct=6.0)
    asset, rows = np.nonzero(accounts.qty)
    off = np.log(accounts.entry_usd[asset, rows] / np.array([100.0, 2.0])[asset])
    assert off.mean() == pytest.approx(0, abs=0.005)
    assert off.std() == pytest.approx(0.06, rel=0.05)
    assert not accounts.entry_usd[accounts.qty == 0].any()


def test_every_simulated_account_stands_for_as_many_people_as_there_are() -> None:
    _, accounts = drawn()
    people = accounts.size_usd > 0
    assert set(accounts.weight[people]) == {50.0}
    assert set(accounts.weight[accounts.kind == Kind.DESK]) == {1.0}


def test_no_single_account_is_a_whale() -> None:
    _, accounts = drawn()
    share = np.abs(notional(accounts)).max(axis=1) / INTEREST.max(axis=0)
    assert share[BIG] < 0.02
    assert share[SMALL] < 0.04


def test_worlds_have_different_people_in_the_same_rows() -> None:
    accounts = populate(still(crowd=CROWD), 2)
    each = accounts.layout.rows // 2
    np.testing.assert_array_equal(accounts.kind[:each], accounts.kind[each:])
    assert (accounts.qty[:, :each] != accounts.qty[:, each:]).any()
    alone = populate(still(crowd=CROWD), 1)
    np.testing.assert_array_equal(alone.qty, accounts.qty[:, :each])
