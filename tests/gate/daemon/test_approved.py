"""`require: [approval]`: a version starts once another person approved exactly what main brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import ENVIRONMENT, Scene
from support.keys import Key
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.adapters.signing import public_keys
from sluicegate.gate.core import evidence
from sluicegate.gate.core.commands import CommandError
from sluicegate.gate.daemon import review_writing
from sluicegate.gate.verification import verify
from sluicegate.specs import layout
from sluicegate.specs.reviews import Review

MODEL = "models/m/model.yaml"
KEY = Key()
OTHERS = public_keys(Key().public, "other keys")


@pytest.fixture
def scene(tmp_path: Path):
    scene = Scene(tmp_path)
    required = environment_yaml("production").replace(b"  require: []\n", b"") + b"  require: [approval]\n"
    scene.merge({ENVIRONMENT: required})
    scene.release_version_1()
    scene.merge({layout.TRUSTED_KEYS: KEY.public})
    scene.signer = KEY.signer
    scene.merge_version(2)
    yield scene
    scene.close()


def approve(scene: Scene, key: Key | None = KEY, **changes: object) -> None:
    scene.repository.fetch()
    tree = scene.repository.object_at(scene.tip(), "models/m")
    assert tree is not None
    review = Review(
        "approve", "o/r", 7, "a" * 40, {"m": tree}, "@olga", 12, ("@olga",), START + timedelta(hours=1),
        "reads well", 1,
    )  # fmt: skip
    review_writing.add(scene.repository, replace(review, **changes), None if key is None else key.signer)


def findings(scene: Scene) -> list[str]:
    scene.repository.fetch()
    report = verify(scene.repository, scene.tip(), scene.tip("gate-evidence"))
    return [finding.kind for finding in report.findings]


def test_it_waits_for_a_person_and_says_what_helps(scene: Scene) -> None:
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert outcome.decision.reason.startswith("production: version 2 waits for an approval: none is recorded")
    assert "/sluice approve" in outcome.decision.reason
    assert outcome.commit is None


def test_who_when_and_why_are_in_the_evidence_and_verify_checks_them(scene: Scene) -> None:
    approve(scene)
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert outcome.decision.reason.endswith("approved by @olga")
    approved = evidence.read(scene.records()[-1]).inputs.observations.approved
    assert approved is not None
    (approval,) = approved.approvals
    assert (approval.by, approval.reason) == ("@olga", "reads well")
    assert findings(scene) == []


@pytest.mark.parametrize(
    "changes",
    [{"author": True}, {"models": {"m": "b" * 40}}, {"models": {}}, {"kind": "override", "check": "quality"}],
)
def test_what_approves_something_else_does_not_count(scene: Scene, changes: dict[str, object]) -> None:
    approve(scene, **changes)
    assert scene.tick_one().commit is None


def test_files_that_change_after_the_approval_are_not_approved(scene: Scene) -> None:
    approve(scene)
    scene.merge({MODEL: model_yaml(version=3)})
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert "version 3 waits for an approval" in outcome.decision.reason


def test_a_hotfix_needs_another_person_as_well(scene: Scene) -> None:
    with pytest.raises(CommandError, match="waits for an approval"):
        scene.execute("hotfix")
    approve(scene)
    assert scene.execute("hotfix").commit is not None


@pytest.mark.parametrize("key", [None, Key()], ids=["unsigned", "a stranger's"])
def test_only_an_approval_that_a_trusted_key_signed_counts(scene: Scene, key: Key | None) -> None:
    approve(scene, key)
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert "no key of environments/gate.pub signed it" in outcome.decision.reason
    approve(scene, comment=2)
    assert scene.tick_one().commit is not None


def test_where_no_key_is_named_none_counts(scene: Scene) -> None:
    approve(scene)
    scene.merge({layout.TRUSTED_KEYS: None})
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert "environments/gate.pub names no key" in outcome.decision.reason


def test_a_start_by_a_review_that_nobody_signed_is_found(scene: Scene) -> None:
    """As a gate would have made it that counted what anybody can push."""
    approve(scene)
    scene.tick_one()
    report = verify(scene.repository, scene.tip(), scene.tip("gate-evidence"), keys=OTHERS)
    problems = [one.problem for one in report.findings if one.kind == "not-approved"]
    assert len(problems) == 1
    assert "the approval by @olga is signed by no trusted key" in problems[0]


def test_a_start_by_a_review_that_is_not_there_is_found(scene: Scene) -> None:
    approve(scene)
    scene.tick_one()
    before = scene.repository.log(scene.tip("gate-evidence"))[1].sha  # the review's own commit
    tree = scene.repository.entries(before, layout.REVIEWS)
    tip = scene.repository.commit(scene.tip("gate-evidence"), {tree[0].path: None}, "Lose it", START)
    scene.repository.push({"gate-evidence": tip})
    assert "not-approved" in findings(scene)
