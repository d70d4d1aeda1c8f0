"""Assets and venues that come, go and are called something else."""

import pytest
from scenarios import everything, small

from engine import roster
from engine.run import run
from engine.scenario import Halt, RuleChange, Scenario, Sensitivity, Shock, TopUp
from engine.scenario_file import ScenarioError


def busy() -> Scenario:
    """The small market with everything that can name an asset or a venue."""
    shock = Shock(at_min=20.0, sensitivities=(Sensitivity(asset="Small", beta=1.0),))
    return small().model_copy(
        update={
            "shocks": (shock,),
            "halts": (Halt(at_min=30.0, venue="B", asset="Small"),),
            "top_ups": (TopUp(at_min=40.0, venue="C"),),
            "rule_changes": (
                RuleChange(at_min=50.0, path="venues.1.protection.band_pct", value=5.0),
                RuleChange(at_min=60.0, path="venues.2.adl.rank", value="none"),
            ),
        }
    )


def sums(scenario):
    return [sum(getattr(v, name) for v in scenario.venues) for name in roster.SHARES]


def test_another_name_is_used_everywhere():
    changed = roster.renamed(roster.renamed(busy(), "assets", 1, "Dust"), "venues", 1, "Bee")
    assert changed.shocks[0].sensitivities[0].asset == "Dust"
    assert (changed.halts[0].venue, changed.halts[0].asset) == ("Bee", "Dust")
    assert changed.top_ups[0].venue == "C"


def test_a_name_of_somebody_else_is_refused():
    with pytest.raises(ScenarioError, match="'BTC' is used twice"):
        roster.renamed(busy(), "assets", 1, "BTC")


def test_a_venue_that_comes_takes_half_of_anothers_shares():
    changed = roster.added(small(), "venues", 0)
    assert changed.venue_names == ["A", "B", "C", "A 2"]
    assert changed.venues[0].open_interest_share == changed.venues[3].open_interest_share == 0.25
    assert sums(changed) == pytest.approx([1.0, 1.0, 1.0])
    assert roster.added(changed, "venues", 0).venue_names[-1] == "A 3"


def test_who_goes_leaves_shares_to_the_others_and_takes_along_what_was_planned():
    changed = roster.removed(busy(), "venues", 1)
    assert changed.venue_names == ["A", "C"]
    assert sums(changed) == pytest.approx([1.0, 1.0, 1.0])
    assert changed.venues[0].open_interest_share == pytest.approx(0.5 / 0.7)
    assert changed.halts == ()
    assert len(changed.top_ups) == 1
    assert [rule.path for rule in changed.rule_changes] == ["venues.1.adl.rank"]


def test_an_asset_goes_with_all_that_names_it():
    changed = roster.removed(busy(), "assets", 1)
    assert changed.asset_names == ["BTC"]
    assert changed.shocks[0].sensitivities == ()
    assert changed.halts == ()


def test_the_last_one_stays():
    alone = roster.removed(busy(), "assets", 1)
    with pytest.raises(ScenarioError):
        roster.removed(alone, "assets", 0)


def test_a_share_is_taken_from_the_others_alike():
    changed = roster.with_share(small(), 0, "open_interest_share", 0.75)
    shares = [venue.open_interest_share for venue in changed.venues]
    assert shares == pytest.approx([0.75, 0.15, 0.10])
    assert [venue.depth_share for venue in changed.venues] == [0.6, 0.3, 0.1]


def test_nobody_can_share_alone():
    alone = roster.removed(roster.removed(small(), "venues", 2), "venues", 1)
    with pytest.raises(ScenarioError, match="no other venue has any"):
        roster.with_share(alone, 0, "open_interest_share", 0.5)


def test_ten_venues_and_twenty_assets_are_the_most_and_can_be_played():
    crowded = small(clock={"duration_min": 5}, shocks=[])
    while len(crowded.venues) < 10:
        crowded = roster.added(crowded, "venues", 0)
    while len(crowded.assets) < 20:
        crowded = roster.added(crowded, "assets", 0)
    for kind in ("venues", "assets"):
        with pytest.raises(ScenarioError):
            roster.added(crowded, kind, 0)
    assert run(crowded).computed


def test_what_stands_on_everything_survives_a_new_asset():
    before = everything()
    assert roster.added(before, "assets", 0).desk == before.desk
