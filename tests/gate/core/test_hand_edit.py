"""How a difference between two states reads."""

from __future__ import annotations

from dataclasses import replace

from support.releases import T0, V1, V2, V3

from sluicegate.gate.core.hand_edit import HandEdit, differences
from sluicegate.gate.core.serialize import dump
from sluicegate.specs.release import Hold, Rejection, Release

AT_25 = Release("m", "production", stable=V1, canary=V2, weight=25, started=T0, since=T0)


def changes(**fields) -> tuple[str, ...]:
    return differences(dump(AT_25), dump(replace(AT_25, **fields)))


def test_the_same_state_has_none():
    assert changes() == ()


def test_each_field_that_differs_is_named_with_both_values():
    assert changes(weight=99) == ("weight: 25 -> 99",)
    assert changes(canary=None, weight=0) == ("canary: version 2 -> nothing", "weight: 25 -> 0")
    assert changes(hold=Hold(T0, "audit"))[0].startswith("hold: nothing -> since 2024-06-01")


def test_a_version_is_compared_by_each_of_its_parts():
    assert changes(stable=replace(V1, digest="sha256:0"))[0].startswith("stable.digest: sha256:1111")
    assert changes(stable=V3)[0] == "stable.version: 1 -> 3"


def test_lists_are_counted():
    assert changes(history=(V3,)) == ("history: nothing -> 1 entry",)
    rejections = (Rejection(2, "d", "bad"), Rejection(3, "d", "bad"))
    assert changes(rejected=rejections) == ("rejected: nothing -> 2 entries",)


def test_many_are_cut_short():
    shown = differences({}, {f"field{number:02}": 1 for number in range(11)})
    assert len(shown) == 9 and shown[-1] == "3 more"


def test_what_only_an_older_form_had_is_no_difference():
    assert differences(dump(AT_25) | {"former": {"at": "then"}}, dump(AT_25)) == ()


def test_what_was_taken_away_is_one():
    hotfix = dump(replace(AT_25, hotfix="prices are wrong"))
    assert differences(hotfix, dump(AT_25)) == ("hotfix: prices are wrong -> nothing",)


def test_without_a_commit_the_reason_names_none():
    assert HandEdit(("weight: 25 -> 99",)).reason.startswith(
        "release.yaml is not as the gate left it: weight"
    )
