"""Who bore the losses of a run, whom ADL hit, and what leverage cost.

Losses     What liquidated positions lost was carried by their owners' margin first, then by the
           insurance funds (net of what they earned), by winners through ADL, and what is left is
           bad debt.
ADL        needed: the loss the funds couldn't carry; taken: what closing away from mark cost
           winners; overshoot: what was taken beyond what was needed, as a share of it; reach:
           winners' notional closed for each dollar that was needed.
Fee        Liquidations are what leverage costs those who use it, as a share of volume and of open
           interest.

Sources: Chitra 2025, "Autodeleveraging: Impossibilities and Optimization" (what was needed against
what was taken; the worst-hit winner); the article behind this program: liquidation as a periodic
fee on leverage.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from engine.arrays import Floats
from engine.clock import DAY_S, MINUTE_S, YEAR_S
from engine.record import AdlEntry, Run
from engine.rules import fund_start_usd


@dataclass(frozen=True)
class Losses:
    """Who carried what liquidated positions lost, USD; they add up to all of it."""

    margin_usd: float
    fund_usd: float
    adl_usd: float
    bad_debt_usd: float

    @property
    def total_usd(self) -> float:
        """All that was lost."""
        return self.margin_usd + self.fund_usd + self.adl_usd + self.bad_debt_usd


def losses(run: Run, world: int, steps: int | None = None) -> Losses:
    """Return who carried the losses in the first ``steps`` steps; all by default."""
    last = run.computed if steps is None else min(steps, run.computed)
    if not last:
        return Losses(0.0, 0.0, 0.0, 0.0)
    end_s = float(run.grid.end_s[last - 1])
    paid_in = sum(
        top_up.amount_usd for top_up in run.scenario.top_ups if top_up.at_min * MINUTE_S < end_s
    )
    start = float(fund_start_usd(run.scenario).sum())
    return Losses(
        margin_usd=float(run["margin_lost_usd"][:last, world].sum()),
        fund_usd=start + paid_in - float(run["fund_usd"][last - 1, world].sum()),
        adl_usd=float(run["adl_cost_usd"][:last, world].sum()),
        bad_debt_usd=float(run["bad_debt_usd"][last - 1, world].sum()),
    )


@dataclass(frozen=True)
class AdlLedger:
    """Everybody ADL hit in one world, one entry each, (n,), in order of time.

    Attributes
    ----------
    time_s, venue, asset
        When and where; places among the scenario's venues and assets.
    account, qty, price_usd, mark_usd, gain_usd, cost_usd, hedged, place, queue
        See :class:`engine.record.AdlEntry`.
    """

    time_s: Floats
    venue: Floats
    asset: Floats
    account: Floats
    qty: Floats
    price_usd: Floats
    mark_usd: Floats
    gain_usd: Floats
    cost_usd: Floats
    hedged: Floats
    place: Floats
    queue: Floats

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def closed_usd(self) -> Floats:
        """Notional closed, at mark, (n,)."""
        return np.abs(self.qty) * self.mark_usd

    @property
    def haircut(self) -> Floats:
        """Share of each winner's gain that closing away from mark took, (n,)."""
        return self.cost_usd / np.maximum(self.gain_usd, 1e-9)


COPIED = ("account", "qty", "price_usd", "mark_usd", "gain_usd", "cost_usd", "hedged", "place")


def adl_ledger(run: Run, world: int, steps: int | None = None) -> AdlLedger:
    """Return whom ADL hit in the first ``steps`` steps; all by default."""
    last = run.computed if steps is None else steps
    venues, assets = len(run.scenario.venues), len(run.scenario.assets)
    entries = [entry for entry in run.adl if entry.step < last]
    pool = _column(entries, "pool").astype(np.int64)
    mine = pool // (venues * assets) == world
    lengths = [len(entry.pool) for entry in entries]
    ends = run.grid.end_s[[entry.step for entry in entries]] if entries else np.empty(0)
    columns = {name: _column(entries, name)[mine] for name in (*COPIED, "queue")}
    return AdlLedger(
        time_s=np.repeat(ends, lengths)[mine],
        venue=(pool // assets % venues)[mine].astype(np.float64),
        asset=(pool % assets)[mine].astype(np.float64),
        **columns,
    )


def _column(entries: list[AdlEntry], name: str) -> Floats:
    parts = [np.asarray(getattr(entry, name), dtype=np.float64) for entry in entries]
    return np.concatenate([np.empty(0), *parts])


@dataclass(frozen=True)
class AdlFigures:
    """ADL in a few figures.

    Attributes
    ----------
    needed_usd, taken_usd
        Loss the funds couldn't carry, step by step where ADL closed something (what stays open
        counts again in the next step), and what ADL cost winners against mark.
    closed_usd, hedged_share
        Winners' notional closed, and the share of it that belonged to hedged accounts.
    overshoot, reach
        What was taken beyond the need, and notional closed, both ÷ what was needed; 0 without need.
    worst_haircut
        Largest share of one winner's gain that was taken.
    hits
        How many times an account was hit.
    """

    needed_usd: float
    taken_usd: float
    closed_usd: float
    hedged_share: float
    overshoot: float
    reach: float
    worst_haircut: float
    hits: int


def adl_figures(run: Run, world: int, steps: int | None = None) -> AdlFigures:
    """Return ADL of the first ``steps`` steps in a few figures; of all by default."""
    last = run.computed if steps is None else min(steps, run.computed)
    ledger = adl_ledger(run, world, last)
    closed = float(ledger.closed_usd.sum())
    needed = float(run["adl_needed_usd"][:last, world].sum())
    taken = float(ledger.cost_usd.sum())
    hedged = float((ledger.closed_usd * ledger.hedged).sum())
    return AdlFigures(
        needed_usd=needed,
        taken_usd=taken,
        closed_usd=closed,
        hedged_share=hedged / closed if closed else 0.0,
        overshoot=max(taken / needed - 1, 0.0) if needed else 0.0,
        reach=closed / needed if needed else 0.0,
        worst_haircut=float(ledger.haircut.max(initial=0.0)),
        hits=len(ledger),
    )


@dataclass(frozen=True)
class Fee:
    """What leverage cost.

    Attributes
    ----------
    liquidated_usd, volume_usd, interest_usd
        Liquidations, volume, and average open interest.
    of_volume
        Liquidations ÷ volume.
    of_interest_per_day, of_interest_per_year
        Liquidations ÷ average open interest, per day and per year.
    """

    liquidated_usd: float
    volume_usd: float
    interest_usd: float
    of_volume: float
    of_interest_per_day: float
    of_interest_per_year: float


def fee_on_leverage(run: Run, world: int, steps: int | None = None) -> Fee | None:
    """Return what leverage cost in the first ``steps`` steps; None before the first."""
    last = run.computed if steps is None else min(steps, run.computed)
    if not last:
        return None
    liquidated = sum(
        float(run[name][:last, world].sum())
        for name in ("liquidated_long_usd", "liquidated_short_usd")
    )
    volume = float(run["volume_usd"][:last, world].sum())
    step_s = run.grid.step_s[:last]
    interest = run["open_interest_usd"][:last, world].sum(axis=(1, 2))
    average = float((interest * step_s).sum() / step_s.sum())
    per_s = liquidated / average / float(step_s.sum()) if average else 0.0
    return Fee(
        liquidated_usd=liquidated,
        volume_usd=volume,
        interest_usd=average,
        of_volume=liquidated / volume if volume else 0.0,
        of_interest_per_day=per_s * DAY_S,
        of_interest_per_year=per_s * YEAR_S,
    )


def ledger_columns() -> tuple[str, ...]:
    """Return the names of an ADL ledger's columns, in order."""
    return tuple(column.name for column in fields(AdlLedger))
