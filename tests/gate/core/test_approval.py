"""A person's approval of one step."""

from dataclasses import replace

import pytest
from support.releases import T0, V1, V2

from sluicegate.gate.core.approval import approve
from sluicegate.gate.core.change import moved
from sluicegate.gate.core.command import CommandError
from sluicegate.specs.release import Release

AT_25 = Release("m", "production", stable=V1, canary=V2, weight=25, started=T0, since=T0)


def test_the_step_is_approved_and_nothing_else_changes():
    decision = approve(AT_25, "looks good")
    assert (decision.kind, decision.reason) == ("wait", "version 2 may go on from 25 %: looks good")
    assert decision.release == replace(AT_25, approved=25)


def test_the_approval_of_one_step_is_none_of_the_next():
    assert moved(approve(AT_25, "looks good").release, 50, None, T0).approved is None


@pytest.mark.parametrize(
    ("release", "said"),
    [
        (Release("m", "production", stable=V1), "No version is being released here"),
        (replace(AT_25, approved=25), "25 % is approved already"),
    ],
)
def test_what_cannot_be_approved_is_refused(release, said):
    with pytest.raises(CommandError, match=said):
        approve(release, "looks good")


def test_an_approval_without_a_reason_is_refused():
    with pytest.raises(CommandError, match="reason"):
        approve(AT_25, " ")
