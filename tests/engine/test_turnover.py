"""How the crowd renews itself: newcomers take over, others come and go, prices don't move."""

from __future__ import annotations

import numpy as np
import pytest

from engine import turnover
from engine.arrays import Floats
from engine.clock import DAY_S
from engine.population import drawn_leverage
from engine.run import Simulation
from engine.scenario_file import from_settings
from engine.state import Kind, State, cash_error, contracts_error
from engine.trades import ENTRIES
from tests.engine.emptied import BIG, SMALL, A, C, Emptied, Holder, still
from tests.engine.scenarios import small

CROWD = {"accounts": 10_000, "people": 10_000, "holding_days": 0.0, "entry_spread_pct": 0.0}


def full(comeback_days: float = 10_000.0, **crowd: float) -> Simulation:
    """The market at rest with its whole crowd, which may come and go."""
    scenario = still(
        crowd=CROWD | crowd,
        behaviour={"comeback_days": comeback_days},
        clock={"duration_min": 2 * 1_440, "calm_step_s": 300},
    )
    return Simulation(scenario)


def directional(state: State) -> np.ndarray:
    """Rows of the isolated directional crowd."""
    accounts = state.accounts
    return np.flatnonzero((accounts.kind == Kind.DIRECTIONAL) & ~accounts.layout.is_cross)


def idle_share(state: State) -> float:
    return float((state.accounts.qty[:, directional(state)] == 0).all(axis=0).mean())


# ---------------------------------------------------------------- newcomers take over


def renewed(simulation: Simulation, elapsed_s: float) -> tuple[Floats, np.ndarray]:
    """Renew once; return everybody's equity at the last price, and who was replaced."""
    market, constants = simulation.market, simulation._constants
    before = market.state.accounts.cash_usd.copy()
    turnover.renew(
        market.state,
        market.screen,
        constants.tiers,
        constants.scenario,
        constants.turnover_keys,
        1,
        elapsed_s,
    )
    accounts = market.state.accounts
    layout = accounts.layout
    price = np.exp(market.state.log_price).reshape(-1, layout.assets)
    block = layout.pool // layout.assets
    equity = accounts.cash_usd + (accounts.qty * price[block].T).sum(axis=0)
    return equity, np.flatnonzero(accounts.cash_usd != before)


def test_a_share_of_all_accounts_changes_hands_each_day() -> None:
    """Expected: share · days of the accounts that hold something."""
    simulation = full(turnover_per_day=0.4)
    accounts = simulation.market.state.accounts
    holding = (accounts.qty != 0).any(axis=0).sum()
    _, rows = renewed(simulation, DAY_S / 8)
    assert len(rows) / holding == pytest.approx(0.4 / 8, rel=0.1)


def test_whoever_takes_over_a_position_moves_neither_price_nor_open_interest() -> None:
    simulation = full(turnover_per_day=0.4)
    state = simulation.market.state
    qty, interest = state.accounts.qty.copy(), state.long_qty.copy()
    price, maker = state.log_price.copy(), state.maker_qty.copy()
    _, rows = renewed(simulation, DAY_S / 2)
    assert len(rows) > 500
    for was, now in (
        (qty, state.accounts.qty),
        (interest, state.long_qty),
        (price, state.log_price),
        (maker, state.maker_qty),
    ):
        np.testing.assert_array_equal(was, now)
    assert cash_error(state) < 1e-12


def test_newcomers_have_the_crowds_usual_leverage_and_todays_price_as_entry() -> None:
    """Prices fell by 5% under the old owners. The new ones' leverage is habit · e^(spread·ε)."""
    simulation = full(turnover_per_day=5.0, leverage_spread=0.4)
    state = simulation.market.state
    state.log_price = state.log_price + np.log(0.95)
    state.mark_usd = np.exp(state.log_price)
    equity, rows = renewed(simulation, DAY_S / 10)
    rows = np.intersect1d(rows, directional(state))
    asset = state.accounts.layout.pool[rows] % 2
    price = np.array([95.0, 1.9])[asset]
    notional = np.abs(state.accounts.qty[asset, rows]) * price
    deviation = np.log(notional / equity[rows] / state.accounts.habit[rows])
    free = state.accounts.habit[rows] < 15  # the cap squeezes the others
    assert free.sum() > 500
    assert np.median(deviation[free]) == pytest.approx(0, abs=0.05)
    assert np.std(deviation[free]) == pytest.approx(0.4, rel=0.1)
    np.testing.assert_allclose(state.accounts.entry_usd[asset, rows], price)
    highest = drawn_leverage(np.array([1e9]), np.zeros(1), 50.0)[0]
    assert (notional / equity[rows]).max() <= highest * (1 + 1e-9)


def test_the_desk_and_whoever_is_away_are_never_replaced() -> None:
    position = {"asset": "Big", "venue": "A", "notional_usd": 1e4, "leverage": 3.0}
    scenario = still(crowd={"turnover_per_day": 5.0}, desk=[position])
    market = Emptied(scenario, Holder(1.0, 1e3), Holder(0.0, 0.0))
    market.play(300)
    row = int(market.market.desk.rows[0, 0])
    accounts = market.state.accounts
    assert accounts.cash_usd[row] + accounts.qty[BIG, row] * 100 == pytest.approx(1e4 / 3, rel=1e-3)
    changed = np.flatnonzero(accounts.cash_usd)
    assert set(changed.tolist()) <= {row, market.rows[0]}
    assert market.equity(0) != pytest.approx(1e3)


# ---------------------------------------------------------------- coming and going


@pytest.mark.parametrize("away", [0.1, 0.3, 0.6])
def test_the_sidelines_stay_as_full_as_at_the_start(away: float) -> None:
    """Coming c · idle = going c · a/(1 − a) · present, in expectation."""
    simulation = full(0.25, away_share=away, hedged_share=0.0, accounts=5_000)
    state = simulation.market.state
    assert idle_share(state) == pytest.approx(away, abs=0.01)
    seen = []
    for _ in range(8):
        simulation.advance(48)
        seen.append(idle_share(simulation.market.state))
    assert np.mean(seen) == pytest.approx(away, abs=0.02)


def hungry(appetite: float) -> Simulation:
    """Half of everybody away, a comeback of a day, and another appetite from the start on."""
    scenario = full(1.0, away_share=0.5, pair_share=0.0).scenario
    settings = scenario.model_dump(mode="json")
    settings["rule_changes"] = [{"at_min": 0, "path": "behaviour.appetite", "value": appetite}]
    return Simulation(from_settings(settings))


@pytest.mark.parametrize("appetite", [0.5, 1.5])
def test_open_interest_follows_the_appetite_within_the_time_of_comeback(appetite: float) -> None:
    """Present p → w = (1 − a) · appetite: dp/dt = ((1 − p) − p · (1 − w)/w)/c = (1 − p/w)/c."""
    simulation = hungry(appetite)
    before = simulation.market.state.open_interest_usd().sum()
    wanting = 0.5 * appetite
    for days in (1.0, 2.0):
        simulation.advance(288)
        state = simulation.market.state
        expected = wanting + (0.5 - wanting) * np.exp(-days / wanting)
        assert 1 - idle_share(state) == pytest.approx(expected, abs=0.015)
        interest = state.open_interest_usd().sum() / before
        assert interest == pytest.approx(expected / 0.5, rel=0.12)


def test_makers_hedge_what_they_take_on_from_those_who_come_and_go() -> None:
    """Else they would hand it on within hours and lose on it when prices move."""
    simulation = hungry(1.5)
    maker = simulation.market.state.maker_qty.copy()
    simulation.advance(288)
    state = simulation.market.state
    taken_on = np.abs(state.maker_qty - maker)
    assert (taken_on > 0.01 * state.long_qty).mean() > 0.5
    np.testing.assert_allclose(state.maker_rest_qty, state.maker_qty, rtol=1e-9)
    assert state.maker_loss == pytest.approx(0, abs=1e-12)


def test_coming_and_going_move_no_price_and_the_ledger_closes() -> None:
    simulation = full(comeback_days=0.1)
    start = simulation.market.state.log_price.copy()
    qty = simulation.market.state.accounts.qty.copy()
    stretch = simulation.advance(200)
    state = simulation.market.state
    np.testing.assert_array_equal(state.log_price, start)
    assert np.count_nonzero(qty != state.accounts.qty) > 2_000
    assert not stretch.series["causes_log"].any()
    assert contracts_error(state) < 1e-9
    assert cash_error(state) < 1e-9


def test_whoever_goes_takes_their_money_home_and_whoever_comes_brings_it() -> None:
    simulation = full(comeback_days=0.1)
    simulation.advance(50)
    accounts = simulation.market.state.accounts
    away = (accounts.qty == 0).all(axis=0)
    assert not accounts.cash_usd[away].any()
    layout = accounts.layout
    mark = simulation.market.state.mark_usd.reshape(-1, layout.assets)
    equity = accounts.cash_usd + (accounts.qty * mark[layout.pool // 2].T).sum(axis=0)
    assert (equity[~away] > 0).all()


def test_comers_take_sides_as_the_crowd_does_at_their_usual_size() -> None:
    scenario = still(
        crowd=CROWD | {"long_share": 0.7, "away_share": 0.6}, behaviour={"comeback_days": 0.1}
    )
    simulation = Simulation(scenario)
    state, constants = simulation.market.state, simulation._constants
    trades = turnover.come_and_go(
        state, scenario, constants.tiers, constants.will_keys, 1, DAY_S / 100
    )
    assert trades is not None
    opens = trades.opens
    assert (trades.reason == ENTRIES).all()
    assert not state.accounts.qty[:, trades.rows[opens]].any()
    price = np.array([100.0, 2.0])[trades.pool % 2]
    np.testing.assert_allclose(
        (np.abs(trades.qty) * price)[opens], state.accounts.size_usd[trades.rows[opens]]
    )
    assert opens.sum() > 200
    assert (trades.qty[opens] > 0).mean() == pytest.approx(0.7, abs=0.07)


def test_a_basis_trader_comes_back_short_and_a_pair_with_both_legs() -> None:
    basis = Holder(0.0, 0.0, kind=Kind.BASIS, size_usd=500.0, hedged=True)
    scenario = still(
        crowd={"away_share": 0.0},  # so nobody goes again
        behaviour={"comeback_days": 0.1},
        clock={"duration_min": 1_440, "calm_step_s": 300},
    )
    market = Emptied(scenario, basis, Holder(1.0, 1e4, venue=C))
    accounts, layout = market.state.accounts, market.state.accounts.layout
    pair = next(pair for pair in layout.pairs if layout.pool[pair[0]] % 2 == SMALL)
    accounts.size_usd[pair] = 300.0
    market.play()
    assert market.qty(0) == pytest.approx(-5)
    short, long = accounts.qty[SMALL, pair]
    assert short == pytest.approx(-150)
    assert long == -short
    assert market.state.short_qty[0, A, BIG] == pytest.approx(5)


def test_a_cross_margin_account_comes_back_with_one_position() -> None:
    """It may be drawn in each of its markets; it chooses as open interest is spread, 10 to 1."""
    idle = [Holder((0.0, 0.0), 0.0, size_usd=100.0) for _ in range(30)]
    scenario = still(behaviour={"comeback_days": 0.1})
    market = Emptied(scenario, *idle)
    constants = market.constants
    trades = turnover.come_and_go(
        market.state, scenario, constants.tiers, constants.will_keys, 1, 10 * DAY_S
    )
    assert trades is not None
    assert len(trades) > 15
    assert len(set(trades.rows.tolist())) == len(trades)
    assert set(trades.pool.tolist()) <= {BIG, SMALL}


def test_cross_margin_accounts_stay_spread_over_assets_as_at_the_start() -> None:
    """However often they come and go: of what they hold, a tenth is in the asset a tenth as big."""
    simulation = full(0.1, away_share=0.5, cross_share=0.9, hedged_share=0.0)
    cross = simulation.market.state.accounts.layout.is_cross
    simulation.advance(288)
    accounts = simulation.market.state.accounts
    held = np.abs(accounts.qty[:, cross]).sum(axis=1) * [100.0, 2.0]
    assert held[SMALL] / held[BIG] == pytest.approx(0.1, rel=0.15)
    present = (accounts.qty[:, cross] != 0).any(axis=0)
    assert present.mean() == pytest.approx(0.5, abs=0.03)


def test_legs_of_pairs_do_not_just_go() -> None:
    """They end for a reason: when the other leg breaks."""
    simulation = full(comeback_days=0.1, away_share=0.8)
    accounts = simulation.market.state.accounts
    neutral = np.flatnonzero(accounts.kind == Kind.PAIR)
    before = accounts.qty[:, neutral].copy()
    simulation.advance(200)
    held = (before != 0).any(axis=0)
    after = simulation.market.state.accounts.qty[:, neutral]
    np.testing.assert_array_equal(before[:, held], after[:, held])


def test_whoever_owes_more_than_they_have_does_not_go() -> None:
    scenario = still(crowd={"away_share": 0.9}, behaviour={"comeback_days": 0.1})
    market = Emptied(scenario, Holder(10.0, 100.0))
    market.price(80.0)
    constants = market.constants
    for beat in range(30):
        trades = turnover.come_and_go(
            market.state, scenario, constants.tiers, constants.will_keys, beat, DAY_S
        )
        assert trades is None or market.rows[0] not in trades.rows


def test_nobody_leaves_twice_in_one_moment() -> None:
    """Handing on and going may draw the same account: it closes its position once.

    A second closing would turn the position round, without an entry price.
    """
    restless = small(
        crowd={"accounts": 100, "people": 100, "long_share": 0.1, "away_share": 0.7},
        behaviour={"comeback_days": 0.1},
        hedging={"handover_h": 0.1},
    )
    simulation = Simulation(restless, worlds=20)
    accounts = simulation.market.state.accounts
    while simulation.done < len(simulation.grid):
        simulation.advance(5)
        assert (accounts.entry_usd[accounts.qty != 0] > 0).all()
