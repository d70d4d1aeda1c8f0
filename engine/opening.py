"""How a market stands before its first step, and what stays the same throughout."""

from __future__ import annotations

import numpy as np

from engine import liquidity
from engine.arrays import Floats
from engine.insurance import SLOTS, pooled, shares
from engine.margin import tiers_of
from engine.market import Constants
from engine.protection import EMPTY_BOOK, outages_of
from engine.randomness import Stream, world_keys
from engine.rules import Rules, fund_start_usd, open_interest_usd, rules_of
from engine.scenario import Scenario
from engine.state import Accounts, State

LEAST_QTY = 1e-12
"""Stands for the open interest of a pool without any, where something is divided by it."""


def constants_of(scenario: Scenario, worlds: int) -> Constants:
    """Return what stays the same throughout a run."""
    interest, fund = open_interest_usd(scenario), fund_start_usd(scenario)
    depth = np.array([asset.depth_1pct_usd for asset in scenario.assets])
    rules = rules_of(scenario)
    return Constants(
        scenario=scenario,
        rules=rules,
        tiers=tiers_of(scenario.assets),
        calm_depth_usd=liquidity.calm_depth_usd(scenario),
        variance_per_s=liquidity.variances_per_s(scenario),
        venue_weight=np.array(scenario.venue_shares("depth_share")),
        index_share=np.array(scenario.venue_shares("index_share")),
        asset_weight=depth / depth.sum(),
        arb_target_usd=interest * scenario.plumbing.arbitrage_pct / 100,
        fund_start_usd=fund,
        fund_share=shares(fund, scenario.insurance),
        maker_capital_usd=interest * scenario.liquidity.maker_capital_pct / 100,
        outages=outages_of(scenario),
        guarded=_is_guarded(scenario, rules),
        handover_keys=world_keys(scenario.seed, worlds, Stream.HANDOVER),
        turnover_keys=world_keys(scenario.seed, worlds, Stream.TURNOVER),
        will_keys=world_keys(scenario.seed, worlds, Stream.FREE_WILL),
        hedge_keys=world_keys(scenario.seed, worlds, Stream.HEDGES),
    )


def _is_guarded(scenario: Scenario, rules: Rules) -> bool:
    """Whether a market can ever be halted; also by a rule still to come."""
    return bool(
        scenario.halts
        or scenario.rule_changes
        or scenario.liquidity.depth_floor < EMPTY_BOOK
        or rules.breaking
    )


def opening_state(scenario: Scenario, accounts: Accounts, constants: Constants) -> State:
    """Return the market at the scenario's start: accounts as drawn, everything else at rest."""
    layout = accounts.layout
    shape = layout.shape
    log_asset = np.log([asset.price_usd for asset in scenario.assets])
    log_price = np.broadcast_to(log_asset, shape).copy()
    longs, shorts = _sums(accounts)
    maker = shorts - longs
    mark = np.exp(log_price)
    fund = np.broadcast_to(constants.fund_start_usd, shape).copy()
    value = np.broadcast_to(pooled(fund, scenario.insurance), shape)
    zero = np.zeros(shape)
    per_asset = np.broadcast_to(log_asset, (shape[0], shape[2]))
    state = State(
        accounts=accounts,
        long_qty=longs,
        short_qty=shorts,
        opening_qty=np.maximum(np.maximum(longs, shorts), LEAST_QTY),
        opening_lean=(longs - shorts) / np.maximum(np.maximum(longs, shorts), LEAST_QTY),
        log_fundamental=per_asset.copy(),
        log_price=log_price,
        log_basis=zero.copy(),
        mark_usd=mark,
        trend=per_asset.copy(),
        unrest=np.ones((shape[0], shape[2])),
        memory=per_asset.copy(),
        depth_share=np.ones(shape),
        dent=zero.copy(),
        maker_loss=zero.copy(),
        adl_share=zero.copy(),
        maker_equity_usd=-maker * mark,
        hedged_qty=np.maximum(_hedged(accounts), LEAST_QTY),
        maker_qty=maker,
        maker_cash_usd=-maker * mark,
        maker_rest_qty=maker.copy(),
        engine_qty=np.zeros((*shape, 2)),
        engine_cash_usd=np.zeros((*shape, 2)),
        fund_usd=fund,
        bad_debt_usd=zero.copy(),
        fund_highs_usd=np.broadcast_to(value, (SLOTS, *shape)).copy(),
        fund_slot=0,
        arb_qty=zero.copy(),
        arb_cash_usd=zero.copy(),
        arb_dollars_usd=np.broadcast_to(constants.arb_target_usd.sum(axis=-1), shape[:2]).copy(),
        arb_coins_usd=np.broadcast_to(constants.arb_target_usd, shape).copy(),
        naked_qty=zero.copy(),
        deposits_usd=np.zeros(shape[0]),
        halted_until_s=zero.copy(),
        reference=log_price.copy(),
        was_open=np.ones(shape, dtype=bool),
        quote=log_price.copy(),
        premium=zero.copy(),
        premium_s=0.0,
        funding_rate=zero.copy(),
        pause_until_s=0.0,
        decided_s=0.0,
        renewed_s=0.0,
    )
    held = accounts.cash_usd.reshape(shape[0], -1).sum(axis=1)
    state.deposits_usd += held + (state.maker_cash_usd + fund).sum(axis=(1, 2))
    return state


def _sums(accounts: Accounts) -> tuple[Floats, Floats]:
    """Return the accounts' long and short coins by pool, both ≥ 0, (W, V, A)."""
    layout = accounts.layout
    starts = layout.block_start[:-1]

    def by_pool(qty: Floats) -> Floats:
        sums: Floats = np.add.reduceat(qty, starts, axis=1).T.reshape(layout.shape)
        return sums

    return by_pool(np.maximum(accounts.qty, 0)), by_pool(np.maximum(-accounts.qty, 0))


def _hedged(accounts: Accounts) -> Floats:
    """Return the coins that hedged accounts are short by pool, (W, V, A)."""
    layout = accounts.layout
    shorts = np.maximum(-accounts.qty, 0) * accounts.hedged
    sums: Floats = np.add.reduceat(shorts, layout.block_start[:-1], axis=1)
    return sums.T.reshape(layout.shape)
