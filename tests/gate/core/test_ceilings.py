"""Absolute ceilings: all that judges a first version, and what a sick stable changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deciding import DRIFT, after, at, decision_on, observing, seen
from support.releases import ERRORS, POLICY, V2, closed, reading, windows

CEILING = replace(ERRORS, at_most=0.02)
CEILINGS = replace(POLICY, gates=(CEILING,))
FIRST = replace(at(100), stable=None)


def test_a_first_version_above_its_ceiling_is_taken_back():
    """It once became stable with 20,828 of 20,828 requests answered 400."""
    observed = seen(100, 600, 0, error_rate=(600, 0, 600, 0))
    decision = decision_on(FIRST, observing(observed), CEILINGS)
    assert decision.kind == "rollback"
    assert (decision.release.stable, decision.release.canary) == (None, None)
    assert decision.release.rejected[0].version == 2
    assert "failure rate of the canary" in decision.reason
    assert "600 of the canary's 600 requests failed" in decision.reason


def test_a_first_version_finishes_only_once_it_is_shown_to_be_below_its_ceiling():
    few, many = (seen(100, n, 0, error_rate=(n, 0, 0, 0)) for n in (60, 1200))
    waits, goes = (decision_on(FIRST, observing(observed), CEILINGS) for observed in (few, many))
    assert (waits.kind, waits.commits, goes.kind) == ("wait", False, "finish")
    assert "ceiling 2 %, not yet shown to be kept" in waits.reason
    assert goes.release.stable == V2


def test_a_first_version_without_figures_of_its_ceiling_does_not_finish():
    observed = reading(100, windows(6, 1200, 0))
    decision = decision_on(FIRST, observing(observed), CEILINGS)
    assert decision.kind == "wait"
    assert "error_rate: no data" in decision.reason


HALF = replace(POLICY, gates=(replace(ERRORS, margin=0.9, at_most=0.5),), min_seconds=86_400)
"""The default ceiling, at a margin that lets only the ceiling judge; each step lasts a day."""


def hours_and_then(weight, canary, stable, bad_stable=0):
    """Three hours without a failure, and then five minutes in which the canary fails three in five."""
    counts = (300 * canary, 300 * stable, 180 * canary, bad_stable)
    good = windows(
        180, 10_800 * canary, 10_800 * stable, seconds=60, error_rate=(10_800 * canary, 10_800 * stable, 0, 0)
    )
    broken = windows(30, 300 * canary, 300 * stable, start=after(10_800), error_rate=counts)
    return observing(reading(weight, good)), observing(reading(weight, [*good, *broken]))


TEN_CLEAN = (closed(50, 10**6, 10**6, error_rate=(10**6, 10**6, 0, 0)),)


@pytest.mark.parametrize(
    ("release", "canary", "stable"),
    [(FIRST, 100, 0), (at(100, TEN_CLEAN), 100, 0), (at(50), 50, 50)],
    ids=["a first version", "at 100 %", "beside stable"],
)
def test_hours_without_a_failure_do_not_hide_a_ceiling_that_is_broken_then(release, canary, stable):
    before, then = hours_and_then(release.weight, canary, stable)
    assert decision_on(release, before, HALF).kind == "wait"
    decision = decision_on(release, then, HALF)
    assert decision.kind == "rollback"
    assert "or more lately, " in decision.reason
    assert ", ceiling 50 %, harmful: " in decision.reason


def test_hours_without_a_failure_do_not_hide_a_stable_that_breaks_then_as_well():
    """A database that both need is gone: that is no fault of the canary's."""
    _, both = hours_and_then(50, 50, 50, bad_stable=180 * 50)
    assert decision_on(at(50), both, HALF).kind == "wait"


def test_a_canary_above_its_ceiling_is_rolled_back_unless_stable_is_above_it_too():
    margin = replace(CEILINGS, gates=(replace(CEILING, margin=0.5),))
    alone = seen(50, 3000, 3000, error_rate=(3000, 3000, 150, 15))
    both = seen(50, 3000, 3000, error_rate=(3000, 3000, 150, 150))
    assert decision_on(at(50), observing(alone), margin).kind == "rollback"
    assert decision_on(at(50), observing(both), margin).kind == "wait"


def test_a_fix_goes_out_though_its_scores_differ_from_those_of_the_sick_stable():
    policy = replace(POLICY, gates=(CEILING, replace(DRIFT, kinds=1)))
    counts = {"error_rate": (6000, 6000, 6, 600), "score_drift": (6000, 6000, 5000, 3000)}
    decision = decision_on(at(50), observing(seen(50, 6000, 6000, number=12, **counts)), policy)
    assert (decision.kind, decision.release.weight) == ("advance", 100)
    assert (
        "score_drift: not compared: stable itself is above the ceiling 2 % of error_rate" in decision.reason
    )
    sound = {**counts, "error_rate": (6000, 6000, 6, 6)}
    assert decision_on(at(50), observing(seen(50, 6000, 6000, number=12, **sound)), policy).kind == "rollback"
