from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import scenario_file
from engine.concentration import top_four, with_top_four
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError

ROOT = Path(__file__).parents[2]
OCTOBER = scenario_file.load(ROOT / "assets" / "scenarios" / "october-2025.cascade")
SHARES = ("open_interest_share", "depth_share", "index_share")


def with_venues(shares: list[float]) -> Scenario:
    """October with as many venues, alike in everything but open interest."""
    settings = OCTOBER.model_dump(mode="json")
    alike = 1 / len(shares)
    settings["venues"] = [
        {
            **settings["venues"][0],
            "name": f"V{i}",
            "open_interest_share": share,
            "depth_share": alike,
            "index_share": alike,
        }
        for i, share in enumerate(shares)
    ]
    return scenario_file.from_settings(settings)


def test_on_10_october_2025_the_four_largest_venues_had_62_per_cent():
    # CoinGlass: 62% of the volume, 29.3% the largest alone.
    assert top_four(OCTOBER) == pytest.approx(0.62)
    assert OCTOBER.venue_shares("open_interest_share")[0] == pytest.approx(0.293)


def test_what_stands_fifth_is_the_rest_however_large():
    assert OCTOBER.venues[4].open_interest_share > OCTOBER.venues[0].open_interest_share
    assert top_four(with_venues([0.1, 0.1, 0.1, 0.1, 0.6])) == pytest.approx(0.4)
    assert top_four(with_venues([0.4, 0.3, 0.3])) == 1.0


@given(st.floats(0.05, 0.95))
def test_the_share_is_what_was_asked_for_and_all_shares_add_up_to_one(share):
    changed = with_top_four(OCTOBER, share)
    assert top_four(changed) == pytest.approx(share, abs=1e-12)
    for name in SHARES:
        assert sum(getattr(venue, name) for venue in changed.venues) == pytest.approx(1.0)


@given(st.floats(0.05, 0.95))
def test_proportions_among_the_four_and_among_the_rest_stay(share):
    before = with_venues([0.3, 0.2, 0.1, 0.1, 0.2, 0.06, 0.04])
    after = with_top_four(before, share)
    for name in SHARES:
        one, other = before.venue_shares(name), after.venue_shares(name)
        for side in (slice(0, 4), slice(4, None)):
            sums = sum(one[side]), sum(other[side])
            assert [x / sums[0] for x in one[side]] == pytest.approx(
                [x / sums[1] for x in other[side]]
            )


def test_depth_and_index_go_the_same_way_as_open_interest():
    def sums(scenario):
        return [sum(scenario.venue_shares(name)[:4]) for name in SHARES]

    less, as_it_was, more = (sums(with_top_four(OCTOBER, s)) for s in (0.4, 0.62, 0.9))
    assert less < as_it_was < more
    assert as_it_was == pytest.approx(sums(OCTOBER))
    for one, other in zip(less, more, strict=True):
        assert one < other < 1
    # The odds of all three change by the same factor, here (0.9/0.1) / (0.62/0.38).
    odds = [share / (1 - share) for share in more]
    assert odds == pytest.approx([0.9 / 0.1 / (0.62 / 0.38) * s / (1 - s) for s in as_it_was])


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_going_back_undoes_it(there, back):
    direct = with_top_four(OCTOBER, back)
    roundabout = with_top_four(with_top_four(OCTOBER, there), back)
    for name in SHARES:
        assert roundabout.venue_shares(name) == pytest.approx(direct.venue_shares(name))


def test_nothing_but_shares_changes():
    changed = with_top_four(OCTOBER, 0.9)
    shares = [{name: getattr(venue, name) for name in SHARES} for venue in OCTOBER.venues]
    venues = tuple(
        venue.model_copy(update=own) for venue, own in zip(changed.venues, shares, strict=True)
    )
    assert changed.model_copy(update={"venues": venues}) == OCTOBER


def test_a_side_without_weight_in_the_index_gets_none():
    settings = OCTOBER.model_dump(mode="json")
    for venue, share in zip(settings["venues"], (0.4, 0.2, 0.2, 0.2, 0.0), strict=True):
        venue["index_share"] = share
    changed = with_top_four(scenario_file.from_settings(settings), 0.3)
    assert changed.venue_shares("index_share") == pytest.approx([0.4, 0.2, 0.2, 0.2, 0.0])


@pytest.mark.parametrize("number", [1, 4])
def test_four_venues_or_fewer_have_no_others_to_share_with(number):
    with pytest.raises(ScenarioError, match=f"the scenario has {number}.*at least five"):
        with_top_four(with_venues([1 / number] * number), 0.5)


@pytest.mark.parametrize("share", [0.0, 0.04, 0.96, 1.0, float("nan")])
def test_a_share_out_of_bounds_is_refused_with_what_is_allowed(share):
    with pytest.raises(ScenarioError, match=r"from 0\.05 to 0\.95"):
        with_top_four(OCTOBER, share)


@pytest.mark.parametrize(
    ("shares", "side"),
    [([0.4, 0.2, 0.2, 0.2, 0.0], "the others"), ([0, 0, 0, 0, 1.0], "the four largest")],
)
def test_a_side_without_open_interest_can_t_be_scaled(shares, side):
    with pytest.raises(ScenarioError, match=f"{side} have no open interest"):
        with_top_four(with_venues(shares), 0.5)
