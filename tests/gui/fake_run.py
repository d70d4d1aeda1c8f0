"""A made-up scenario and run with the shape of the real thing, for tests of what shows them."""

from __future__ import annotations

import numpy as np

from engine.record import SERIES, Event, Inequality, Run, Stretch, axis_sizes
from engine.scenario import Asset, Clock, Position, Scenario, Shock, Tier, Venue

SHOCK_MIN = 20 * 60 + 50.0
TIERS = (Tier(from_usd=0.0, rate=0.005), Tier(from_usd=1e6, rate=0.01))


def fake_scenario(*, shocked: bool = True, desk: tuple[Position, ...] = ()) -> Scenario:
    """Return two days, five assets and three venues, with a shock in the evening of the first."""
    table = {"BTC": 121_500.0, "ETH": 4_350.0, "Large": 100.0, "Mid": 10.0, "Small": 0.1}
    assets = tuple(
        Asset(
            name=name,
            price_usd=price,
            open_interest_usd=6e10 / (i + 1),
            depth_1pct_usd=3e9 / 4**i,
            leverage_cap=50.0,
            tiers=TIERS,
        )
        for i, (name, price) in enumerate(table.items())
    )
    venues = tuple(
        Venue(name=name, open_interest_share=share, depth_share=share, index_share=share)
        for name, share in (("A", 0.5), ("B", 0.3), ("C", 0.2))
    )
    return Scenario(
        name="Made up",
        clock=Clock(start="2025-10-10T00:00:00Z", duration_min=2 * 1_440),
        assets=assets,
        venues=venues,
        shocks=(Shock(at_min=SHOCK_MIN),) if shocked else (),
        desk=desk,
    )


def fake_run(scenario: Scenario, share: float = 1.0) -> Run:
    """Return a run of the scenario, computed up to this share of its steps."""
    run = Run(scenario)
    extend(run, round(len(run.grid) * share))
    return run


def extend(run: Run, to_step: int) -> None:
    """Compute a run on, up to a step."""
    stretch = _stretch(run.scenario, run, run.computed, to_step)
    run.append(stretch)


def _stretch(scenario: Scenario, run: Run, first: int, last: int) -> Stretch:
    rng = np.random.default_rng(7)
    steps = len(run.grid)
    sizes = axis_sizes(scenario, 1)
    minutes = run.grid.end_s / 60.0 - SHOCK_MIN
    after = np.clip(minutes, 0.0, None)
    storm = (after > 0) * np.exp(-after / 40.0) * run.grid.step_s / 60.0
    falls = np.log1p(-np.array([0.12, 0.16, 0.35, 0.5, 0.65]))[: sizes["a"]]
    shape = (1 - np.exp(-after / 15.0)) * (0.5 + 0.5 * np.exp(-after / 400.0))
    noise = np.cumsum(rng.normal(0, 2e-4, (steps, sizes["a"])), axis=0)
    start = np.log([asset.price_usd for asset in scenario.assets])
    log_price = start + shape[:, None] * falls + noise
    burst = storm * rng.gamma(0.6, 1.6, steps)
    weight = np.full((sizes["v"], sizes["a"]), 1.0 / (sizes["v"] * sizes["a"]))
    price = np.exp(log_price)[:, None, :] * np.ones((1, sizes["v"], 1))
    spread = {
        "price_usd": price,
        "mark_usd": price,
        "liquidated_long_usd": 1e9 * burst[:, None, None] * weight,
        "liquidated_short_usd": 1.5e8 * burst[:, None, None] * weight,
        "liquidated_accounts": 9_000 * burst[:, None, None] * weight,
        "adl_usd": 4e8 * (burst * (after > 2))[:, None, None] * weight,
        "adl_hedged_usd": 2e8 * (burst * (after > 2))[:, None, None] * weight,
        "adl_accounts": np.floor(700 * burst)[:, None, None] * weight,
        "fund_usd": _fund(scenario, after)[:, None, None] * weight,
        "open_interest_usd": (2.3e11 - 6e10 * (1 - np.exp(-after / 60)))[:, None, None] * weight,
    }
    series = {}
    for name, kind in SERIES.items():
        shape_of = (steps, *(sizes[axis] for axis in kind.axes))
        series[name] = np.zeros(shape_of)
        if name in spread:
            series[name][:, 0] = spread[name]
    series["log_price"][:, 0] = log_price
    series["log_fundamental"][:, 0] = log_price
    series["depth_share"][:] = 1.0
    for p, position in enumerate(scenario.desk):
        _play_position(scenario, position, p, run, price, series)
    events = tuple(event for event in _events(scenario, run) if first <= event.step < last)
    part = {name: values[first:last] for name, values in series.items()}
    return Stretch(first, last - first, part, events, (), (), 0.1, 0.0, 0.0)


def _fund(scenario: Scenario, after: np.ndarray) -> np.ndarray:
    total = sum(asset.open_interest_usd for asset in scenario.assets)
    return total * scenario.insurance.fund_pct / 100 * (1 - 0.3 * (1 - np.exp(-after / 30)))


def _play_position(scenario, position, p, run, price, series) -> None:
    """Fill a desk position's series: open from its minute on, until it is closed."""
    mark = price[:, 0, scenario.asset_names.index(position.asset)]
    minutes = run.grid.end_s / 60.0
    is_open = minutes > position.open_min
    if position.close_min is not None:
        is_open &= minutes <= position.close_min
    first = int(np.argmax(minutes > position.open_min))
    sign = 1.0 if position.side == "long" else -1.0
    entry = mark[first]
    qty = sign * position.notional_usd / entry
    pnl = qty * (mark - entry)
    collateral = position.notional_usd / position.leverage
    series["desk_qty"][:, 0, p] = np.where(is_open, qty, 0.0)
    series["desk_pnl_usd"][:, 0, p] = np.where(minutes > position.open_min, pnl, 0.0)
    series["desk_equity_usd"][:, 0, p] = np.where(is_open, collateral + pnl, 0.0)
    liquidation = (entry - sign * collateral / abs(qty)) / (1 - sign * 0.005)
    series["desk_liquidation_usd"][:, 0, p] = np.where(is_open, liquidation, np.nan)
    series["desk_entry_usd"][:, 0, p] = np.where(is_open, entry, np.nan)


def _events(scenario: Scenario, run: Run) -> list[Event]:
    def event(
        minutes: float, kind: str, venue: str = "", asset: str = "", because=(), **values
    ) -> Event:
        time_s = (SHOCK_MIN + minutes) * 60.0
        step = run.grid.step_at(time_s)
        return Event(time_s, step, 0, kind, venue, asset, values, because and Inequality(*because))

    margin = ("equity_usd", 3_100.0, "<", "maintenance_usd", 3_200.0)
    events = [
        event(0.5, "first_liquidation", "A", "BTC", margin, liquidated_usd=2.4e6),
        event(
            3,
            "adl_begins",
            "C",
            "Small",
            ("fund_value_usd", 7.8e6, "<", "limit_usd", 0.7 * 1.12e7),
            trigger="drawdown",
            fund_value_usd=7.8e6,
            high_usd=1.12e7,
            drawdown=0.304,
            trigger_drawdown=0.30,
            adl_usd=4.1e6,
            accounts=412,
        ),
        event(
            9,
            "fund_empty",
            "C",
            "Small",
            ("fund_usd", -4e5, "<", "zero", 0.0),
            fund_start_usd=1.12e7,
            bad_debt_usd=4e5,
        ),
        event(
            11,
            "depth_floor",
            "",
            "Small",
            ("depth_share", 0.05, "<", "bound", 0.06),
            depth_share=0.05,
        ),
        event(12, "a_kind_nobody_knows", "B", "Mid", number=3.5),
    ]
    if scenario.shocks:
        events.insert(0, event(0, "shock", name="Tariff post", size_pct=-5.0))
    return events
