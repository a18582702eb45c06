"""What is no tampering is found sound, and told where a person would want to know."""

from __future__ import annotations

import re
from pathlib import Path

from support.gate_scene import MODEL, Scene
from support.repositories import git
from support.specs import environment_yaml, model_yaml
from support.tampering import ATTACKER, Victim, kinds

from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.verification import verify
from sluicegate.specs import release_file


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


def test_an_environment_may_come_after_the_version_that_is_released_there(scene: Scene):
    """Its rules are in no commit that the version has: they are those of the start of the release."""

    def late(floor: str) -> dict[str, bytes]:
        text = environment_yaml("late", after="production", extra=f"  policy: {floor}\n")
        return {"environments/late/environment.yaml": text}

    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge(late("{min_requests: 50}"))
    scene.tick_until_stable(1, "late")
    scene.merge_version(2)
    scene.tick_until_stable(2)
    scene.merge(late("{margins: {error_rate: 0.005}}"))
    scene.tick_until_stable(2, "late")
    scene.merge_version(3)
    scene.tick_until_stable(3)
    report = Victim(scene.bare, ATTACKER).verify()
    assert report.findings == []
    assert report.replayed == report.decisions > 10


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


def test_evidence_without_its_decision_is_counted_and_allowed(scene: Scene, monkeypatch):
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


def test_several_decisions_of_one_tick_were_decided_at_one_commit(scene: Scene):
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in ("m", "n", "o")})
    together = [outcome.commit for outcome in scene.tick()]
    assert len(together) == 3 and all(together)
    for _ in range(3):
        scene.tick()
    report = Victim(scene.bare, ATTACKER).verify()
    assert report.findings == []
    assert report.decisions > 3


def test_unsigned_history_is_sound_unless_signatures_are_required(unsigned: Victim):
    assert unsigned.verify().findings == []
    assert set(kinds(unsigned.verify(require_signature=True))) == {"not-signed"}


def test_a_repository_before_its_first_decision_is_sound(scene: Scene):
    victim = Victim(scene.bare, ATTACKER)
    report = victim.verify()
    assert (report.findings, report.decisions, report.evidence) == ([], 0, None)


def test_progress_counts_the_commits(victim: Victim):
    seen = []
    repository = victim.repository
    report = verify(repository, victim.tip(), victim.tip(EVIDENCE), progress=lambda *at: seen.append(at))
    assert seen == [(number, report.commits) for number in range(report.commits + 1)]


def test_a_file_that_a_decision_wrote_is_compared_and_not_read(scene: Scene, monkeypatch):
    """Reading takes ten times as long. A record sorts the gates, and the file has them in their order."""
    gates = "[{metric: slow_requests, over_ms: 50, margin: 0.05}, {metric: error_rate, margin: 0.05}]"
    for version in (1, 2):
        written = model_yaml(version=version).decode()
        text = re.sub(r"gates: .*", f"gates: {gates}", written)
        scene.merge({MODEL: text.encode()})
        scene.tick_until_stable(version)

    def parse(text: bytes, name: str) -> None:
        raise AssertionError(f"{name} was read: {text.decode()}")

    monkeypatch.setattr(release_file, "parse", parse)
    report = Victim(scene.bare, ATTACKER).verify()
    assert report.findings == []
    assert report.replayed > 5
