"""What the gate does from a state that no decision wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2

from sluicegate.gate.core.command import Command, CommandError
from sluicegate.gate.core.commands import apply_command
from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.gate.core.machine import decide
from sluicegate.specs.release import Release

NOW = T0 + timedelta(minutes=5)
AT_99 = Release("m", "production", stable=V1, canary=V2, weight=99, started=T0, since=T0)
EDIT = HandEdit(("weight: 25 -> 99",), "c" * 40, "Olga <olga@example.org>", replace(AT_99, weight=25))
EDITED = Observations(V2, V2, Reading(NOW, 99, True), edit=EDIT)


def test_it_is_held_as_it_is_with_the_difference_and_what_to_do():
    decision = decide(AT_99, POLICY, EDITED, NOW)
    assert (decision.kind, decision.commits) == ("hold", False)
    assert decision.reason == (
        "production at 99 %: held: release.yaml is not as the gate left it (commit cccccccccccc by Olga "
        "<olga@example.org>): weight: 25 -> 99; `sluice gate adopt` accepts it, and reverting that commit "
        "undoes it"
    )


def test_past_its_deadline_no_hold_is_written_that_would_make_it_a_decision():
    decision = decide(AT_99, POLICY, EDITED, NOW + timedelta(days=9))
    assert (decision.kind, decision.commits) == ("hold", False)


def test_nothing_starts_from_it():
    decision = decide(Release("m", "production", stable=V1), POLICY, EDITED, NOW)
    assert (decision.kind, decision.commits) == ("wait", False)
    assert "weight: 25 -> 99" in decision.reason


def test_what_main_took_back_is_rolled_back_and_then_held():
    decision = decide(AT_99, POLICY, replace(EDITED, withdrawn="main says version 1"), NOW)
    assert (decision.kind, decision.release.canary) == ("rollback", None)
    assert decision.release.hold.reason == EDIT.reason, "the rest of the edited state is no decision's either"


def test_to_adopt_it_begins_its_step_again():
    decision = apply_command(Command("adopt", "it is an emergency"), AT_99, POLICY, EDITED, NOW)
    assert (decision.kind, decision.before, decision.release) == ("wait", AT_99, replace(AT_99, since=NOW))
    assert decision.reason == "adopted by hand: weight: 25 -> 99: it is an emergency"


@pytest.mark.parametrize("name", ["hold", "release", "promote", "retry"])
def test_other_commands_would_adopt_it_in_passing_and_are_refused(name):
    with pytest.raises(CommandError, match=r"weight: 25 -> 99.*; adopt it, or roll back"):
        apply_command(Command(name, "because"), AT_99, POLICY, EDITED, NOW)


def test_a_person_may_roll_back_or_send_out_a_hotfix_from_it():
    back = apply_command(Command("rollback", "because"), AT_99, POLICY, EDITED, NOW)
    assert back.release.canary is None
    dark = replace(AT_99, canary=None, weight=0)
    assert apply_command(Command("hotfix", "because"), dark, POLICY, EDITED, NOW).release.canary == V2


def test_there_is_nothing_to_adopt_where_nothing_was_edited():
    with pytest.raises(CommandError, match="Nothing was edited by hand here"):
        apply_command(Command("adopt", "because"), AT_99, POLICY, Observations(), NOW)
