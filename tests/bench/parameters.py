"""What the calibration may change: free parameters, plausible ranges, and why those."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A parameter that figures don't tell.

    Attributes
    ----------
    paths
        Settings that take its value, all alike.
    low, high
        Plausible range.
    logarithmic
        Whether factors count, not differences.
    reason
        Why this range.
    """

    paths: tuple[str, ...]
    low: float
    high: float
    logarithmic: bool
    reason: str


def _factor(path: str, low: float, high: float, reason: str) -> Parameter:
    return Parameter((path,), low, high, True, reason)


def _amount(path: str, low: float, high: float, reason: str) -> Parameter:
    return Parameter((path,), low, high, False, reason)


_VOLUME = "Depth within 1% as displayed, several times over: books refill within minutes"
_BETA = "Falls of that day relative to Bitcoin's; 1 to 3 in ordinary sell-offs"
_RATES = "Estimate: a few per cent an hour and standard deviation, from none to a tenth"

PARAMETERS: tuple[Parameter, ...] = (
    _factor("crowd.leverage_median", 6, 14, "Median by number of accounts about 8–10"),
    _factor("crowd.leverage_median_by_notional", 1.6, 4.5, "36% of interest at 0–3×, 48% at 3–7×"),
    _factor("crowd.leverage_spread", 0.3, 0.9, "Same source: 15% of interest above 7×"),
    _amount("crowd.long_share", 0.52, 0.68, "Small accounts are long, hedgers short"),
    _amount("crowd.hedged_share", 0.3, 0.6, "Shorts are more often hedgers"),
    _factor("crowd.hedge_leverage", 1.5, 6, "3–10 where they trade most, less elsewhere"),
    _factor("crowd.turnover_per_day", 0.08, 0.6, "Positions are held for hours to weeks"),
    _factor("crowd.holding_days", 0.5, 5, "Positions are held for hours to weeks"),
    _factor("crowd.pair_share", 0.05, 0.5, "Estimate: some hedgers use another venue"),
    _factor("crowd.cross_share", 0.05, 0.4, "Estimate: large accounts use one collateral"),
    _factor("liquidity.withdrawal_threshold", 1.75, 6, "Depth fell once volatility was a multiple"),
    _amount("liquidity.withdrawal_exponent", 0.5, 1.6, "Depth about inverse to volatility"),
    _factor("liquidity.depth_floor", 0.02, 0.08, "One altcoin's depth fell by 98%"),
    _factor("liquidity.return_min", 20, 150, "Depth returned within an hour or so"),
    _factor("liquidity.dislocation_halflife_h", 0.3, 2, "Half of the rebound within an hour"),
    _factor("liquidity.value_reach", 0.2, 1.5, "Bargains of a fifth draw in new money"),
    _amount("liquidity.resilience_share", 0, 0.6, "A third to a half of impact is temporary"),
    _factor("liquidity.resilience_halflife_min", 2, 30, "Books refill within minutes"),
    _amount("liquidity.loss_withdrawal", 0, 1, "Estimate: makers cut quotes as capital shrinks"),
    _amount("liquidity.adl_withdrawal", 0, 3, "Estimate: makers hit by ADL withdrew"),
    _factor("liquidity.maker_capital_pct", 0.5, 5, "Estimate: per cent of open interest"),
    _factor("liquidation.selling_pace", 5, 100, "Engines sold within seconds to minutes"),
    _factor("liquidation.fee_pct", 0.3, 1, "Fee schedules of the venues"),
    _factor("hedging.unwind_min", 1, 10, "Coins of broken hedges went within minutes"),
    _factor("hedging.selling_pace", 2, 30, "As fast as engines at most"),
    _factor("hedging.handover_h", 0.5, 12, "Open interest fell within hours to days"),
    _amount("hedging.reopen_share", 0.1, 0.6, "Estimate: some hedge again elsewhere"),
    _factor(
        "insurance.fund_pct",
        0.1,
        0.8,
        "1.04–1.23 bn at the largest venue: about 1.5% of its"
        " open interest in all, much less per contract",
    ),
    _factor("plumbing.arbitrage_pct", 0.2, 4, "Estimate: per cent of open interest"),
    Parameter(
        ("plumbing.bridge_h", "plumbing.fiat_h"), 0.05, 2, True, "Confirmations and transfers"
    ),
    Parameter(
        ("plumbing.bridge_strain", "plumbing.fiat_strain"), 0.2, 0.95, False, "Strained that day"
    ),
    _factor("plumbing.congestion", 0.03, 2, "Fees rose several times over"),
    _factor("plumbing.speed_s", 10, 60, "Gaps close within a minute in calm times"),
    _factor("behaviour.stops_per_h", 0.005, 0.2, _RATES),
    _factor("behaviour.profits_per_h", 0.005, 0.2, _RATES),
    _factor("behaviour.trend_per_h", 0.003, 0.1, _RATES),
    _factor("behaviour.dips_per_h", 0.003, 0.1, _RATES),
    _factor("behaviour.entry_leverage", 1, 3, "Who jumps in takes more risk"),
    _amount("behaviour.threshold", 2, 6, "Rare moves count"),
    _amount("news.clustering", 0.15, 0.5, "Daily volatility varies by a third and more"),
    _amount("shocks.0.size_pct", -7, -3.5, "News, without what leverage made of it"),
    _factor("shocks.0.ramp_min", 10, 40, "The low came half an hour after the post"),
    _factor("shocks.0.volatility_multiplier", 1.5, 4, "Uncertainty, before any cascade"),
    _factor("assets.0.depth_1pct_usd", 2e9, 6e9, _VOLUME),
    _factor("assets.1.depth_1pct_usd", 1e9, 4.5e9, _VOLUME),
    _factor("assets.2.depth_1pct_usd", 0.5e9, 2.2e9, _VOLUME),
    _factor("assets.3.depth_1pct_usd", 0.15e9, 0.8e9, _VOLUME),
    _factor("assets.4.depth_1pct_usd", 0.03e9, 0.3e9, _VOLUME),
    _amount("assets.1.shock_beta", 0.9, 1.4, _BETA),
    _amount("assets.2.shock_beta", 1, 2.2, _BETA),
    _amount("assets.3.shock_beta", 1, 2.6, _BETA),
    _amount("assets.4.shock_beta", 1, 3, _BETA),
    _amount("venues.1.depth_share", 0.06, 0.14, "Depth isn't spread as positions are"),
    _amount("venues.2.depth_share", 0.06, 0.14, "Depth isn't spread as positions are"),
    _amount("venues.3.depth_share", 0.06, 0.14, "Depth isn't spread as positions are"),
)
