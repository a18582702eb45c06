"""A release.yaml that somebody other than the gate changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.gate_scene import ENVIRONMENT, RELEASE, Scene
from support.repositories import git
from support.specs import environment_yaml
from support.tampering import ATTACKER, Victim, first


def test_a_release_that_was_edited_by_hand(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    sha = victim.commit({RELEASE: text.replace(b"weight: 100", b"weight: 99")}, "Small fix")
    assert first(victim.verify()) == ("no-decision", sha, RELEASE, None)


def test_an_edit_that_was_undone_is_told_and_no_finding(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    edit = victim.commit({RELEASE: text.replace(b"weight: 100", b"weight: 99")}, "Small fix")
    undone = victim.commit({RELEASE: text}, "Undo it")
    report = victim.verify()
    assert report.findings == []
    assert report.notes[-1].commit == edit
    assert f"undone by A Person in {undone[:12]}" in report.notes[-1].text


def test_an_edit_that_changes_no_value_is_told_and_no_finding(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    remark = victim.commit({RELEASE: text.replace(b"history:", b"# a remark\nhistory:  ")}, "Tidy")
    report = victim.verify()
    assert report.findings == []
    assert report.notes[-1].commit == remark
    assert report.notes[-1].text.endswith(f"changes {RELEASE} without effect: every value stays")


def test_an_edit_of_values_is_undone_by_other_bytes_that_say_the_same(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    victim.commit({RELEASE: text.replace(b"weight: 100", b"weight: 99")}, "Small fix")
    victim.commit({RELEASE: text + b"# as it was\n"}, "Undo it")
    assert victim.verify().findings == []


def test_a_remark_beside_an_edit_accepts_nothing_of_it(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    edit = victim.commit({RELEASE: text.replace(b"the sale runs", b"all is over")}, "Small fix")
    victim.commit({RELEASE: victim.repository.read(victim.tip(), RELEASE) + b"# a remark\n"}, "Tidy")
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [("no-decision", edit)]


@pytest.mark.parametrize("text", [b"", b"kind: [", b"<<<<<<< ours\n"])
def test_a_file_that_no_longer_says_anything_is_no_edit_without_effect(victim: Victim, text: bytes):
    edits = [victim.commit({RELEASE: content}, "Break it") for content in (text, text + b"\n")]
    assert [one.commit for one in victim.verify().findings] == edits


def test_the_gate_goes_on_from_an_edit_without_effect_and_all_is_sound(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge_version(2)
    scene.ticks(2)
    remark = scene.merge({RELEASE: scene.file(RELEASE) + b"# a remark\n"})
    scene.tick_until_stable(2)
    report = Victim(scene.bare, ATTACKER).verify()
    assert (report.findings, [note.commit for note in report.notes]) == ([], [remark])
    assert scene.file(RELEASE).endswith(b"# a remark\n")


def test_an_edit_that_a_person_adopted_is_told_with_the_name(scene: Scene):
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge_version(2)
    scene.tick()
    text = scene.file(RELEASE)
    edit = scene.merge(
        {
            RELEASE: text.replace(
                b"history: []",
                b'history: [{version: 1, revision: "%s", digest: "sha256:%s"}]' % (b"a" * 40, b"b" * 64),
            )
        }
    )
    victim = Victim(scene.bare, ATTACKER)
    assert first(victim.verify())[:2] == ("no-decision", edit)
    scene.execute("adopt", by="Olga <olga@example.org>")
    report = victim.verify()
    assert report.findings == []
    assert report.notes[-1].commit == edit
    assert "adopted by Olga <olga@example.org> in" in report.notes[-1].text


def test_an_edit_from_which_a_person_rolled_back_is_told_with_the_decision(scene: Scene):
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge_version(2)
    assert any(scene.release().weight for _ in range(10) if scene.tick())
    weight = scene.release().weight
    text = scene.file(RELEASE)
    for old, new in ((weight, weight + 1), (100 - weight, 99 - weight)):
        text = text.replace(b"weight: %d}" % old, b"weight: %d}" % new)
    edit = scene.merge({RELEASE: text})
    victim = Victim(scene.bare, ATTACKER)
    assert first(victim.verify())[:2] == ("no-decision", edit)
    scene.execute("rollback", by="Olga <olga@example.org>")
    report = victim.verify()
    assert report.findings == []
    assert "rollback by Olga <olga@example.org> in" in report.notes[-1].text


def test_an_edit_that_was_only_changed_again_stays_a_finding(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    edits = [
        victim.commit({RELEASE: text.replace(b"weight: 100", number)}, "Small fix")
        for number in (b"weight: 99", b"weight: 98")
    ]
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [
        ("no-decision", edit) for edit in edits
    ]


def test_an_edit_in_a_commit_that_looks_like_a_decision_without_a_record(victim: Victim):
    text = victim.repository.read(victim.tip(), RELEASE)
    message = victim.decisions()[-1].message.replace(
        "Gate-Evidence: sha256:", "Gate-Evidence: sha256:" + "0" * 64
    )
    message = message[: message.index("0" * 64) + 64] + "\n"
    sha = victim.commit({RELEASE: text + b"# x\n"}, message)
    assert first(victim.verify()) == ("record-missing", sha, RELEASE, None)


def test_a_release_that_was_deleted(victim: Victim):
    work = victim.bare.parent / "work"
    git("clone", "--quiet", str(victim.bare), str(work), cwd=victim.bare.parent)
    git("rm", "--quiet", RELEASE, cwd=work)
    git("commit", "--quiet", "-m", "Gone", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    assert first(victim.verify()) == ("no-decision", victim.tip(), RELEASE, None)
