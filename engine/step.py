"""One step of the market: the order of the mechanisms, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import adl, arbitrage, desk, hedging, liquidation, liquidity, marks, turnover
from engine.adl import Deleveraging
from engine.clock import DAY_S, MINUTE_S
from engine.desk import Desk, DeskChanges, DeskOrders
from engine.liquidation import Takeover
from engine.margin import Screen, Tiers
from engine.randomness import Words
from engine.scenario import Scenario
from engine.state import Floats, Ints, State

BEAT_S = 5 * MINUTE_S
"""How often people decide to come and go; they take hours, so a finer beat changes nothing."""


@dataclass(frozen=True)
class Constants:
    """What stays the same throughout a run.

    Attributes
    ----------
    scenario, tiers
        The settings, and their maintenance tables as arrays.
    calm_depth_usd
        USD per unit of log price, (V, A).
    variance_per_s
        Calm variance of log prices, (A,).
    venue_weight, index_share
        Share of depth and weight in the index of each venue, (V,).
    arb_target_usd, fund_start_usd
        Dollars, and coins, of arbitrageurs; insurance funds at the start, (V, A).
    handover_keys, turnover_keys
        Random keys of the worlds, (W,).
    """

    scenario: Scenario
    tiers: Tiers
    calm_depth_usd: Floats
    variance_per_s: Floats
    venue_weight: Floats
    index_share: Floats
    arb_target_usd: Floats
    fund_start_usd: Floats
    handover_keys: Words
    turnover_keys: Words


@dataclass
class Market:
    """A market under way: what a step changes."""

    state: State
    screen: Screen
    desk: Desk


@dataclass(frozen=True)
class Flows:
    """Orders of a step, (W, V, A): all in USD at the last price, those in contracts in coins too.

    Attributes
    ----------
    engine_qty
        Of the liquidation engine, (W, V, A, 2).
    spot_qty
        Sold by broken hedges, ≥ 0.
    arbitrage_usd
        Of arbitrageurs.
    desk, desk_qty
        Of the person at the screen: by position, if any, and by pool.
    """

    engine_qty: Floats
    spot_qty: Floats
    arbitrage_usd: Floats
    desk: DeskOrders | None
    desk_qty: Floats


@dataclass(frozen=True)
class Outcome:
    """What happened in a step, for the record.

    Attributes
    ----------
    causes_log
        Parts of the change of each asset's log price, (W, A, CAUSES).
    takeover, deleveraging
        What the mechanisms did; None if nothing.
    desk
        Positions opened and closed; None if none could be.
    desk_taken
        The (world, position) of the desk's accounts taken over, (n, 2).
    """

    causes_log: Floats
    takeover: Takeover | None
    deleveraging: Deleveraging | None
    desk: DeskChanges | None
    desk_taken: Ints


def step(
    market: Market, constants: Constants, start_s: float, step_s: float, news: Floats
) -> Outcome:
    """Move the market on by one step, in place.

    Parameters
    ----------
    start_s, step_s
        When the step begins, how long it lasts.
    news
        Change of the log fundamental values, (W, A).
    """
    state, rules = market.state, constants.scenario
    end_s = start_s + step_s
    depth = constants.calm_depth_usd * state.depth_share[:, None, :]
    flows = _flows(market, constants, depth, start_s, step_s)
    causes, desk_changes = _move_prices(market, constants, flows, depth, step_s, news)
    _mark(state, constants, step_s)
    taken = liquidation.take_over(state, market.screen, rules.liquidation)
    closed = adl.deleverage(state, market.screen, constants.tiers, rules.adl, end_s)
    lost = desk.forget(market.desk, taken.rows) if taken else np.empty((0, 2), dtype=np.int64)
    arbitrage.refill(state, constants.arb_target_usd, rules.plumbing, step_s)
    beats = end_s // BEAT_S - start_s // BEAT_S
    if beats:
        _decide(market, constants, int(end_s // BEAT_S), beats * BEAT_S)
    return Outcome(causes, taken, closed, desk_changes, lost)


def _decide(market: Market, constants: Constants, beat: int, elapsed_s: float) -> None:
    """Let people decide to leave, hand on or come, for all the time since the last beat.

    Their luck hangs on the beat's number, not the step's: a finer grid draws the same people.
    """
    state, rules = market.state, constants.scenario
    hedging.hand_on(state, market.screen, constants.handover_keys, beat, rules.hedging, elapsed_s)
    turnover.renew(
        state,
        market.screen,
        constants.tiers,
        rules,
        constants.turnover_keys,
        beat,
        elapsed_s / DAY_S,
    )


def _flows(
    market: Market, constants: Constants, depth: Floats, start_s: float, step_s: float
) -> Flows:
    """Collect everybody's orders; all are decided on the last price."""
    state, rules = market.state, constants.scenario
    price = np.exp(state.log_price)
    forced = liquidation.pace(rules.liquidation.selling_pace, constants.variance_per_s, step_s)
    unwinding = liquidation.pace(rules.hedging.selling_pace, constants.variance_per_s, step_s)
    desk_orders = desk.orders(market.desk, state, depth, start_s, start_s + step_s)
    layout = state.accounts.layout
    return Flows(
        engine_qty=liquidation.orders_qty(state, price, depth, forced),
        spot_qty=hedging.spot_sales_qty(state, price, depth, unwinding, rules.hedging, step_s),
        arbitrage_usd=arbitrage.orders_usd(
            state, depth, constants.venue_weight, rules.plumbing, step_s
        ),
        desk=desk_orders,
        desk_qty=desk.by_pool(market.desk, layout, desk_orders.qty)
        if desk_orders
        else np.zeros(layout.shape),
    )


def _move_prices(
    market: Market,
    constants: Constants,
    flows: Flows,
    depth: Floats,
    step_s: float,
    news: Floats,
) -> tuple[Floats, DeskChanges | None]:
    """News and value buyers move the quotes, orders walk the book, fills settle.

    Returns the parts of each asset's price change, (W, A, CAUSES), and what the desk got done.
    """
    state, rules = market.state, constants.scenario
    before = np.exp(state.log_price)
    liquidated = flows.engine_qty.sum(axis=-1) * before
    unhedged = -flows.spot_qty * before
    desked = flows.desk_qty * before
    ordered = liquidated + unhedged + flows.arbitrage_usd + desked

    state.log_fundamental = state.log_fundamental + news
    quoted = state.log_price + news[:, None, :]
    pulled = liquidity.reversion(quoted, state.log_fundamental, rules.liquidity, step_s)
    quoted = quoted + pulled
    state.log_price = quoted + ordered / depth
    fill = 0.5 * (np.exp(quoted) + np.exp(state.log_price))
    desk_changes = _settle(market, flows, before, fill)

    weight = constants.venue_weight[:, None]
    log_asset = (state.log_price * weight).sum(axis=1)
    state.trend, state.unrest = liquidity.follow_trend(
        state.trend, state.unrest, log_asset, constants.variance_per_s, rules.liquidity, step_s
    )
    state.depth_share = liquidity.depth_after(
        state.depth_share, state.unrest, rules.liquidity, step_s
    )
    calm = constants.calm_depth_usd
    parts = [liquidated / calm, unhedged / calm, flows.arbitrage_usd / calm, desked / calm, pulled]
    at_calm_depth = [(part * weight).sum(axis=1) for part in parts]
    withdrawn = ((ordered / depth - ordered / calm) * weight).sum(axis=1)
    return np.stack([news, *at_calm_depth, withdrawn], axis=-1), desk_changes


def _settle(market: Market, flows: Flows, before: Floats, fill: Floats) -> DeskChanges | None:
    """Book all fills at the average price; market makers take the other side of every contract."""
    state = market.state
    arb_qty = flows.arbitrage_usd / before
    traded = flows.engine_qty.sum(axis=-1) + arb_qty + flows.desk_qty
    state.maker_qty -= traded
    state.maker_cash_usd += traded * fill
    state.naked_qty -= flows.spot_qty
    liquidation.settle(state, flows.engine_qty, fill)
    arbitrage.settle(state, flows.arbitrage_usd, arb_qty, fill)
    if flows.desk is None:
        return None
    return desk.settle(market.desk, state, market.screen, flows.desk, fill)


def _mark(state: State, constants: Constants, step_s: float) -> None:
    """Form index and mark prices from the last prices."""
    index = marks.log_index(state.log_price, constants.index_share)
    state.mark_usd, state.log_basis = marks.mark_usd(
        state.log_price, index, state.log_basis, constants.scenario.marking, step_s
    )
