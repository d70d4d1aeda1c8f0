"""Random numbers in separate streams, the same whatever runs beside them.

A run's numbers depend on the seed, the world's number, the stream and the time only: not on how
many worlds are computed together, on the rules, or on where a run was resumed. So two runs that
differ in one rule see the same people and the same news, and what differs is caused by the rule.

World w of a run with seed s is what seed s + w gives on its own: any world of an ensemble can be
played again by its seed.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats, distinct

Words = NDArray[np.uint64]


class Stream(IntEnum):
    """What random numbers are drawn for; numbers are part of every result and never reused."""

    POPULATION = 0
    NEWS_BY_MINUTE = 1
    NEWS_WITHIN_MINUTE = 2
    HANDOVER = 3
    TURNOVER = 4
    VOLATILITY = 5
    PAIRS = 6
    CROSS_MARGIN = 7
    FREE_WILL = 8
    HEDGES = 9


_GAMMA = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31 = (np.uint64(bits) for bits in (11, 27, 30, 31))
_GAMMA_WORD = np.uint64(_GAMMA)
_LARGEST_WORD = 2**64 - 1


def generator(seed: int, world: int, stream: Stream, *key: int) -> np.random.Generator:
    """Return the generator of one stream of one world, e.g. for one day of news."""
    return np.random.default_rng(_sequence(seed, world, stream, *key))


def _sequence(seed: int, world: int, stream: Stream, *key: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed + world, spawn_key=(0, stream, *key))


def world_keys(seed: int, worlds: int, stream: Stream) -> Words:
    """Return one 64-bit key per world for :func:`uniforms`, (W,)."""
    keys = [
        _sequence(seed, world, stream).generate_state(1, np.uint64)[0] for world in range(worlds)
    ]
    return np.array(keys, dtype=np.uint64)


def hashed(keys: Words, *counters: NDArray[np.integer] | int) -> Words:
    """Return one 64-bit word for each combination of key and counters.

    It is a key itself: the counters may come in one call or one after another. Parameters as
    :func:`uniforms`.
    """
    words = keys
    for counter in counters:
        words = _mixed(words ^ _place(counter))
    return words


def uniforms(keys: Words, *counters: NDArray[np.integer] | int) -> Floats:
    """Return one uniform number in [0, 1) for each combination of key and counters.

    A counter-based generator: a hash of where the number is needed, without state, so that all
    pools of all worlds draw in one call. The hash is the output function of SplitMix64.

    Parameters
    ----------
    keys, counters
        Broadcast against each other; the result has their common shape.

    References
    ----------
    Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
    """
    return (hashed(keys, *counters) >> _11).astype(np.float64) * 2.0**-53


def drawn_rows(
    keys: Words, beat: int, first: NDArray[np.int64], rows: NDArray[np.int64], expected: Floats
) -> NDArray[np.int64]:
    """Return rows drawn by chance from several ranges, each at most once, in rising order.

    Parameters
    ----------
    keys, beat
        Random keys of the worlds, (W,), and the number of the moment.
    first, rows
        Where each range begins and how many rows it has, (W, G).
    expected
        How many to draw from each on average, (W, G); what is left of a whole number is rounded
        up or down by chance.
    """
    groups = hashed(keys[:, None], beat, np.arange(rows.shape[1]))
    count = np.floor(expected + uniforms(groups)).astype(np.int64).ravel()
    group = np.repeat(np.arange(count.size), count)
    nth = np.arange(len(group)) - (np.cumsum(count) - count)[group]
    draw = uniforms(groups.ravel()[group], nth + 1)
    return distinct(first.ravel()[group] + (draw * rows.ravel()[group]).astype(np.int64))


def normals(keys: Words, *counters: NDArray[np.integer] | int) -> Floats:
    """Return a standard normal for each combination of key and counters (Box & Muller 1958)."""
    words = hashed(keys, *counters)
    first, second = (uniforms(words, -draw) for draw in (1, 2))
    drawn: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return drawn


def _place(counter: NDArray[np.integer] | int) -> Words | np.uint64:
    """Return where a counter lies on the way of the hash's words."""
    if isinstance(counter, int):
        return np.uint64(counter * _GAMMA & _LARGEST_WORD)
    return counter.astype(np.int64, copy=False).view(np.uint64) * _GAMMA_WORD


def _mixed(words: Words) -> Words:
    words = words + _GAMMA_WORD
    words ^= words >> _30
    words *= _FIRST
    words ^= words >> _27
    words *= _SECOND
    words ^= words >> _31
    return words
