"""What follows from a verdict, or from none: whether a version may start, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import T0, V1, V2

from sluicegate.gate.core.command import CommandError
from sluicegate.gate.core.decision import Observations
from sluicegate.gate.core.hotfix import hotfix
from sluicegate.gate.core.judged import Judged, on_what, unjudged
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

NONE = Judged("none", "none is recorded")
GOOD = Judged("pass", "judged pass", content="a" * 40)
IDLE = Release("m", "production", stable=V1)
SEEN = Observations(V2, V2)
POLICY = Policy((5, 100), ())


def test_a_version_without_a_verdict_waits_and_says_why() -> None:
    assert unjudged(NONE, 2) == "version 2 waits for a verdict: none is recorded"
    decision = decide(IDLE, POLICY, replace(SEEN, judged=NONE), T0)
    assert (decision.kind, decision.reason) == (
        "wait",
        "production: version 2 waits for a verdict: none is recorded",
    )


@pytest.mark.parametrize("judged", [None, GOOD, Judged("waived", "x")])
def test_with_a_good_one_or_where_none_is_required_it_starts(judged: Judged | None) -> None:
    assert unjudged(judged, 2) is None
    assert decide(IDLE, POLICY, replace(SEEN, judged=judged), T0).release.canary == V2


def test_a_hotfix_waits_as_well() -> None:
    with pytest.raises(CommandError, match="version 2 waits for a verdict"):
        hotfix(IDLE, POLICY, "now", T0, observations=replace(SEEN, judged=NONE))
    assert hotfix(IDLE, POLICY, "now", T0, observations=replace(SEEN, judged=GOOD)).release.canary == V2


def test_what_was_overridden_is_said_where_the_version_starts() -> None:
    waived = Judged("waived", "judged waived", overridden=("latency: slow (waived until 2027-01-01: known)",))
    assert on_what(waived) == "; its verdict is waived: latency: slow (waived until 2027-01-01: known)"
    assert on_what(GOOD) == on_what(None) == ""
    assert decide(IDLE, POLICY, replace(SEEN, judged=waived), T0).reason.endswith(on_what(waived))


def test_a_record_of_before_has_none_and_one_of_today_comes_back() -> None:
    assert "judged" not in dump(SEEN)
    seen = replace(SEEN, judged=GOOD)
    assert load(Observations, dump(seen)) == seen
