"""One world of a run as a record of its own: as if it had been played alone, to the last bit.

Sums over an array may differ in their last digit with how it lies in memory. What is measured of a
world must not depend on which others were played beside it, so it is measured of this.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from engine.layout import row_count
from engine.record import AdlEntry, Run, Stretch


def one_world(run: Run, world: int) -> Run:
    """Return one world of a record; its scenario has the seed that gives this world alone."""
    scenario = run.scenario.model_copy(update={"seed": run.scenario.seed + world})
    alone = Run(scenario, 1, run.recording)
    pools = len(scenario.venues) * len(scenario.assets)
    rows = row_count(scenario)
    entries = (_of_world(entry, world, pools, rows) for entry in run.adl)
    stretch = Stretch(
        first_step=0,
        steps=run.computed,
        series={name: run[name][:, world : world + 1] for name in run.recording.series},
        events=tuple(replace(event, world=0) for event in run.events if event.world == world),
        adl=tuple(entry for entry in entries if len(entry.pool)),
        maps=tuple(replace(m, notional_usd=m.notional_usd[world : world + 1]) for m in run.maps),
        engine_seconds=run.engine_seconds / run.worlds,
        contracts_max_error=run.contracts_max_error,
        cash_relative_error=run.cash_relative_error,
    )
    alone.append(stretch)
    return alone


def _of_world(entry: AdlEntry, world: int, pools: int, rows: int) -> AdlEntry:
    """Return the part of an entry that belongs to a world, counted from its first pool and row."""
    mine = np.flatnonzero(entry.pool // pools == world)
    columns = [field.name for field in fields(AdlEntry) if field.name != "step"]
    part = replace(entry, **{name: getattr(entry, name)[mine] for name in columns})
    return replace(part, pool=part.pool - world * pools, account=part.account - world * rows)
