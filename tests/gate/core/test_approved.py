"""What follows from an approval, or from none: whether a version may start, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import T0, V1, V2

from sluicegate.gate.core.approved import HELPS, Approval, Approved, by_whom, unapproved
from sluicegate.gate.core.decision import Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump, load
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

NOBODY = Approved((), "none is recorded for these files")
OLGA = Approval("@olga", T0, "reads well", "b" * 40, "sha256:12")
PIA = replace(OLGA, by="@pia")
SEEN = Observations(V2, V2)
IDLE = Release("m", "production", stable=V1)


def test_a_version_that_nobody_approved_waits_and_says_what_helps() -> None:
    words = f"version 2 waits for an approval: none is recorded for these files; {HELPS}"
    assert unapproved(NOBODY, 2) == words
    decision = decide(IDLE, Policy((5, 100), ()), replace(SEEN, approved=NOBODY), T0)
    assert (decision.kind, decision.reason) == ("wait", f"production: {words}")


@pytest.mark.parametrize("approved", [None, Approved((OLGA,))])
def test_with_one_or_where_none_is_required_it_starts(approved: Approved | None) -> None:
    assert unapproved(approved, 2) is None
    assert decide(IDLE, Policy((5, 100), ()), replace(SEEN, approved=approved), T0).release.canary == V2


def test_the_start_names_who_approved_it() -> None:
    assert by_whom(Approved((OLGA, PIA))) == "; approved by @olga, @pia"
    assert by_whom(NOBODY) == by_whom(None) == ""


def test_it_is_read_back_from_evidence_as_it_was() -> None:
    approved = Approved((OLGA, PIA), "")
    assert load(Approved, dump(approved)) == approved
