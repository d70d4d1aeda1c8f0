"""A market under way: what stays, what changes, and what a step tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine.adl import Deleveraging
from engine.arrays import Floats, Ints, all_true
from engine.clock import is_round
from engine.desk import Desk, DeskChanges
from engine.liquidation import Takeover
from engine.margin import Tiers
from engine.protection import Mask, Outages, open_markets
from engine.randomness import Words
from engine.rules import Rules
from engine.scenario import Scenario
from engine.screen import Screen
from engine.state import State

FINE_BEAT_S, CALM_BEAT_S = 30.0, 300.0
"""How often people decide: where steps are shorter than a minute, and in calm times."""

FINE_RENEWAL_S, CALM_RENEWAL_S = 300.0, 900.0
"""The same for how often the crowd changes, over which it takes hours and days."""


@dataclass(frozen=True)
class Constants:
    """What stays the same from one change of the rules to the next.

    Attributes
    ----------
    scenario, rules, tiers
        The settings in force, the venues' rules and the maintenance tables as arrays.
    calm_depth_usd
        USD per unit of log price, (V, A).
    variance_per_s
        Calm variance of log prices, (A,).
    venue_weight, index_share, asset_weight
        Share of depth and weight in the index of each venue, (V,); share of each asset in all
        depth, (A,).
    arb_target_usd, fund_start_usd, fund_share, maker_capital_usd
        Coins of arbitrageurs; insurance funds at the start, and each pool's share in its fund; what
        market makers can lose, (V, A).
    outages, guarded
        When venues stand still; whether any market can ever be halted.
    handover_keys, turnover_keys, will_keys, hedge_keys
        Random keys of the worlds, (W,).
    """

    scenario: Scenario
    rules: Rules
    tiers: Tiers
    calm_depth_usd: Floats
    variance_per_s: Floats
    venue_weight: Floats
    index_share: Floats
    asset_weight: Floats
    arb_target_usd: Floats
    fund_start_usd: Floats
    fund_share: Floats
    maker_capital_usd: Floats
    outages: Outages
    guarded: bool
    handover_keys: Words
    turnover_keys: Words
    will_keys: Words
    hedge_keys: Words


@dataclass
class Market:
    """A market under way: what a step changes.

    ``cascade`` holds the cascade numbers as last measured, (2, W, A): downward, upward.
    """

    state: State
    screen: Screen
    desk: Desk
    cascade: Floats


class Moment(NamedTuple):
    """When a step is, and where it lets people trade.

    Attributes
    ----------
    start_s, step_s
        When the step begins, how long it lasts.
    deciding
        Whether people decide to trade of their own free will, or mend a broken hedge.
    renewing
        Whether the crowd changes: people come and go, take over positions, hand them on.
    serving, trading
        Where liquidation works, (V, A), and where orders are filled, (W, V, A); None: everywhere,
        and it was so in the step before.
    """

    start_s: float
    step_s: float
    deciding: bool
    renewing: bool
    serving: Mask
    trading: Mask | None

    @property
    def end_s(self) -> float:
        """When the step ends."""
        return self.start_s + self.step_s

    @property
    def beat(self) -> int:
        """Number of the moment of decision: chance hangs on it, not on the step's number."""
        return int(self.end_s // FINE_BEAT_S)


class Outcome(NamedTuple):
    """What happened in a step, for the record.

    Attributes
    ----------
    now
        When and where it was.
    causes_log
        Parts of the change of each asset's log price, (W, A, CAUSES).
    traded_usd
        Volume of all orders, (W, V, A).
    takeover, deleveraging
        What the mechanisms did; None if nothing.
    desk
        Positions opened, changed and closed; None if none could be.
    desk_taken
        The (world, position) of the desk's accounts taken over, (n, 2).
    tripped
        Which markets a circuit breaker halted; None if there is none.
    """

    now: Moment
    causes_log: Floats
    traded_usd: Floats
    takeover: Takeover | None
    deleveraging: Deleveraging | None
    desk: DeskChanges | None
    desk_taken: Ints
    tripped: Mask | None


def moment_of(state: State, constants: Constants, start_s: float, step_s: float) -> Moment:
    """Look at the clock and the doors."""
    serving = constants.outages.serving(start_s, start_s + step_s)
    trading = None
    if constants.guarded:
        doors = open_markets(state, serving, start_s)
        if not all_true(doors & state.was_open):
            trading = doors
    return Moment(
        start_s=start_s,
        step_s=step_s,
        deciding=is_round(start_s, step_s, FINE_BEAT_S, CALM_BEAT_S),
        renewing=is_round(start_s, step_s, FINE_RENEWAL_S, CALM_RENEWAL_S),
        serving=serving,
        trading=trading,
    )
