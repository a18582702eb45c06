"""`verify` reads what people approved or overrode as it reads decisions: whole, in place, signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import PEOPLE, Scene
from support.keys import Key
from support.reviews import review

from sluicegate.gate.daemon import review_writing, reviews
from sluicegate.gate.verification import verify
from sluicegate.specs import layout


@pytest.fixture
def scene(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({"environments/production/environment.yaml": b"# an environment\n"})
    yield scene
    scene.close()


def found(scene: Scene) -> list[str]:
    scene.repository.fetch()
    report = verify(scene.repository, scene.tip(), scene.tip("gate-evidence"))
    return [finding.kind for finding in report.findings]


def test_reviews_are_counted_and_no_stranger_on_the_branch(scene: Scene) -> None:
    for comment in (1, 2):
        review_writing.add(scene.repository, review(comment), None)
    report = verify(scene.repository, scene.tip(), scene.tip("gate-evidence"))
    assert (report.reviews, report.findings) == (2, [])


def test_what_no_trusted_key_signed_counts_nowhere(scene: Scene) -> None:
    key = Key()
    scene.merge({layout.TRUSTED_KEYS: key.public})
    review_writing.add(scene.repository, review(1), key.signer)
    review_writing.add(scene.repository, review(2), None)
    assert found(scene) == ["not-signed"]
    counted = reviews.reviews_at(scene.repository, scene.tip(), scene.tip("gate-evidence"))
    assert [one.comment for one in counted] == [1]


def test_a_review_that_was_changed_is_named(scene: Scene) -> None:
    review_writing.add(scene.repository, review(1), None)
    (entry,) = scene.repository.entries(scene.tip("gate-evidence"), layout.REVIEWS)
    forged = scene.repository.blob(entry.oid).replace(b'"signatures":[]', b'"signatures":[] ')
    tip = scene.repository.commit(scene.tip("gate-evidence"), {entry.path: forged}, "Forge", START, PEOPLE)
    scene.repository.push({"gate-evidence": tip})
    assert sorted(found(scene)) == ["evidence-rewritten", "record-edited"]
