"""What differs between two scenarios."""

import pytest
from scenarios import everything

from engine.differing import Differing, differing
from engine.scenario_file import with_setting


@pytest.fixture
def one():
    return everything()


def test_nothing_differs_from_itself_whatever_it_is_called(one):
    assert differing(one, one) == []
    renamed = with_setting(with_setting(one, "name", '"Other"'), "note", '"Words"')
    assert differing(one, renamed) == []


def test_settings_are_named_as_on_the_command_line(one):
    other = with_setting(one, "insurance.fund_pct", "3.5")
    other = with_setting(other, "assets.0.leverage_cap", "31")
    assert differing(one, other) == [
        Differing("assets.0.leverage_cap", one.assets[0].leverage_cap, 31.0),
        Differing("insurance.fund_pct", one.insurance.fund_pct, 3.5),
    ]


def test_an_entry_that_only_one_has_is_given_whole(one):
    fewer = one.model_copy(update={"shocks": one.shocks[:-1]})
    last = len(one.shocks) - 1
    (found,) = differing(one, fewer)
    assert found.path == f"shocks.{last}"
    assert found.one["size_pct"] == one.shocks[last].size_pct
    assert found.other is None


def test_a_venue_without_rules_of_its_own_has_everybody_s(one):
    own = with_setting(one, "venues.0.adl.rank", "pro_rata")
    assert differing(one, own) == [Differing("venues.0.adl.rank", one.adl.rank, "pro_rata")]
    same = with_setting(one, "venues.0.adl.rank", one.adl.rank)
    assert same != one
    assert differing(one, same) == []
