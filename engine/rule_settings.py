"""Settings of the venues' rules and the plumbing between venues: what a regulator could change."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.setting import Part, setting

AdlRank = Literal[
    "pnl_times_leverage",
    "binance",
    "hyperliquid",
    "pnl_only",
    "pro_rata",
    "pro_rata_unhedged",
    "none",
]
MarkRule = Literal["median", "last"]


class Liquidation(Part):
    """What a venue does with accounts below maintenance margin."""

    fee_pct: float = setting(
        0.5,
        "Liquidation fee",
        "Share of the closed notional paid to the insurance fund, at most what is left.",
        unit="pct",
        low=0.0,
        high=10.0,
        source="Usual clearance fee of large venues: 0.3–1.5%",
    )
    selling_pace: float = setting(
        8.0,
        "Selling pace",
        "The liquidation engine sends at most orders that move the price by this many of the "
        "asset's one-minute standard deviations a minute: more hastily where prices swing more.",
        unit="σ/min",
        low=0.1,
        high=1000.0,
        scale="log",
        source="Calibrated",
    )


class Insurance(Part):
    """The insurance funds, one for each asset at each venue."""

    fund_pct: float = setting(
        0.4,
        "Insurance fund",
        "Money in each contract's fund at the start, as a share of its open interest.",
        unit="pct",
        low=0.0,
        high=20.0,
        source="Binance futures: 1.23 bn USD before 10 October 2025",
    )


class Adl(Part):
    """Auto-deleveraging: closing winners' positions when the fund can't carry the losers'."""

    rank: AdlRank = setting(
        "pnl_times_leverage",
        "ADL rule",
        "Who is closed first when the insurance fund can't carry a bankrupt position.",
        choices={
            "pnl_times_leverage": "Profit × leverage",
            "binance": "Binance's formula",
            "hyperliquid": "Hyperliquid's formula",
            "pnl_only": "Profit only",
            "pro_rata": "Pro rata to gains",
            "pro_rata_unhedged": "Pro rata, hedged accounts spared",
            "none": "No ADL: the venue carries the loss",
        },
        source="BitMEX and Bybit rank by profit × effective leverage",
    )
    trigger_drawdown: float = setting(
        0.30,
        "ADL begins at",
        "Fall of the fund's value from its 8-hour high that starts ADL.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Bybit and OKX: 30% below the 8-hour high",
    )
    stop_drawdown: float = setting(
        0.25,
        "ADL stops at",
        "ADL closes only as much as brings the fund's value back to this fall from its high.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Bybit: stops at 25%",
    )

    @model_validator(mode="after")
    def _stops_before_it_begins(self) -> Self:
        if self.stop_drawdown > self.trigger_drawdown:
            raise ValueError(
                f"stop_drawdown: {self.stop_drawdown:g} must not exceed trigger_drawdown "
                f"({self.trigger_drawdown:g})"
            )
        return self


class Hedging(Part):
    """What market-neutral accounts do when one leg of their hedge is closed for them."""

    unwind_min: float = setting(
        4.0,
        "Naked spot is sold within",
        "Time constant with which an account that lost its short sells the coins it hedged.",
        unit="min",
        low=0.1,
        high=10_000,
        source="Estimate: within minutes",
    )
    selling_pace: float = setting(
        8.0,
        "Pace of unwinding",
        "Broken hedges are sold with at most orders that move the price by this many of the "
        "asset's one-minute standard deviations a minute.",
        unit="σ/min",
        low=0.1,
        high=1000.0,
        scale="log",
        source="Estimate: as hasty as the liquidation engine",
    )
    handover_h: float = setting(
        10.0,
        "Market makers hand on within",
        "Time constant with which market makers pass their inventory to traders who close.",
        unit="h",
        low=0.1,
        high=10_000,
        source="Calibrated to open interest falling by 70 bn USD within days",
    )


class Plumbing(Part):
    """Bridges and fiat channels: what arbitrage between venues lives on."""

    arbitrage_pct: float = setting(
        0.1,
        "Arbitrage capital",
        "Dollars and coins that arbitrageurs keep ready on each venue, as a share of open "
        "interest there.",
        unit="pct",
        low=0.0,
        high=50.0,
        source="Calibrated",
    )
    refill_h: float = setting(
        0.7,
        "Refill time",
        "Time constant with which bridges and fiat channels refill used balances.",
        unit="h",
        low=0.01,
        high=1_000,
        source="Calibrated",
    )
    strain: float = setting(
        0.64,
        "Bridge strain",
        "Share of bridge and fiat capacity that is missing; at 100% nothing is refilled.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Calibrated",
    )
    speed_s: float = setting(
        20.0,
        "Arbitrage speed",
        "Time constant with which arbitrage closes a gap while it has balances.",
        unit="s",
        low=1.0,
        high=10_000,
    )


class Marking(Part):
    """How the mark price, which decides who is liquidated, is formed."""

    rule: MarkRule = setting(
        "median",
        "Mark price",
        "Median of index, index + average basis, and last price; or the venue's own last price.",
        choices={"median": "Median with index", "last": "Own last price"},
        source="Binance: median of three; window 30 s since 18 September 2025",
    )
    window_s: float = setting(
        30.0, "Basis window", "Time constant of the average basis.", unit="s", low=1, high=36_000
    )
