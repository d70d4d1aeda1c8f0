"""Scenarios that contradict themselves are refused: the text names the place, value and rule."""

from __future__ import annotations

from time import perf_counter

import pytest

from engine.scenario_file import ScenarioError, with_setting
from tests.engine.scenarios import settings, small

LONG = {"asset": "BTC", "venue": "A", "notional_usd": 1e4}
COINS = {**LONG, "kind": "spot", "leverage": 1.0}
HEDGE = {**LONG, "side": "short", "hedged": True}
CROSS = {**LONG, "margin": "cross"}


def path(**changes: object) -> dict[str, object]:
    """News with a price path of two moments, changed."""
    column = {"asset": "BTC", "price_usd": [1.0, 2.0]}
    return {"path": {"at_min": [0.0, 1.0], "columns": [column]} | changes}


CONTRADICTIONS: dict[str, tuple[dict[str, object], str]] = {
    "a hedge without coins": (
        {"desk": [HEDGE]},
        "desk[0].hedged: a hedge needs coins, or an opposite position on another venue",
    ),
    "a hedge with too few coins": (
        {"desk": [HEDGE, {**COINS, "notional_usd": 9e3}]},
        "desk[0].hedged",
    ),
    "a hedge with coins bought later": (
        {"desk": [HEDGE, {**COINS, "open_min": 1.0}]},
        "desk[0].hedged",
    ),
    "a hedge with coins sold before": (
        {"desk": [HEDGE, {**COINS, "close_min": 9.0}]},
        "desk[0].hedged",
    ),
    "a hedge with other coins": ({"desk": [HEDGE, {**COINS, "asset": "Small"}]}, "desk[0].hedged"),
    "a hedge on the same venue": ({"desk": [HEDGE, LONG]}, "desk[0].hedged"),
    "hedged coins": ({"desk": [{**COINS, "hedged": True}, HEDGE]}, "desk[0].hedged"),
    "coins sold short": (
        {"desk": [{**COINS, "side": "short"}]},
        'desk[0].side: coins can only be owned; it must be "long"',
    ),
    "coins on credit": (
        {"desk": [{**COINS, "leverage": 2.0}]},
        "desk[0].leverage: coins are paid in full; it must be 1, not 2",
    ),
    "coins as collateral": (
        {"desk": [{**COINS, "margin": "cross"}]},
        'desk[0].margin: coins are no collateral; it must be "isolated"',
    ),
    "collateral for coins": (
        {"desk": [{**COINS, "changes": [{"at_min": 3.0, "add_collateral_usd": 5.0}]}]},
        "desk[0].changes[0].add_collateral_usd: coins need none; it must be 0",
    ),
    "two positions on cross margin in a market": (
        {"desk": [CROSS, {**CROSS, "side": "short"}]},
        "desk[1].margin: BTC on A has another cross position already",
    ),
    "changes out of order": (
        {"desk": [{**LONG, "changes": [{"at_min": 30.0}, {"at_min": 20.0}]}]},
        "desk[0].changes[1].at_min: 20 must lie after 30",
    ),
    "a change before the position is opened": (
        {"desk": [{**LONG, "open_min": 5.0, "changes": [{"at_min": 5.0}]}]},
        "desk[0].changes[0].at_min: 5 must lie after 5",
    ),
    "a change of a closed position": (
        {"desk": [{**LONG, "close_min": 50.0, "changes": [{"at_min": 51.0}]}]},
        "desk[0].changes[0].at_min: 51 must lie before close_min (50)",
    ),
    "a change to a size that needs more margin": (
        {"desk": [{**LONG, "leverage": 45.0, "changes": [{"at_min": 3.0, "notional_usd": 1e9}]}]},
        "desk[0].leverage: at 45 the collateral would be below the maintenance margin of a "
        "position of 1,000,000,000 USD",
    ),
    "a position closed before it is opened": (
        {"desk": [{**LONG, "open_min": 5.0, "close_min": 4.0}]},
        "desk[0].close_min: 4 must lie after open_min (5)",
    ),
    "a position opened after the end": (
        {"desk": [{**LONG, "open_min": 120.0}]},
        "desk[0].open_min: 120 lies after the end; it must be below 120",
    ),
    "a position closed after the end": (
        {"desk": [{**LONG, "close_min": 300.0}]},
        "desk[0].close_min: 300 lies after the end; it must be below 120",
    ),
    "a change after the end": (
        {"desk": [{**LONG, "changes": [{"at_min": 121.0}]}]},
        "desk[0].changes[0].at_min: 121 lies after the end",
    ),
    "an outage after the end": (
        {"halts": [{"at_min": 120.0, "venue": "A"}]},
        "halts[0].at_min: 120 lies after the end; it must be below 120",
    ),
    "an outage of no length": (
        {"halts": [{"at_min": 1.0, "venue": "A", "duration_min": 0.0}]},
        "halts[0].duration_min: 0.0 is not allowed; it must be a number from 0.01",
    ),
    "an outage nowhere": (
        {"halts": [{"at_min": 1.0, "venue": "Z"}]},
        "halts[0].venue: 'Z' is not one of A, B, C",
    ),
    "an outage of nothing": (
        {"halts": [{"at_min": 1.0, "venue": "A", "asset": "XRP"}]},
        "halts[0].asset: 'XRP' is not one of BTC, Small",
    ),
    "money after the end": (
        {"top_ups": [{"at_min": 120.5}]},
        "top_ups[0].at_min: 120.5 lies after the end",
    ),
    "money for nobody": (
        {"top_ups": [{"at_min": 1.0}, {"at_min": 1.0, "venue": "Z"}]},
        "top_ups[1].venue: 'Z' is not one of A, B, C",
    ),
    "money for nothing": (
        {"top_ups": [{"at_min": 1.0, "asset": "XRP"}]},
        "top_ups[0].asset: 'XRP' is not one of BTC, Small",
    ),
    "a shock to nothing": (
        {"shocks": [{"at_min": 1.0, "sensitivities": [{"asset": "XRP", "beta": 1.0}]}]},
        "shocks[0].sensitivities[0].asset: 'XRP' is not one of BTC, Small",
    ),
    "a path of nothing": (
        {"news": path(columns=[{"asset": "XRP", "price_usd": [1.0, 2.0]}])},
        "news.path.columns[0].asset: 'XRP' is not one of BTC, Small",
    ),
    "a path with a price too many": (
        {"news": path(columns=[{"asset": "BTC", "price_usd": [1.0, 2.0, 3.0]}])},
        "news.path.columns: BTC has 3 prices for 2 moments",
    ),
    "a path back in time": (
        {"news": path(at_min=[5.0, 4.0])},
        "news.path.at_min: moments must rise, but 4 follows 5",
    ),
    "two paths of one asset": (
        {"news": path(columns=[{"asset": "BTC", "price_usd": [1.0, 2.0]}] * 2)},
        "news.path.columns: 'BTC' has two columns",
    ),
    "a path without bounds": (
        {"news": path(columns=[{"asset": "BTC", "price_usd": [1e-9, 1e9]}])},
        "at most 20 is allowed",
    ),
    "a path of free coins": (
        {"news": path(columns=[{"asset": "BTC", "price_usd": [0.0, 1.0]}])},
        "news.path.columns[0].price_usd[0]: 0.0 is not allowed",
    ),
    "too few accounts": (
        {
            "assets": [{**settings()["assets"][0], "name": f"coin {i}"} for i in range(10)],
            "crowd": {"accounts": 100},
        },
        "crowd.accounts: 100 are too few for 10 assets on 3 venues; it must be at least 120",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_contradicts_itself_is_refused_by_name_value_and_rule(name: str) -> None:
    changes, said = CONTRADICTIONS[name]
    with pytest.raises(ScenarioError) as refused:
        small(**changes)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("share", ["open_interest_share", "depth_share", "index_share"])
def test_shares_that_do_not_add_up_are_refused(share: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        with_setting(small(), f"venues.0.{share}", "0.55")
    whole = 0.55 + sum(getattr(venue, share) for venue in small().venues[1:])
    assert f"the {share} of all venues must add up to 1, not {whole:.6g}" in str(refused.value)


@pytest.mark.parametrize(
    "desk",
    [
        [HEDGE, COINS],
        [{**COINS, "close_min": 50.0}, {**HEDGE, "open_min": 5.0, "close_min": 50.0}],
        [HEDGE, {**LONG, "venue": "B"}],
        [{**HEDGE, "side": "long"}, {**LONG, "venue": "B", "side": "short"}],
        [CROSS, {**CROSS, "asset": "Small"}, {**CROSS, "venue": "B"}, LONG],
        [{**LONG, "close_min": 9.0, "changes": [{"at_min": 3.0}, {"at_min": 8.0}]}],
    ],
)
def test_a_desk_that_does_not_contradict_itself_is_allowed(desk: list[dict[str, object]]) -> None:
    assert len(small(desk=desk).desk) == len(desk)


@pytest.mark.parametrize(
    ("changing", "value", "said"),
    [
        ("adl.order", "none", ".path: 'adl.order': adl has no setting 'order'; it has fill, rank"),
        ("moods.rank", "none", ".path: 'moods.rank' can't change while the market runs"),
        ("adl", "none", ".path: 'adl' can't change"),
        ("seed", 5, ".path: 'seed' can't change"),
        ("clock.duration_min", 5, ".path: 'clock.duration_min' can't change"),
        ("crowd.accounts", 500, ".path: 'crowd.accounts' can't change"),
        ("news.correlation", 0.5, ".path: 'news.correlation' can't change"),
        ("assets.0.price_usd", 5.0, ".path: 'assets.0.price_usd' can't change"),
        ("insurance.fund_pct", 5.0, ".path: 'insurance.fund_pct' can't change"),
        ("venues.0.fund_pct", 5.0, ".path: 'venues.0.fund_pct' can't change"),
        ("venues.0.depth_share", 0.1, ".path: 'venues.0.depth_share' can't change"),
        ("rule_changes.0.at_min", 0.1, ".path: 'rule_changes.0.at_min' can't change"),
        ("venues.9.adl.rank", "none", ".path: 'venues.9.adl.rank': venues: there is no entry '9'"),
        ("venues.0.funding.cap_pct", 0.1, "venues.0 has no setting 'funding'"),
        ("adl.rank.first", "none", "adl.rank is a single value and has no setting 'first'"),
        ("adl.rank", "lottery", '.value: "lottery" is not allowed for adl.rank; '),
        ("liquidation.fee_pct", 50.0, ".value: 50.0 is not allowed for liquidation.fee_pct; "),
        ("liquidation.fee_pct", "much", '.value: "much" is not allowed for liquidation.fee_pct'),
        ("liquidation.fee_pct", None, ".value: null is not allowed for liquidation.fee_pct"),
        ("funding.interval_h", 2.5, ".value: 2.5 is not allowed for funding.interval_h"),
        ("adl.stop_drawdown", 0.9, "0.9 must not exceed trigger_drawdown (0.3)"),
        ("venues.1.adl.stop_drawdown", 0.9, "0.9 must not exceed trigger_drawdown (0.3)"),
    ],
)
def test_a_rule_that_cannot_change_so_is_refused(changing: str, value: object, said: str) -> None:
    fine = {"at_min": 9.0, "path": "adl.rank", "value": "none"}
    with pytest.raises(ScenarioError) as refused:
        small(rule_changes=[fine, {"at_min": 5.0, "path": changing, "value": value}])
    assert str(refused.value).startswith("rule_changes[1].")
    assert said in str(refused.value)


def test_a_rule_change_after_the_end_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"rule_changes\[0\]\.at_min: 120 lies after the end"):
        small(rule_changes=[{"at_min": 120.0, "path": "adl.rank", "value": "none"}])


def test_rules_in_force_are_those_changed_by_then_in_order_of_time() -> None:
    changes = [
        ("adl.rank", "none", 9),
        ("venues.1.adl.fill", "mark", 5),
        ("adl.rank", "binance", 5),
    ]
    scenario = small(
        rule_changes=[{"at_min": at, "path": path, "value": value} for path, value, at in changes]
    )
    assert scenario.in_force(4.9) is scenario
    now, later = scenario.in_force(5), scenario.in_force(100)
    assert (now.adl.rank, later.adl.rank) == ("binance", "none")
    assert now.adl.fill == "bankruptcy"
    assert [venue.adl.fill if venue.adl else None for venue in now.venues] == [None, "mark", None]
    assert not later.rule_changes
    assert later.news == scenario.news


def test_a_hundred_rule_changes_and_a_long_path_are_checked_in_no_time() -> None:
    moments = 50_000
    news = {
        "path": {
            "at_min": [i / 1000 for i in range(moments)],
            "columns": [{"asset": "BTC", "price_usd": [1.0] * moments}],
        }
    }
    rule = {"at_min": 5.0, "path": "adl.rank", "value": "none"}
    begun = perf_counter()
    scenario = small(news=news, rule_changes=[rule] * 100)
    assert scenario.in_force(5).news.path == scenario.news.path
    assert perf_counter() - begun < 5
