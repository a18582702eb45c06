"""A gate that compares pairs of answers: at any weight, in the dark as well, by the share that differ."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import ERRORS, POLICY, T0, V1, V2, closed, delta, reading, windows

from sluicegate.gate.core.assessment import assess
from sluicegate.gate.core.budget import LIMIT, clean_requests, dark_pairs, more_requests
from sluicegate.gate.core.counting import NO_PAIRS, counted_gates
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.interval import harm, is_non_inferior
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.gate.core.stretches import compared
from sluicegate.specs.policy import Gate, Pause
from sluicegate.specs.release import Release, Tally

SHADOW = Gate("shadow", 0.01, paired=True)
ALONE = replace(POLICY, gates=(SHADOW,))
BOTH = replace(POLICY, gates=(ERRORS, SHADOW))
DARK = Release("m", "production", stable=V1, canary=V2, started=T0, since=T0)
LINE = math.log(1 / 0.05)


def pairs(number: int, different: int = 0) -> tuple[int, int, int, int]:
    """What a window's gate counts: pairs are the canary's requests, and stable has none."""
    return (number, 0, different, 0)


def deciding(
    release: Release = DARK, policy=ALONE, number: int = 12, total=(0, 6000), seconds=None, **gates
) -> Decision:
    """A decision after so many windows; `total` are the gateway's requests of canary and stable."""
    seen = windows(number, *total, **gates)
    now = T0 + timedelta(seconds=10 * number if seconds is None else seconds)
    return decide(release, policy, Observations(V2, V2, reading(release.weight, seen)), now)


def test_equal_pairs_lead_the_dark_canary_to_its_first_step():
    decision = deciding(shadow=pairs(6000))
    assert (decision.kind, decision.release.weight) == ("advance", 1)
    assert "; shadow: different answers 0 % .. " in decision.reason
    assert decision.reason.endswith("of 6,000 pairs, within the margin 1 %")


def test_too_many_different_pairs_roll_back_a_canary_that_no_user_has_met():
    decision = deciding(shadow=pairs(6000, 180))
    assert (decision.kind, decision.release.canary) == ("rollback", None)
    assert decision.release.rejected[0].version == V2.version
    assert decision.reason.endswith("harmful (above the tolerance 0.5 %): 180 of 6,000 pairs differ")
    assert not any(step.traffic.canary for step in decision.release.counts)


def test_until_the_pairs_show_it_the_canary_stays_in_the_dark():
    decision = deciding(number=3, shadow=pairs(150))
    assert (decision.kind, decision.release) == ("wait", DARK)
    assert "not yet within the margin 1 %, needs about " in decision.reason
    assert "more pairs (about " in decision.reason


def test_no_pair_is_never_a_pass():
    assert NO_PAIRS in deciding(shadow=pairs(0)).reason
    without = deciding()
    assert (without.kind, "no data" in without.reason) == ("wait", True)
    unasked = replace(ALONE, min_requests=0)
    assert deciding(policy=unasked, shadow=pairs(0)).kind == "wait"
    assert deciding(policy=unasked).kind == "wait"


def test_min_requests_counts_pairs_in_the_dark():
    decision = deciding(policy=replace(ALONE, min_requests=7000), shadow=pairs(6000))
    assert decision.kind == "wait"
    assert "6,000 of the 7,000 pairs of answers that the dark step needs" in decision.reason


def test_an_approval_of_the_dark_step_comes_on_top_of_the_pairs():
    """Mirror and approval: a dark launch."""
    policy = replace(ALONE, pauses=(Pause(0, approval=True),))
    waiting = deciding(policy=policy, shadow=pairs(6000))
    assert (waiting.kind, "a person has to approve" in waiting.reason) == ("wait", True)
    assert deciding(replace(DARK, approved=0), policy, shadow=pairs(6000)).kind == "advance"
    assert deciding(replace(DARK, approved=0), policy, shadow=pairs(6000, 180)).kind == "rollback"


def test_other_gates_wait_for_traffic():
    decision = deciding(policy=BOTH, shadow=pairs(6000))
    assert (decision.kind, decision.release.weight) == ("advance", 1)
    assert [judgement.gate for judgement in decision.judgements] == ["shadow"]
    assert counted_gates(BOTH, 0) == (SHADOW,)


def test_the_dark_step_is_kept_and_counts_later():
    """At 1 % the same share still has to hold, and what the dark showed is a part of it."""
    dark = deciding(shadow=pairs(6000)).release
    (step,) = dark.counts
    assert (step.weight, step.tallies["shadow"].total) == (0, delta(6000, 0))
    later = deciding(replace(dark, since=T0), number=6, total=(300, 29_700), policy=ALONE, shadow=pairs(60))
    assert (later.kind, later.release.weight) == ("advance", 5)
    assert "of 6,060 pairs" in later.reason


def test_with_traffic_pairs_are_no_requests_of_the_canary():
    """A sample of one percent must not keep a step from having been seen."""
    release = replace(DARK, weight=1, counts=(closed(0, 0, 6000, shadow=pairs(6000)),))
    assert deciding(release, number=6, total=(300, 29_700), shadow=pairs(5)).kind == "advance"
    stopped = deciding(release, number=6, total=(300, 29_700), shadow=pairs(0))
    assert (stopped.kind, NO_PAIRS in stopped.reason) == ("wait", True)


def test_at_100_nothing_is_paired():
    assert counted_gates(BOTH, 100) == ()


def test_a_first_version_has_no_stable_one_to_be_paired_with():
    first = replace(DARK, stable=None)
    assert deciding(first).release.weight == 100
    assert assess(first, ALONE, reading(0)).running is None


def test_what_happens_within_one_window_counts_once():
    """Two windows in which all pairs differ are two moments: the third rolls back."""
    assert deciding(number=2, shadow=pairs(2000, 2000)).kind == "wait"
    assert deciding(number=3, shadow=pairs(3000, 3000)).kind == "rollback"


def test_warming_pods_keep_no_pair_from_counting():
    """Copies are not among the answers that a pod counts, so by these a dark canary never gets warm."""
    seen = tuple(replace(window, warming=True) for window in windows(12, 0, 6000, shadow=pairs(6000)))
    decision = decide(DARK, ALONE, Observations(V2, V2, reading(0, seen)), T0 + timedelta(seconds=120))
    assert decision.kind == "advance"


def test_the_evidence_is_that_of_a_share_whatever_the_weight():
    """Against `m or more` each pair of equal answers multiplies a stake L = c by 1 + L m: by hand."""
    shares = [c**0.5 for c in _grid()]
    by_hand = sum(
        share / sum(shares) * (1 + c * 0.01) ** 400 for c, share in zip(_grid(), shares, strict=True)
    )
    for weight in (0, 1, 50):
        tally = Tally(delta(400, 0))
        stretches = compared([(weight, tally)], SHADOW)
        refuted = is_non_inferior(stretches, SHADOW, 1.0001 / by_hand, 100)
        assert refuted and not is_non_inferior(stretches, SHADOW, 0.9999 / by_hand, 1)


def test_harm_of_pairs_by_hand():
    """Against `no more than t` a different pair multiplies by 1 + c (1 - t) / t, an equal one by 1 - c.

    Three quarters are bet from the beginning; the rest waits for later moments, and there is none here.
    """
    tolerance = SHADOW.harmful_above
    shares = [c**0.5 for c in _grid()]
    by_hand = sum(
        share / sum(shares) * (1 + c * (1 - tolerance) / tolerance) ** 4 * (1 - c) ** 40
        for c, share in zip(_grid(), shares, strict=True)
    )
    (beyond,) = harm(compared([(0, Tally(delta(44, 0, 4)))], SHADOW), SHADOW, 0.05)
    assert beyond == pytest.approx(math.log(0.75 * by_hand) - LINE)


def _grid() -> list[float]:
    return [10 ** (-4 + i * (math.log10(0.95) + 4) / 39) for i in range(40)]


def test_the_pairs_that_the_dark_takes_suffice():
    needed = dark_pairs(ALONE, rate=50)
    assert 300 < needed < 5000
    number = -(-needed // 500)
    assert deciding(number=number, shadow=pairs(500 * number)).kind == "advance"
    assert dark_pairs(POLICY, rate=50) == 0
    assert dark_pairs(replace(ALONE, gates=(replace(SHADOW, margin=1e-9),)), rate=50) == LIMIT
    assert clean_requests(BOTH, 50) == clean_requests(POLICY, 50)
    assert more_requests(SHADOW, ALONE, [], 0, 1, 0) is None


def test_old_records_have_no_pairs_and_new_ones_do():
    assert "paired" not in dump(ERRORS)
    assert load(Gate, dump(SHADOW)) == SHADOW
    judgement = deciding(shadow=pairs(6000)).judgements[0]
    assert (judgement.paired, judgement.requests, judgement.bad_stable) == (True, 6000, 0)
    assert judgement.rate_difference.lower == 0
