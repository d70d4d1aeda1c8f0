"""What happened to the positions of the person at the screen, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.arrays import Floats
from engine.desk import DeskView
from engine.margin import position_prices_usd
from engine.market import Market, Outcome
from engine.record import Event, Inequality
from engine.scenario import Scenario


def told_of_desk(
    market: Market,
    scenario: Scenario,
    outcome: Outcome,
    view: DeskView,
    liquidation_before_usd: Floats,
    number: int,
    end_s: float,
) -> list[Event]:
    """Return the events of a step that touched the desk.

    Parameters
    ----------
    view
        The desk as the step left it.
    liquidation_before_usd
        Liquidation prices of the positions before the step, (W, P).
    """
    teller = _Teller(market, scenario, outcome, view, liquidation_before_usd, number, end_s)
    return [*teller.trades(), *teller.takeovers(), *teller.adl()]


class _Teller:
    def __init__(
        self,
        market: Market,
        scenario: Scenario,
        outcome: Outcome,
        view: DeskView,
        liquidation_before_usd: Floats,
        number: int,
        end_s: float,
    ) -> None:
        self._market = market
        self._scenario = scenario
        self._outcome = outcome
        self._view = view
        self._before_usd = liquidation_before_usd
        self._number = number
        self._end_s = end_s
        self._mark_usd = market.state.mark_usd.ravel()[market.desk.pools]

    def _event(
        self, kind: str, w: int, p: int, because: Inequality | tuple[()] = (), **values: float
    ) -> Event:
        position = self._scenario.desk[p]
        told = {"position": int(p), **{name: float(value) for name, value in values.items()}}
        where = (position.venue, position.asset)
        return Event(self._end_s, self._number, int(w), kind, *where, told, because)

    def trades(self) -> Iterator[Event]:
        """Tell what was bought and sold at its time."""
        done, desk, view = self._outcome.desk, self._market.desk, self._view
        if done is None:
            return
        for w, p in done.opened:
            entry = {"price_usd": desk.entry_usd[w, p]}
            yield self._event("desk_opened", w, p, qty=view.qty[w, p], **entry)
        for w, p in done.changed:
            price = {"price_usd": self._mark_usd[w, p]}
            yield self._event("desk_changed", w, p, qty=view.qty[w, p], **price)
        for w, p in done.closed:
            # ADL may have closed it long before: then nothing was sold at its time.
            exit_usd = desk.exit_usd[w, p]
            price = {"price_usd": exit_usd if np.isfinite(exit_usd) else self._mark_usd[w, p]}
            yield self._event("desk_closed", w, p, pnl_usd=view.pnl_usd[w, p], **price)

    def takeovers(self) -> Iterator[Event]:
        """Tell what was liquidated, whole or in part."""
        taken, desk = self._outcome.takeover, self._market.desk
        if taken is None:
            return
        lost = {(int(w), int(p)) for w, p in self._outcome.desk_taken}
        for w, p in np.argwhere(np.isin(desk.rows, taken.rows) & ~desk.is_spot):
            i = int(np.searchsorted(taken.rows, desk.rows[w, p]))
            if (w, p) not in lost and taken.whole[i]:
                continue  # it shares an account that went, but was closed before
            equity, maintenance = float(taken.equity_usd[i]), float(taken.maintenance_usd[i])
            yield self._event(
                "desk_liquidated" if taken.whole[i] else "desk_reduced",
                w,
                p,
                Inequality("equity_usd", equity, "<", "maintenance_usd", maintenance),
                mark_usd=self._mark_usd[w, p],
                liquidation_price_usd=self._liquidation_usd(w, p),
                equity_usd=equity,
                maintenance_usd=maintenance,
                qty=self._view.qty[w, p],
            )

    def _liquidation_usd(self, w: int, p: int) -> float:
        """Return a position's liquidation price before it was taken over."""
        remembered = float(self._before_usd[w, p])
        if np.isfinite(remembered):
            return remembered
        desk, position = self._market.desk, self._scenario.desk[p]  # opened in this very step
        asset = self._scenario.assets[self._scenario.asset_names.index(position.asset)]
        entry, sign = float(desk.entry_usd[w, p]), float(desk.sign[p])
        size = (position.notional_usd, position.leverage)
        return position_prices_usd(asset, sign, entry, *size)[0]

    def adl(self) -> Iterator[Event]:
        """Tell what ADL closed."""
        closed, desk = self._outcome.deleveraging, self._market.desk
        if closed is None:
            return
        hits, shape = closed.hits, self._market.state.mark_usd.shape
        for i in np.flatnonzero(np.isin(hits.rows, desk.rows)):
            pool = int(hits.bucket[i]) // 2
            w, v, a = np.unravel_index(pool, shape)
            mine = (desk.rows[w] == hits.rows[i]) & (desk.pools[w] == pool) & ~desk.is_spot
            for p in np.flatnonzero(mine):
                value, needed = closed.value_usd[w, v, a], closed.needed_usd[w, v, a]
                yield self._event(
                    "desk_adl",
                    int(w),
                    int(p),
                    Inequality(
                        "fund_value_usd",
                        float(value),
                        "<",
                        "wanted_usd",
                        float(value + needed),
                    ),
                    closed_usd=abs(hits.qty[i]) * hits.mark_usd[i],
                    price_usd=hits.price_usd[i],
                    mark_usd=hits.mark_usd[i],
                    rank=hits.place[i],
                    queue=hits.queue[i],
                )
