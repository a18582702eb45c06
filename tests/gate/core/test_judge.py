"""One gate's judgement: the lines that its e-values must cross, exactly, and the sentence.

The lines are checked against the betting game written out in tests/support/bets.py, for every count around
them: with another alpha, margin, tolerance or cap at least one of these counts is decided otherwise.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from support.bets import Seen, log_by_counts, log_with_restarts
from support.releases import STEPS, closed, delta, policy, spread

from sluicegate.gate.core.decision import Interval
from sluicegate.gate.core.judge import Evidence, compare, harm_alpha, judge, sick_stable
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Step, Tally, Traffic

CENTRES = (0.0, 0.5, 1.0)
PROOF_CAP, HARM_CAP = 2.0, 4.0


def step(weight, *counts, number=6, name="e"):
    """A step of so many windows."""
    none = tuple(0 for _ in range(len(counts[2]) if isinstance(counts[2], tuple) else 1))
    tally = Tally(delta(0, 0, none, none), tuple(spread(number, counts)))
    return Step(weight, Traffic(counts[0], counts[1]), {name: tally})


def game(of):
    """The same windows, for the game."""
    (tally,) = of.tallies.values()
    return [
        Seen(
            of.weight / 100,
            window.bad_canary[0],
            window.canary - window.bad_canary[0],
            window.bad_stable[0],
            window.requests - window.canary - window.bad_stable[0],
        )
        for window in tally.windows
    ]


def judged(gate, of, following, gates=1, **more):
    return judge(gate, policy(gate, gates), Evidence(of, following, **more))


def crossing(values, line):
    """Whether values lie on both sides of the line, the nearest within a factor of 2."""
    below = max(value for value in values if value < line)
    above = min(value for value in values if value >= line)
    return below > line - math.log(2) and above < line + math.log(2)


# --- the lines ---


@pytest.mark.parametrize("gates", [1, 3, 10])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("tolerance", [None, 0.0])
def test_harm_is_shown_exactly_where_the_e_value_reaches_gates_over_alpha(gates, alpha, tolerance):
    gate = Gate("e", 0.01, tolerance)
    values = []
    for bad_canary in range(130, 300, 2):
        running = step(50, 10_000, 10_000, bad_canary, 100)
        value = log_with_restarts([game(running)], gate.harmful_above, HARM_CAP, above=False)
        values.append(value)
        found = compare(gate, policy(gate, gates, alpha), Evidence([running], 100))
        assert found.harmful == (value >= math.log(gates / alpha)), bad_canary
    assert crossing(values, math.log(gates / alpha))


@pytest.mark.parametrize("gates", [1, 3])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize(("weight", "following", "margin"), [(50, 100, 0.01), (25, 50, 0.01), (5, 25, 0.03)])
def test_non_inferiority_is_shown_exactly_where_the_e_value_reaches_one_over_alpha(
    gates, alpha, weight, following, margin
):
    gate = Gate("e", margin)
    values = []
    for requests in range(100, 10_000, 110):
        canary = requests * weight // 100
        running = step(weight, canary, requests - canary, 1, 9, number=10)
        value = log_by_counts(game(running), margin / (following / 100), PROOF_CAP, above=True)
        values.append(value)
        found = compare(gate, policy(gate, gates, alpha), Evidence([running], following))
        assert found.non_inferior == (value >= math.log(1 / alpha)), requests
    assert crossing(values, math.log(1 / alpha))


@pytest.mark.parametrize("kinds", [1, 3])
def test_a_two_sided_gate_is_harmful_beyond_its_tolerance_and_not_before(kinds):
    gate = Gate("d", 0.1, two_sided=True, kinds=kinds)
    line = math.log(2 * kinds / 0.05)
    others = (0,) * (kinds - 1)
    for direction in (1, -1):
        values = []
        for shift in range(100, 500, 5):
            above = (1000 + direction * shift, *others)
            running = step(50, 2000, 2000, above, (1000, *others), name="d")
            up = log_with_restarts([game(running)], 0.05, HARM_CAP, above=False, centres=CENTRES)
            down = log_with_restarts([game(running)], -0.05, HARM_CAP, above=True, centres=CENTRES)
            values.append(max(up, down))
            found = compare(gate, policy(gate), Evidence([running], 100))
            assert found.harmful == (values[-1] >= line), shift
        assert crossing(values, line)


def test_harm_alpha_is_split_over_the_gates_and_over_their_ceilings():
    gate = Gate("e", 0.01)
    assert harm_alpha(policy(gate, gates=4, alpha=0.08)) == pytest.approx(0.02)
    assert harm_alpha(policy(replace(gate, at_most=0.1), gates=3, alpha=0.08)) == pytest.approx(0.02)


def test_no_single_window_decides():
    """Every request of one window failed, or none did, however many there were."""
    awful, clean = step(5, 10**5, 19 * 10**5, 10**5, 0, number=1), step(5, 10**6, 19 * 10**6, 0, 0, number=1)
    gate = Gate("e", 0.01)
    assert not compare(gate, policy(gate), Evidence([awful], 25)).harmful
    assert not compare(gate, policy(gate), Evidence([clean], 25)).non_inferior
    assert not compare(
        gate, policy(gate), Evidence([step(5, 10**6, 19 * 10**6, 0, 0, number=4)], 25)
    ).non_inferior
    assert compare(gate, policy(gate), Evidence([step(5, 10**6, 19 * 10**6, 0, 0)], 25)).non_inferior
    assert compare(gate, policy(gate), Evidence([step(5, 10**5, 19 * 10**5, 10**5, 0, number=4)], 25)).harmful


def test_the_sum_of_windows_in_which_no_cap_bound_counts_in_full():
    gate = Gate("e", 0.01)
    whole = [closed(50, 10_000, 10_000, e=(10_000, 10_000, 300, 100))]
    assert compare(gate, policy(gate), Evidence(whole, 100)).harmful
    clean = [closed(50, 10_000, 10_000, e=(10_000, 10_000, 0, 0))]
    assert compare(gate, policy(gate), Evidence(clean, 100)).non_inferior


# --- ceilings ---


CEILING = Gate("e", 0.01, at_most=0.02)


def test_a_canary_above_its_ceiling_is_harmful_though_it_is_no_worse_than_stable_is_known_to_be():
    """At 99 % there is next to no stable traffic that it could be compared with."""
    running = step(99, 990, 10, 50, 0)
    assert judged(CEILING, [running], 100).harmful
    assert not judged(replace(CEILING, at_most=None), [running], 100).harmful


def test_not_where_stable_is_shown_to_be_above_the_same_ceiling():
    both_sick = step(50, 5000, 5000, 500, 500)
    found = judged(CEILING, [both_sick], 100)
    assert (found.harmful, found.non_inferior) == (False, False)


def test_a_stable_that_breaks_another_gates_ceiling_excuses_nothing_here():
    slow = replace(CEILING, name="slow", margin=0.5)
    running = step(99, 9900, 100, 500, 0)
    tallies = {**running.tallies, "slow": step(99, 9900, 100, 90, 90).tallies["e"]}
    both = Policy(STEPS, (CEILING, slow))
    evidence = Evidence([replace(running, tallies=tallies)], 100)
    sick = sick_stable(both, evidence)
    assert sick == "stable itself is above the ceiling 2 % of slow"
    assert judge(CEILING, both, evidence.of(None, sick)).harmful


def test_a_sick_stable_excuses_a_shift_against_it_so_that_a_fix_goes_out():
    drift = Gate("d", 0.1, two_sided=True)
    shifted = step(50, 5000, 5000, 4000, 2000, name="d")
    sick = "stable itself is above the ceiling 2 % of e"
    against_a_sound_one = judged(drift, [shifted], 100)
    excused = judge(drift, policy(drift), Evidence([shifted], 100).of(None, sick))
    assert (against_a_sound_one.harmful, against_a_sound_one.non_inferior) == (True, False)
    assert (excused.harmful, excused.non_inferior) == (False, True)
    assert excused.reason == f"d: not compared: {sick}"


def test_a_sick_stable_excuses_no_failures_that_are_compared_with_it():
    worse = step(50, 5000, 5000, 3000, 500)
    found = judge(CEILING, policy(CEILING), Evidence([worse], 100).of(None, "stable is sick"))
    assert found.harmful


def test_before_all_traffic_is_taken_a_ceiling_has_to_be_shown_to_be_kept():
    same = step(50, 5000, 5000, 60, 60, number=20)
    loose, tight = (replace(CEILING, margin=0.05, at_most=at_most) for at_most in (0.05, 0.0125))
    assert judged(loose, [same], 100).non_inferior
    assert not judged(tight, [same], 100).non_inferior
    assert judged(tight, [step(25, 2500, 7500, 30, 90, number=20)], 50).non_inferior


def test_at_100_only_the_ceiling_is_judged():
    clean, sick = step(100, 600, 0, 0, 0), step(100, 600, 0, 90, 0)
    few = step(100, 20, 0, 0, 0)
    assert judged(CEILING, [clean], 100).reason == (
        "e: no stable version has traffic to compare with; "
        "failure rate of the canary 0 % .. 1.01 %, ceiling 2 %, kept"
    )
    assert judged(CEILING, [sick], 100).harmful
    assert "90 of the canary's 600 requests failed" in judged(CEILING, [sick], 100).reason
    found = judged(CEILING, [few], 100)
    assert (found.harmful, found.non_inferior, found.needs) == (False, False, None)
    assert found.reason.endswith("ceiling 2 %, not yet shown to be kept")


def test_without_figures_no_ceiling_is_kept():
    found = judged(CEILING, [step(100, 600, 0, 0, 0)], 100, missing="no data")
    assert not found.non_inferior


# --- a wrong split ---


def test_under_a_wrong_split_harm_is_judged_against_the_observed_one():
    """Half of the requests where 5 % are committed: equally bad is no harm, ten times as bad is."""
    gate = Gate("e", 0.01)
    same, worse = step(5, 5000, 5000, 100, 100), step(5, 5000, 5000, 1000, 100)
    assert judged(gate, [same], 25).harmful
    assert not judged(gate, [same], 25, observed_share=50.0, missing="wrong split").harmful
    assert judged(gate, [worse], 25, observed_share=50.0, missing="wrong split").harmful


def test_refusals_in_a_short_outage_of_the_canary_make_no_shift_of_its_scores():
    """They are most of its requests, and have no score: the scores that there are, are split as committed."""
    gate = Gate("e", 0.1, two_sided=True, kinds=3)
    same, shifted = (
        step(50, 6000, 6000, (5900, 3000, 40), (5880, 3020, 50)),
        step(50, 6000, 6000, (5900, 5600, 4000), (5880, 3020, 50)),
    )
    assert not judged(gate, [same], 100, observed_share=76.3, missing="wrong split").harmful
    assert judged(gate, [shifted], 100, observed_share=76.3, missing="wrong split").harmful


@pytest.mark.parametrize(("counts", "observed"), [((0, 1000, 0, 3), 0.0), ((1000, 0, 900, 0), 100.0)])
def test_a_track_without_a_request_divides_by_nothing(counts, observed):
    gate = Gate("e", 0.01)
    found = judged(gate, [step(50, *counts)], 100, observed_share=observed, missing="wrong split")
    assert not found.non_inferior


# --- the sentences ---


CLEAN, SOME = step(5, 1000, 19_000, 5, 95, number=20), step(5, 50, 950, 0, 0)
ERRORS = Gate("e", 0.01)


def test_the_sentence_of_a_gate_that_is_within_its_margin():
    found = judged(ERRORS, [CLEAN], 25)
    assert found.reason.startswith("e: rate difference (canary - stable) -0.")
    assert found.reason.endswith(" % over 20,000 requests, within the margin 1 % at 25 %")
    assert (found.non_inferior, found.harmful, found.needs, found.edge) == (True, False, None, None)
    counts = (found.requests, found.canary_requests, found.bad_canary, found.bad_stable)
    assert counts == (20_000, 1000, 5, 95)


def test_the_sentence_of_a_harmful_canary():
    found = judged(ERRORS, [step(5, 100, 1900, 30, 10)], 25)
    assert found.harmful
    assert found.reason.endswith(
        " over 2,000 requests, harmful (above the tolerance 0.5 %): "
        "30 of the canary's 100 requests and 10 of stable's 1,900 failed"
    )


def test_the_sentence_of_shifted_scores():
    gate = Gate("d", 0.1, two_sided=True, kinds=3)
    running = step(25, 500, 1500, (450, 350, 10), (1050, 225, 30), name="d")
    found = judged(gate, [running], 50)
    assert (found.harmful, found.edge, found.bad_canary, found.bad_stable) == (True, 1, 350, 225)
    assert found.reason.endswith(
        " at edge 2 of 3 over 2,000 requests, harmful (beyond the tolerance 5 %): "
        "350 of the canary's 500 requests and 225 of stable's 1,500 lie above the edge"
    )


def test_the_sentence_of_a_gate_that_needs_more_requests():
    found = judged(ERRORS, [SOME], 25)
    assert 1000 < found.needs < 3000
    assert ", not yet within the margin 1 % at 25 %, needs about " in found.reason


def test_how_long_it_takes_follows_from_the_gates_own_windows():
    """Ten times as few, such as checkouts, take longer; beside a baseline all requests are told."""
    rule = replace(policy(ERRORS, 1), window=timedelta(seconds=30))
    few = step(5, 10, 190, 0, 0)
    many = judge(ERRORS, rule, Evidence([step(5, 100, 1900, 0, 0)], 25))
    checkouts = judge(replace(ERRORS, unit="checkouts"), rule, Evidence([few], 25))
    assert ("over 200 checkouts" in checkouts.reason, " more checkouts" in checkouts.reason) == (True, True)
    for found, per_window in ((many, 2000 / 6), (checkouts, 200 / 6)):
        assert found.needs_seconds == pytest.approx(30 * found.needs / per_window, rel=0.02)
    assert checkouts.needs_seconds > 1.5 * many.needs_seconds
    slow = replace(ERRORS, against="baseline")
    pair = replace(step(5, 100, 100, 0, 0), traffic=Traffic(100, 1900, 100), baseline=True)
    beside = judge(slow, replace(rule, gates=(slow,), baseline=True), Evidence([pair], 25))
    assert beside.needs_seconds == pytest.approx(30 * beside.needs / (2000 / 6), rel=0.02)


def test_the_sentence_of_a_gate_that_would_never_get_there():
    found = judged(ERRORS, [step(50, 500, 500, 25, 15)], 100)
    assert found.needs is None
    assert found.reason.endswith(
        ", not within the margin 1 % at 100 %, nor would it be at the rates seen so far"
    )


def test_a_quiet_minute_at_5_percent_is_a_comparison_of_which_nothing_is_known():
    found = judged(ERRORS, [step(5, 0, 0, 0, 0)], 25)
    assert found.reason.startswith("e: rate difference (canary - stable) unknown over 0 requests, not ")
    assert not found.non_inferior


def test_a_gate_without_counts_in_the_running_step_is_not_non_inferior_whatever_was_shown_before():
    found = judged(ERRORS, [CLEAN, Step(25, Traffic(9, 27), {})], 50, missing="no data")
    assert found.reason == "e: no data: nothing is concluded in this step"
    assert (found.non_inferior, found.needs) == (False, None)
    assert found.rate_difference.upper == math.inf
    assert found.rate_difference.lower > -1


def test_harm_of_closed_steps_is_shown_even_when_the_running_one_has_no_data():
    worse = [step(5, 100, 1900, 30, 10), Step(25, Traffic(9, 27), {})]
    assert judged(ERRORS, worse, 50, missing="no data").harmful


def test_steps_at_0_and_100_are_not_compared():
    found = judged(ERRORS, [step(0, 0, 900, 0, 90), step(100, 900, 0, 90, 0), CLEAN], 25)
    assert (found.requests, found.bad_canary, found.bad_stable) == (20_000, 5, 95)


def test_the_windows_and_those_that_were_cut_are_told():
    one_bad = Tally(delta(0, 0), (delta(10, 190), delta(10, 190, 6, 1), delta(10, 190)))
    running = Step(5, Traffic(30, 570), {"e": one_bad})
    found = judged(ERRORS, [closed(1, 10, 990, e=(10, 990, 0, 1)), running], 25)
    assert (found.windows, found.capped) == (3, 1)


def test_the_lower_end_is_split_over_the_gates_and_the_upper_is_not():
    alone = judged(ERRORS, [CLEAN], 25).rate_difference
    together = judged(ERRORS, [CLEAN], 25, gates=5).rate_difference
    assert together.lower < alone.lower
    assert together.upper == alone.upper


def test_a_two_sided_gate_has_both_ends_at_alpha_however_many_gates_there_are():
    gate = Gate("e", 0.1, two_sided=True)
    alone = judged(gate, [CLEAN], 25).rate_difference
    assert judged(gate, [CLEAN], 25, gates=5).rate_difference == alone
    assert alone != Interval()


def test_the_margin_the_tolerance_and_a_relative_share_are_in_the_judgement():
    found = judged(replace(ERRORS, tolerance=0.002, relative=0.1), [CLEAN], 25)
    assert (found.margin, found.tolerance, found.relative) == (0.01, 0.002, 0.1)
    assert "rate difference (canary - 1.1 x stable)" in found.reason
