"""Settings of the venues' rules: what a venue or a regulator could change."""

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
AdlTrigger = Literal["drawdown", "fund_empty", "equity_below_zero"]
AdlFill = Literal["bankruptcy", "mark"]
MarkRule = Literal["median", "last"]
Ladder = Literal["full", "lower_tier", "staged"]
Scope = Literal["contract", "venue", "shared"]


class Liquidation(Part):
    """What a venue does with accounts below maintenance margin."""

    ladder: Ladder = setting(
        "full",
        "Liquidation",
        "Whether an account below maintenance is taken over whole, cut down to a lower tier of the "
        "maintenance table, or reduced step by step.",
        choices={
            "full": "Whole at once",
            "lower_tier": "Down to a lower tier",
            "staged": "Step by step",
        },
        source="Binance and Bybit cut to lower tiers; Hyperliquid closes 20% of large positions",
    )
    stage_share: float = setting(
        0.2,
        "First step",
        "Share of a large position that is closed first, if liquidation goes step by step.",
        unit="share",
        low=0.01,
        high=1.0,
        source="Hyperliquid: 20%",
    )
    stage_from_usd: float = setting(
        100_000.0,
        "Large from",
        "Smaller positions are taken over whole, even if liquidation goes step by step.",
        unit="usd",
        low=0.0,
        high=1e12,
        source="Hyperliquid: 100,000 USD",
    )
    cooldown_s: float = setting(
        30.0,
        "Cool-down",
        "Pause after a step before the next one.",
        unit="s",
        low=0.0,
        high=86_400.0,
        source="Hyperliquid: 30 s",
    )
    backstop_share: float = setting(
        0.667,
        "Backstop at",
        "With less than this share of the maintenance margin an account is taken over whole.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Hyperliquid: two thirds of maintenance margin",
    )

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
    """The insurance funds."""

    scope: Scope = setting(
        "contract",
        "One fund for",
        "Which losses one fund stands for: each contract at each venue has its own, or all of a "
        "venue, or all venues share one.",
        choices={"contract": "Each contract", "venue": "Each venue", "shared": "All venues"},
        source="10 October 2025: the largest fund lost 15% while its venue used ADL",
    )

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
    trigger: AdlTrigger = setting(
        "drawdown",
        "ADL is triggered by",
        "A fund's fall from its 8-hour high, a fund that can't pay any more, or any bankrupt "
        "position, without asking the fund.",
        choices={
            "drawdown": "Drawdown of the fund",
            "fund_empty": "Empty fund",
            "equity_below_zero": "Equity below zero",
        },
        source="Bybit and OKX; BitMEX; Hyperliquid",
    )
    fill: AdlFill = setting(
        "bankruptcy",
        "ADL fills at",
        "Price at which winners are closed: the bankruptcy price of the position they are closed "
        "against, so that they bear its loss, or the mark price, so that the fund does.",
        choices={"bankruptcy": "Bankruptcy price", "mark": "Mark price"},
        source="BitMEX, Bybit and Binance: bankruptcy price; OKX and Hyperliquid: mark price",
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


class Protection(Part):
    """Price bands and circuit breakers: what keeps a market from running away."""

    band_pct: float = setting(
        0.0,
        "Price band",
        "No trade further than this from the index; what would go beyond waits. 0: no band.",
        unit="pct",
        low=0.0,
        high=90.0,
        source="Large venues: 5–15% for market orders; off in the scenarios",
    )
    breaker_pct: float = setting(
        0.0,
        "Circuit breaker",
        "A market is halted once its price has moved by this from its average over the window; "
        "orders wait, mark prices go on. 0: never.",
        unit="pct",
        low=0.0,
        high=90.0,
        source="Stock exchanges: 5–20%; crypto venues have none",
    )
    breaker_window_min: float = setting(
        5.0,
        "Breaker's window",
        "Time constant of the average price that the circuit breaker looks at.",
        unit="min",
        low=0.1,
        high=1_440.0,
        source="US limit-up limit-down: 5 minutes",
    )
    halt_min: float = setting(
        5.0,
        "Halt lasts",
        "How long a market stays halted.",
        unit="min",
        low=0.1,
        high=1_440.0,
        source="US limit-up limit-down: 5 minutes",
    )


class Funding(Part):
    """Funding: what longs pay to shorts, or shorts to longs, to keep contracts near spot."""

    interval_h: int = setting(
        8,
        "Funding every",
        "Funding is paid at full multiples of this, counted from midnight UTC.",
        unit="h",
        low=1,
        high=24,
        source="Binance: every 8 hours",
    )
    interest_pct: float = setting(
        0.01,
        "Interest",
        "Rate per interval that funding is drawn to.",
        unit="pct",
        low=-1.0,
        high=1.0,
        source="Binance: 0.01% per 8 hours",
    )
    clamp_pct: float = setting(
        0.05,
        "Clamp",
        "How far interest may offset the premium.",
        unit="pct",
        low=0.0,
        high=1.0,
        source="Binance: premium + clamp(interest − premium, ±0.05%)",
    )
    cap_pct: float = setting(
        0.75,
        "Cap",
        "Highest rate per interval, either way; 0: no funding.",
        unit="pct",
        low=0.0,
        high=5.0,
        source="Binance: 0.75 of the maintenance rate, or 0.3–3%",
    )
    crowding_pct: float = setting(
        0.1,
        "Price of crowding",
        "Premium over the index if all accounts were on one side; market makers ask for it to "
        "take the other.",
        unit="pct",
        low=0.0,
        high=10.0,
        source="Estimate: 0.01–0.03% while the crowd is long",
    )
