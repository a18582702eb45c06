"""The ways in which one state of a release follows another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2, V3, closed

from sluicegate.gate.core.change import (
    HISTORY,
    ended,
    finished,
    moved,
    next_weight,
    rejected,
    rolled_back,
    same,
    started,
    suspended,
)
from sluicegate.specs.release import Hold, Rejection, Release, Version

NOW = T0 + timedelta(hours=1)
IDLE = Release("m", "production", stable=V1, since=T0)
STEP = closed(5, 50, 950, error_rate=(50, 950, 0, 3))
AT_5 = replace(IDLE, canary=V2, weight=5, started=T0, approved=5, released=5)


def test_a_version_is_its_number_and_its_bytes_whatever_the_revision():
    assert same(V2, replace(V2, revision="other"))
    assert not same(V2, replace(V2, digest="sha256:other"))
    assert not same(V2, replace(V2, version=3))


@pytest.mark.parametrize(("weight", "following"), [(0, 1), (1, 5), (7, 25), (50, 100), (99, 100), (100, 100)])
def test_the_next_weight_is_the_first_step_above(weight, following):
    assert next_weight(POLICY, replace(AT_5, weight=weight)) == following


def test_without_a_stable_version_there_is_only_100():
    assert next_weight(POLICY, replace(AT_5, stable=None, weight=0)) == 100


def test_a_version_starts_dark_with_nothing_counted():
    before = replace(IDLE, counts=(STEP,))
    assert started(before, V2, NOW) == replace(IDLE, canary=V2, weight=0, started=NOW, since=NOW)


def test_a_move_keeps_the_step_that_was_closed_and_forgets_what_a_person_accepted_in_it():
    after = moved(AT_5, 25, STEP, NOW)
    assert after == replace(AT_5, weight=25, since=NOW, approved=None, released=None, counts=(STEP,))
    assert moved(replace(AT_5, counts=(STEP,)), 25, STEP, NOW).counts == (STEP, STEP)


@pytest.mark.parametrize("step", [None, replace(STEP, weight=0, tallies={})])
def test_a_step_in_which_nothing_was_counted_is_not_kept(step):
    assert moved(AT_5, 25, step, NOW).counts == ()


def test_a_dark_step_in_which_pairs_were_counted_is_kept():
    dark = closed(0, 0, 500, shadow=(500, 0, 1, 0))
    assert moved(replace(AT_5, weight=0), 1, dark, NOW).counts == (dark,)


def test_a_suspended_release_waits_dark_and_held_with_a_new_deadline_and_rejects_nothing():
    before = replace(AT_5, counts=(STEP,), rejected=(Rejection(9, "d", "r"),))
    assert suspended(before, Hold(NOW, "blind"), NOW) == replace(
        before,
        weight=0,
        started=NOW,
        since=NOW,
        approved=None,
        released=None,
        counts=(),
        hold=Hold(NOW, "blind"),
    )


def test_an_end_clears_the_release_and_keeps_the_rest():
    kept = {"history": (V3,), "rejected": (Rejection(9, "d", "r"),), "hold": Hold(T0, "audit")}
    assert ended(replace(AT_5, counts=(STEP,), **kept), NOW) == replace(IDLE, since=NOW, **kept)


def test_a_finish_makes_the_canary_stable_and_remembers_the_last_ten():
    older = tuple(Version(n, "r", f"sha256:{n}") for n in range(20, 20 + HISTORY))
    after = finished(replace(AT_5, history=older), V2, NOW)
    assert (after.stable, after.canary, after.history) == (V2, None, (V1, *older[: HISTORY - 1]))


def test_a_version_that_is_stable_again_is_not_in_its_own_history():
    assert finished(replace(AT_5, history=(V2, V3)), V2, NOW).history == (V1, V3)


def test_the_first_version_leaves_no_history():
    assert finished(replace(AT_5, stable=None), V2, NOW).history == ()


def test_a_finish_drops_rejections_that_can_no_longer_matter():
    rejections = (Rejection(1, "a", "r"), Rejection(2, "b", "r"), Rejection(3, "c", "r"))
    assert finished(replace(AT_5, rejected=rejections), V2, NOW).rejected == rejections[2:]


def test_a_version_is_rejected_once_with_its_newest_reason():
    before = replace(AT_5, rejected=(Rejection(2, V2.digest, "old"), Rejection(2, "other", "bytes")))
    assert rejected(before, V2, "new") == (Rejection(2, "other", "bytes"), Rejection(2, V2.digest, "new"))


def test_a_rollback_leaves_stable_and_rejects_the_version():
    after = rolled_back(AT_5, V2, "harmful", NOW)
    assert after == replace(IDLE, since=NOW, rejected=(Rejection(2, V2.digest, "harmful"),))
