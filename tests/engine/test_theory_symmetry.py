"""Up and down are alike: a short crowd cascades upwards as a long crowd does downwards.

What remains different is arithmetic, not rules: a position of q coins is worth less the further
the price has fallen, and more the further it has risen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from engine.margin import liquidation_price_usd, tiers_of
from engine.run import Simulation
from engine.scenario import Scenario
from tests.engine.flat_crowd import (
    NOBODY_DECIDES,
    Floats,
    fallen,
    played,
    restarted,
    simplest,
    with_flat_crowd,
)
from tests.engine.scenarios import settings, small

LONGS, SHORTS = 1.0, -1.0
SIDES = {LONGS: "liquidated_long_usd", SHORTS: "liquidated_short_usd"}


@dataclass(frozen=True)
class Cascade:
    """What became of a shock against one side: log moves by asset, and dollars in all."""

    move_log: Floats
    liquidated_usd: float
    others_usd: float
    adl_usd: float
    adl_cost_usd: float
    adl_accounts: float
    least_depth: Floats
    peak_number: float

    @classmethod
    def of(cls, series: dict[str, Floats], start_log: Floats, side: float) -> Cascade:
        moves = side * (start_log - series["log_price"][:, 0])
        return cls(
            move_log=moves.max(axis=0),
            liquidated_usd=series[SIDES[side]].sum(),
            others_usd=series[SIDES[-side]].sum(),
            adl_usd=series["adl_usd"].sum(),
            adl_cost_usd=series["adl_cost_usd"].sum(),
            adl_accounts=series["adl_accounts"].sum(),
            least_depth=series["depth_share"].min(axis=(0, 1)),
            peak_number=series[f"cascade_number{'' if side > 0 else '_up'}"].max(),
        )


@pytest.mark.parametrize("ratio", [0.5, 0.9])
def test_a_flat_short_crowd_rises_as_far_as_a_flat_long_crowd_falls(ratio: float) -> None:
    down = played(with_flat_crowd(simplest(-0.01), ratio, 0.25, LONGS))
    up = played(with_flat_crowd(simplest(+0.01), ratio, 0.25, SHORTS))
    assert -fallen(up) == pytest.approx(fallen(down), rel=0.01)
    shorts, longs = up["liquidated_short_usd"].sum(), down["liquidated_long_usd"].sum()
    assert shorts == pytest.approx(longs, rel=0.01)
    assert up["margin_lost_usd"].sum() == pytest.approx(down["margin_lost_usd"].sum(), rel=0.2)


@pytest.mark.parametrize("ratio", [0.5, 0.8])
def test_winners_on_either_side_are_deleveraged_alike(ratio: float) -> None:
    """The shock comes at once, so that many are bankrupt before they can be sold.

    Coins of those liquidated on the way are s away from their price at most, so that dollars
    differ by no more than from e^−s to e^s.
    """
    shock_log = 0.05
    rules = {
        "adl": {"rank": "pnl_times_leverage", "trigger": "fund_empty"},
        "insurance": {"fund_pct": 0.01},
    }
    cascades = []
    for side in (LONGS, SHORTS):
        scenario = simplest(-side * shock_log, ramp_min=0.0, **rules)
        series = played(with_flat_crowd(scenario, ratio, 0.25, side, winners_usd=5e8))
        cascades.append(Cascade.of(series, np.log([100.0]), side))
    down, up = cascades
    alike = np.expm1(2 * shock_log)
    assert down.adl_usd > 1e7
    assert up.adl_usd == pytest.approx(down.adl_usd, rel=alike)
    assert up.adl_cost_usd == pytest.approx(down.adl_cost_usd, rel=alike)
    assert up.adl_accounts == pytest.approx(down.adl_accounts, abs=1)
    assert up.liquidated_usd == pytest.approx(down.liquidated_usd, rel=alike)
    assert up.move_log == pytest.approx(down.move_log, rel=0.02)


def _market(side: float) -> Scenario:
    """The small market, books that empty and ADL included, without noise and without hedgers."""
    return small(
        assets=[
            asset | {"depth_1pct_usd": 20 * asset["depth_1pct_usd"], "volatility_per_year": 0.0}
            for asset in settings()["assets"]
        ],
        crowd={
            "accounts": 2_000,
            "people": 50_000,
            "hedged_share": 0.0,
            "cross_share": 0.0,
            "away_share": 0.0,
            "turnover_per_day": 0.0,
        },
        behaviour={**NOBODY_DECIDES, "comeback_days": 10_000.0},
        hedging={"handover_h": 10_000.0, "basis_exit_per_day": 0.0},
        funding={"cap_pct": 0.0},
        shocks=[
            {
                "at_min": 20.0,
                "size_pct": float(np.expm1(-side * 0.08)) * 100,
                "ramp_min": 10.0,
                "volatility_multiplier": 1.0,
            }
        ],
    )


def _mirrored(simulation: Simulation) -> Simulation:
    """Turn every position round, so that it is liquidated as far above the price as below before.

    With liquidation price p and quantity q, the mirrored position is liquidated at p0²/p and is
    −q·p²/p0² coins: the same notional there, and by the cash the same margin.
    """
    accounts, assets = simulation.market.state.accounts, simulation.scenario.assets
    home = accounts.layout.pool % accounts.layout.assets
    start = np.array([asset.price_usd for asset in assets])[home]
    place = (home, np.arange(accounts.layout.rows))
    qty = accounts.qty[place]
    price = liquidation_price_usd(tiers_of(assets), home, qty, accounts.cash_usd, accounts.weight)
    safe = ~np.isfinite(price) | (price <= 0)  # never liquidated: turned round where it stands
    price = np.where(safe, start, price)
    accounts.qty[place] = -qty * (price / start) ** 2
    accounts.cash_usd += 2 * qty * price
    entry = accounts.entry_usd[place]
    accounts.entry_usd[place] = np.divide(start**2, entry, out=entry, where=entry > 0)
    return restarted(simulation, accounts)


def test_the_mirror_image_of_a_whole_crowd_cascades_upwards_as_it_does_downwards() -> None:
    down = _cascade(Simulation(_market(LONGS)), LONGS)
    up = _cascade(_mirrored(Simulation(_market(SHORTS))), SHORTS)
    assert down.liquidated_usd > 5e8
    assert down.adl_usd > 2e8
    assert (down.least_depth < 0.05).all()
    assert up.move_log == pytest.approx(down.move_log, rel=0.01)
    assert up.liquidated_usd == pytest.approx(down.liquidated_usd, rel=0.01)
    assert up.least_depth == pytest.approx(down.least_depth, rel=0.01)
    assert up.peak_number == pytest.approx(down.peak_number, rel=0.05)
    # Small falls by a fifth: dollars of ADL differ by what a coin is worth there.
    assert up.adl_usd == pytest.approx(down.adl_usd, rel=0.25)
    assert up.others_usd == down.others_usd == 0


def _cascade(simulation: Simulation, side: float) -> Cascade:
    start = np.log([asset.price_usd for asset in simulation.scenario.assets])
    return Cascade.of(played(simulation), start, side)
