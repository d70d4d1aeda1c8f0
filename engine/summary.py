"""A run in a few dozen figures: what ``summary.json`` holds.

Every key is always there; what can't be told is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import explain, ledgers
from engine.arrays import Floats
from engine.clock import MINUTE_S
from engine.record import Run
from engine.rules import fund_start_usd

LEAST_ADL_USD = 1.0
"""Less than this closed by ADL in a step counts as none: what rounding leaves."""


def summary(run: Run, world: int = 0) -> dict[str, Any]:
    """Return the figures of one world of a complete run, ready for JSON.

    Money is in USD, changes in per cent, shares are fractions; ``shock_to_low`` runs from just
    before the main shock to the lowest price after it, over all venues.
    """
    assets, venues = run.scenario.asset_names, run.scenario.venue_names
    interest = run["open_interest_usd"][:, world].sum(axis=(1, 2))
    fund = run["fund_usd"][:, world].sum(axis=(1, 2))
    price = run["price_usd"][:, world]
    gap = (price.max(axis=1) / price.min(axis=1) - 1).max(axis=0) * 100
    return {
        "scenario": run.scenario.name,
        "seed": run.scenario.seed,
        "accounts": run.scenario.crowd.accounts,
        "steps": len(run.grid),
        "engine_seconds": run.engine_seconds,
        "liquidated_usd": _liquidated(run, world),
        **_adl(run, world),
        "open_interest_usd": {
            "start": sum(asset.open_interest_usd for asset in run.scenario.assets),
            "peak": float(interest.max()),
            "end": float(interest[-1]),
            "low": float(interest.min()),
        },
        "price_change_pct": {name: _changes(run, world, a) for a, name in enumerate(assets)},
        "insurance_fund_usd": {
            "start": float(fund_start_usd(run.scenario).sum()),
            "low": float(fund.min()),
            "end": float(fund[-1]),
        },
        "bad_debt_usd": float(run["bad_debt_usd"][-1, world].sum()),
        "volume_usd": float(run["volume_usd"][:, world].sum()),
        "fee_on_leverage": _fee(run, world),
        "losses_usd": _losses(run, world),
        "gap_max_pct": _named(assets, gap if len(venues) > 1 else np.zeros(len(assets))),
        "depth_min_share": _named(assets, run["depth_share"][:, world].min(axis=0)),
        "cascade_number_max": float(run["cascade_number"][:, world].max()),
        "cascade_number_up_max": float(run["cascade_number_up"][:, world].max()),
        "amplification": explain.amplification(run, world),
        "attribution_log_pct": {name: _parts(run, world, a) for a, name in enumerate(assets)},
        "ledger": {
            "contracts_max_error": run.contracts_max_error,
            "cash_relative_error": run.cash_relative_error,
        },
    }


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _liquidated(run: Run, world: int) -> dict[str, Any]:
    long = run["liquidated_long_usd"][:, world]
    short = run["liquidated_short_usd"][:, world]
    both = long + short
    return {
        "total": float(both.sum()),
        "long": float(long.sum()),
        "short": float(short.sum()),
        "by_asset": _named(run.scenario.asset_names, both.sum(axis=(0, 1))),
        "by_venue": _named(run.scenario.venue_names, both.sum(axis=(0, 2))),
        "peak_minute": float(explain.by_minute(run, both.sum(axis=(1, 2))).max()),
    }


def _adl(run: Run, world: int) -> dict[str, Any]:
    closed = run["adl_usd"][:, world]
    first = explain.shock_step(run)
    hits = np.flatnonzero(closed[first:].sum(axis=(1, 2)) > LEAST_ADL_USD)
    shock = explain.main_shock(run)
    after = None
    if shock and len(hits):
        after = float(run.grid.end_s[first + hits[0]] - shock.at_min * MINUTE_S)
    figures = ledgers.adl_figures(run, world)
    return {
        "adl_usd": {
            "total": float(closed.sum()),
            "hedged": float(run["adl_hedged_usd"][:, world].sum()),
            "by_asset": _named(run.scenario.asset_names, closed.sum(axis=(0, 1))),
        },
        "adl_accounts": int(run["adl_accounts"][:, world].sum()),
        "adl_ledger": {
            "needed_usd": figures.needed_usd,
            "taken_usd": figures.taken_usd,
            "overshoot": figures.overshoot,
            "closed_per_needed": figures.reach,
            "worst_haircut": figures.worst_haircut,
            "hedged_share": figures.hedged_share,
        },
        "adl_first_s_after_shock": after,
    }


def _losses(run: Run, world: int) -> dict[str, float]:
    borne = ledgers.losses(run, world)
    return {
        "margin": borne.margin_usd,
        "insurance_fund": borne.fund_usd,
        "adl": borne.adl_usd,
        "bad_debt": borne.bad_debt_usd,
    }


def _fee(run: Run, world: int) -> dict[str, float] | None:
    fee = ledgers.fee_on_leverage(run, world)
    if fee is None:
        return None
    return {
        "of_volume": fee.of_volume,
        "of_open_interest_per_day": fee.of_interest_per_day,
        "of_open_interest_per_year": fee.of_interest_per_year,
    }


def _changes(run: Run, world: int, asset: int) -> dict[str, float | None]:
    fall = explain.fall(run, world, asset)
    if fall is None:
        return {"shock_to_low": None, "high_to_low": None, "shock_to_end": None}

    def pct(log_change: float) -> float:
        return float(np.expm1(log_change)) * 100

    return {
        "shock_to_low": pct(fall.low - fall.before),
        "high_to_low": pct(fall.low - fall.high_before),
        "shock_to_end": pct(fall.end - fall.before),
    }


def _parts(run: Run, world: int, asset: int) -> dict[str, float] | None:
    fall = explain.fall(run, world, asset)
    if fall is None:
        return None
    first = explain.shock_step(run)
    parts = explain.attribution(run, world, asset, first, fall.low_step + 1)
    return {cause: part * 100 for cause, part in parts.items()}
