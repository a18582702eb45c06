"""A sound history is found sound; each way to tamper is found, and the first thing found is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import ENVIRONMENT, PEOPLE, RELEASE, Scene
from support.keys import P256, Key
from support.repositories import git
from support.specs import environment_yaml, model_yaml
from support.tampering import KEYS, Victim, changed, decided, edited, seal, stored

from sluicegate.gate.adapters.git.repository import AUTHOR, EVIDENCE, MAIN
from sluicegate.gate.adapters.signing import public_keys
from sluicegate.gate.core import evidence
from sluicegate.gate.core.evidence import Predicate
from sluicegate.gate.verification import Report, verify
from sluicegate.specs import layout
from sluicegate.specs.policy import Policy

ATTACKER = Key()


def first(report: Report):
    """The first finding: its kind, and the commit, file and record that it names."""
    finding = report.findings[0]
    return finding.kind, finding.commit, finding.file, finding.record


def kinds(report: Report) -> list[str]:
    return [finding.kind for finding in report.findings]


def test_a_sound_history_is_sound(victim: Victim):
    report = victim.verify()
    count = len(victim.decisions())
    assert report.findings == []
    assert count > 10
    assert (report.decisions, report.replayed, report.signed, report.earlier) == (count, count, count, 0)
    assert report.orphans == ()
    assert [note.text for note in report.notes] == [
        f"A Person sets the trusted keys: {victim.key.signer.keyid[:16]}"
    ]


def test_people_merge_in_between(victim: Victim, tmp_path: Path):
    work = tmp_path / "work"
    git("clone", "--quiet", str(victim.bare), str(work), cwd=tmp_path)
    git("checkout", "--quiet", "-b", "topic", "HEAD~3", cwd=work)
    (work / "notes.txt").write_text("x")
    git("add", ".", cwd=work)
    git("commit", "--quiet", "-m", "Notes", cwd=work)
    git("checkout", "--quiet", "main", cwd=work)
    git("merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    report = victim.verify()
    assert report.findings == []
    assert report.commits == len(victim.repository.log(victim.tip()))


# What anyone can do who may write the branches, and has no key.


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


def test_an_edit_that_a_person_adopted_is_told_with_the_name(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
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


def test_an_edit_from_which_a_person_rolled_back_is_told_with_the_decision(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
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


def test_evidence_that_is_gone(victim: Victim):
    victim.move(EVIDENCE, None)
    report = victim.verify()
    assert first(report) == ("evidence-missing", victim.decisions()[0].sha, RELEASE, None)
    assert len(report.findings) == 1


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_record_that_was_dropped(victim: Victim, number: int):
    records = victim.records()
    decision = victim.decisions()[number]
    del records[number]
    victim.rewrite_evidence(records)
    report = victim.verify()
    assert first(report) == ("record-missing", decision.sha, RELEASE, None)
    assert ("chain" in kinds(report)) == (number != -1)


def test_a_record_that_was_dropped_and_the_chain_closed_over_it(victim: Victim):
    records = victim.records()
    del records[4]
    victim.rewrite_evidence(victim.relinked(records, kept=4))
    report = victim.verify()
    assert first(report) == ("record-missing", victim.decisions()[4].sha, RELEASE, None)
    assert "chain" not in kinds(report)


def test_records_that_were_reordered(victim: Victim):
    records = victim.records()
    early, late = records[3], records[4]
    records[3:5] = [stored(late.sealed, 4), stored(early.sealed, 5)]
    victim.rewrite_evidence(records)
    report = victim.verify()
    assert first(report) == ("order", victim.decisions()[4].sha, RELEASE, records[3].path)
    assert kinds(report).count("chain") == 3


@pytest.mark.parametrize("renamed", [False, True])
def test_a_record_that_was_edited(victim: Victim, renamed: bool):
    records = victim.records()
    sealed = edited(records[6].sealed, lambda s: s["predicate"]["inputs"]["policy"].update(alpha=0.5))
    records[6] = stored(sealed, 7) if renamed else replace(records[6], sealed=sealed)
    victim.rewrite_evidence(records)
    kind = "record-missing" if renamed else "record-edited"
    report = victim.verify()
    assert first(report) == (kind, victim.decisions()[6].sha, RELEASE, None)
    assert "chain" in kinds(report)


def test_a_record_that_a_later_commit_changes_or_removes(victim: Victim):
    record = victim.records()[2]
    sha = victim.commit({record.path: record.sealed + b"\n"}, "Tidy up", EVIDENCE)
    report = victim.verify()
    assert first(report)[:2] == ("record-edited", victim.decisions()[2].sha)
    rewritten = report.findings[-1]
    assert (rewritten.kind, rewritten.commit, rewritten.file) == ("evidence-rewritten", sha, record.path)


def test_a_change_of_a_record_that_was_undone_is_still_told(victim: Victim):
    record = victim.records()[2]
    sha = victim.commit({record.path: b"{}"}, "Oops", EVIDENCE)
    back = victim.commit({record.path: record.sealed}, "Back", EVIDENCE)
    report = victim.verify()
    assert [(one.kind, one.commit) for one in report.findings] == [
        ("evidence-rewritten", sha),
        ("evidence-rewritten", back),
    ]


def test_a_stranger_among_the_records(victim: Victim):
    victim.commit({"evidence/production/m/notes.txt": b"x"}, "Notes", EVIDENCE)
    kind, _, file, _ = first(victim.verify())
    assert (kind, file) == ("chain", "evidence/production/m/notes.txt")


def test_a_decision_that_was_taken_out_of_main(victim: Victim):
    gone, after = victim.decisions()[7:9]
    victim.rewrite_main(keep=lambda commit: commit.sha != gone.sha)
    report = victim.verify()
    kind, commit, _, _ = first(report)
    subject = victim.repository.log(commit)[0].message.partition("\n")[0]
    assert (kind, subject) == ("other-parent", after.message.partition("\n")[0])
    assert "other-before" in kinds(report)


def test_a_message_that_was_rewritten(victim: Victim):
    decision = victim.decisions()[5]
    message = decision.message.replace("Gate-Version: 2", "Gate-Version: 7")
    assert message != decision.message
    victim.rewrite_main(messages={decision.sha: message})
    assert "other-trailers" in kinds(victim.verify())


# Forgeries in which commit, record and chain fit each other.


def invented(predicate: Predicate) -> Predicate:
    """The hold is released, as though a person had said so."""
    command = replace(predicate.inputs.command, name="release", reason="all is well")
    return decided(replace(predicate, inputs=replace(predicate.inputs, command=command)))


def test_a_consistent_forgery_is_found_by_its_signature(victim: Victim):
    sha = victim.decide(invented)
    assert first(victim.verify()) == ("not-signed", sha, RELEASE, victim.records()[-1].path)
    assert len(victim.verify().findings) == 1


def test_a_forgery_under_another_key(victim: Victim):
    sha = victim.decide(invented, ATTACKER.signer)
    assert first(victim.verify()) == ("untrusted-key", sha, RELEASE, victim.records()[-1].path)
    assert len(victim.verify().findings) == 1


def test_a_key_that_comes_with_the_decision_is_not_trusted(victim: Victim):
    sha = victim.decide(invented, ATTACKER.signer, environments__gate_pub=ATTACKER.public)
    assert first(victim.verify())[:2] == ("untrusted-key", sha)
    assert kinds(victim.verify()) == ["untrusted-key", "other-files"]


def test_a_key_that_came_before_the_decision_is_named_and_not_trusted_by_whoever_names_the_key(
    victim: Victim,
):
    sha = victim.commit({KEYS: ATTACKER.public}, "Rotate the key")
    forged = victim.decide(invented, ATTACKER.signer)
    report = victim.verify()
    assert report.findings == []
    assert (report.notes[-1].commit, ATTACKER.signer.keyid[:16] in report.notes[-1].text) == (sha, True)
    report = victim.verify(public_keys(victim.key.public, "here"))
    assert first(report)[:2] == ("untrusted-key", forged)


def test_without_the_keys_nothing_unsigned_is_accepted_any_more(victim: Victim):
    work = victim.bare.parent / "work"
    git("clone", "--quiet", str(victim.bare), str(work), cwd=victim.bare.parent)
    git("rm", "--quiet", KEYS, cwd=work)
    git("commit", "--quiet", "-m", "No keys", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    removal = victim.tip()
    forged = victim.decide(invented)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [
        ("keys-removed", removal),
        ("not-signed", forged),
    ]


def test_keys_that_cannot_be_read_trust_nobody(victim: Victim):
    sha = victim.commit({KEYS: b"no key\n"}, "Break it")
    signed = victim.decide(invented, victim.key.signer)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [
        ("keys-unreadable", sha),
        ("untrusted-key", signed),
    ]


def test_a_key_is_rotated(victim: Victim):
    new = Key(P256)
    victim.commit({KEYS: b"old\n" + victim.key.public + b"new\n" + new.public}, "Add the new key")
    victim.decide(invented, new.signer)
    victim.commit({KEYS: new.public}, "Drop the old one")
    report = victim.verify()
    assert report.findings == []
    assert report.signed == report.decisions
    victim.decide(lambda one: decided(with_command(one, "hold")), victim.key.signer)
    assert kinds(victim.verify()) == ["untrusted-key"]


def with_command(predicate: Predicate, name: str) -> Predicate:
    command = replace(predicate.inputs.command, name=name, reason="again")
    return replace(predicate, inputs=replace(predicate.inputs, command=command))


# What the gate's own key cannot make true.


def test_a_decision_that_is_a_merge(victim: Victim):
    """The last decision once more, with a second parent: what came with it is no decision."""
    decision = victim.decisions()[-1]
    side = victim.repository.commit(decision.parents[0], {"side.txt": b"x"}, "Side", START, PEOPLE)
    words = ("-p", decision.parents[0], "-p", side)
    names = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    sha = victim.repository.git.text(
        "commit-tree", decision.tree, *words, stdin=decision.message.encode(), extra=names
    )
    victim.move(MAIN, sha)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [("other-files", sha)]


def test_a_record_in_the_place_of_another_release(victim: Victim):
    records = victim.records()
    last = victim.decisions()[-1]
    path = layout.record_path("production", "n", 1, records[-1].digest)
    victim.rewrite_evidence([*records[:-1], replace(records[-1], path=path)])
    kind, commit, _, record = first(victim.verify())
    assert (kind, commit, record) == ("order", last.sha, path)
    assert "other-release" in kinds(victim.verify())


def beginning_told_twice(one: Predicate) -> Predicate:
    """The decision says another state before it than the inputs that it was made from."""
    one = invented(one)
    return replace(one, decision=replace(one.decision, before=replace(one.decision.before, history=())))


def loosened(one: Predicate) -> Predicate:
    return decided(replace(one, inputs=replace(invented(one).inputs, policy=Policy((100,), (), alpha=0.9))))


def elsewhere(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, provenance=replace(one.provenance, parent="a" * 40))


def another_result(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, decision=replace(one.decision, kind="finish"))


def another_beginning(one: Predicate) -> Predicate:
    weight = replace(one.inputs.release, history=())
    return invented(replace(one, inputs=replace(one.inputs, release=weight)))


def foreign_policy_revision(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, provenance=replace(one.provenance, policy_revision="b" * 40))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (loosened, "other-policy"),
        (foreign_policy_revision, "other-policy"),
        (elsewhere, "other-parent"),
        (another_result, "other-decision"),
        (another_beginning, "other-before"),
        (beginning_told_twice, "other-before"),
    ],
)
def test_a_signed_record_that_is_not_true(
    victim: Victim, change: Callable[[Predicate], Predicate], kind: str
):
    sha = victim.decide(change, victim.key.signer)
    assert first(victim.verify()) == (kind, sha, RELEASE, victim.records()[-1].path)


def test_counts_that_were_invented_give_another_decision(victim: Victim):
    """The rollback's own record, signed again with no failures on the canary."""
    records = victim.records()
    (number,) = [i for i, one in enumerate(victim.decisions()) if "Gate-Decision: rollback" in one.message]
    record = evidence.read(records[number].sealed)
    reading = record.inputs.observations.reading
    windows = tuple(
        replace(
            window,
            tallies={gate: replace(tally, bad_canary=(0,)) for gate, tally in window.tallies.items()},
        )
        for window in reading.windows
    )
    observations = replace(record.inputs.observations, reading=replace(reading, windows=windows))
    forged = seal(
        replace(record, inputs=replace(record.inputs, observations=observations)), victim.key.signer
    )
    decision = victim.decisions()[number]
    victim.move(MAIN, decision.parents[0])
    entry = stored(forged, number + 1)
    victim.rewrite_evidence([*records[:number], entry])
    message = decision.message.replace(records[number].digest, entry.digest)
    sha = victim.commit({RELEASE: victim.repository.read(decision.sha, RELEASE)}, message, MAIN, AUTHOR)
    assert first(victim.verify()) == ("other-decision", sha, RELEASE, entry.path)


def test_a_file_that_says_another_thing_than_its_record(victim: Victim):
    records = victim.records()
    decision = victim.decisions()[-1]
    victim.move(MAIN, decision.parents[0])
    text = victim.repository.read(decision.sha, RELEASE).replace(b"the sale runs", b"no sale runs")
    sha = victim.commit({RELEASE: text}, decision.message, MAIN, AUTHOR)
    assert first(victim.verify()) == ("other-after", sha, RELEASE, records[-1].path)


def test_a_version_that_git_does_not_have(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    scene.tick()
    victim = Victim(scene.bare, ATTACKER)
    (record,) = victim.records()
    (start,) = victim.decisions()

    def other(predicate: Predicate) -> Predicate:
        candidate = replace(predicate.inputs.observations.candidate, digest="sha256:" + "6" * 64)
        seen = replace(predicate.inputs.observations, candidate=candidate, upstream=candidate)
        return decided(replace(predicate, inputs=replace(predicate.inputs, observations=seen)))

    sealed = changed(record.sealed, other)
    entry = stored(sealed, 1)
    text = victim.repository.read(start.sha, RELEASE)
    digest = evidence.read(record.sealed).decision.release.canary.digest
    victim.rewrite_evidence([entry])
    victim.move(MAIN, start.parents[0])
    message = start.message.replace(record.digest, entry.digest).replace(digest, "sha256:" + "6" * 64)
    sha = victim.commit(
        {RELEASE: text.replace(digest.encode(), b"sha256:" + b"6" * 64)}, message, MAIN, AUTHOR
    )
    assert first(victim.verify()) == ("other-version", sha, RELEASE, entry.path)


# What is no tampering.


def test_evidence_without_its_decision_is_counted_and_allowed(tmp_path: Path, monkeypatch):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    scene.ticks(2)
    push = scene.repository.push
    with monkeypatch.context() as patch:
        patch.setattr(
            scene.repository, "push", lambda refs, commits: push({EVIDENCE: refs[EVIDENCE]}, commits)
        )
        assert any(scene.tick_one().commit for _ in range(10))
    orphan = Victim(scene.bare, ATTACKER).records()[-1]
    scene.tick_until_stable(1)
    report = Victim(scene.bare, ATTACKER).verify()
    assert report.findings == []
    assert report.orphans == (orphan.path,)


def test_several_decisions_of_one_tick_were_decided_at_one_commit(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in ("m", "n", "o")})
    together = [outcome.commit for outcome in scene.tick()]
    assert len(together) == 3 and all(together)
    for _ in range(3):
        scene.tick()
    report = Victim(scene.bare, ATTACKER).verify()
    assert report.findings == []
    assert report.decisions > 3


def test_unsigned_history_is_sound_unless_signatures_are_required(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    victim = Victim(scene.bare, ATTACKER)
    assert victim.verify().findings == []
    assert set(kinds(victim.verify(require_signature=True))) == {"not-signed"}


def test_a_repository_before_its_first_decision_is_sound(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    victim = Victim(scene.bare, ATTACKER)
    report = victim.verify()
    assert (report.findings, report.decisions, report.evidence) == ([], 0, None)


def test_progress_counts_the_commits(victim: Victim):
    seen = []
    repository = victim.repository
    report = verify(repository, victim.tip(), victim.tip(EVIDENCE), progress=lambda *at: seen.append(at))
    assert seen == [(number, report.commits) for number in range(report.commits + 1)]
