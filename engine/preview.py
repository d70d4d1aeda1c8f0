"""What a move of all prices would liquidate at the start: an estimate without playing anything.

A thinned crowd on two venues stands for all: who is liquidated hangs on leverage and size, not on
the venue. Prices move together and at once; nobody trades, so nothing feeds on itself. That is what
a run adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.margin import maintenance_usd, tiers_of
from engine.population import populate
from engine.scenario import ACCOUNTS_PER_POOL, Scenario
from engine.state import Floats, Kind

VENUES = 2
ACCOUNTS = 4_000

MOVES = np.concatenate([-np.geomspace(0.5, 0.005, 20), [0.0], np.geomspace(0.005, 0.5, 20)])
"""Moves that are looked at, as shares of the price; finer near nought."""


@dataclass(frozen=True)
class Preview:
    """Notional below its maintenance margin after a move, as a share of its side's.

    Attributes
    ----------
    moves
        Moves of all prices, as shares, rising, (n,).
    long_share, short_share
        Of all longs' and of all shorts' notional at the start, (n,).
    """

    moves: Floats
    long_share: Floats
    short_share: Floats

    def at(self, move: float) -> float:
        """Return the share of the side that loses by a move."""
        side = self.long_share if move < 0 else self.short_share
        return float(np.interp(move, self.moves, side))


def liquidated_by_moves(scenario: Scenario, moves: Floats = MOVES) -> Preview:
    """Return how much of the crowd a fall or rise of all prices would liquidate at the start."""
    accounts = populate(_thinned(scenario), 1)
    price = np.array([[asset.price_usd] for asset in scenario.assets])
    crowd = accounts.kind != Kind.DESK
    value = accounts.qty[:, crowd] * price
    cash, weight = accounts.cash_usd[crowd], accounts.weight[crowd]
    tiers = tiers_of(scenario.assets)
    longs, shorts = np.maximum(value, 0).sum(axis=0), np.maximum(-value, 0).sum(axis=0)
    net, gross = value.sum(axis=0), np.abs(value)
    held = np.flatnonzero(gross.sum(axis=0))
    shares = np.zeros((2, len(moves)))
    for i, move in enumerate(moves):
        margin = maintenance_usd(tiers, gross[:, held] * (1 + move), weight[held]).sum(axis=0)
        due = held[cash[held] + net[held] * (1 + move) < margin]
        shares[:, i] = longs[due].sum(), shorts[due].sum()
    shares /= np.maximum([[longs.sum()], [shorts.sum()]], 1e-300)
    return Preview(moves, shares[0], shares[1])


def _thinned(scenario: Scenario) -> Scenario:
    """Return the scenario's opening with fewer accounts on few venues."""
    few = min(len(scenario.venues), VENUES)
    venues = tuple(
        venue.model_copy(update={"open_interest_share": 1 / few}) for venue in scenario.venues[:few]
    )
    least = ACCOUNTS_PER_POOL * len(scenario.assets) * few
    accounts = max(min(scenario.crowd.accounts, ACCOUNTS), least)
    crowd = scenario.crowd.model_copy(update={"accounts": accounts})
    return scenario.model_copy(update={"venues": venues, "crowd": crowd, "desk": ()})
