"""Quantiles that are shown: between which edges, how often that is wrong, and that they decide nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.releases import POLICY, T0, V1, V2, delta, reading, windows

from sluicegate.gate.core.decision import GATEWAY, Decision, Interval, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.gate.core.shown import figures, quantile
from sluicegate.specs.policy import Column, Drift, Quantile
from sluicegate.specs.release import Release, Step, Traffic

STEP = Step(9, Traffic(600, 6000), {})
P95 = Quantile("p95", 0.95, (10.0, 20.0, 50.0))
SHOWING = replace(POLICY, shown=(P95,))
OVER = ((300, 60, 0), (3000, 900, 0))
"""Of 600 and 6,000: the canary's p95 lies above 20 ms where 10 % are over it, stable's where 15 % are."""
SEEN = windows(60, 600, 6000, error_rate=(600, 6000, 0, 0), p95=(600, 6000, *OVER))


def test_a_quantile_lies_between_the_edges_where_its_share_is_shown_to_be_over_and_under():
    (figure,) = figures(STEP, SHOWING, reading(9, SEEN), SEEN)
    assert (figure.canary, figure.stable) == (Interval(20, 50), Interval(20, 50))
    assert figure.reason == (
        "p95 (shown, decides nothing): canary 20 .. 50 ms, stable 20 .. 50 ms "
        "over 6,600 requests of this step"
    )


INPUTS = Drift("input_drift", (Column("distance", ("above 500",), (0.4,)),), 0.05)


@pytest.mark.parametrize(("unit", "said"), [(None, False), ("X-User-Id", True)])
def test_inputs_are_of_requests_and_say_so_where_users_are_counted(unit, said):
    seen = windows(
        30, 15_000, 15_000, error_rate=(15_000, 15_000, 0, 0), input_drift=(15_000, 15_000, 6000, 6000)
    )
    policy = replace(POLICY, drifts=(INPUTS,), unit=unit)
    (figure,) = figures(Step(50, Traffic(15_000, 15_000), {}), policy, reading(50, seen), seen)
    assert "canary and stable alike" in figure.reason
    assert ("bounds as if each request were a user of its own, which X-User-Id" in figure.reason) == said


def test_what_is_beside_the_canary_is_named():
    beside = replace(SHOWING, shown=(replace(P95, against="baseline"),))
    (figure,) = figures(replace(STEP, baseline=True), beside, reading(9, SEEN), SEEN)
    assert "canary 20 .. 50 ms, baseline 20 .. 50 ms" in figure.reason


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ((0, 0, 0), Interval(0, 10)),
        ((600, 0, 0), Interval(10, 20)),
        ((600, 600, 600), Interval(50, math.inf)),
        ((30, 30, 30), Interval(0, math.inf)),
        ((600, 30, 0), Interval(10, 50)),
    ],
)
def test_where_a_share_is_not_shown_to_be_on_either_side_the_next_edge_bounds(over, expected):
    deltas = [window.tallies["p95"] for window in windows(60, 600, 0, p95=(600, 0, over, (0, 0, 0)))]
    assert quantile(P95, 100, deltas, "canary", 0.05) == expected
    assert quantile(P95, 100, deltas, "stable", 0.05) == Interval()


def test_one_window_shows_nothing_however_many_requests_it_has():
    assert quantile(P95, 50, [delta(10_000, 0, (0, 0, 0), (0, 0, 0))], "canary", 0.05) == Interval(
        0, math.inf
    )


def test_at_all_looks_together_a_bound_is_wrong_no_more_often_than_alpha():
    """The quantile lies exactly at an edge: 5 % are over it, which is the hardest case of both sides."""
    rng = np.random.default_rng(7)
    runs = 200
    wrong = 0
    for _ in range(runs):
        over = rng.binomial(40, 0.05, 40)
        deltas = [delta(40, 0, (40, int(bad), 0), (0, 0, 0)) for bad in over]
        looks = (quantile(P95, 100, deltas[:until], "canary", 0.2) for until in range(4, 41, 4))
        wrong += any(found.lower >= 20 or found.upper < 20 for found in looks)
    assert wrong / runs <= 0.2
    assert quantile(P95, 100, deltas, "canary", 0.2).upper <= 50


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"missing": {"p95": "no edge at 20"}}, "no edge at 20"),
        ({"missing": {GATEWAY: "gone"}}, "gone"),
        ({"windows": ()}, "no window has been counted yet"),
        ({"windows": windows(6, 6, 6, p95=(6, 6, (7, 0, 0), (0, 0, 0)))}, "more failures than requests"),
    ],
)
def test_without_figures_it_says_why(changes, why):
    seen = replace(reading(9, SEEN), **changes)
    (figure,) = figures(STEP, SHOWING, seen, seen.windows)
    assert (figure.requests, figure.canary) == (0, Interval())
    assert figure.reason.startswith(f"p95 (shown, decides nothing): {why}")


@pytest.mark.parametrize("over", [OVER, ((600, 600, 600), (0, 0, 0))])
@pytest.mark.parametrize("missing", [{}, {"p95": "no edge at 20"}])
def test_whatever_is_shown_the_decision_is_that_of_the_gates(over, missing):
    release = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
    seen = windows(60, 600, 11_400, error_rate=(600, 11_400, 0, 0), p95=(600, 11_400, *over))
    observations = Observations(reading=reading(5, seen, missing=missing))
    now = observations.reading.at
    without, beside = (decide(release, policy, observations, now) for policy in (POLICY, SHOWING))
    assert without.kind == "advance" and len(beside.shown) == 1
    assert replace(beside, shown=()) == without
    assert load(Decision, dump(beside)) == beside
