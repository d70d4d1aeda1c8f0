"""One step of the market: the order of the mechanisms, and nothing else."""

from __future__ import annotations

import numpy as np

from engine import (
    adl,
    arbitrage,
    desk,
    flows,
    funding,
    hedging,
    liquidation,
    liquidity,
    marks,
    prices,
    protection,
    trades,
    turnover,
)
from engine.adl import Deleveraging
from engine.arrays import Floats, Ints
from engine.liquidation import Takeover
from engine.market import Constants, Market, Moment, Outcome, moment_of
from engine.state import State
from engine.trades import Trades


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
    now = moment_of(state, constants, start_s, step_s)
    jump = prices.reopen(state, constants, now)
    depth = constants.calm_depth_usd * state.depth_share
    quotes = prices.requote(state, constants, now, news)
    orders = flows.collect(market, constants, depth, now, quotes.log_price)
    causes, traded, desk_changes = prices.move(market, constants, quotes, orders, depth, now, jump)
    tripped = None
    if constants.rules.breaking:
        tripped = protection.trip_breakers(state, constants.rules, now.end_s)
    _mark(state, constants, now)
    liquidity.count_losses(state, constants.maker_capital_usd, rules.liquidity, step_s)
    taken, lost = _liquidate(market, constants, now)
    closed = _deleverage(market, constants, now)
    arbitrage.refill(
        state, constants.arb_target_usd, constants.asset_weight, rules.plumbing, step_s
    )
    paid = rules.funding.cap_pct > 0 and funding.is_due(rules, start_s, now.end_s)
    if now.deciding:
        funding.follow_premium(state, rules.funding, now.end_s - state.decided_s)
        state.decided_s = now.end_s
    if now.renewing:
        _renew(market, constants, now)
    if paid:
        funding.pay(state, market.screen, rules.funding)
    return Outcome(
        now=now,
        causes_log=causes,
        traded_usd=traded,
        takeover=taken,
        deleveraging=closed,
        desk=desk_changes,
        desk_taken=lost,
        tripped=tripped,
    )


def _mark(state: State, constants: Constants, now: Moment) -> None:
    """Form index and mark prices from the last prices."""
    index = marks.log_index(state.log_price, constants.index_share)
    left = funding.left_share(constants.scenario, now.end_s)
    state.mark_usd, state.log_basis = marks.mark_usd(
        state.log_price,
        index,
        state.log_basis,
        state.funding_rate * left,
        constants.rules,
        now.step_s,
    )


def _liquidate(market: Market, constants: Constants, now: Moment) -> tuple[Takeover | None, Ints]:
    """Take over accounts below maintenance; also return the desk's positions among them."""
    state = market.state
    taken = liquidation.take_over(
        state, market.screen, constants.tiers, constants.rules, now.serving, now.end_s
    )
    if taken is None or not len(market.desk) or not np.isin(market.desk.rows, taken.rows).any():
        return taken, np.empty((0, 2), dtype=np.int64)
    desk.forced(market.desk, state, state.mark_usd)
    return taken, desk.forget(market.desk, taken.rows[taken.whole])


def _deleverage(market: Market, constants: Constants, now: Moment) -> Deleveraging | None:
    """Let ADL close what the funds can't carry."""
    state = market.state
    closed = adl.deleverage(
        state,
        market.screen,
        constants.tiers,
        constants.rules,
        constants.scenario.insurance,
        constants.fund_share,
        now.serving,
        now.end_s,
    )
    if closed is not None and len(market.desk):
        hits, price = closed.hits, state.mark_usd.ravel().copy()
        mine = np.isin(hits.rows, market.desk.rows)
        price[hits.bucket[mine] // 2] = hits.price_usd[mine]
        desk.forced(market.desk, state, price)
    return closed


def _renew(market: Market, constants: Constants, now: Moment) -> None:
    """Let people come, go, hand on and take over, for all the time since they last did."""
    state, rules = market.state, constants.scenario
    elapsed_s = now.end_s - state.renewed_s
    state.renewed_s = now.end_s
    leaving = hedging.hand_on(state, rules, constants.handover_keys, now.beat, elapsed_s)
    _book_at_last_price(market, constants, leaving)
    # Only now: who has just left can't leave again.
    coming = turnover.come_and_go(
        state, rules, constants.tiers, constants.will_keys, now.beat, elapsed_s
    )
    _book_at_last_price(market, constants, coming)
    if coming is not None:
        bought = coming.by_pool(state.accounts.layout).sum(axis=0)
        liquidity.grow_used(state, bought, np.exp(state.log_price))
    turnover.renew(
        state,
        market.screen,
        constants.tiers,
        rules,
        constants.turnover_keys,
        now.beat,
        elapsed_s,
    )


def _book_at_last_price(market: Market, constants: Constants, done: Trades | None) -> None:
    """Book trades of people who are in no hurry, in place: they move no price."""
    if done is None:
        return
    state, rule = market.state, constants.scenario.insurance
    price = np.exp(state.log_price).ravel()[done.pool]
    trades.settle(state, market.screen, done, price, rule, constants.fund_share)
