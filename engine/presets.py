"""Presets: one idea changed, everything else as it was, so that what differs is caused by it.

Each preset isolates one point of the article, or one of the sounder mechanisms it calls for. It can
be laid over any scenario; with the same seed both see the same people and the same news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.scenario import Scenario
from engine.scenario_file import ScenarioError, from_settings
from engine.setting import change


@dataclass(frozen=True)
class Times:
    """A value that is multiplied instead of replaced."""

    factor: float


@dataclass(frozen=True)
class Preset:
    """One idea to try.

    Attributes
    ----------
    key
        Name on the command line.
    name, idea
        What it is called, and a paragraph on what it shows.
    changes
        Settings and what becomes of them; ``*`` in a path stands for every entry of a list.
    """

    key: str
    name: str
    idea: str
    changes: tuple[tuple[str, Any], ...]


TEN_VENUES = [
    {"name": name, "open_interest_share": 0.1, "depth_share": 0.1, "index_share": 0.1}
    for name in "ABCDEFGHIJ"
]
FOUR_WITH_95 = (
    # The four largest keep their proportions: 29.3 : 11.7 : 11 : 10 of 62%.
    ("venues.0.open_interest_share", 0.449),
    ("venues.1.open_interest_share", 0.179),
    ("venues.2.open_interest_share", 0.169),
    ("venues.3.open_interest_share", 0.153),
    ("venues.4.open_interest_share", 0.05),
    ("venues.0.depth_share", 0.46),
    ("venues.1.depth_share", 0.178),
    ("venues.2.depth_share", 0.163),
    ("venues.3.depth_share", 0.149),
    ("venues.4.depth_share", 0.05),
    ("venues.0.index_share", 0.38),
    ("venues.1.index_share", 0.19),
    ("venues.2.index_share", 0.19),
    ("venues.3.index_share", 0.19),
    ("venues.4.index_share", 0.05),
)

PRESETS: tuple[Preset, ...] = (
    Preset(
        "books-stay-full",
        "No liquidity withdrawal",
        "Market makers keep quoting, however wild prices get, whatever they lose and however "
        "many hedges break. An order then moves a price as far as on a calm day. Compare the "
        "falls, above all of the smallest assets: how much of a crash is the selling, and how "
        "much the emptiness it sells into?",
        (
            ("liquidity.withdrawal_exponent", 0.0),
            ("liquidity.loss_withdrawal", 0.0),
            ("liquidity.adl_withdrawal", 0.0),
        ),
    ),
    Preset(
        "bridges-open",
        "Bridges and fiat channels open",
        "Coins and dollars move between venues without strain, and no slower when everybody "
        "moves money at once. Look at the gaps between venues: how wide do they become, and how "
        "long do they last, while arbitrageurs' stocks are refilled at the usual pace?",
        (
            ("plumbing.bridge_strain", 0.0),
            ("plumbing.fiat_strain", 0.0),
            ("plumbing.congestion", 0.0),
        ),
    ),
    Preset(
        "bridges-shut",
        "Bridges and fiat channels shut",
        "Nothing moves between venues: arbitrageurs have what lies ready at each of them, and no "
        "more. Look at when the story says that they run out of coins or dollars, and at what "
        "becomes of the gaps from then on.",
        (("plumbing.bridge_strain", 1.0), ("plumbing.fiat_strain", 1.0)),
    ),
    Preset(
        "funds-ten-times",
        "Insurance funds ten times larger",
        "Every contract's insurance fund begins with ten times the money. Look at how much ADL "
        "is left, at the hedges that still break, and at what the funds pay instead.",
        (("insurance.fund_pct", Times(10.0)),),
    ),
    Preset(
        "one-pooled-fund",
        "One pooled fund per venue",
        "A venue's contracts share one insurance fund instead of having one each; the money is "
        "the same in all. Look at where ADL comes first, and how much of it: do the large "
        "contracts carry the small ones, or do the small ones empty the fund of all?",
        (("insurance.scope", "venue"),),
    ),
    Preset(
        "no-adl",
        "No deleveraging",
        "No winning position is closed; what a fund can't pay stays with the venue as bad debt. "
        "Look at bad debt, at prices, and at hedges, which ADL can't break now: who is left with "
        "the loss?",
        (("adl.rank", "none"),),
    ),
    Preset(
        "pro-rata-adl",
        "Deleveraging pro rata",
        "Every winner on the other side gives the same share of their gain, instead of the first "
        "in the queue giving up whole positions. Compare the haircuts: how many winners are hit, "
        "and how much does the worst-hit one lose?",
        (("adl.rank", "pro_rata"),),
    ),
    Preset(
        "spare-hedges",
        "Deleveraging spares hedges",
        "Winners who are hedged elsewhere are passed over; all others give the same share of "
        "their gain. Look at the coins that broken hedges sell into the fall, and at what the "
        "others pay for it.",
        (("adl.rank", "pro_rata_unhedged"),),
    ),
    Preset(
        "leverage-capped",
        "Leverage capped at 5",
        "Nobody may hold more than five times their collateral, so the positions that a move of "
        "a few per cent wipes out are not there. Look at liquidations, ADL and the falls: how "
        "much of the cascade was theirs?",
        (("assets.*.leverage_cap", 5.0),),
    ),
    Preset(
        "staged-liquidation",
        "Liquidation in stages",
        "Of a large position only a part is closed first, then there is a pause before the next "
        "step. Look at the worst minute and at the lows: does selling less at once save "
        "positions, or only put it off?",
        (("liquidation.ladder", "staged"),),
    ),
    Preset(
        "four-hold-95",
        "Four venues hold 95%",
        "The four largest venues hold 95% of positions, depth and index, in the same proportions "
        "to each other; the others share what is left. Look at the gaps and at the worst minute: "
        "does it matter more what one venue does?",
        FOUR_WITH_95,
    ),
    Preset(
        "ten-equal-venues",
        "Ten equal venues",
        "The same positions and the same depth, spread evenly over ten venues. No single book "
        "weighs much in the index, but every book and every fund is thinner. Look at where ADL "
        "strikes, and at the gaps.",
        (("venues", TEN_VENUES),),
    ),
    Preset(
        "different-logic",
        "Every venue liquidates differently",
        "The largest venue liquidates as before. The second and the fifth close down to a lower "
        "tier, the third goes step by step, and the fourth and the fifth sell at a slower pace. "
        "Look at the worst minute: do venues still sell at the same moment?",
        (
            ("venues.1.liquidation.ladder", "lower_tier"),
            ("venues.2.liquidation.ladder", "staged"),
            ("venues.3.liquidation.selling_pace", Times(0.1)),
            ("venues.4.liquidation.ladder", "lower_tier"),
            ("venues.4.liquidation.selling_pace", Times(0.3)),
        ),
    ),
    Preset(
        "price-bands",
        "Price bands and circuit breakers",
        "Nobody trades further than 5% from the index, and a market that has moved 15% away from "
        "its recent average is halted for some minutes. Look at the lows, and at orders that "
        "wait: does the fall end higher, or only later?",
        (("protection.band_pct", 5.0), ("protection.breaker_pct", 15.0)),
    ),
    Preset(
        "own-last-price",
        "Marks from a venue's own last price",
        "Each venue marks positions to its own last price instead of a median with an index of "
        "many venues. Look at venues with thin books: are their customers liquidated at prices "
        "that exist nowhere else?",
        (("marking.rule", "last"),),
    ),
    Preset(
        "no-leverage",
        "The shock without leverage",
        "The same news meets a market in which nobody has borrowed. What is left of the fall "
        "comes from the news and from those who trade of their own free will. Look at the lows "
        "and the rebound: how much of them was leverage?",
        (
            ("assets.*.leverage_cap", 1.0),
            ("crowd.leverage_median", 1.0),
            ("crowd.leverage_median_by_notional", 1.0),
        ),
    ),
)


def preset(key: str) -> Preset:
    """Return a preset by its key.

    Raises
    ------
    ScenarioError
        If there is none; the text says which there are.
    """
    for one in PRESETS:
        if one.key == key:
            return one
    raise ScenarioError(
        f"there is no preset {key!r}; there are {', '.join(one.key for one in PRESETS)}"
    )


def applied(scenario: Scenario, idea: Preset) -> Scenario:
    """Return the scenario with a preset laid over it.

    Raises
    ------
    ScenarioError
        If they don't fit together, e.g. the scenario has fewer venues than the preset needs.
    """
    settings = scenario.model_dump(mode="json")
    try:
        for pattern, value in idea.changes:
            for path in _paths(settings, pattern):
                change(settings, path, _changed(settings, path, value))
        return from_settings(settings)
    except ValueError as error:  # a ScenarioError is one
        raise ScenarioError(f"{idea.key}: {error}") from None


def laid_over(scenario: Scenario, keys: Iterable[str]) -> Scenario:
    """Return the scenario with presets laid over it in order, named by their keys.

    Raises
    ------
    ScenarioError
        As :func:`preset` and :func:`applied`.
    """
    for key in keys:
        scenario = applied(scenario, preset(key))
    return scenario


def _paths(settings: dict[str, Any], pattern: str) -> Iterator[str]:
    """Return the paths that a pattern stands for."""
    before, star, after = pattern.partition(".*.")
    if not star:
        yield pattern
        return
    for nth in range(len(settings[before])):
        yield f"{before}.{nth}.{after}"


def _changed(settings: dict[str, Any], path: str, value: Any) -> Any:
    """Return what a setting becomes."""
    if not isinstance(value, Times):
        return value
    now: Any = settings
    for key in path.split("."):
        if isinstance(now, list) and int(key) >= len(now):
            raise ValueError(f"{path} needs more than the {len(now)} there are")
        now = now[int(key) if isinstance(now, list) else key]
        if now is None:  # a venue without rules of its own has everybody's
            now = settings[key]
    return now * value.factor
