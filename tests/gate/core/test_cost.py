"""What answers cost: the median window of each track, a ceiling that holds, and no figure that passes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import binom
from support.releases import POLICY, T0, V1, V2, delta, reading, windows

from sluicegate.gate.core.commands import Command, apply_command
from sluicegate.gate.core.cost import figure, median
from sluicegate.gate.core.decision import Decision, Interval, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.specs.policy import Cost
from sluicegate.specs.release import CounterDelta, Release

CPU = Cost("cost/cpu_seconds", "cpu_seconds", "cpu of answers")
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=50, started=T0, since=T0)


def spent(canary: float, stable: float, number: int = 31) -> list[CounterDelta]:
    """Windows of 500 answers a track, and these seconds for 1,000 of them, a little more in each."""
    grown = [1 + at / 1000 for at in range(number)]
    return [delta(500, 500, round(500e3 * canary * g), round(500e3 * stable * g)) for g in grown]


def test_seconds_for_a_thousand_answers_by_track():
    found = figure(CPU, 50, 0.05, spent(0.5, 0.4), None)
    assert found.canary.lower < 0.5 * 1.0145 < found.canary.upper < 0.52
    assert found.stable.lower < 0.4 * 1.0145 < found.stable.upper < 0.42
    assert (found.requests, found.ceiling) == (30_000, "none")
    assert found.reason.startswith(
        "cost/cpu_seconds (shown, decides nothing): 1,000 successful answers take 0.50"
    )
    assert found.reason.endswith("in the median of 30 windows with 30,000 answers")


def test_the_running_window_does_not_count():
    deltas = [*spent(0.5, 0.4, 12), delta(500, 500, 10**9, 0)]
    assert figure(CPU, 50, 0.05, deltas, None).canary.upper < 1


def test_it_takes_ten_whole_windows():
    """alpha is 5 % for both ends of both tracks: fewer are not enough, though all lie on one side."""
    assert figure(CPU, 50, 0.05, spent(0.5, 0.4, 10), None).canary == Interval()
    assert "an unknown number of cpu seconds" in figure(CPU, 50, 0.05, spent(0.5, 0.4, 10), None).reason
    assert figure(CPU, 50, 0.05, spent(0.5, 0.4, 11), None).canary.lower > 0


def test_the_bounds_are_those_of_an_order_statistic_and_wider_than_at_one_fixed_look():
    """At one look the binomial gives the same kind of bound; a sequence has to be wider."""
    values = list(np.linspace(1, 2, 100))
    found = median(values, 0.0125)
    fixed = int(binom.ppf(0.0125, 100, 0.5))
    assert found.lower in values and found.upper in values
    assert found.lower < values[fixed - 1] and values[100 - fixed] < found.upper
    assert math.isclose(found.lower + found.upper, 3)
    assert median(values[:5], 0.0125) == median([], 0.0125) == Interval()


def test_at_all_looks_together_a_bound_is_wrong_no_more_often_than_alpha():
    rng = np.random.default_rng(3)
    runs = 150
    wrong = 0
    for _ in range(runs):
        costs = rng.lognormal(size=80)
        looks = (median(list(costs[:until]), 0.1) for until in range(8, 81, 4))
        wrong += any(bounds.lower > 1 for bounds in looks)
    assert wrong / runs <= 0.1


def decided(
    cost: Cost, *deltas: CounterDelta, missing: dict[str, str] | None = None, **more: object
) -> Decision:
    """At 50 %, where the gate of errors would let it go on."""
    counted = windows(31, 15_500, 15_500, error_rate=(15_500, 15_500, 0, 0))
    seen = tuple(
        replace(window, tallies={**window.tallies, cost.name: one})
        for window, one in zip(counted, deltas, strict=True)
    )
    observations = Observations(reading=reading(50, seen, missing=missing or {}))
    policy = replace(POLICY, costs=(cost,))
    return decide(replace(RELEASE, **more), policy, observations, seen[-1].end)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ceiling", "words"),
    [({"at_most": 0.45}, "above the ceiling 0.45"), ({"margin_ratio": 0.1}, "more than 1.1 x stable's")],
)
def test_a_canary_that_is_shown_to_be_above_its_ceiling_is_held_and_not_rolled_back(ceiling, words):
    held = decided(replace(CPU, **ceiling), *spent(0.5, 0.4))
    assert held.kind == "hold" and words in held.reason
    assert held.release == replace(RELEASE, hold=held.release.hold)
    assert load(Decision, dump(held)) == held
    assert decided(replace(CPU, **ceiling), *spent(0.5, 0.4), hold=held.release.hold).kind == "wait"


def test_whoever_releases_the_hold_accepts_the_cost_until_the_next_weight():
    dear = replace(CPU, at_most=0.45)
    held = decided(dear, *spent(0.5, 0.4)).release
    command = Command("release", "we know", by="A Person <person@example.org>")
    now = T0 + timedelta(minutes=10)
    after = apply_command(command, held, POLICY, Observations(), now).release
    assert (after.started, after.released) == (now, 50)
    accepted = decided(dear, *spent(0.5, 0.4), released=50)
    assert (accepted.kind, accepted.release.released) == ("advance", None)
    assert decided(dear, *spent(0.5, 0.4), released=25).kind == "hold"


@pytest.mark.parametrize("minutes", [-600, 600], ids=["behind", "ahead"])
@pytest.mark.parametrize(("released", "kind"), [(None, "hold"), (50, "advance")])
def test_it_does_not_matter_that_the_figures_clock_is_behind_or_ahead(minutes, released, kind):
    """A step begins by that clock, and the release by the gate's: the two cannot be compared."""
    dear = replace(CPU, at_most=0.45)
    began = T0 + timedelta(minutes=minutes)
    assert decided(dear, *spent(0.5, 0.4), started=T0, since=began, released=released).kind == kind


@pytest.mark.parametrize("ceiling", [{"at_most": 0.6}, {"margin_ratio": 0.3}, {}])
def test_within_its_ceiling_or_without_one_it_goes_on(ceiling):
    assert decided(replace(CPU, **ceiling), *spent(0.5, 0.4)).kind == "advance"


def test_a_cost_that_is_not_known_is_no_pass_where_it_has_a_ceiling():
    why = {"cost/cpu_seconds": "sluice_server_cpu_seconds_total is not there"}
    waiting = decided(replace(CPU, at_most=1.0), *spent(0.5, 0.4), missing=why)
    assert waiting.kind == "wait" and why["cost/cpu_seconds"] in waiting.reason
    nothing = decided(replace(CPU, at_most=1.0), *[delta(0, 500)] * 31)
    assert nothing.kind == "wait" and "no whole window with a successful answer" in nothing.reason
    assert decided(CPU, *spent(0.5, 0.4), missing=why).kind == "advance"


@pytest.mark.parametrize("ceiling", [{"at_most": 1.0}, {"margin_ratio": 1.0}])
def test_too_few_windows_for_a_bound_are_no_pass_either(ceiling):
    dear = replace(CPU, **ceiling)
    assert figure(dear, 50, 0.05, spent(0.5, 0.4, 10), None).ceiling == "unknown"
    assert figure(dear, 50, 0.05, spent(0.5, 0.4, 11), None).ceiling == "kept"


def test_at_100_percent_there_is_no_stable_to_be_compared_with():
    alone = [delta(500, 0, round(250e3), 0)] * 5
    assert figure(replace(CPU, margin_ratio=0.1), 100, 0.05, alone, None).ceiling == "kept"
    assert figure(replace(CPU, at_most=1.0), 100, 0.05, alone, None).ceiling == "unknown"


def test_below_its_weight_it_is_not_comparable_and_keeps_nothing_back():
    found = figure(replace(CPU, at_most=0.1), 5, 0.05, spent(0.5, 0.4), None)
    assert found.reason == "cost/cpu_seconds (may hold): not comparable below 25 %"
    assert found.ceiling == "none"
