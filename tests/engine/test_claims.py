"""The article's figures and statements: whole, in order, and each of them decidable."""

from __future__ import annotations

import pytest

from engine.claims import CLAIMS, all_checks, all_contrasts
from engine.evidence import Check, Contrast
from engine.presets import preset
from engine.run import run
from tests.engine.scenarios import small

ASKED = [*all_checks(), *all_contrasts()]


def test_the_thirteen_claims_stand_in_order() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, 14))
    assert all(claim.says for claim in CLAIMS)


def test_every_claim_is_held_against_something() -> None:
    assert all(claim.checks or claim.contrasts for claim in CLAIMS)
    assert len(ASKED) == sum(len(claim.checks) + len(claim.contrasts) for claim in CLAIMS)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_ranges_are_in_order_and_have_a_unit(asked: Check | Contrast) -> None:
    assert asked.low <= asked.high
    assert asked.unit


def test_nothing_is_asked_twice_under_one_name() -> None:
    names = [asked.name for asked in ASKED]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_every_check_names_its_source(check: Check) -> None:
    assert check.source


@pytest.mark.parametrize("contrast", all_contrasts(), ids=lambda contrast: contrast.name)
def test_every_contrast_begins_with_the_name_of_its_preset(contrast: Contrast) -> None:
    assert contrast.name.startswith(f"{preset(contrast.preset).name}: ")


@pytest.mark.parametrize("contrast", all_contrasts(), ids=lambda contrast: contrast.name)
def test_the_range_of_a_contrast_lies_on_one_side_of_no_move(contrast: Contrast) -> None:
    assert (contrast.low >= contrast.still) is not (contrast.high <= contrast.still)
    assert not contrast.as_ratio or contrast.unit == "x"


def test_measures_of_shares_of_seeds_are_a_hundred_or_nothing() -> None:
    record = run(small())
    shares = [check for check in all_checks() if check.share_of_seeds]
    assert len(shares) == 2
    assert {check.measure(record, 0) for check in shares} <= {0.0, 100.0}
