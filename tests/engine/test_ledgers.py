"""Who bore the losses, whom ADL hit, what leverage cost: figures that must agree with the run."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from engine import ledgers, liquidation, trades
from engine.export import adl_csv
from engine.record import Run
from engine.run import Simulation, run
from engine.scenario_file import with_setting
from engine.state import State
from tests.engine.scenarios import small


@pytest.fixture(scope="module")
def storm() -> Run:
    return run(small())


def test_losses_of_liquidated_positions_are_carried_by_margin_funds_winners_and_bad_debt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted from the trades: loss = Σ coins · (entry price − price at which they were closed).

    What ADL closed counts at mark: beyond that winners paid.
    """
    scenario = small()
    for path, value in (("funding.cap_pct", "0"), ("liquidation.selling_pace", "1000")):
        scenario = with_setting(scenario, path, value)
    counted = {"entry": 0.0, "sold": 0.0, "owed": 0.0}
    take_over, settle, charge = liquidation.take_over, liquidation.settle, trades.charge

    def counting_entries(state: State, *rest: Any) -> Any:
        before, entry = state.accounts.qty.copy(), state.accounts.entry_usd.copy()
        taken = take_over(state, *rest)
        counted["entry"] += float(((before - state.accounts.qty) * entry).sum())
        return taken

    def counting_sales(state: State, traded: Any, fill: Any, *rest: Any) -> None:
        counted["sold"] -= float((traded * fill[..., None]).sum())
        settle(state, traded, fill, *rest)

    def counting_debts(state: State, owed: Any, *rest: Any) -> None:
        """Who closes of their own free will, or cuts a leg, may owe more than they have."""
        counted["owed"] += float(owed.sum())
        charge(state, owed, *rest)

    monkeypatch.setattr(trades, "charge", counting_debts)
    monkeypatch.setattr(liquidation, "take_over", counting_entries)
    monkeypatch.setattr(liquidation, "settle", counting_sales)
    simulation = Simulation(scenario)
    start_usd = float(simulation.market.state.fund_usd.sum())
    record = Run(scenario)
    while simulation.done < len(simulation.grid):
        record.append(simulation.advance(100))
    for entry in record.adl:
        counted["sold"] -= float((entry.qty * entry.mark_usd).sum())
    left = simulation.market.state  # what is not sold yet counts at its bankruptcy price
    counted["sold"] -= float(left.engine_cash_usd.sum())
    borne = ledgers.losses(record, 0)
    lost = counted["entry"] - counted["sold"] + counted["owed"]
    assert lost == pytest.approx(borne.total_usd, rel=1e-9)
    assert borne.fund_usd == pytest.approx(start_usd - float(left.fund_usd.sum()))
    assert min(borne.margin_usd, borne.adl_usd) > 1e6


def test_adl_takes_at_most_what_the_funds_could_not_carry(storm: Run) -> None:
    figures = ledgers.adl_figures(storm, 0)
    assert figures.hits > 50
    assert 0 < figures.taken_usd <= figures.needed_usd * (1 + 1e-9)
    assert figures.overshoot == pytest.approx(0, abs=1e-9)
    assert figures.reach > 1
    assert 0 < figures.hedged_share < 1


def test_the_adl_ledger_adds_up_to_the_recorded_series(storm: Run) -> None:
    ledger = ledgers.adl_ledger(storm, 0)
    assert ledger.closed_usd.sum() == pytest.approx(storm["adl_usd"].sum())
    assert (ledger.closed_usd * ledger.hedged).sum() == pytest.approx(storm["adl_hedged_usd"].sum())
    assert ledger.cost_usd.sum() == pytest.approx(storm["adl_cost_usd"].sum())
    assert (np.diff(ledger.time_s) >= 0).all()
    assert (ledger.place <= ledger.queue).all()
    assert (ledger.place >= 1).all()


def test_up_to_an_earlier_step_the_ledger_is_shorter(storm: Run) -> None:
    first = next(entry.step for entry in storm.adl)
    assert len(ledgers.adl_ledger(storm, 0, first)) == 0
    assert 0 < len(ledgers.adl_ledger(storm, 0, first + 1)) < len(ledgers.adl_ledger(storm, 0))


def test_the_fee_on_leverage_is_liquidations_over_volume_and_open_interest(storm: Run) -> None:
    fee = ledgers.fee_on_leverage(storm, 0)
    assert fee is not None
    both = storm["liquidated_long_usd"].sum() + storm["liquidated_short_usd"].sum()
    assert fee.liquidated_usd == pytest.approx(both)
    assert fee.of_volume == pytest.approx(both / storm["volume_usd"].sum())
    days = storm.grid.end_s[-1] / 86_400
    assert fee.of_interest_per_day * days == pytest.approx(both / fee.interest_usd)
    assert ledgers.fee_on_leverage(Run(small()), 0) is None


def test_the_ledger_is_written_as_a_table_with_names(storm: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(adl_csv(storm))))
    assert len(rows) == len(ledgers.adl_ledger(storm, 0))
    assert {row["venue"] for row in rows} <= set(storm.scenario.venue_names)
    assert {row["asset"] for row in rows} <= set(storm.scenario.asset_names)
    assert float(rows[0]["price_usd"]) > 0


def test_bad_debt_is_what_is_left_when_there_is_neither_fund_nor_adl() -> None:
    deep = small(shocks=[{"at_min": 20.0, "size_pct": -20.0, "ramp_min": 10.0}])
    bare = with_setting(with_setting(deep, "insurance.fund_pct", "0"), "adl.rank", "none")
    borne = ledgers.losses(run(bare), 0)
    assert borne.bad_debt_usd > 1e6
    assert borne.adl_usd == 0
