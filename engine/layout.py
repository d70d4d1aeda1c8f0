"""Where each account's row lies: how many accounts each pool has, of which kind, and who is paired.

All of this hangs on the scenario alone, so every world has the same layout, and a desk position's
row hangs on nothing but its venue and its place in the list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arrays import Floats, Ints
from engine.scenario import ACCOUNTS_PER_POOL, MOST_POSITIONS, Crowd, Scenario
from engine.state import Layout

NEUTRAL_ROWS = 0.12
"""Share of a pool's accounts that are market-neutral, if there are any."""

DESK_ROWS = MOST_POSITIONS + 1
"""Every venue has a row for every position there may be, and one for all on cross margin."""


@dataclass(frozen=True)
class PoolRows:
    """How many of a pool's isolated accounts are what, in the order in which their rows lie."""

    longs: int
    shorts: int
    away: int
    pairs: int
    basis: int
    basis_away: int


def pool_rows(crowd: Crowd, count: int, venues: int) -> PoolRows:
    """Return how many of a pool's ``count`` isolated accounts are what."""
    hedgers = max(1, round(NEUTRAL_ROWS * count)) if crowd.hedged_share else 0
    pairs = round(crowd.pair_share * hedgers) if venues > 1 else 0
    away = min(round(crowd.away_share * (count - hedgers)), count - hedgers - 2)
    present = count - hedgers - away
    longs = min(max(1, round(crowd.long_share * present)), present - 1)
    basis = hedgers - pairs
    basis_away = min(round(crowd.away_share * basis), max(basis - 1, 0))
    return PoolRows(longs, present - longs, away, pairs, basis - basis_away, basis_away)


def row_count(scenario: Scenario) -> int:
    """Return how many rows each world has: the accounts, and every venue's rows for the desk."""
    return scenario.crowd.accounts + len(scenario.venues) * DESK_ROWS


def layout_of(scenario: Scenario, worlds: int) -> Layout:
    """Return where the rows of a scenario lie."""
    counts, cross = _counts(scenario)
    venues, assets = counts.shape
    ends = np.cumsum(np.column_stack([counts, cross, np.full(venues, DESK_ROWS)]).ravel())
    ends = ends.reshape(venues, assets + 2)
    starts = np.concatenate([[0], ends.ravel()[:-1]]).reshape(ends.shape)
    rows = int(ends[-1, -1])
    holders = [_holders(scenario, starts[v], v, a) for v in range(venues) for a in range(assets)]
    homes = np.concatenate([_homes(scenario, counts[v], int(cross[v]), v) for v in range(venues)])
    pairs = _pairs(scenario, starts, counts)
    lengths = [len(rows) for rows in holders]
    first_desk = np.repeat(starts[:, -1], assets)
    in_crowd = [
        np.count_nonzero(rows < desk) for rows, desk in zip(holders, first_desk, strict=True)
    ]
    parts = [[pool_rows(scenario.crowd, int(n), venues) for n in row] for row in counts]
    basis = np.array([[part.basis + part.basis_away for part in row] for row in parts])
    basis_start = ends[:, :assets] - basis
    shift = np.arange(worlds)
    return Layout(
        worlds=worlds,
        venues=venues,
        assets=assets,
        home_start=starts + rows * shift[:, None, None],
        block_start=np.append((starts[:, 0] + rows * shift[:, None]).ravel(), rows * worlds),
        pool=(homes + venues * assets * shift[:, None]).ravel(),
        holder=(np.concatenate(holders) + rows * shift[:, None]).ravel(),
        holder_start=np.concatenate([[0], np.cumsum(np.tile(lengths, worlds))]),
        crowd_holders=np.tile(np.array(in_crowd, dtype=np.int64), (worlds, 1)),
        pairs=(pairs + rows * shift[:, None, None]).reshape(-1, 2),
        basis_start=basis_start + rows * shift[:, None, None],
        basis_rows=np.broadcast_to(basis, (worlds, venues, assets)),
    )


def desk_rows(scenario: Scenario, layout: Layout) -> Ints:
    """Return the row of each desk position in each world, (W, P)."""
    venues = [scenario.venue_names.index(position.venue) for position in scenario.desk]
    place = [
        MOST_POSITIONS if position.margin == "cross" else p
        for p, position in enumerate(scenario.desk)
    ]
    rows: Ints = layout.home_start[:, venues, -1] + np.array(place, dtype=np.int64)
    return rows


def cross_assets(nth: Ints, assets: int) -> Ints:
    """Return the assets of the nth cross-margin accounts of a block, (n, 3); −1 for none.

    Everyone has two, a third of the accounts three; all pairs come up alike.
    """
    main, round_ = nth % assets, nth // assets
    second = (main + 1 + round_ % (assets - 1)) % assets
    third = (main + 1 + (round_ + 1) % (assets - 1)) % assets
    again = nth // (assets * (assets - 1))  # how often all pairs have come up before
    third = np.where((again % 3 == 0) & (assets > 2), third, -1)
    return np.stack([main, second, third], axis=1)


def _counts(scenario: Scenario) -> tuple[Ints, Ints]:
    """Isolated accounts of each pool, (V, A), and cross-margin ones of each venue, (V,).

    By the venue's share and the root of open interest.
    """
    accounts, venues = scenario.crowd.accounts, len(scenario.venues)
    venue = np.array(scenario.venue_shares("open_interest_share"))
    asset = np.sqrt([asset.open_interest_usd for asset in scenario.assets])
    share = venue[:, None] * asset / asset.sum()
    least = ACCOUNTS_PER_POOL * share.size
    cross = np.zeros(venues, dtype=np.int64)
    if len(asset) > 1:
        wanted = min(round(scenario.crowd.cross_share * accounts), accounts - least)
        cross = _split(venue, wanted)
    isolated = _split(share.ravel(), accounts - least - int(cross.sum())).reshape(share.shape)
    return isolated + ACCOUNTS_PER_POOL, cross


def _split(share: Floats, total: int) -> Ints:
    """Split a number of accounts by shares, to the last one."""
    exact = share * total
    counts: Ints = np.floor(exact).astype(np.int64)
    largest = np.argsort(-(exact - counts), kind="stable")[: total - int(counts.sum())]
    counts[largest] += 1
    return counts


def _homes(scenario: Scenario, counts: Ints, cross: int, venue: int) -> Ints:
    """Pools of the home assets of a block's rows, in the first world."""
    desk = np.zeros(DESK_ROWS, dtype=np.int64)
    for p, position in enumerate(scenario.desk):
        desk[p] = scenario.asset_names.index(position.asset)
    homes = [np.repeat(np.arange(len(counts)), counts), np.zeros(cross, dtype=np.int64), desk]
    return np.concatenate(homes) + venue * len(counts)


def _holders(scenario: Scenario, starts: Ints, venue: int, asset: int) -> Ints:
    """Rows that may hold a position in a pool, in the first world; the desk's come last."""
    first_cross, desk = int(starts[-2]), int(starts[-1])
    nth = np.arange(desk - first_cross)
    crosses = nth
    if len(nth):
        crosses = nth[(cross_assets(nth, len(starts) - 2) == asset).any(axis=1)]
    mine = [
        p
        for p, position in enumerate(scenario.desk)
        if position.asset == scenario.asset_names[asset]
        and position.venue == scenario.venue_names[venue]
        and position.margin == "isolated"
    ]
    return np.concatenate(
        [
            np.arange(starts[asset], starts[asset + 1]),
            first_cross + crosses,
            desk + np.array([*mine, MOST_POSITIONS], dtype=np.int64),
        ]
    )


def _pairs(scenario: Scenario, starts: Ints, counts: Ints) -> Ints:
    """Match pair rows of different venues: short and long leg, (R, 2), in the first world.

    An asset's pair rows in the order of venues, cut in the middle: the nth of the first half and
    the nth of the second lie at different venues unless one venue has more than half of them.
    """
    venues, assets = counts.shape
    pairs = []
    for a in range(assets):
        rows, at = [], []
        for v in range(venues):
            part = pool_rows(scenario.crowd, int(counts[v, a]), venues)
            first = int(starts[v, a]) + part.longs + part.shorts + part.away
            rows.append(np.arange(first, first + part.pairs))
            at.append(np.full(part.pairs, v))
        row, venue = np.concatenate(rows), np.concatenate(at)
        half = len(row) // 2
        one, other = row[:half], row[half : 2 * half]
        fits = venue[:half] != venue[half : 2 * half]
        swapped = (np.arange(half) % 2 == 1)[:, None]
        both = np.stack([one, other], axis=1)
        pairs.append(np.where(swapped, both[:, ::-1], both)[fits])
    return np.concatenate(pairs).astype(np.int64)
