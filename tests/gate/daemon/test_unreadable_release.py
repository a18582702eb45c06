"""A release.yaml that says nothing any more keeps no canary in traffic, and people can go on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.gate_scene import PEOPLE, RELEASE, Scene
from support.keys import Key
from support.repositories import git
from support.tampering import Victim

from sluicegate.gate.adapters.git.tree import READ_LIMIT
from sluicegate.gate.verification import Report
from sluicegate.specs.release import Release

BROKEN = {
    "no YAML": b"tracks: [",
    "empty": b"",
    "merge markers": b"<<<<<<< ours\nkind: Release\n=======\nkind: Release\n>>>>>>> theirs\n",
    "another shape": b"kind: Release\n",
    "over the limit": b"# " + b"x" * READ_LIMIT,
}


def running(scene: Scene) -> Release:
    """Version 2 has 5 % of the traffic beside version 1."""
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    assert scene.release().weight == 5
    return scene.release()


def of_another_model(scene: Scene) -> bytes:
    return scene.file(RELEASE).replace(b'model: "m"', b'model: "other"')


def verified(scene: Scene) -> Report:
    return Victim(scene.bare, Key()).verify()


@pytest.mark.parametrize("kind", [*BROKEN, "another model", "taken away"])
def test_the_gate_goes_back_to_what_it_wrote_last_with_all_traffic_on_stable(scene: Scene, kind: str):
    before = running(scene)
    content = {**BROKEN, "another model": of_another_model(scene), "taken away": None}[kind]
    edit = scene.merge({RELEASE: content})
    outcome = scene.tick_one()
    assert (outcome.kind, outcome.decision.before) == ("hold", before)
    assert f"release.yaml says nothing any more (commit {edit[:12]} by {PEOPLE[0]}" in outcome.problem
    after = scene.release()
    assert (after.stable, after.canary, after.weight) == (before.stable, before.canary, 0)
    assert after.hold is not None and edit[:12] in after.hold.reason and after.rejected == ()
    assert scene.tick_one().commit is None
    scene.execute("release", by="Olga <olga@example.org>")
    assert scene.tick_until_stable(2)
    assert verified(scene).findings == []


def test_a_link_in_its_place_says_nothing_either(scene: Scene, tmp_path: Path):
    before = running(scene)
    git("clone", "--quiet", str(scene.bare), str(tmp_path / "clone"), cwd=tmp_path)
    path = tmp_path / "clone" / RELEASE
    path.unlink()
    path.symlink_to("../../../models/m/model.yaml")
    git("commit", "--quiet", "--all", "-m", "a link", cwd=tmp_path / "clone")
    git("push", "--quiet", "origin", "main", cwd=tmp_path / "clone")
    outcome = scene.tick_one()
    assert (outcome.kind, outcome.decision.before) == ("hold", before)
    assert "is a link or a submodule" in outcome.problem
    assert (scene.release().stable, scene.release().weight) == (before.stable, 0)
    assert verified(scene).findings == []


def test_a_person_can_adopt_or_roll_back_from_it_by_name(scene: Scene):
    before = running(scene)
    scene.merge({RELEASE: BROKEN["no YAML"]})
    adopted = scene.execute("adopt", by="Olga <olga@example.org>")
    assert adopted.commit and (scene.release().weight, scene.release().canary) == (5, before.canary)
    scene.merge({RELEASE: BROKEN["empty"]})
    scene.execute("rollback", by="Olga <olga@example.org>")
    assert scene.release().canary is None and scene.release().stable == before.stable
    assert verified(scene).findings == []


def test_what_is_stable_stays_so_and_is_held(scene: Scene):
    scene.merge_version(1)
    scene.tick_until_stable(1)
    before = scene.release()
    scene.merge({RELEASE: BROKEN["empty"]})
    scene.tick_one()
    assert scene.release().stable == before.stable and scene.release().hold is not None
    assert verified(scene).findings == []


def test_without_evidence_of_any_decision_it_is_a_problem_and_nothing_is_written(scene: Scene):
    running(scene)
    git("update-ref", "-d", "refs/heads/gate-evidence", cwd=scene.bare)
    scene.merge({RELEASE: BROKEN["no YAML"]})
    outcome = scene.tick_one()
    assert (outcome.kind, outcome.commit) == ("problem", None) and RELEASE in outcome.problem


def test_a_decision_that_says_so_of_a_file_that_can_be_read_is_found(scene: Scene):
    before = running(scene)
    text = scene.file(RELEASE)
    scene.merge({RELEASE: BROKEN["no YAML"]})
    scene.tick_one()
    victim = Victim(scene.bare, Key())
    decided = victim.decisions()[-1]
    edited = text.replace(b"weight: 5}", b"weight: 6}").replace(b"weight: 95}", b"weight: 94}")
    log = [commit.sha for commit in victim.repository.log(victim.tip())]
    victim.move("main", log[log.index(decided.sha) + 2])
    victim.commit({RELEASE: edited}, "A weight of one's own")
    victim.commit({RELEASE: victim.repository.read(decided.sha, RELEASE)}, decided.message)
    kinds = [finding.kind for finding in victim.verify().findings]
    assert "other-before" in kinds and before.weight == 5
