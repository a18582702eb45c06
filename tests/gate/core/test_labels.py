"""Labels that come later: how many have to be there, and that a cohort counts as one window does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from support.releases import POLICY, T0, V1, V2, reading, windows

from sluicegate.gate.core.decision import Coverage, Decision, Observations, Window
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.specs.policy import Cohorts, Gate
from sluicegate.specs.release import Release

LABELS = Gate("delayed_labels", 0.02, series="wrong", cohorts=Cohorts(3600, 86_400, 0.9))
RULES = replace(POLICY, gates=(*POLICY.gates, LABELS))
NEXT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
FULL = Coverage("delayed_labels", 8, 4000, 3900, 4000, 3900, NEXT)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=50, started=T0, since=T0)


def judged(coverage: tuple[Coverage, ...] = (FULL,), *, wrong: int = 40, **more: Any) -> Decision:
    """40 wrong ones of stable's 4,000 in eight cohorts, and errors of nobody."""
    seen = windows(8, 4000, 4000, error_rate=(4000, 4000, 0, 0), delayed_labels=(4000, 4000, wrong, 40))
    return decided(seen, coverage, **more)


def decided(seen: tuple[Window, ...], coverage: tuple[Coverage, ...], **more: Any) -> Decision:
    observations = Observations(reading=reading(50, seen, coverage=coverage, **more))
    return decide(RELEASE, RULES, observations, seen[-1].end)


def test_labels_that_are_as_good_let_it_go_on_and_worse_ones_roll_it_back():
    good = judged()
    assert good.kind == "advance"
    assert "delayed_labels: rate difference" in good.reason
    bad = judged(wrong=600)
    assert bad.kind == "rollback" and "delayed_labels" in bad.reason


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ((), "no coverage of labels is known"),
        (
            (replace(FULL, cohorts=0, predictions_canary=0, labelled_canary=0),),
            "not enough labels: no cohort of both tracks has matured, the next does at 2026-11-27 12:00 UTC",
        ),
        (
            (replace(FULL, labelled_canary=3500),),
            "not enough labels: 87.5 % of the canary's and 97.5 % of stable's predictions have one, of 90 % "
            "at least",
        ),
        (
            (replace(FULL, labelled_stable=3800),),
            "not enough labels: 97.5 % of the canary's and 95 % of stable's predictions have one, further "
            "apart than the margin 2 %",
        ),
    ],
)
@pytest.mark.parametrize("wrong", [40, 600])
def test_too_few_or_unequal_labels_show_neither_harm_nor_the_opposite(
    coverage: tuple[Coverage, ...], why: str, wrong: int
):
    decision = judged(coverage, wrong=wrong)
    assert decision.kind == "wait"
    assert f"delayed_labels: {why}" in decision.reason


@pytest.mark.parametrize(
    ("coverage", "kind", "why"),
    [
        ({}, "finish", ""),
        ({"labelled_canary": 3500}, "wait", "87.5 % of the canary's predictions have one, of 90 % at least"),
        ({"predictions_canary": 0, "labelled_canary": 0}, "wait", "no cohort has matured, the next does at"),
    ],
)
def test_at_100_percent_stable_has_no_predictions_and_the_ceiling_is_shown_by_the_canarys(
    coverage: dict[str, int], kind: str, why: str
):
    rules = replace(RULES, gates=(replace(LABELS, at_most=0.05),))
    seen = windows(8, 4000, 0, delayed_labels=(4000, 0, 40, 0))
    alone = replace(FULL, predictions_stable=0, labelled_stable=0, **coverage)
    observations = Observations(reading=reading(100, seen, coverage=(alone,)))
    decision = decide(replace(RELEASE, weight=100), rules, observations, seen[-1].end)
    assert decision.kind == kind and why in decision.reason


def test_the_coverage_is_shown_and_is_in_the_record():
    decision = judged()
    (figure,) = decision.shown
    assert figure.name == "delayed_labels/coverage"
    assert figure.canary.lower == figure.canary.upper == 0.975
    assert figure.reason == (
        "delayed_labels coverage: 3,900 of the canary's 4,000 and 3,900 of stable's 4,000 predictions have a "
        "label, in 8 matured cohorts; the next matures at 2026-11-27 12:00 UTC"
    )
    seen = reading(50, (), coverage=(FULL,))
    assert load(Observations, dump(Observations(reading=seen))).reading == seen
    assert "coverage" not in dump(reading(50, ()))


def test_a_cohort_is_a_window_however_many_moments_lie_between():
    """Empty windows between the cohorts are none: the interval, and how many more it needs, are the same."""
    eight = windows(8, 4000, 4000, error_rate=(4000, 4000, 0, 0), delayed_labels=(400, 400, 4, 4))
    nothing = windows(1, 0, 0, error_rate=(0, 0, 0, 0), delayed_labels=(0, 0, 0, 0))
    between = tuple(one for window in eight for one in (window, *nothing))
    apart, together = (
        next(j for j in decided(seen, (FULL,)).judgements if j.gate == "delayed_labels")
        for seen in (between, eight)
    )
    assert apart == together
    assert together.windows == 8 and together.needs is not None
