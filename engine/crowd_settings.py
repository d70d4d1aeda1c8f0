"""Settings of the people: the crowd, and the person at the screen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.setting import Name, Part, setting

Side = Literal["long", "short"]
PositionKind = Literal["perpetual", "spot"]
MarginMode = Literal["isolated", "cross"]


class Crowd(Part):
    """Who holds positions, how large and at what leverage."""

    accounts: int = setting(
        100_000,
        "Accounts",
        "Number of margin accounts simulated; together they hold the open interest.",
        low=100,
        high=5_000_000,
        scale="log",
    )
    people: int = setting(
        5_000_000,
        "People",
        "Number of accounts in the real market; each simulated account stands for people ÷ "
        "accounts alike, so that maintenance tiers see real sizes.",
        low=100,
        high=1_000_000_000,
        scale="log",
        source="Estimate: 1.6 million traders were liquidated on 10 October 2025",
    )
    leverage_median: float = setting(
        9.0,
        "Typical leverage",
        "Half of the leveraged accounts have more: position size ÷ equity, counted by accounts.",
        unit="x",
        low=1.0,
        high=50.0,
        scale="log",
        source="Median by number 8–10×; exchanges' and data vendors' reports, 2025",
    )
    leverage_median_by_notional: float = setting(
        3.0,
        "Leverage of the money",
        "Half of the open interest is held at more than this leverage: large accounts use less.",
        unit="x",
        low=0.3,
        high=50.0,
        scale="log",
        source="Hyperliquid, late 2025: 36% of open interest at 0–3×, 48% at 3–7×, 15% above",
    )
    leverage_spread: float = setting(
        0.7,
        "Spread of leverage",
        "Standard deviation of log leverage among accounts of the same size.",
        low=0.05,
        high=2.0,
        source="Calibrated",
    )
    size_spread: float = setting(
        1.5,
        "Spread of sizes",
        "Standard deviation of log position size among accounts; the largest are cut off.",
        low=0.1,
        high=3.0,
        source="Calibrated",
    )
    long_share: float = setting(
        0.68,
        "Long side",
        "Share of the crowd's notional that is long. Others take the other side: hedgers, then "
        "market makers.",
        unit="share",
        low=0.05,
        high=0.95,
        source="Calibrated to 85–90% of liquidations being long",
    )
    hedged_share: float = setting(
        0.45,
        "Hedged shorts",
        "Share of short open interest held by market-neutral accounts against spot they own.",
        unit="share",
        low=0.0,
        high=0.9,
        source="Estimate: shorts are more often hedgers",
    )
    hedge_leverage: float = setting(
        3.0,
        "Hedgers' leverage",
        "Typical leverage of market-neutral accounts on the venue where they are short.",
        unit="x",
        low=1.0,
        high=20.0,
        scale="log",
        source="Estimate: 3–10× where they trade most, less in small assets",
    )
    pair_share: float = setting(
        0.3,
        "Pairs across venues",
        "Share of hedged shorts that are hedged by a long position on another venue, not by coins.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Estimate",
    )
    cross_share: float = setting(
        0.2,
        "Cross margin",
        "Share of the crowd's notional in accounts where one collateral stands behind positions in "
        "several assets: a loss in one can liquidate them all.",
        unit="share",
        low=0.0,
        high=0.9,
        source="Estimate",
    )
    away_share: float = setting(
        0.2,
        "On the sidelines",
        "Share of accounts, pairs across venues apart, without a position at the start; they may "
        "come in.",
        unit="share",
        low=0.0,
        high=0.9,
        source="Estimate",
    )
    holding_days: float = setting(
        1.0,
        "Holding time",
        "How long accounts have held when the scenario begins: whoever such a time's price swings "
        "would have liquidated isn't there any more.",
        unit="d",
        low=0.0,
        high=365.0,
        source="Estimate; leveraged positions are held for hours to days",
    )
    turnover_per_day: float = setting(
        0.25,
        "Turnover",
        "Share of the crowd's accounts that are closed by their owners and opened anew by others "
        "each day, at the crowd's usual leverage.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Calibrated to 0.2–0.8 bn USD of liquidations on a calm day",
    )
    entry_spread_pct: float = setting(
        6.0,
        "Spread of entry prices",
        "Standard deviation of entry prices around the price at the start.",
        unit="pct",
        low=0.0,
        high=50.0,
        source="About a week's price change",
    )


class Behaviour(Part):
    """Why people open and close positions of their own free will.

    A move is the distance of an asset's price from its average over the memory, in standard
    deviations of calm times over that memory. Rates grow with what a move exceeds the threshold by.
    """

    memory_min: float = setting(
        30.0,
        "Memory",
        "Time constant of the average price that people compare with.",
        unit="min",
        low=1.0,
        high=10_000.0,
        scale="log",
        source="Estimate",
    )
    threshold: float = setting(
        3.0,
        "Move that counts",
        "Smaller moves leave people calm, in standard deviations.",
        unit="σ",
        low=0.0,
        high=20.0,
        source="Estimate",
    )
    stops_per_h: float = setting(
        0.05,
        "Stops and panic",
        "Share of the losing side that closes per hour and per standard deviation beyond.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Estimate",
    )
    profits_per_h: float = setting(
        0.05,
        "Profit-taking",
        "Share of the winning side that closes per hour and per standard deviation beyond.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Estimate",
    )
    trend_per_h: float = setting(
        0.02,
        "Trend followers",
        "Share of accounts on the sidelines that enter in the direction of the move, per hour and "
        "per standard deviation beyond.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Calibrated to 85–90% of liquidations being long",
    )
    dips_per_h: float = setting(
        0.02,
        "Dip buyers",
        "Share of accounts on the sidelines that enter against the move, per hour and per standard "
        "deviation beyond.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Calibrated to 85–90% of liquidations being long",
    )
    entry_leverage: float = setting(
        1.5,
        "Newcomers' leverage",
        "How many times their usual leverage people take who enter during a move.",
        unit="x",
        low=0.1,
        high=10.0,
        scale="log",
        source="Estimate",
    )
    comeback_days: float = setting(
        5.0,
        "Comeback",
        "Time constant with which accounts on the sidelines come in without a special reason; as "
        "many leave as keeps the sidelines as full as the appetite wants it.",
        unit="d",
        low=0.1,
        high=10_000.0,
        scale="log",
        source="Estimate",
    )
    appetite: float = setting(
        1.0,
        "Appetite",
        "How many accounts want to hold positions, relative to the start; the sidelines empty or "
        "fill within the time of comeback.",
        unit="x",
        low=0.05,
        high=20.0,
        scale="log",
        source="1 unless open interest is known to have grown or shrunk",
    )


class Change(Part):
    """A change of a desk position at a set time."""

    at_min: float = setting(
        ...,
        "Time",
        "When it is made, in minutes from the start.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    notional_usd: float | None = setting(
        None,
        "New size",
        "Size the position is brought to, at the price then; empty: as it is.",
        unit="usd",
        low=1,
        high=1e10,
        scale="log",
    )
    add_collateral_usd: float = setting(
        0.0, "Collateral added", "Money paid in as margin.", unit="usd", low=0, high=1e10
    )


class Position(Part):
    """One position of the person at the screen: the same rules as everybody's."""

    asset: Name = Field(..., json_schema_extra={"label": "Asset"})
    venue: Name = Field(..., json_schema_extra={"label": "Venue"})
    side: Side = setting(
        "long",
        "Side",
        "Long gains when the price rises, short when it falls.",
        choices={"long": "Long", "short": "Short"},
    )
    notional_usd: float = setting(
        10_000.0, "Notional", "Size of the position.", unit="usd", low=1, high=1e10, scale="log"
    )
    leverage: float = setting(
        10.0,
        "Leverage",
        "Notional ÷ collateral at opening.",
        unit="x",
        low=1,
        high=125,
        scale="log",
    )
    open_min: float = setting(
        0.0,
        "Opened at",
        "When it is opened, in minutes from the start.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    close_min: float | None = setting(
        None,
        "Closed at",
        "When it is closed, in minutes from the start; empty: never.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    kind: PositionKind = setting(
        "perpetual",
        "Kind",
        "A perpetual contract on margin, or coins bought and kept: a hedge that nobody can close.",
        choices={"perpetual": "Perpetual contract", "spot": "Spot coins"},
    )
    margin: MarginMode = setting(
        "isolated",
        "Margin",
        "Isolated: this position's collateral is all it can lose. Cross: all cross positions at a "
        "venue share their collateral.",
        choices={"isolated": "Isolated", "cross": "Cross"},
    )
    hedged: bool = setting(
        False,
        "Counts as hedged",
        "Declared to the venue as one leg of a hedge, which some ADL rules spare; needs coins or "
        "an opposite position elsewhere of the same size.",
    )
    changes: tuple[Change, ...] = Field((), max_length=20, json_schema_extra={"label": "Changes"})
