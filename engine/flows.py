"""Everybody's orders of a step: collected, and cut to what the market lets through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from engine import arbitrage, desk, free_will, hedging, liquidation, marks, protection
from engine.arrays import Floats, all_true, any_nonzero, quotient
from engine.desk import DeskOrders
from engine.market import Constants, Market, Moment
from engine.protection import Mask
from engine.state import LONG, SHORT, Layout, State
from engine.trades import Trades


@dataclass(frozen=True)
class Flows:
    """Orders of a step, (W, V, A): all in USD at the last price, those in contracts in coins too.

    Attributes
    ----------
    engine_qty
        Of the liquidation engine, (W, V, A, 2).
    spot_qty
        Sold by broken hedges, ≥ 0.
    crowd, crowd_qty
        Of people of their own free will: each trade, if any, and coins by reason and pool,
        (REASONS, W, V, A).
    arbitrage_usd
        Of arbitrageurs.
    desk, desk_qty, desk_coins_qty
        Of the person at the screen: by position, if any; contracts and coins by pool.
    """

    engine_qty: Floats
    spot_qty: Floats
    crowd: Trades | None
    crowd_qty: Floats
    arbitrage_usd: Floats
    desk: DeskOrders | None
    desk_qty: Floats
    desk_coins_qty: Floats

    @cached_property
    def forced_qty(self) -> Floats:
        """What the liquidation engine buys, less what it sells."""
        return self.engine_qty[..., LONG] + self.engine_qty[..., SHORT]

    def total_usd(self, price_usd: Floats) -> Floats:
        """Return the sum of all orders."""
        coins = self.forced_qty - self.spot_qty
        if self.desk is not None:
            coins = coins + self.desk_qty + self.desk_coins_qty
        if self.crowd is not None:
            coins = coins + self.crowd_qty.sum(axis=0)
        total: Floats = coins * price_usd + self.arbitrage_usd
        return total

    def filled(self, share: Floats, market: Market) -> Flows:
        """Return what of the orders is filled, by pool."""
        crowd = self.crowd.scaled(share) if self.crowd else None
        orders = self.desk
        if orders is not None:
            orders = replace(orders, qty=orders.qty * share.ravel()[market.desk.pools])
        return Flows(
            engine_qty=self.engine_qty * share[..., None],
            spot_qty=self.spot_qty * share,
            crowd=crowd or None,
            crowd_qty=self.crowd_qty * share,
            arbitrage_usd=self.arbitrage_usd * share,
            desk=orders,
            desk_qty=self.desk_qty * share,
            desk_coins_qty=self.desk_coins_qty * share,
        )


def collect(
    market: Market, constants: Constants, depth: Floats, now: Moment, log_quote: Floats
) -> Flows:
    """Collect everybody's orders, decided on the last price; arbitrageurs see the quotes."""
    state, rules = market.state, constants.scenario
    price = np.exp(state.log_price)
    layout = state.accounts.layout
    nothing = np.zeros(layout.shape)
    wanted = _crowd_trades(market, constants, now) if now.deciding else None
    crowd = _what_books_take(wanted, depth / price, layout)
    engine_qty, spot_qty = state.engine_qty, nothing  # mostly there is nothing to sell
    if any_nonzero(engine_qty):
        pace = constants.rules.selling_pace[:, None]
        forced = liquidation.pace(pace, constants.variance_per_s, now.step_s)
        engine_qty = liquidation.orders_qty(state, price, depth, forced)
    if any_nonzero(state.naked_qty):  # what is left when some have gone to open a short elsewhere
        haste = rules.hedging.selling_pace
        unwinding = liquidation.pace(haste, constants.variance_per_s, now.step_s)
        spot_qty = hedging.spot_sales_qty(state, price, depth, unwinding, rules, now.step_s)
    orders = desk.orders(market.desk, state, depth, now.start_s, now.end_s)
    contracts, coins = nothing, nothing
    if orders is not None:
        contracts, coins = desk.contracts_and_coins(market.desk, layout, orders.qty)
    flows = Flows(
        engine_qty=engine_qty,
        spot_qty=spot_qty,
        crowd=crowd,
        crowd_qty=crowd.by_pool(layout) if crowd else nothing[None],
        arbitrage_usd=arbitrage.orders_usd(
            state,
            log_quote,
            depth,
            constants.venue_weight,
            now.trading,
            rules.plumbing,
            now.step_s,
        ),
        desk=orders,
        desk_qty=contracts,
        desk_coins_qty=coins,
    )
    if now.trading is not None or constants.rules.banded:
        share = _filled_share(state, constants, flows, price, depth, now.trading)
        flows = flows.filled(share, market)
    if wanted is not None:
        hedging.keep_naked(state, wanted, flows.crowd)
    return flows


def _filled_share(
    state: State,
    constants: Constants,
    flows: Flows,
    price: Floats,
    depth: Floats,
    trading: Mask | None,
) -> Floats:
    """Return which share of the orders is filled: none in halted markets, the rest in its band."""
    share = np.ones(depth.shape) if trading is None else trading.astype(np.float64)
    if constants.rules.banded:
        index = marks.log_index(state.log_price, constants.index_share)
        total = flows.total_usd(price)
        move = quotient(total, depth)
        share = share * protection.within_band(state.log_price, move, index, constants.rules)
    return share


def _crowd_trades(market: Market, constants: Constants, now: Moment) -> Trades | None:
    """Let people decide what to trade."""
    state, rules = market.state, constants.scenario
    elapsed_s = now.end_s - state.decided_s
    log_asset = (state.log_price * constants.venue_weight[:, None]).sum(axis=1)
    excess = free_will.excess_move(
        log_asset, state.memory, constants.variance_per_s, rules, now.step_s
    )
    return Trades.together(
        [
            *free_will.decide(
                state, rules, constants.tiers, constants.will_keys, now.beat, elapsed_s, excess
            ),
            *hedging.mend(
                state,
                rules,
                constants.tiers,
                constants.venue_weight,
                now.trading,
                constants.hedge_keys,
                now.beat,
                elapsed_s,
            ),
        ]
    )


def _what_books_take(wanted: Trades | None, depth_qty: Floats, layout: Layout) -> Trades | None:
    """Cut people's trades to what the books can take in a step, (W, V, A); they share it."""
    if wanted is None:
        return None
    total = np.abs(wanted.by_pool(layout)).sum(axis=0)
    most = liquidation.LARGEST_MOVE * depth_qty
    if all_true(total <= most):
        return wanted
    some = wanted.scaled(np.divide(most, total, out=np.ones_like(most), where=total > most))
    return some if len(some) else None
