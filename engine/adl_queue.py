"""Where the desk's positions stand in the queue of ADL: what venues show as one to five lights.

A position with a gain stands in its market's queue with everybody else who gains on the same side,
in the order of the rule that is in force. Whoever stands first is closed first.
"""

from __future__ import annotations

import numpy as np

from engine.adl import LEAST_GAIN_USD, RANKS, Winners
from engine.arrays import Floats
from engine.desk import Desk
from engine.margin import Standing, Tiers
from engine.rules import Rules
from engine.state import State, rows_of_pools


def places(desk: Desk, state: State, tiers: Tiers, rules: Rules) -> Floats:
    """Return each position's place in its queue, (W, P): 1 is closed first, near 0 last.

    The share of the queue that isn't closed before it; 0 where it stands in no queue, because it
    has no gain or the rule spares it; NaN for coins and for what holds nothing.
    """
    place = np.full(desk.rows.shape, np.nan)
    held = state.accounts.qty[desk.pools % state.accounts.layout.assets, desk.rows] != 0
    for w, p in np.argwhere(held & desk.is_open & ~desk.is_spot):
        venue = int(desk.pools[w, p]) // state.accounts.layout.assets
        rule = RANKS[rules.ranks[venue % state.accounts.layout.venues]]
        winners, mine = _queue(desk, state, tiers, int(w), int(p))
        score = rule.score(winners)
        own = score[mine]
        place[w, p] = np.mean(score[score > 0] <= own[0]) if len(own) and own[0] > 0 else 0.0
    return place


def _queue(
    desk: Desk, state: State, tiers: Tiers, w: int, p: int
) -> tuple[Winners, np.typing.NDArray[np.bool_]]:
    """Return everybody who gains on a position's side of its market, and who of them it is."""
    accounts, pool = state.accounts, desk.pools[w, p]
    asset = pool % accounts.layout.assets
    rows, _ = rows_of_pools(accounts.layout, np.array([pool]))
    qty, entry = accounts.qty[asset, rows], accounts.entry_usd[asset, rows]
    mark = state.mark_usd.ravel()[pool]
    gain = qty * (mark - entry)
    winning = (qty * desk.sign[p] > 0) & (gain > LEAST_GAIN_USD)
    rows, qty, entry, gain = rows[winning], qty[winning], entry[winning], gain[winning]
    standing = Standing.of(accounts, tiers, state.mark_usd, rows)
    winners = Winners(
        side=np.sign(qty),
        entry_usd=entry,
        mark_usd=np.full(len(rows), mark),
        notional_usd=np.abs(qty) * mark,
        entry_value_usd=np.abs(qty) * entry,
        gain_usd=gain,
        equity_usd=standing.equity_usd,
        maintenance_usd=standing.maintenance_usd,
        hedged=accounts.hedged[rows],
    )
    return winners, rows == desk.rows[w, p]
