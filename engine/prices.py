"""Prices: news and value buyers move the quotes, orders walk the book, fills settle.

One after the other: books refill, value buyers look at what is left of a dislocation, arbitrageurs
at the quotes this makes. If all three looked at the same old price, each would correct all of it,
and in long steps prices would swing to the other side and back, further each time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine import arbitrage, desk, liquidation, liquidity, protection, trades
from engine.arrays import Floats, quotient
from engine.clock import MINUTE_S, kept
from engine.desk import DeskChanges
from engine.flows import Flows
from engine.market import Constants, Market, Moment
from engine.record import CAUSES
from engine.state import State

ORDERS = CAUSES[CAUSES.index("liquidations") : CAUSES.index("desk") + 1]
"""What moves prices by orders."""

REASON_CAUSES = {
    trades.STOPS: "stops and panic",
    trades.PROFITS: "profit-taking",
    trades.ENTRIES: "new entries",
    trades.HEDGES: "broken hedges",
}
"""As what the crowd's trades count."""


def reopen(state: State, constants: Constants, now: Moment) -> Floats | None:
    """Let halted markets find their price; return the jumps of the assets' log prices, (W, A)."""
    if now.trading is None:
        return None
    jump = protection.reopened(state, now.trading, constants.venue_weight)
    jumps: Floats = (jump * constants.venue_weight[:, None]).sum(axis=1)
    return jumps


class Quotes(NamedTuple):
    """Where books are quoted before anybody trades, log prices, (W, V, A).

    Attributes
    ----------
    log_price
        The last price moved on by the three changes.
    told, pulled, back
        What news, value buyers and refilling books changed; ``back`` is taken away.
    unseen
        Where halted markets would be quoted; None if all are open.
    """

    log_price: Floats
    told: Floats
    pulled: Floats
    back: Floats
    unseen: Floats | None


def requote(state: State, constants: Constants, now: Moment, news: Floats) -> Quotes:
    """Let news, refilling books and value buyers move the quotes.

    Parameters
    ----------
    news
        Change of the log fundamental values, (W, A); they move at once.
    """
    rule = constants.scenario.liquidity
    state.log_fundamental = state.log_fundamental + news
    told = news[:, None, :]
    back = liquidity.refilled(state.dent, rule, now.step_s)
    if now.trading is None:
        quote = state.log_price + told - back
        pulled = liquidity.reversion(quote, state.log_fundamental, rule, now.step_s)
        return Quotes(quote + pulled, told, pulled, back, None)
    # Where nobody trades, what is pulled back is the unseen quote.
    back = back * now.trading
    quote = np.where(now.trading, state.log_price, state.quote) + told - back
    pulled = liquidity.reversion(quote, state.log_fundamental, rule, now.step_s)
    seen = np.where(now.trading, quote + pulled, state.log_price)
    return Quotes(seen, told * now.trading, pulled * now.trading, back, quote + pulled)


def move(
    market: Market,
    constants: Constants,
    quotes: Quotes,
    flows: Flows,
    depth: Floats,
    now: Moment,
    jump: Floats | None,
) -> tuple[Floats, Floats, DeskChanges | None]:
    """Let orders walk the book and settle the fills.

    Returns the parts of each asset's price change, (W, A, CAUSES), the volume of the orders, and
    what the desk got done.
    """
    state, rule = market.state, constants.scenario.liquidity
    before = np.exp(state.log_price)
    ordered = flows.total_usd(before)
    impact = quotient(ordered, depth)
    state.log_price = quotes.log_price + impact
    state.quote = state.log_price
    if now.trading is not None and quotes.unseen is not None:
        state.quote = np.where(now.trading, state.log_price, quotes.unseen)
    state.dent = state.dent - quotes.back + rule.resilience_share * impact
    fill = 0.5 * (np.exp(quotes.log_price) + np.exp(state.log_price))
    desk_changes = _settle(market, constants, flows, before, fill)
    _follow(state, constants, now)

    orders = _orders_usd(flows, before)
    causes = _causes(constants, orders, quotes, impact, jump)
    traded: Floats = np.abs(orders).sum(axis=0)
    return causes, traded, desk_changes


def _orders_usd(flows: Flows, price_usd: Floats) -> Floats:
    """Return all orders, (ORDERS, W, V, A), in the order of the causes they are."""
    orders = np.zeros((len(ORDERS), *price_usd.shape))
    orders[ORDERS.index("liquidations")] = flows.forced_qty
    orders[ORDERS.index("broken hedges")] = -flows.spot_qty
    if flows.crowd is not None:
        for reason, cause in REASON_CAUSES.items():
            orders[ORDERS.index(cause)] += flows.crowd_qty[reason]
    if flows.desk is not None:
        orders[ORDERS.index("desk")] = flows.desk_qty + flows.desk_coins_qty
    orders *= price_usd
    orders[ORDERS.index("arbitrage")] = flows.arbitrage_usd
    return orders


def _causes(
    constants: Constants,
    orders_usd: Floats,
    quotes: Quotes,
    impact: Floats,
    jump: Floats | None,
) -> Floats:
    """Return the parts of each asset's price change, (W, A, CAUSES).

    Each order counts at calm depth; what missing depth adds to all of them is a part of its own.
    """
    parts = np.zeros((len(CAUSES), *impact.shape))
    parts[0] = quotes.told
    at_calm_depth = parts[1 : 1 + len(ORDERS)]
    np.divide(orders_usd, constants.calm_depth_usd, out=at_calm_depth)
    parts[CAUSES.index("value buyers")] = quotes.pulled
    parts[CAUSES.index("refilling books")] = -quotes.back
    parts[CAUSES.index("withdrawn liquidity")] = impact - at_calm_depth.sum(axis=0)
    parts *= constants.venue_weight[:, None]
    causes: Floats = parts.sum(axis=2)
    if jump is not None:
        causes[CAUSES.index("reopening")] = jump
    return causes.transpose(1, 2, 0)


def _follow(state: State, constants: Constants, now: Moment) -> None:
    """Let trends, memories and the books' depth follow the new prices."""
    rules = constants.scenario
    log_asset = (state.log_price * constants.venue_weight[:, None]).sum(axis=1)
    state.trend, state.unrest = liquidity.follow_trend(
        state.trend, state.unrest, log_asset, constants.variance_per_s, rules.liquidity, now.step_s
    )
    left = kept(now.step_s, rules.behaviour.memory_min * MINUTE_S)
    state.memory = log_asset + (state.memory - log_asset) * left
    left_here = np.exp(-now.step_s / constants.rules.breaker_window_s)
    state.reference = state.log_price + (state.reference - state.log_price) * left_here
    state.depth_share = liquidity.depth_after(state, rules.liquidity, now.step_s)


def _settle(
    market: Market, constants: Constants, flows: Flows, before: Floats, fill: Floats
) -> DeskChanges | None:
    """Book all fills at the average price; market makers take the other side of every contract."""
    state, rule, share = market.state, constants.scenario.insurance, constants.fund_share
    arb_qty = flows.arbitrage_usd / before
    traded = flows.forced_qty + arb_qty + flows.desk_qty
    state.maker_qty = state.maker_qty - traded
    state.maker_cash_usd = state.maker_cash_usd + traded * fill
    state.naked_qty = state.naked_qty - flows.spot_qty
    if state.engine_holds():
        liquidation.settle(state, flows.engine_qty, fill, rule, share)
    arbitrage.settle(state, flows.arbitrage_usd, arb_qty, fill)
    if flows.crowd is not None:
        price = fill.ravel()[flows.crowd.pool]
        trades.settle(state, market.screen, flows.crowd, price, rule, share)
    if flows.desk is None:
        return None
    return desk.settle(market.desk, state, market.screen, flows.desk, fill, rule, share)
