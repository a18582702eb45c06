"""Reviews on the branch of the evidence: all that can be read, and of those the ones that are trusted."""

from __future__ import annotations

from support.clock import START
from support.gate_scene import PEOPLE, Scene
from support.keys import Key
from support.reviews import review

from sluicegate.gate.daemon import review_writing
from sluicegate.gate.daemon.reviews import reviews_at, sealed_reviews, uncounted
from sluicegate.specs import layout

KEY = Key()


def counted(scene: Scene) -> list[int]:
    """The comments whose reviews count."""
    scene.repository.fetch()
    return [one.comment for one in reviews_at(scene.repository, scene.tip(), scene.tip("gate-evidence"))]


def test_a_signature_of_a_trusted_key_counts_and_no_other(scene: Scene) -> None:
    scene.merge({layout.TRUSTED_KEYS: KEY.public})
    for number, signer in enumerate((KEY.signer, Key().signer, None)):
        review_writing.add(scene.repository, review(number), signer)
    assert counted(scene) == [0]


def test_where_no_key_is_named_none_counts(scene: Scene) -> None:
    """Whoever may push a branch could have written it."""
    for number, signer in enumerate((KEY.signer, None)):
        review_writing.add(scene.repository, review(number), signer)
    assert counted(scene) == []


def test_what_does_not_count_is_said_and_what_helps(scene: Scene) -> None:
    def said(head: str = "a" * 40) -> str | None:
        return uncounted(scene.repository, scene.tip(), scene.tip("gate-evidence"), head)

    review_writing.add(scene.repository, review(), KEY.signer)
    assert said("c" * 40) is None
    assert "approved by @olga" in str(said())
    assert "environments/gate.pub names no key by which it could be trusted; have it recorded" in str(said())
    scene.merge({layout.TRUSTED_KEYS: KEY.public})
    scene.repository.fetch()
    assert said() is None
    review_writing.add(scene.repository, review(2), None)
    assert "no key of environments/gate.pub signed it" in str(said())


def test_of_keys_that_cannot_be_read_none_is_trusted(scene: Scene) -> None:
    review_writing.add(scene.repository, review(), KEY.signer)
    scene.merge({layout.TRUSTED_KEYS: b"not a key\n"})
    assert counted(scene) == []


def test_what_cannot_be_read_is_left_out_and_logged(scene: Scene, caplog) -> None:
    review_writing.add(scene.repository, review(), KEY.signer)
    broken = {layout.review_path(7, 2, "sha256:" + "0" * 64): b"{}"}
    tip = scene.repository.commit(scene.tip("gate-evidence"), broken, "Break", START, PEOPLE)
    scene.repository.push({"gate-evidence": tip})
    assert [one.review.comment for one in sealed_reviews(scene.repository, tip)] == [1]
    assert "does not count" in caplog.text


def test_before_the_first_evidence_there_is_none(scene: Scene) -> None:
    assert reviews_at(scene.repository, scene.tip(), None) == ()
