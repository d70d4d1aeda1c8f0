"""The venues' rules in force, as arrays: everybody's, or each venue's own.

Shapes are (V, 1), to go with market arrays (W, V, A), unless said otherwise. Shares and moves are
fractions; a limit that is switched off is infinite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np

from engine.arrays import Floats, Ints
from engine.clock import MINUTE_S
from engine.scenario import Adl, Liquidation, Marking, Protection, Scenario, Venue

LADDERS = ("full", "lower_tier", "staged")
TRIGGERS = ("drawdown", "fund_empty", "equity_below_zero")


@dataclass(frozen=True)
class Rules:
    """Every venue's rules.

    Attributes
    ----------
    fee, selling_pace, ladder, stage_share, stage_from_usd, cooldown_s, backstop_share
        Liquidation; ``ladder`` is a place in LADDERS. All (V,).
    ranks
        ADL rank rule of each venue.
    trigger, begin, stop, at_mark
        ADL: a place in TRIGGERS, drawdowns, and whether winners are closed at mark.
    last_only, basis_window_s
        Mark price.
    band, breaker, breaker_window_s, halt_s
        Price protection, in log price.
    """

    fee: Floats
    selling_pace: Floats
    ladder: Ints
    stage_share: Floats
    stage_from_usd: Floats
    cooldown_s: Floats
    backstop_share: Floats
    ranks: tuple[str, ...]
    trigger: Ints
    begin: Floats
    stop: Floats
    at_mark: np.ndarray[Any, np.dtype[np.bool_]]
    last_only: np.ndarray[Any, np.dtype[np.bool_]]
    basis_window_s: Floats
    band: Floats
    breaker: Floats
    breaker_window_s: Floats
    halt_s: Floats

    @cached_property
    def banded(self) -> bool:
        """Whether any venue has a price band."""
        return bool(np.isfinite(self.band).any())

    @cached_property
    def any_last_only(self) -> bool:
        """Whether any venue takes the last price alone for its mark."""
        return bool(self.last_only.any())

    @cached_property
    def stepwise(self) -> bool:
        """Whether any venue liquidates otherwise than whole accounts at once."""
        return bool(self.ladder.any())

    @cached_property
    def closing(self) -> bool:
        """Whether any venue has ADL."""
        return any(rank != "none" for rank in self.ranks)

    @cached_property
    def breaking(self) -> bool:
        """Whether any venue has a circuit breaker."""
        return bool(np.isfinite(self.breaker).any())


def rules_of(scenario: Scenario) -> Rules:
    """Return the rules of each venue: its own where it has some, else everybody's."""

    def each(part: str, read: Callable[[Any], Any]) -> Any:
        own = [getattr(venue, part) or getattr(scenario, part) for venue in scenario.venues]
        return np.array([read(rules) for rules in own])

    def liquidation(read: Callable[[Liquidation], Any]) -> Any:
        return each("liquidation", read)

    def adl(read: Callable[[Adl], Any]) -> Any:
        return each("adl", read)[:, None]

    def marking(read: Callable[[Marking], Any]) -> Any:
        return each("marking", read)[:, None]

    def protection(read: Callable[[Protection], Any]) -> Any:
        return each("protection", read)[:, None]

    return Rules(
        fee=liquidation(lambda rule: rule.fee_pct / 100),
        selling_pace=liquidation(lambda rule: rule.selling_pace),
        ladder=liquidation(lambda rule: LADDERS.index(rule.ladder)),
        stage_share=liquidation(lambda rule: rule.stage_share),
        stage_from_usd=liquidation(lambda rule: rule.stage_from_usd),
        cooldown_s=liquidation(lambda rule: rule.cooldown_s),
        backstop_share=liquidation(lambda rule: rule.backstop_share),
        ranks=tuple(_own(venue.adl, scenario.adl).rank for venue in scenario.venues),
        trigger=adl(lambda rule: TRIGGERS.index(rule.trigger)),
        begin=adl(lambda rule: rule.trigger_drawdown),
        stop=adl(lambda rule: rule.stop_drawdown),
        at_mark=adl(lambda rule: rule.fill == "mark"),
        last_only=marking(lambda rule: rule.rule == "last"),
        basis_window_s=marking(lambda rule: rule.window_s),
        band=protection(lambda rule: _limit(rule.band_pct)),
        breaker=protection(lambda rule: _limit(rule.breaker_pct)),
        breaker_window_s=protection(lambda rule: rule.breaker_window_min * MINUTE_S),
        halt_s=protection(lambda rule: rule.halt_min * MINUTE_S),
    )


def open_interest_usd(scenario: Scenario) -> Floats:
    """Return each pool's open interest at the start, (V, A)."""
    share = np.array(scenario.venue_shares("open_interest_share"))
    interest: Floats = share[:, None] * [asset.open_interest_usd for asset in scenario.assets]
    return interest


def fund_start_usd(scenario: Scenario) -> Floats:
    """Return each pool's insurance fund at the start, (V, A)."""

    def pct(venue: Venue) -> float:
        return scenario.insurance.fund_pct if venue.fund_pct is None else venue.fund_pct

    size = np.array([[pct(venue)] for venue in scenario.venues]) / 100
    return open_interest_usd(scenario) * size


def _own(own: Adl | None, common: Adl) -> Adl:
    return common if own is None else own


def _limit(pct: float) -> float:
    return float(np.log1p(pct / 100)) if pct else inf
