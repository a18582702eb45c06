"""The sentence of one gate, for each way in which a judgement can end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluicegate.gate.core.conclusion import ALONE, conclusion
from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.specs.policy import Gate

GATE = Gate("e", 0.01)
JUDGED = Judgement(
    gate="e",
    margin=0.01,
    tolerance=0.005,
    requests=2000,
    canary_requests=100,
    bad_canary=7,
    bad_stable=9,
    rate_difference=Interval(0.002, 0.03),
    edge=None,
    harmful=False,
    non_inferior=False,
    reason="",
)
DIFFERENCE = "rate difference (canary - stable) 0.2 % .. 3 %"
CEILING = replace(JUDGED, at_most=0.02, failure_rate=Interval(0.03, 0.09))
HARMFUL = replace(JUDGED, harmful=True)
DRIFT = Gate("d", 0.1, two_sided=True, kinds=3)


@pytest.mark.parametrize(
    ("judgement", "missing", "sentence"),
    [
        (
            HARMFUL,
            None,
            f"{DIFFERENCE} over 2,000 requests, harmful (above the tolerance 0.5 %): "
            "7 of the canary's 100 requests and 9 of stable's 1,900 failed",
        ),
        (
            HARMFUL,
            "no data",
            f"{DIFFERENCE} over 2,000 requests, harmful (above the tolerance 0.5 %): "
            "7 of the canary's 100 requests and 9 of stable's 1,900 failed",
        ),
        (JUDGED, "no data", "no data: nothing is concluded in this step"),
        (
            replace(JUDGED, non_inferior=True),
            None,
            f"{DIFFERENCE} over 2,000 requests, within the margin 1 % at 25 %",
        ),
        (
            replace(JUDGED, needs=1234),
            None,
            f"{DIFFERENCE} over 2,000 requests, not yet within the margin 1 % at 25 %, "
            "needs about 1,300 more requests",
        ),
        (
            JUDGED,
            None,
            f"{DIFFERENCE} over 2,000 requests, not within the margin 1 % at 25 %, "
            "nor would it be at the rates seen so far",
        ),
    ],
    ids=["harm", "harm without data now", "no data", "within", "not yet", "never"],
)
def test_a_comparison_is_told_with_the_figures_that_it_rests_on(judgement, missing, sentence):
    assert conclusion(GATE, judgement, 25, missing, breached=False, compared=True) == sentence


def test_a_shift_is_told_by_its_edge():
    judgement = replace(HARMFUL, edge=1)
    assert conclusion(DRIFT, judgement, 25, None, breached=False, compared=True) == (
        f"{DIFFERENCE} at edge 2 of 3 over 2,000 requests, harmful (beyond the tolerance 5 %): "
        "7 of the canary's 100 requests and 9 of stable's 1,900 lie above the edge"
    )


def test_a_ceiling_that_is_broken_is_told_before_the_comparison():
    assert conclusion(GATE, replace(CEILING, harmful=True), 25, None, breached=True, compared=True) == (
        "failure rate of the canary 3 % .. 9 %, ceiling 2 %, harmful: 7 of the canary's 100 requests failed"
    )


def test_a_ceiling_is_told_beside_the_comparison_where_all_traffic_depends_on_it():
    within = replace(CEILING, non_inferior=True)
    at_100 = conclusion(GATE, within, 100, None, breached=False, compared=True)
    assert "requests, failure rate of the canary 3 % .. 9 %, ceiling 2 %, within the margin" in at_100
    assert "ceiling" not in conclusion(GATE, within, 25, None, breached=False, compared=True)


@pytest.mark.parametrize(
    ("judgement", "sentence"),
    [
        (JUDGED, "no stable version has traffic to compare with, so nothing is compared"),
        (CEILING, f"{ALONE}; failure rate of the canary 3 % .. 9 %, ceiling 2 %, not yet shown to be kept"),
        (
            replace(CEILING, non_inferior=True, failure_rate=Interval()),
            f"{ALONE}; failure rate of the canary unknown, ceiling 2 %, kept",
        ),
    ],
    ids=["no ceiling", "not yet", "kept"],
)
def test_without_a_comparison_there_is_only_the_ceiling(judgement, sentence):
    assert conclusion(GATE, judgement, 100, None, breached=False, compared=False) == sentence
