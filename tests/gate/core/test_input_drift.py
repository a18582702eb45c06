"""Inputs that are shown: alike or not on both tracks, drifted or not from the reference, and no decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.releases import POLICY, T0, V1, V2, delta, reading, windows

from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.input_drift import TRACKS, figures
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.specs.policy import Column, Drift
from sluicegate.specs.release import CounterDelta, Release

DISTANCE = Column("distance", ("without a number", "above 500"), (0.0, 0.4))
DRIFT = Drift("input_drift", (DISTANCE,), 0.05)
SHOWING = replace(POLICY, drifts=(DRIFT,))


def rows(canary: float, stable: float, missing: float = 0.0, number: int = 30) -> list[CounterDelta]:
    """Windows of 500 requests each, of which these shares lie above 500."""
    bad = [(round(500 * missing), round(500 * share)) for share in (canary, stable)]
    return [delta(500, 500, *bad)] * number


def test_equal_inputs_as_in_the_reference_are_neither_a_difference_nor_drift():
    (figure,) = figures(DRIFT, 50, 0.05, rows(0.4, 0.4), None)
    assert [shift.shown for shift in figure.shifts] == [0, 0]
    assert figure.reason.startswith(
        "input_drift/distance (shown, decides nothing): canary and stable alike to within "
    )
    assert "no drift of more than 5 % from the reference is shown" in figure.reason


def test_a_difference_between_the_tracks_is_said_to_be_no_fault_of_the_version():
    (figure,) = figures(DRIFT, 50, 0.05, rows(0.5, 0.3), None)
    tracks, world = figure.shifts
    assert (tracks.against, tracks.kind, tracks.expected) == ("stable", "above 500", 0)
    assert 0 < tracks.shown == tracks.bounds.lower < 0.2 < tracks.bounds.upper
    assert "canary and stable do NOT get the same inputs, the share above 500 differs by " in figure.reason
    assert TRACKS in figure.reason
    assert world.shown == 0


def test_drift_of_the_world_moves_both_and_is_not_between_them():
    (figure,) = figures(DRIFT, 50, 0.05, rows(0.6, 0.6), None)
    tracks, world = figure.shifts
    assert (tracks.shown, world.against, world.kind, world.expected) == (0, "reference", "above 500", 0.4)
    assert world.bounds.lower < 0.6 < world.bounds.upper
    assert world.shown == pytest.approx(world.bounds.lower - 0.4)
    assert "the inputs of both have drifted from the reference: the share above 500 is " in figure.reason


def test_values_that_are_missing_are_drift_as_well():
    (figure,) = figures(DRIFT, 50, 0.05, rows(0.4, 0.4, missing=0.3), None)
    assert figure.shifts[1].kind == "without a number"
    assert figure.shifts[1].shown > 0.2


def test_at_100_percent_only_the_reference_is_compared():
    alone = [delta(500, 0, (0, 300), (0, 0))] * 30
    (figure,) = figures(DRIFT, 100, 0.05, alone, None)
    assert "canary and stable are not compared; the inputs of both have drifted" in figure.reason


def test_one_moment_shows_nothing():
    (figure,) = figures(DRIFT, 50, 0.05, rows(1.0, 0.0, number=1), None)
    assert [shift.shown for shift in figure.shifts] == [0, 0]


@pytest.mark.slow
def test_at_all_looks_together_a_bound_is_wrong_no_more_often_than_alpha():
    """Both tracks have exactly the reference's shares; half of alpha is for either comparison."""
    rng = np.random.default_rng(11)
    runs = 60
    wrong = 0
    for _ in range(runs):
        above = rng.binomial(40, 0.4, (20, 2))
        deltas = [delta(40, 40, (0, int(c)), (0, int(s))) for c, s in above]
        looks = (figures(DRIFT, 50, 0.4, deltas[:until], None)[0] for until in range(4, 21, 4))
        wrong += any(shift.shown > 0 for figure in looks for shift in figure.shifts)
    assert wrong / runs <= 0.4


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"missing": {"input_drift": "sluice_server_input_count is not there"}}, "sluice_server_input_count"),
        ({"windows": windows(6, 6, 6, input_drift=(6, 6, (7, 0), (0, 0)))}, "more failures than requests"),
        ({"windows": windows(6, 6, 6, input_drift=(6, 6, 0, 0))}, "1 kinds of failures are counted where"),
    ],
)
def test_without_figures_it_says_why(changes, why):
    seen = replace(reading(5, windows(6, 6, 6, input_drift=(6, 6, (0, 3), (0, 3)))), **changes)
    release = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
    decision = decide(release, SHOWING, Observations(reading=seen), seen.at)
    assert decision.shown[0].reason.startswith(f"input_drift (shown, decides nothing): {why}")
    assert decision.shown[0].shifts == ()


@pytest.mark.parametrize("shares", [((0, 600), (0, 0)), ((0, 240), (0, 4560))])
def test_whatever_is_shown_the_decision_is_that_of_the_gates(shares):
    release = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
    seen = windows(60, 600, 11_400, error_rate=(600, 11_400, 0, 0), input_drift=(600, 11_400, *shares))
    observations = Observations(reading=reading(5, seen))
    without, beside = (decide(release, policy, observations, seen[-1].end) for policy in (POLICY, SHOWING))
    assert without.kind == "advance" and len(beside.shown) == 1
    assert replace(beside, shown=()) == without
    assert load(Decision, dump(beside)) == beside
