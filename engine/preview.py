"""What a move of all prices would liquidate at the start: an estimate without playing anything.

A thinned crowd on two venues stands for all: who is liquidated hangs on leverage and size, not on
the venue. Prices move together and at once; nobody trades, so nothing feeds on itself. That is what
a run adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arrays import Floats, Ints
from engine.margin import Tiers, liquidation_price_usd, maintenance_usd, tiers_of
from engine.population import populate
from engine.scenario import ACCOUNTS_PER_POOL, Scenario
from engine.state import Accounts

VENUES = 2
ACCOUNTS = 4_000

MOVES = np.concatenate([-np.geomspace(0.5, 0.01, 15), [0.0], np.geomspace(0.01, 0.5, 15)])
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
    price = np.array([asset.price_usd for asset in scenario.assets])
    tiers = tiers_of(scenario.assets)
    held = accounts.qty != 0
    legs = held.sum(axis=0)
    value = accounts.qty * price[:, None]
    shares = _of_one_leg(accounts, tiers, price, moves, np.flatnonzero(legs == 1))
    shares += _of_several(accounts, tiers, value, moves, np.flatnonzero(legs > 1))
    sides = np.array([[value[held & (value > 0)].sum()], [-value[held & (value < 0)].sum()]])
    shares /= np.maximum(sides, 1e-300)
    return Preview(moves, shares[0], shares[1])


def _of_one_leg(
    accounts: Accounts, tiers: Tiers, price: Floats, moves: Floats, rows: Ints
) -> Floats:
    """Return the notional liquidated of accounts with one position, by its own price, (2, n)."""
    asset = np.argmax(accounts.qty[:, rows] != 0, axis=0)
    qty = accounts.qty[asset, rows]
    cash, weight = accounts.cash_usd[rows], accounts.weight[rows]
    limit = liquidation_price_usd(tiers, asset, qty, cash, weight) / price[asset] - 1
    notional = np.abs(qty) * price[asset]
    found = np.empty((2, len(moves)))
    for i, side in enumerate((1, -1)):  # a long is due below its price, a short above
        mine = qty * side > 0
        order = np.argsort(side * limit[mine])
        total = np.concatenate([[0.0], np.cumsum(notional[mine][order])])
        reached = np.searchsorted(side * limit[mine][order], side * moves, side="right")
        found[i] = total[-1] - total[reached]
    return found


def _of_several(
    accounts: Accounts, tiers: Tiers, value: Floats, moves: Floats, rows: Ints
) -> Floats:
    """Return the notional liquidated of accounts on cross margin with several positions, (2, n)."""
    value, cash, weight = value[:, rows], accounts.cash_usd[rows], accounts.weight[rows]
    longs, shorts = np.maximum(value, 0).sum(axis=0), np.maximum(-value, 0).sum(axis=0)
    net, gross = value.sum(axis=0), np.abs(value)
    found = np.zeros((2, len(moves)))
    for i, move in enumerate(moves if len(rows) else ()):
        margin = maintenance_usd(tiers, gross * (1 + move), weight).sum(axis=0)
        due = cash + net * (1 + move) < margin
        found[:, i] = longs[due].sum(), shorts[due].sum()
    return found


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
