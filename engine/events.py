"""What is worth a sentence: turns the outcome of steps into events, each with its inequality."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.adl import Deleveraging
from engine.arrays import Floats, any_nonzero
from engine.clock import MINUTE_S
from engine.desk import DeskView
from engine.desk_events import told_of_desk
from engine.liquidation import Takeover
from engine.market import Constants, Market, Outcome
from engine.protection import EMPTY_BOOK
from engine.record import Event, Inequality
from engine.rules import TRIGGERS

QUIET_S = 600.0
"""ADL in a pool that was quiet for so long is over; what follows begins anew."""

NEARLY_DRY = 0.05
"""Arbitrage with less than this share of its balance is said to have run dry."""

LEAST_NAKED_SHARE = 1e-4
"""Broken hedges are told of once they reach this share of all hedged shorts."""

Mask = NDArray[np.bool_]


@dataclass
class Memory:
    """What has happened already, by pool (W, V, A) unless said otherwise.

    Attributes
    ----------
    last_adl_s, adl_usd
        When ADL last closed something, −∞ if it is over or never was; what it has closed since.
    liquidated, fund_empty, broken, dry, was_open
        Whether somebody has been taken over; whether the fund was empty after the last step;
        whether hedges broke; whether arbitrage ran out of coins; whether orders were filled.
    depth_low, penniless
        Whether depth has been near its floor, (W, A); whether arbitrage ran out of dollars, (W, V).
    liquidation_usd
        Liquidation prices of the desk's positions after the last step, (W, P).
    """

    last_adl_s: Floats
    adl_usd: Floats
    liquidated: Mask
    fund_empty: Mask
    broken: Mask
    dry: Mask
    was_open: Mask
    depth_low: Mask
    penniless: Mask
    liquidation_usd: Floats


@dataclass(frozen=True)
class _Now:
    """The step that is told of."""

    number: int
    start_s: float
    end_s: float

    def holds(self, at_min: float) -> bool:
        """Whether something set for a time happens in this step."""
        return self.start_s <= at_min * MINUTE_S < self.end_s

    def holds_any(self, times_min: Sequence[float]) -> bool:
        """Whether anything set for these times happens in this step."""
        return any(map(self.holds, times_min))


class Watch:
    """Remembers what has happened, to tell what happens for the first time.

    ``constants`` are the rules in force; whoever changes them says so here.
    """

    def __init__(self, constants: Constants, worlds: int) -> None:
        scenario = constants.scenario
        self.constants = constants
        self._rule_changes = scenario.rule_changes  # rules in force know of no more to come
        self._set_times = [
            *(shock.at_min for shock in scenario.shocks),
            *(halt.at_min for halt in scenario.halts),
            *(top_up.at_min for top_up in scenario.top_ups),
            *(rule.at_min for rule in scenario.rule_changes),
        ]
        shape = (worlds, len(scenario.venues), len(scenario.assets))
        self._memory = Memory(
            last_adl_s=np.full(shape, -np.inf),
            adl_usd=np.zeros(shape),
            liquidated=np.zeros(shape, dtype=bool),
            fund_empty=np.zeros(shape, dtype=bool),
            broken=np.zeros(shape, dtype=bool),
            dry=np.zeros(shape, dtype=bool),
            was_open=np.ones(shape, dtype=bool),
            depth_low=np.zeros((worlds, shape[2]), dtype=bool),
            penniless=np.zeros(shape[:2], dtype=bool),
            liquidation_usd=np.full((worlds, len(scenario.desk)), np.nan),
        )

    def memory(self) -> Memory:
        """Return a copy of what has been told."""
        return copy.deepcopy(self._memory)

    def remember(self, memory: Memory) -> None:
        """Go on from what another watch has told; its desk may have had other positions."""
        mine, self._memory = self._memory.liquidation_usd, copy.deepcopy(memory)
        both = min(mine.shape[1], memory.liquidation_usd.shape[1])
        mine[:, :both] = memory.liquidation_usd[:, :both]
        self._memory.liquidation_usd = mine

    def events(
        self,
        market: Market,
        outcome: Outcome,
        view: DeskView,
        number: int,
        start_s: float,
        end_s: float,
    ) -> list[Event]:
        """Return the events of a step; ``view`` is the desk as the step left it."""
        now = _Now(number, start_s, end_s)
        told: list[Event] = []
        if now.holds_any(self._set_times):
            told += self._on_time(now)
        if outcome.takeover is not None:
            told += self._first_liquidations(outcome.takeover, now)
        if outcome.deleveraging is not None:
            told += self._adl(outcome.deleveraging, now)
        told += self._adl_over(now)
        told += self._funds(market, now)
        told += self._doors(market, outcome, now)
        if outcome.now.deciding:  # slow enough to be looked at now and then
            told += self._depth(market, now)
            told += self._hedges(market, now)
            told += self._arbitrage(market, now)
        if len(market.desk):
            scenario, before = self.constants.scenario, self._memory.liquidation_usd
            told += told_of_desk(market, scenario, outcome, view, before, number, end_s)
            self._memory.liquidation_usd = view.liquidation_usd
        return told

    def _pool(self, v: int, a: int) -> dict[str, Any]:
        scenario = self.constants.scenario
        return {"venue": scenario.venues[v].name, "asset": scenario.assets[a].name}

    def _on_time(self, now: _Now) -> list[Event]:
        """Tell what is set for this step, in order of time."""
        return sorted(self._clockwork(now), key=lambda event: event.time_s)

    def _clockwork(self, now: _Now) -> Iterator[Event]:
        """Tell what the scenario sets for this time: news, outages, money, changed rules."""
        scenario = self.constants.scenario
        worlds = range(len(self._memory.last_adl_s))
        for shock in scenario.shocks:
            if now.holds(shock.at_min):
                values = {"name": shock.name, "size_pct": shock.size_pct}
                at = shock.at_min * MINUTE_S
                yield from (Event(at, now.number, w, "shock", values=values) for w in worlds)
        for halt in scenario.halts:
            if now.holds(halt.at_min):
                minutes = {"duration_min": halt.duration_min}
                at, where = halt.at_min * MINUTE_S, (halt.venue, halt.asset or "")
                yield from (Event(at, now.number, w, "outage", *where, minutes) for w in worlds)
        for top_up in scenario.top_ups:
            if now.holds(top_up.at_min):
                money = {"amount_usd": top_up.amount_usd}
                at, where = top_up.at_min * MINUTE_S, (top_up.venue or "", top_up.asset or "")
                yield from (Event(at, now.number, w, "top_up", *where, money) for w in worlds)
        for rule in self._rule_changes:
            if now.holds(rule.at_min):
                values = {"path": rule.path, "value": rule.value}
                at = rule.at_min * MINUTE_S
                yield from (Event(at, now.number, w, "rule_changed", values=values) for w in worlds)

    def _first_liquidations(self, taken: Takeover, now: _Now) -> Iterator[Event]:
        notional = taken.notional_usd.sum(axis=-1)
        first = (notional > 0) & ~self._memory.liquidated
        if not any_nonzero(first):
            return
        self._memory.liquidated |= first
        for w, v, a in np.argwhere(first):
            i = taken.example(int(np.ravel_multi_index((w, v, a), first.shape)))
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "first_liquidation",
                **self._pool(v, a),
                values={"liquidated_usd": float(notional[w, v, a])},
                because=Inequality(
                    "equity_usd",
                    float(taken.equity_usd[i]),
                    "<",
                    "maintenance_usd",
                    float(taken.maintenance_usd[i]),
                ),
            )

    def _adl(self, hit: Deleveraging, now: _Now) -> Iterator[Event]:
        active = hit.closed_usd > 0
        begins = active & (self._memory.last_adl_s == -np.inf)
        self._memory.last_adl_s[active] = now.end_s
        self._memory.adl_usd += hit.closed_usd
        rules = self.constants.rules
        for w, v, a in np.argwhere(begins):
            value, high = float(hit.value_usd[w, v, a]), float(hit.high_usd[w, v, a])
            begin, trigger = float(rules.begin[v, 0]), TRIGGERS[rules.trigger[v, 0]]
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "adl_begins",
                **self._pool(v, a),
                values={
                    "trigger": trigger,
                    "fund_value_usd": value,
                    "high_usd": high,
                    "drawdown": _drawdown(value, high),
                    "trigger_drawdown": begin,
                    "adl_usd": float(hit.closed_usd[w, v, a]),
                    "accounts": int(hit.accounts[w, v, a]),
                },
                because=_why_adl(trigger, value, high, begin, float(hit.needed_usd[w, v, a])),
            )

    def _adl_over(self, now: _Now) -> Iterator[Event]:
        memory = self._memory
        under_way = memory.last_adl_s > -np.inf
        if not any_nonzero(under_way):
            return
        quiet = now.end_s - memory.last_adl_s
        over = under_way & (quiet > QUIET_S)
        for w, v, a in np.argwhere(over):
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "adl_ends",
                **self._pool(v, a),
                values={"adl_usd": float(memory.adl_usd[w, v, a])},
                because=Inequality("quiet_s", float(quiet[w, v, a]), ">", "limit_s", QUIET_S),
            )
        memory.last_adl_s[over] = -np.inf
        memory.adl_usd[over] = 0

    def _funds(self, market: Market, now: _Now) -> Iterator[Event]:
        empty, was_empty = market.state.fund_usd <= 0, self._memory.fund_empty
        self._memory.fund_empty = empty
        if not any_nonzero(empty):
            return
        begins = empty & ~was_empty & (market.state.bad_debt_usd > 0)
        for w, v, a in np.argwhere(begins):
            start = float(self.constants.fund_start_usd[v, a])
            debt = float(market.state.bad_debt_usd[w, v, a])
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "fund_empty",
                **self._pool(v, a),
                values={"fund_start_usd": start, "bad_debt_usd": debt},
                because=Inequality("fund_usd", -debt, "<", "zero", 0.0),
            )

    def _depth(self, market: Market, now: _Now) -> Iterator[Event]:
        floor = self.constants.scenario.liquidity.depth_floor
        bound = min(2 * floor, (1 + floor) / 2)
        depth = (market.state.depth_share * self.constants.venue_weight[:, None]).sum(axis=1)
        low = depth < bound
        begins = low & ~self._memory.depth_low
        self._memory.depth_low |= low
        for w, a in np.argwhere(begins):
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "depth_floor",
                asset=self.constants.scenario.assets[a].name,
                values={"depth_share": float(depth[w, a])},
                because=Inequality("depth_share", float(depth[w, a]), "<", "bound", bound),
            )

    def _hedges(self, market: Market, now: _Now) -> Iterator[Event]:
        state = market.state
        bound = LEAST_NAKED_SHARE * state.hedged_qty
        begins = (state.naked_qty > bound) & ~self._memory.broken
        if not any_nonzero(begins):
            return
        self._memory.broken |= begins
        price = np.exp(state.log_price)
        for w, v, a in np.argwhere(begins):
            coins = float(state.naked_qty[w, v, a])
            limit = float(bound[w, v, a])
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "hedges_break",
                **self._pool(v, a),
                values={"naked_usd": coins * float(price[w, v, a])},
                because=Inequality("naked_coins", coins, ">", "limit_coins", limit),
            )

    def _arbitrage(self, market: Market, now: _Now) -> Iterator[Event]:
        """Tell where arbitrage has run out of coins to sell or dollars to buy with."""
        state, target = market.state, self.constants.arb_target_usd
        dry = state.arb_coins_usd < NEARLY_DRY * target
        poor = state.arb_dollars_usd < NEARLY_DRY * target.sum(axis=-1)
        fresh_dry, fresh_poor = dry & ~self._memory.dry, poor & ~self._memory.penniless
        self._memory.dry |= dry
        self._memory.penniless |= poor
        for w, v, a in np.argwhere(fresh_dry):
            left, limit = float(state.arb_coins_usd[w, v, a]), NEARLY_DRY * float(target[v, a])
            because = Inequality("arb_coins_usd", left, "<", "limit_usd", limit)
            where = {**self._pool(v, a), "values": {"limit_share": NEARLY_DRY}}
            yield Event(now.end_s, now.number, int(w), "no_coins", **where, because=because)
        for w, v in np.argwhere(fresh_poor):
            left, limit = float(state.arb_dollars_usd[w, v]), NEARLY_DRY * float(target[v].sum())
            because = Inequality("arb_dollars_usd", left, "<", "limit_usd", limit)
            where = {
                "venue": self.constants.scenario.venues[v].name,
                "values": {"limit_share": NEARLY_DRY},
            }
            yield Event(now.end_s, now.number, int(w), "no_dollars", **where, because=because)

    def _doors(self, market: Market, outcome: Outcome, now: _Now) -> Iterator[Event]:
        """Tell which markets were halted or opened again."""
        state, rules = market.state, self.constants.rules
        tripped = () if outcome.tripped is None else np.argwhere(outcome.tripped)
        for w, v, a in tripped:
            limit = float(rules.breaker[v, 0])
            away = abs(float(state.log_price[w, v, a] - state.reference[w, v, a]))
            because = Inequality("move_log", away, ">", "limit_log", limit)
            values = {"halt_min": float(rules.halt_s[v, 0]) / MINUTE_S}
            where = self._pool(v, a)
            yield Event(
                now.end_s,
                now.number,
                int(w),
                "market_halted",
                **where,
                values=values,
                because=because,
            )
        if outcome.now.trading is None:
            return
        emptied = self._memory.was_open & (state.depth_share < EMPTY_BOOK)
        for w, v, a in np.argwhere(emptied & ~outcome.now.trading):
            depth = float(state.depth_share[w, v, a])
            because = Inequality("depth_share", depth, "<", "empty_book", EMPTY_BOOK)
            where = self._pool(v, a)
            yield Event(now.end_s, now.number, int(w), "book_empty", **where, because=because)
        for w, v, a in np.argwhere(outcome.now.trading & ~self._memory.was_open):
            price = {"price_usd": float(np.exp(state.log_price[w, v, a]))}
            where = self._pool(v, a)
            yield Event(now.end_s, now.number, int(w), "market_opens", **where, values=price)
        self._memory.was_open = outcome.now.trading


def _why_adl(
    trigger: str, value_usd: float, high_usd: float, begin: float, needed_usd: float
) -> Inequality:
    """Return the inequality that triggered ADL."""
    if trigger == "drawdown":
        limit = (1 - begin) * high_usd
        return Inequality("fund_value_usd", value_usd, "<", "limit_usd", limit)
    if trigger == "fund_empty":
        return Inequality("fund_value_usd", value_usd, "<", "zero", 0.0)
    return Inequality("position_value_usd", -needed_usd, "<", "zero", 0.0)


def _drawdown(value_usd: float, high_usd: float) -> float:
    """Return the fall of a fund from its high; all of it where there was less than a dollar."""
    return float(1 - value_usd / high_usd) if high_usd > 1.0 else 1.0
