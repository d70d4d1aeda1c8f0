"""The article's figures and statements, and what is measured to hold a run against them.

The article is "What does the $150 billion in derivatives liquidation throughout the year mean for
the market?" (Blockchain Knight, PANews; data by CoinGlass). Each claim is one of its figures or
statements, with what other sources say beside it.
"""

from __future__ import annotations

from math import inf

from engine import measures as m
from engine.evidence import Check, Claim, Contrast

COINGLASS = "CoinGlass"
PRICES = "Computed from minute prices of 10 October 2025"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        1,
        "Forced liquidations of 150 billion USD in 2025",
        "411 million a day on average; typical days 400–500 million",
        (
            Check(
                "Liquidations of the year",
                "bn USD",
                135,
                165,
                m.of_a_year(m.liquidated_in_all_bn),
                COINGLASS,
            ),
            Check("A typical day", "bn USD", 0.3, 0.6, m.of_a_year(m.median_day_bn), COINGLASS),
            Check(
                "The worst day's share of the year",
                "%",
                8,
                18,
                m.of_a_year(m.worst_day_share_pct),
                COINGLASS,
            ),
            Check("A calm day", "bn USD", 0.2, 0.8, m.liquidated_per_calm_day_bn, COINGLASS),
        ),
    ),
    Claim(
        2,
        "Derivatives volume of 85.7 trillion USD in 2025, 264.5 billion a day",
        "The two don't agree: 85.7 tn ÷ 365 = 234.8 bn; both are CoinGlass's, and both count as "
        "met",
        (
            Check("Volume of the year", "tn USD", 77, 97, m.of_a_year(m.volume_tn), COINGLASS),
            Check(
                "Average daily volume",
                "bn USD",
                211,
                265,
                m.of_a_year(m.volume_bn_per_day),
                COINGLASS,
            ),
        ),
    ),
    Claim(
        3,
        "Open interest peaked at 235.9 billion USD on 7 October",
        "The article calls it Bitcoin's; CoinGlass means the whole market. Bitcoin alone had about "
        "47–70 bn",
        (
            Check(
                "Highest open interest of the year",
                "bn USD",
                212,
                260,
                m.of_a_year(m.interest_bn(lambda values: float(values.max()))),
                COINGLASS,
            ),
        ),
    ),
    Claim(
        4,
        "More than 19 billion USD liquidated on 10–11 October, 85–90% of it long",
        "CoinGlass 19.1–19.4 bn, 87% long; other counts run from 5 to 40 bn",
        (
            Check("Liquidations on both days", "bn USD", 19, 24, m.liquidated_bn, COINGLASS),
            Check("Long share", "%", 85, 90, m.long_share_pct, COINGLASS),
            Check("Worst minute", "bn USD", 1, 4, m.peak_minute_bn, "Amberdata: 3.21 bn at 21:15"),
            Check(
                "Seeds in which the shock sets off a cascade",
                "% of seeds",
                85,
                100,
                m.cascades_pct,
                "It happened",
                share_of_seeds=True,
            ),
            Check(
                "Seeds with a cascade before it",
                "% of seeds",
                0,
                0,
                m.cascades_early_pct,
                "It did not happen",
                share_of_seeds=True,
            ),
        ),
    ),
    Claim(
        5,
        "Open interest fell by 70 billion USD within days",
        "That is 29.7% of the peak",
        (
            Check(
                "Open interest from its peak to its low in three days",
                "bn USD",
                -80,
                -60,
                m.interest_drop_bn,
                COINGLASS,
            ),
        ),
    ),
    Claim(
        6,
        "Open interest stood at 145.1 billion USD at the end of the year, above its start",
        "About 124 bn at the start; lowest about 87 bn in the first quarter",
        (
            Check(
                "Open interest at the end",
                "bn USD",
                130.6,
                159.6,
                m.of_a_year(m.interest_bn(lambda values: float(values[-1]))),
                COINGLASS,
            ),
            Check(
                "Lowest of the year",
                "bn USD",
                78,
                96,
                m.of_a_year(m.interest_bn(lambda values: float(values.min()))),
                COINGLASS,
            ),
        ),
    ),
    Claim(
        7,
        "Bitcoin and Ether fell by 10–15%",
        "From 20:50 UTC to the low Bitcoin −12.8%; from the day's high Bitcoin −16.8%, Ether "
        "−21.8%",
        (
            Check("Largest asset", "%", -15, -10, m.fall_pct(0), PRICES),
            Check("Second largest", "%", -15, -10, m.fall_pct(1), PRICES),
        ),
    ),
    Claim(
        8,
        "Most small perpetuals fell by 50–80%",
        "429 pairs on one venue: quartiles 58–82%, median 70.5%; other venues less",
        (
            Check("Smallest assets", "%", -80, -50, m.fall_pct(-1), PRICES),
            Check("Assets of middle size", "%", -50, -15, m.fall_pct(-2), PRICES),
            Check(
                "Least depth in the smallest assets",
                "% of normal",
                2,
                10,
                m.depth_low_pct(-1),
                "One altcoin: −98% in 40 minutes",
            ),
        ),
    ),
    Claim(
        9,
        "The four largest venues hold 62% of volume",
        "29.3% the largest; three more at about 10–12% each",
        (Check("Share of the four largest", "%", 60, 64, m.top_four_pct, "CoinGlass"),),
    ),
    Claim(
        10,
        "Insurance funds pay first, then ADL closes profitable shorts, among them market makers; "
        "market-neutral strategies fail; liquidation and falling prices feed each other",
        "The largest fund lost about 15% while its venue used ADL; ADL came in bursts, to small "
        "assets first",
        (
            Check(
                "Fall of the largest asset ÷ what the news alone explains",
                "x",
                1.5,
                4,
                m.amplification(0),
                "Estimate: the circle must matter",
            ),
            Check(
                "Fall of the smallest assets ÷ what the news alone explains",
                "x",
                2,
                8,
                m.amplification(-1),
                "Estimate: thin assets are hit hardest",
            ),
            Check("ADL before any shock", "bn USD", 0, 0.001, m.adl_in_calm_bn, COINGLASS),
            Check("First ADL after the post", "min", 5, 40, m.adl_first_min, "Hyperliquid: 26 min"),
            Check("ADL of forced notional", "%", 5, 40, m.adl_share_pct, "Hyperliquid: 38%"),
            Check(
                "ADL reaches the majors later by",
                "min",
                0,
                inf,
                m.adl_small_first_min,
                "Hyperliquid fills",
            ),
            Check(
                "Busiest minute of ADL ÷ average minute",
                "x",
                2,
                inf,
                m.adl_burst_ratio,
                "Hyperliquid fills",
            ),
            Check(
                "Hedged accounts among those hit",
                "%",
                1,
                inf,
                m.adl_hedged_pct,
                "Reports of market makers",
            ),
            Check(
                "What broken hedges took off a price",
                "log %",
                0.2,
                inf,
                m.hedge_sales_pct,
                "Reports of market makers",
            ),
            Check(
                "Fund money left at a venue while it used ADL",
                "%",
                80,
                inf,
                m.fund_left_with_adl_pct,
                "Largest fund: 1.23 → 1.04 bn",
            ),
        ),
        (
            Contrast(
                "Insurance funds ten times larger: ADL of forced notional",
                "percentage points",
                "funds-ten-times",
                m.adl_share_pct,
                -100,
                -0.1,
            ),
            Contrast(
                "Deleveraging pro rata: most a winner loses of a gain at once",
                "x",
                "pro-rata-adl",
                m.worst_haircut_pct,
                0,
                0.2,
                as_ratio=True,
            ),
            Contrast(
                "Deleveraging spares hedges: what broken hedges took off a price",
                "log %",
                "spare-hedges",
                m.hedge_sales_pct,
                -100,
                0,
            ),
            Contrast(
                "No liquidity withdrawal: fall of the smallest assets",
                "percentage points",
                "books-stay-full",
                m.fall_pct(-1),
                1,
                100,
            ),
        ),
    ),
    Claim(
        11,
        "A few venues with similar liquidation logic sell at the same time",
        "",
        (),
        (
            Contrast(
                "Every venue liquidates differently: worst minute",
                "bn USD",
                "different-logic",
                m.peak_minute_bn,
                -inf,
                0,
            ),
        ),
    ),
    Claim(
        12,
        "Bridges and fiat channels strained, arbitrage failed, prices differed between venues",
        "Bitcoin about 5% for minutes; altcoins up to half",
        (
            Check("Gap in the largest asset", "%", 2, 6, m.gap_pct(0), PRICES),
            Check("Gap in the smallest assets", "%", 20, 55, m.gap_pct(-1), PRICES),
            Check("Gap in calm hours", "%", 0, 1, m.calm_gap_pct, PRICES),
            Check("Gap on a day without any shock", "%", 0, 0.5, m.gap_without_shock_pct, PRICES),
        ),
        (
            Contrast(
                "Bridges and fiat channels shut: gap in the largest asset",
                "x",
                "bridges-shut",
                m.gap_pct(0),
                1.1,
                inf,
                as_ratio=True,
            ),
            Contrast(
                "Bridges and fiat channels shut: gap in the smallest assets",
                "x",
                "bridges-shut",
                m.gap_pct(-1),
                1.1,
                inf,
                as_ratio=True,
            ),
            Contrast(
                "Bridges and fiat channels open: gap in the smallest assets",
                "x",
                "bridges-open",
                m.gap_pct(-1),
                0,
                0.9,
                as_ratio=True,
            ),
        ),
    ),
    Claim(
        13,
        "Liquidation is a periodic fee on leverage: concentrated losses, no chain of defaults",
        "",
        (
            Check(
                "Rebound within an hour of the low",
                "% of the day's rebound",
                50,
                100,
                m.rebound_within_hour_pct,
                PRICES,
            ),
        ),
        (
            Contrast(
                "Leverage capped at 5: liquidations",
                "bn USD",
                "leverage-capped",
                m.liquidated_bn,
                -inf,
                -1,
            ),
            Contrast(
                "Leverage capped at 5: ADL",
                "bn USD",
                "leverage-capped",
                m.adl_bn,
                -inf,
                -0.01,
            ),
            Contrast(
                "The shock without leverage: fall of the smallest assets",
                "percentage points",
                "no-leverage",
                m.fall_pct(-1),
                1,
                100,
            ),
        ),
    ),
)


def all_checks() -> list[Check]:
    """Return the checks of all claims in order."""
    return [check for claim in CLAIMS for check in claim.checks]


def all_contrasts() -> list[Contrast]:
    """Return the counterfactuals of all claims in order."""
    return [contrast for claim in CLAIMS for contrast in claim.contrasts]
