"""What people may tell the gate, and what is refused with a remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2, V3, closed, reading, windows

from sluicegate.gate.core.commands import (
    Command,
    CommandError,
    apply_command,
    hold,
    promote,
    release_hold,
    retry,
    rollback,
)
from sluicegate.gate.core.decision import Observations
from sluicegate.gate.core.machine import decide
from sluicegate.specs.release import Hold, Rejection, Release

NOW = T0 + timedelta(minutes=5)
IDLE = Release("flight-delay", "production", stable=V1, history=(V3,))
AT_5 = replace(IDLE, canary=V2, weight=5, started=T0, since=T0)


def observed(canary, stable, bad_canary, bad_stable, *, ready=True):
    """What twelve windows at 5 % showed."""
    seen = windows(12, canary, stable, error_rate=(canary, stable, bad_canary, bad_stable))
    return Observations(V2, V2, reading(5, seen, ready=ready))


def test_hold_keeps_the_weight_and_stops_the_gate():
    decision = hold(AT_5, " wait for \n the audit ", NOW)
    assert (decision.kind, decision.release) == (
        "hold",
        replace(AT_5, hold=Hold(NOW, "wait for the audit")),
    )
    waits = decide(decision.release, POLICY, observed(1000, 19_000, 0, 0), NOW)
    assert (waits.kind, waits.commits) == ("wait", False)


def test_release_lets_it_go_on_with_a_new_deadline():
    late = NOW + timedelta(days=9)
    overdue = decide(AT_5, POLICY, observed(1000, 19_000, 0, 0), late).release
    released = release_hold(overdue, "audited", late)
    assert (released.kind, released.release) == ("wait", replace(AT_5, started=late, released=5))
    assert decide(released.release, POLICY, observed(1000, 19_000, 0, 0), late).kind == "advance"


def test_promote_goes_to_the_next_step_and_closes_the_running_one():
    decision = promote(AT_5, POLICY, None, "we are sure", NOW, observations=observed(50, 950, 0, 3))
    assert (decision.kind, decision.release.weight) == ("advance", 25)
    assert decision.release.counts == (closed(5, 50, 950, error_rate=(50, 950, 0, 3)),)
    assert decision.reason == "version 2: 5 % -> 25 % by hand: we are sure"


def test_promote_without_figures_drops_what_the_step_counted():
    assert promote(AT_5, POLICY, None, "now", NOW).release.counts == ()
    wrong_split = observed(500, 500, 0, 0)
    assert promote(AT_5, POLICY, None, "now", NOW, observations=wrong_split).release.counts == ()
    elsewhere = replace(wrong_split, reading=replace(observed(50, 950, 0, 3).reading, weight=1))
    assert promote(AT_5, POLICY, None, "now", NOW, observations=elsewhere).release.counts == ()


def test_the_hotfix_keeps_a_holdback():
    assert promote(AT_5, POLICY, 99, "hotfix", NOW).release.weight == 99


def test_promote_to_the_present_weight_begins_the_step_again():
    decision = promote(AT_5, POLICY, 5, "gateway fixed", NOW, observations=observed(50, 950, 0, 3))
    assert decision.release == replace(AT_5, since=NOW)


@pytest.mark.parametrize(
    ("release", "to", "observations", "reason"),
    [
        (IDLE, None, None, "No version is being released"),
        (replace(AT_5, hold=Hold(T0, "audit")), None, None, "held: audit; release the hold first"),
        (AT_5, 1, None, "promote to 5 .. 100, or roll back"),
        (AT_5, 101, None, "promote to 5 .. 100"),
        (replace(AT_5, weight=0), 0, None, "promote to 1 .. 100"),
        (replace(AT_5, stable=None, weight=0), 50, None, "promote it to 100"),
        (AT_5, None, observed(50, 950, 0, 0, ready=False), "not ready"),
        (
            AT_5,
            None,
            observed(100, 1900, 40, 10),
            "would roll back at its next evaluation: error_rate: rate difference",
        ),
    ],
)
def test_promote_refuses(release, to, observations, reason):
    with pytest.raises(CommandError, match=reason.replace("(", r"\(")):
        promote(release, POLICY, to, "now", NOW, observations=observations)


def test_promote_says_why_the_canary_is_not_ready():
    unready = observed(50, 950, 0, 0, ready=False)
    told = replace(unready, reading=replace(unready.reading, problems=("no pod of version 2 is ready",)))
    with pytest.raises(CommandError, match=r"would answer nothing \(no pod of version 2 is ready\)"):
        promote(AT_5, POLICY, None, "now", NOW, observations=told)


def test_rollback_of_a_canary_rejects_it_and_holds():
    decision = rollback(AT_5, "users complain", NOW)
    why = "rolled back by hand: users complain"
    assert (decision.kind, decision.release) == (
        "rollback",
        replace(IDLE, since=NOW, rejected=(Rejection(2, V2.digest, why),), hold=Hold(NOW, why)),
    )


def test_rollback_without_a_canary_goes_back_to_the_version_before():
    decision = rollback(IDLE, "wrong since Monday", NOW)
    assert (decision.release.stable, decision.release.history) == (V3, ())
    assert decision.release.rejected[0].version == 1
    nothing = decide(decision.release, POLICY, Observations(V1, V1), NOW)
    assert (nothing.kind, nothing.commits) == ("wait", False)


def test_after_a_rollback_by_hand_nothing_starts_until_retried():
    release = rollback(AT_5, "users complain", NOW).release
    released = release_hold(release, "go", NOW).release
    assert decide(released, POLICY, Observations(V2, V2), NOW).kind == "wait"
    retried = retry(released, 2, "was the network", NOW).release
    assert (retried.started, retried.rejected) == (None, ())
    assert decide(retried, POLICY, Observations(V2, V2), NOW).release.canary == V2


def test_what_makes_no_sense_is_refused():
    held = replace(IDLE, hold=Hold(T0, "audit"), rejected=(Rejection(1, V1.digest, "bad"),))
    for attempt, reason in (
        (lambda: hold(held, "again", NOW), "held already"),
        (lambda: release_hold(IDLE, "go", NOW), "Nothing is held"),
        (lambda: rollback(replace(IDLE, history=()), "back", NOW), "no version to go back to"),
        (lambda: retry(held, 7, "again", NOW), "not rejected here; these are: 1"),
        (lambda: retry(held, 1, "again", NOW), "under a higher number"),
        (lambda: hold(IDLE, " \n ", NOW), "say why"),
        (lambda: retry(IDLE, 7, "again", NOW), "not rejected here; no version is"),
        (
            lambda: apply_command(Command("retry", "x"), IDLE, POLICY, Observations(), NOW),
            "No version is rejected here",
        ),
        (lambda: apply_command(Command("retry", "x"), held, POLICY, Observations(), NOW), "name it"),
    ):
        with pytest.raises(CommandError, match=reason):
            attempt()


@pytest.mark.parametrize(
    ("command", "release", "kind"),
    [
        (Command("hold", "r"), AT_5, "hold"),
        (Command("release", "r"), replace(AT_5, hold=Hold(T0, "x")), "wait"),
        (Command("promote", "r", to=99), AT_5, "advance"),
        (Command("rollback", "r"), AT_5, "rollback"),
        (Command("retry", "r", version=2), replace(IDLE, rejected=(Rejection(2, "d", "r"),)), "wait"),
    ],
)
def test_each_command_is_carried_out(command, release, kind):
    decision = apply_command(command, release, POLICY, Observations(), NOW)
    assert (decision.kind, decision.commits) == (kind, True)
