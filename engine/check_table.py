"""The reality check as text: claim by claim, what is measured and what each scenario says to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from textwrap import wrap

from engine.check import Outcome
from engine.claims import CLAIMS
from engine.evidence import Check, Claim, Contrast, Finding, Shift

WIDTH = 100
VERDICTS = {True: "met", False: "not met"}
INDENT, TOLD_INDENT = 4 * " ", 8 * " "
VALUE_WIDTH, MOVED_WIDTH = 30, 30


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the whole check as plain text, at most 100 columns wide."""
    lines = [*_head(outcomes), ""]
    for claim in CLAIMS:
        lines += [*_claim(claim, outcomes), ""]
    return "\n".join([*lines, *_sums(outcomes)]) + "\n"


def _head(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "REALITY CHECK: the article's figures, and what the model says to them"
    yield ""
    for outcome in outcomes:
        first, last = outcome.seeds[0], outcome.seeds[-1]
        yield f"  {outcome.scenario}: " + (
            f"seeds {first} to {last}" if last > first else f"seed {first}"
        )
    yield ""
    yield from wrap(
        "Below each claim: what is measured [where it counts as met] and a source; then, for each "
        "scenario that can tell, the median over its seeds (the middle half of them). "
        "“With …” is a counterfactual: the same seeds once more, a preset laid over, and how far "
        "the measure moves; beside it how many seeds moved the way the article says, and the "
        "chance of such a majority if both ways were as likely (sign test).",
        WIDTH,
    )


# ---------------------------------------------------------------- a claim


def _claim(claim: Claim, outcomes: Sequence[Outcome]) -> Iterator[str]:
    number = f"{claim.number:>2}. "
    yield from _paragraph(claim.says, number, INDENT)
    if claim.note:
        yield from _paragraph(f"Note: {claim.note}")
    for check in claim.checks:
        found = {
            outcome.scenario: finding
            for outcome in outcomes
            for finding in outcome.findings
            if finding.check is check
        }
        yield from _paragraph(f"{check.name}  [{_target(check)}]  {check.source}")
        yield from _answers({name: _found(finding) for name, finding in found.items()})
    for contrast in claim.contrasts:
        shifts = {
            outcome.scenario: shift
            for outcome in outcomes
            for shift in outcome.shifts
            if shift.contrast is contrast
        }
        idea, _, what = contrast.name.partition(": ")
        yield from _paragraph(f"With “{idea}”: {what}  [{_target(contrast)}]")
        if shifts:
            yield from _answers({name: _moved(shift) for name, shift in shifts.items()})
        else:
            yield f"{TOLD_INDENT}not played"


def _answers(answers: dict[str, str]) -> Iterator[str]:
    """Return a line from each scenario that can tell, or one that says that none can."""
    told = {name: answer for name, answer in answers.items() if answer}
    width = max(map(len, answers)) + 3
    for name, answer in told.items():
        yield f"{TOLD_INDENT}{name:<{width}}{answer}"
    if not told:
        yield f"{TOLD_INDENT}can't be told by " + (
            "this scenario" if len(answers) == 1 else "these scenarios"
        )


def _found(finding: Finding) -> str:
    """Return value, spread and verdict; empty if it can't be told."""
    if finding.value is None:
        return ""
    return f"{_middle(finding):<{VALUE_WIDTH + MOVED_WIDTH}}{VERDICTS[finding.met is True]}"


def _moved(shift: Shift) -> str:
    if shift.value is None:
        return ""
    seeds = f"{shift.agreeing} of {len(shift.moves)} seeds"
    chance = "" if shift.sign_test is None else f", chance {shift.sign_test:.2g}"
    return (
        f"{_middle(shift):<{VALUE_WIDTH}}{seeds + chance:<{MOVED_WIDTH}}"
        f"{VERDICTS[shift.met is True]}"
    )


def _middle(told: Finding | Shift) -> str:
    """Return the median and the middle half of the seeds."""
    value, quartiles = told.value, told.quartiles
    if value is None or quartiles is None:
        return ""
    low, high = quartiles
    return f"{number(value)} ({number(low)} to {number(high)})"


def _target(asked: Check | Contrast) -> str:
    """Return in words what counts as met."""
    low, high = asked.low, asked.high
    if low == high:
        span = number(low)
    elif high == inf:
        span = f"at least {number(low)}"
    elif low == -inf:
        span = f"at most {number(high)}"
    else:
        span = f"{number(low)} to {number(high)}"
    if isinstance(asked, Contrast) and asked.as_ratio:
        return f"factor {span}"
    unit = "times" if asked.unit == "x" else asked.unit
    span += unit if unit.startswith("%") else f" {unit}"
    return f"change {span}" if isinstance(asked, Contrast) else span


def number(value: float) -> str:
    """Return a number with three digits, none of them behind a large one's point."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def _paragraph(text: str, first: str = INDENT, rest: str = INDENT + "  ") -> list[str]:
    return wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


# ---------------------------------------------------------------- the sums


def _sums(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Return how many were met of how many that could be told."""
    for outcome in outcomes:
        figures = _met([finding.met for finding in outcome.findings])
        moves = _met([shift.met for shift in outcome.shifts])
        yield f"{outcome.scenario}: {figures} figures met, {moves} counterfactuals"
    every = [told.met for outcome in outcomes for told in outcome.all]
    yield f"In all: {_met(every)} that could be told were met"


def _met(verdicts: Sequence[bool | None]) -> str:
    told = [verdict for verdict in verdicts if verdict is not None]
    return f"{sum(told)} of {len(told)}" if told else "no"
