"""A release.yaml that somebody other than the gate changed."""

from __future__ import annotations

from support.gate_scene import RELEASE, Scene
from support.repositories import git
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
