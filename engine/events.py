"""What is worth a sentence: turns the outcome of steps into events, each with its inequality."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.clock import MINUTE_S
from engine.desk import DeskView
from engine.margin import position_prices_usd
from engine.record import Event, Floats
from engine.step import Constants, Market, Outcome

QUIET_S = 600.0
"""ADL in a pool that was quiet for so long begins anew, with an event of its own."""


@dataclass
class Memory:
    """What has happened already, by pool (W, V, A) unless said otherwise.

    Attributes
    ----------
    last_adl_s
        When ADL last closed something; −∞ if never.
    liquidated, fund_empty
        Whether somebody has been taken over; whether the fund was empty after the last step.
    depth_low
        Whether depth has been near its floor, (W, A).
    liquidation_usd
        Liquidation prices of the desk's positions after the last step, (W, P).
    """

    last_adl_s: Floats
    liquidated: NDArray[np.bool_]
    fund_empty: NDArray[np.bool_]
    depth_low: NDArray[np.bool_]
    liquidation_usd: Floats


class Watch:
    """Remembers what has happened, to tell what happens for the first time."""

    def __init__(self, constants: Constants, worlds: int) -> None:
        scenario = constants.scenario
        self._constants = constants
        shape = (worlds, len(scenario.venues), len(scenario.assets))
        self._memory = Memory(
            last_adl_s=np.full(shape, -np.inf),
            liquidated=np.zeros(shape, dtype=bool),
            fund_empty=np.zeros(shape, dtype=bool),
            depth_low=np.zeros((worlds, shape[2]), dtype=bool),
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
        told: list[Event] = []
        told += self._shocks(number, start_s, end_s)
        told += self._first_liquidations(outcome, number, end_s)
        told += self._adl(outcome, number, end_s)
        told += self._funds(market, number, end_s)
        told += self._depth(market, number, end_s)
        if len(market.desk):
            told += self._desk_trades(market, outcome, view, number, end_s)
            told += self._desk_taken(market, outcome, number, end_s)
            told += self._desk_adl(market, outcome, number, end_s)
            self._memory.liquidation_usd = view.liquidation_usd
        return told

    def _shocks(self, number: int, start_s: float, end_s: float) -> list[Event]:
        return [
            Event(
                shock.at_min * MINUTE_S,
                number,
                world,
                "shock",
                values={"name": shock.name, "size_pct": shock.size_pct},
            )
            for shock in self._constants.scenario.shocks
            if start_s <= shock.at_min * MINUTE_S < end_s
            for world in range(len(self._memory.last_adl_s))
        ]

    def _place(self, v: int, a: int) -> dict[str, str]:
        scenario = self._constants.scenario
        return {"venue": scenario.venues[v].name, "asset": scenario.assets[a].name}

    def _first_liquidations(self, outcome: Outcome, number: int, end_s: float) -> list[Event]:
        if outcome.takeover is None:
            return []
        notional = outcome.takeover.notional_usd.sum(axis=-1)
        first = (notional > 0) & ~self._memory.liquidated
        self._memory.liquidated |= first
        return [
            Event(
                end_s,
                number,
                int(w),
                "first_liquidation",
                **self._place(v, a),
                values={"liquidated_usd": float(notional[w, v, a])},
            )
            for w, v, a in np.argwhere(first)
        ]

    def _adl(self, outcome: Outcome, number: int, end_s: float) -> list[Event]:
        hit = outcome.deleveraging
        if hit is None:
            return []
        active = hit.closed_usd > 0
        begins = active & (end_s - self._memory.last_adl_s > QUIET_S)
        self._memory.last_adl_s[active] = end_s
        trigger = self._constants.scenario.adl.trigger_drawdown
        return [
            Event(
                end_s,
                number,
                int(w),
                "adl_begins",
                **self._place(v, a),
                values={
                    "fund_value_usd": float(hit.value_usd[w, v, a]),
                    "high_usd": float(hit.high_usd[w, v, a]),
                    "drawdown": _drawdown(hit.value_usd[w, v, a], hit.high_usd[w, v, a]),
                    "trigger_drawdown": trigger,
                    "adl_usd": float(hit.closed_usd[w, v, a]),
                    "accounts": int(hit.accounts[w, v, a]),
                },
            )
            for w, v, a in np.argwhere(begins)
        ]

    def _funds(self, market: Market, number: int, end_s: float) -> list[Event]:
        empty = market.state.fund_usd <= 0
        begins = empty & ~self._memory.fund_empty & (market.state.bad_debt_usd > 0)
        self._memory.fund_empty = empty
        start = self._constants.fund_start_usd
        return [
            Event(
                end_s,
                number,
                int(w),
                "fund_empty",
                **self._place(v, a),
                values={
                    "fund_start_usd": float(start[v, a]),
                    "bad_debt_usd": float(market.state.bad_debt_usd[w, v, a]),
                },
            )
            for w, v, a in np.argwhere(begins)
        ]

    def _depth(self, market: Market, number: int, end_s: float) -> list[Event]:
        floor = self._constants.scenario.liquidity.depth_floor
        low = market.state.depth_share < min(2 * floor, (1 + floor) / 2)
        begins = low & ~self._memory.depth_low
        self._memory.depth_low |= low
        return [
            Event(
                end_s,
                number,
                int(w),
                "depth_floor",
                asset=self._constants.scenario.assets[a].name,
                values={"depth_share": float(market.state.depth_share[w, a])},
            )
            for w, a in np.argwhere(begins)
        ]

    def _desk_event(
        self, kind: str, world: int, p: int, number: int, end_s: float, **values: float
    ) -> Event:
        position = self._constants.scenario.desk[p]
        return Event(
            end_s,
            number,
            int(world),
            kind,
            position.venue,
            position.asset,
            {"position": int(p), **{name: float(value) for name, value in values.items()}},
        )

    def _desk_trades(
        self, market: Market, outcome: Outcome, view: DeskView, number: int, end_s: float
    ) -> list[Event]:
        if outcome.desk is None:
            return []
        desk, told = market.desk, []
        mark = market.state.mark_usd.ravel()[desk.pools]
        for w, p in outcome.desk.opened:
            prices = {"price_usd": desk.entry_usd[w, p]}
            told.append(
                self._desk_event("desk_opened", w, p, number, end_s, qty=view.qty[w, p], **prices)
            )
        for w, p in outcome.desk.closed:
            # ADL may have closed it long before: then nothing was sold at its time.
            price = desk.exit_usd[w, p] if np.isfinite(desk.exit_usd[w, p]) else mark[w, p]
            gain = {"price_usd": price, "pnl_usd": view.pnl_usd[w, p]}
            told.append(self._desk_event("desk_closed", w, p, number, end_s, **gain))
        return told

    def _liquidation_usd(self, market: Market, w: int, p: int) -> float:
        """Return a position's liquidation price before it was taken over."""
        remembered = float(self._memory.liquidation_usd[w, p])
        if np.isfinite(remembered):
            return remembered
        scenario, desk = self._constants.scenario, market.desk  # opened in this very step
        position = scenario.desk[p]
        asset = scenario.assets[scenario.asset_names.index(position.asset)]
        entry = float(desk.entry_usd[w, p])
        sign = float(desk.sign[p])
        prices = position_prices_usd(asset, sign, entry, position.notional_usd, position.leverage)
        return prices[0]

    def _desk_taken(
        self, market: Market, outcome: Outcome, number: int, end_s: float
    ) -> list[Event]:
        told = []
        for w, p in outcome.desk_taken:
            assert outcome.takeover is not None
            i = int(np.searchsorted(outcome.takeover.rows, market.desk.rows[w, p]))
            told.append(
                self._desk_event(
                    "desk_liquidated",
                    w,
                    p,
                    number,
                    end_s,
                    mark_usd=market.state.mark_usd.ravel()[market.desk.pools[w, p]],
                    liquidation_price_usd=self._liquidation_usd(market, w, p),
                    equity_usd=outcome.takeover.equity_usd[i],
                    maintenance_usd=outcome.takeover.maintenance_usd[i],
                )
            )
        return told

    def _desk_adl(self, market: Market, outcome: Outcome, number: int, end_s: float) -> list[Event]:
        hit = outcome.deleveraging
        if hit is None:
            return []
        told = []
        for w, p in np.argwhere(np.isin(market.desk.rows, hit.rows)):
            i = int(np.flatnonzero(hit.rows == market.desk.rows[w, p])[0])
            mark = market.state.mark_usd.ravel()[market.desk.pools[w, p]]
            told.append(
                self._desk_event(
                    "desk_adl",
                    w,
                    p,
                    number,
                    end_s,
                    closed_usd=abs(hit.qty[i]) * mark,
                    price_usd=hit.price_usd[i],
                    mark_usd=mark,
                    rank=hit.place[i],
                    queue=hit.queue[i],
                )
            )
        return told


def _drawdown(value_usd: float, high_usd: float) -> float:
    """Return the fall of a fund from its high; all of it where there was less than a dollar."""
    return float(1 - value_usd / high_usd) if high_usd > 1.0 else 1.0
