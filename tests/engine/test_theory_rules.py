"""What must hold whatever the numbers: parts add up, leverage feeds, depth damps, rules are alone.

Ten-line economics: without leverage there is nothing to cascade; the more leverage, the more of
the fall is the market's own; the deeper the books, the less. And a comparison is honest only if
what is compared sees the same people and the same news.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.explain import amplification, attribution, fall, shock_step
from engine.record import CAUSES, Run
from engine.run import Simulation, run
from tests.engine.flat_crowd import NOBODY_DECIDES, Floats
from tests.engine.scenarios import settings, small

WORLDS = 4
ACCOUNTS = {"accounts": 2_000, "people": 50_000}
MILD = {"shocks": [{"at_min": 20.0, "size_pct": -4.0, "ramp_min": 10.0}]}
UNLEVERAGED = {
    **ACCOUNTS,
    "leverage_median": 1.0,
    "leverage_median_by_notional": 1.0,
    "leverage_spread": 0.05,
    "hedge_leverage": 1.0,
}


def _assets(depth: float = 1.0, **changes: Any) -> list[dict[str, Any]]:
    return [
        asset | {"depth_1pct_usd": depth * asset["depth_1pct_usd"]} | changes
        for asset in settings()["assets"]
    ]


def _amplification(record: Run) -> Floats:
    found = [amplification(record, world) for world in range(record.worlds)]
    return np.array(found, dtype=np.float64)


def _liquidated_usd(record: Run) -> Floats:
    both = record["liquidated_long_usd"] + record["liquidated_short_usd"]
    return both.sum(axis=(0, 2, 3))


# ---------------------------------------------------------------- attribution


@pytest.fixture(scope="module")
def storm() -> Run:
    """The small market with everything switched on, and a breaker that halts and reopens it."""
    return run(small(protection={"breaker_pct": 15.0, "halt_min": 2.0}), worlds=2)


@pytest.mark.parametrize("asset", [0, 1])
def test_parts_of_the_fall_add_up_to_it(storm: Run, asset: int) -> None:
    for world in range(storm.worlds):
        found = fall(storm, world, asset)
        assert found is not None
        parts = attribution(storm, world, asset, shock_step(storm), found.low_step + 1)
        assert list(parts) == list(CAUSES)
        assert sum(parts.values()) == pytest.approx(found.low - found.before, abs=1e-11)
        assert found.before - found.low > 0.2


def test_in_a_storm_every_cause_has_a_part(storm: Run) -> None:
    parts = np.abs(storm["causes_log"]).max(axis=(0, 1, 2))
    idle = {cause for cause, part in zip(CAUSES, parts, strict=True) if part < 1e-9}
    assert idle <= {"desk", "arbitrage"}  # nobody sits there; what one venue sells another buys


def test_arbitrage_moves_venues_but_not_the_asset_while_books_are_in_proportion() -> None:
    """Its buys and sells are the same size: at calm depth they cancel in the mean over venues."""
    record = run(small(liquidity={"withdrawal_exponent": 0.0}))
    arbitrage = record["causes_log"][..., CAUSES.index("arbitrage")]
    assert np.abs(np.diff(record["arb_coins_usd"], axis=0)).max() > 1e3  # it was at work
    assert np.abs(arbitrage).max() < 1e-12


def test_with_full_books_no_part_of_the_fall_is_withdrawn_liquidity() -> None:
    full = {"withdrawal_exponent": 0.0, "loss_withdrawal": 0.0, "adl_withdrawal": 0.0}
    record = run(small(liquidity=full))
    withdrawn = record["causes_log"][..., CAUSES.index("withdrawn liquidity")]
    assert record["depth_share"].min() > 1 - 1e-12
    assert np.abs(withdrawn).max() < 1e-12
    assert np.abs(record["causes_log"][..., CAUSES.index("liquidations")]).max() > 1e-3


def test_without_leverage_the_fall_is_the_shock_s_alone() -> None:
    record = run(small(crowd=UNLEVERAGED, behaviour=NOBODY_DECIDES), worlds=2)
    assert not _liquidated_usd(record).any()
    others = np.delete(record["causes_log"], CAUSES.index("news"), axis=-1)
    assert np.abs(others.sum(axis=0)).max() < 1e-9
    assert _amplification(record) == pytest.approx(1, abs=1e-9)


# ---------------------------------------------------------------- leverage and depth


def test_amplification_grows_with_leverage() -> None:
    found = []
    for leverage in (1.0, 2.0, 4.0):
        habits = {"leverage_median": 3 * leverage, "leverage_median_by_notional": leverage}
        record = run(small(crowd=ACCOUNTS | habits, assets=_assets(5), **MILD), WORLDS)
        found.append(_amplification(record))
    assert (np.diff([each.mean() for each in found]) > 0.3).all()
    assert (found[-1] > found[0]).all()


def test_amplification_falls_with_deeper_books() -> None:
    found = [_amplification(run(small(assets=_assets(depth)), WORLDS)) for depth in (1, 10, 100)]
    assert (np.diff(found, axis=0) < 0).all()
    assert found[0].mean() > 5
    assert found[-1].mean() < 1.3


def test_the_cascade_disappears_when_leverage_is_capped_at_two() -> None:
    free = run(small(behaviour=NOBODY_DECIDES), WORLDS)
    capped = run(small(behaviour=NOBODY_DECIDES, assets=_assets(leverage_cap=2.0)), WORLDS)
    assert (_amplification(free) > 4).all()
    assert (_liquidated_usd(free) > 2e9).all()
    assert _amplification(capped) == pytest.approx(1, abs=0.01)
    assert not _liquidated_usd(capped).any()


def test_with_leverage_capped_at_two_people_who_panic_can_still_crash_thin_books() -> None:
    """Leverage is not the only way: stops and emptied books fall together without it."""
    calm = run(small(behaviour=NOBODY_DECIDES, assets=_assets(leverage_cap=2.0)), WORLDS)
    panic = run(small(assets=_assets(leverage_cap=2.0)), WORLDS)
    assert (_amplification(panic) > 3 * _amplification(calm)).all()
    stopped = panic["causes_log"][..., CAUSES.index("stops and panic")]
    forced = panic["causes_log"][..., CAUSES.index("liquidations")]
    assert np.abs(stopped).sum() > 3 * np.abs(forced).sum()


# ---------------------------------------------------------------- honest comparisons

RULES: dict[str, dict[str, Any]] = {
    "ADL rule": {"adl": {"rank": "pro_rata"}},
    "no ADL": {"adl": {"rank": "none"}},
    "larger fund": {"insurance": {"fund_pct": 5.0}},
    "one fund for all": {"insurance": {"scope": "shared"}},
    "ladder": {"liquidation": {"ladder": "staged", "stage_from_usd": 0.0}},
    "selling pace": {"liquidation": {"selling_pace": 100.0}},
    "mark price": {"marking": {"rule": "last"}},
    "breaker": {"protection": {"breaker_pct": 5.0}},
    "full books": {"liquidity": {"withdrawal_exponent": 0.0}},
    "calm people": {"behaviour": NOBODY_DECIDES},
    "strained bridges": {"plumbing": {"bridge_strain": 1.0, "fiat_strain": 1.0}},
    "hourly funding": {"funding": {"interval_h": 1}},
    "an outage": {"halts": [{"at_min": 25.0, "venue": "A"}]},
    "leverage": {"crowd": ACCOUNTS | {"leverage_median": 4.0}},
    "leverage cap": {"assets": _assets(leverage_cap=2.0)},
    "depth": {"assets": _assets(10)},
    "more accounts": {"crowd": {"accounts": 3_000, "people": 50_000}},
}


SHORT = {"duration_min": 75, "fine_step_s": 20, "fine_window_min": 40}


@pytest.fixture(scope="module")
def base() -> Run:
    return run(small(clock=SHORT), worlds=2)


@pytest.mark.parametrize("name", RULES)
def test_runs_that_differ_in_one_rule_see_the_same_fundamental_values_bit_for_bit(
    base: Run, name: str
) -> None:
    other = run(small(clock=SHORT, **RULES[name]), worlds=2)
    np.testing.assert_array_equal(other["log_fundamental"], base["log_fundamental"])
    assert not np.array_equal(other["price_usd"], base["price_usd"])  # the rule did matter


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if not {"crowd", "assets"} & set(rule)]
)
def test_runs_that_differ_in_a_rule_for_the_market_begin_with_the_same_people(name: str) -> None:
    people = [Simulation(small(**changes)).market.state.accounts for changes in ({}, RULES[name])]
    for field in ("qty", "entry_usd", "cash_usd", "kind", "hedged", "habit", "size_usd"):
        np.testing.assert_array_equal(*(getattr(accounts, field) for accounts in people))


def test_until_adl_first_closes_somebody_runs_with_and_without_it_are_the_same(base: Run) -> None:
    other = run(small(clock=SHORT, **RULES["no ADL"]), worlds=2)
    hit = np.flatnonzero(base["adl_usd"].sum(axis=(1, 2, 3)))[0]
    np.testing.assert_array_equal(other["price_usd"][: hit + 1], base["price_usd"][: hit + 1])
    assert not np.array_equal(other["price_usd"][hit + 1 :], base["price_usd"][hit + 1 :])
