"""Settings of hedges and of the plumbing between venues."""

from __future__ import annotations

from engine.setting import Part, setting


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
    reopen_share: float = setting(
        0.3,
        "Hedges renewed elsewhere",
        "Share of broken hedges that would rather open their short again on another venue than "
        "sell their coins; they can as far as bridges work.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Estimate",
    )
    basis_exit_per_day: float = setting(
        0.5,
        "Basis trades end",
        "Share of hedged shorts that end, coins and contract together, per day and per 0.01% of "
        "funding they have to pay each interval.",
        unit="share",
        low=0.0,
        high=50.0,
        source="Estimate; open interest of basis trades falls when funding turns",
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
    bridge_h: float = setting(
        0.7,
        "Bridges refill within",
        "Time constant with which coins reach a venue where arbitrage has sold them.",
        unit="h",
        low=0.01,
        high=1_000,
        scale="log",
        source="Calibrated",
    )
    fiat_h: float = setting(
        0.7,
        "Fiat refills within",
        "Time constant with which dollars reach a venue where arbitrage has spent them.",
        unit="h",
        low=0.01,
        high=1_000,
        scale="log",
        source="Calibrated",
    )
    bridge_strain: float = setting(
        0.64,
        "Bridge strain",
        "Share of the bridges' capacity that is missing; at 100% no coins arrive.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Calibrated",
    )
    fiat_strain: float = setting(
        0.64,
        "Fiat strain",
        "Share of the fiat channels' capacity that is missing; at 100% no dollars arrive.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Calibrated",
    )
    congestion: float = setting(
        0.5,
        "Congestion",
        "How much slower channels get when everybody moves money: capacity is divided by 1 + this "
        "× how many times volatility exceeds normal.",
        low=0.0,
        high=20.0,
        source="Estimate; withdrawals were slow on 10 October 2025",
    )
    speed_s: float = setting(
        20.0,
        "Arbitrage speed",
        "Time constant with which arbitrage closes a gap while it has balances.",
        unit="s",
        low=1.0,
        high=10_000,
    )
