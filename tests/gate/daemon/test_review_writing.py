"""A review is one commit of the evidence's branch: numbered in its pull request, and written once."""

from __future__ import annotations

from support.gate_scene import Scene
from support.keys import Key
from support.reviews import review

from sluicegate.gate.daemon import review_writing
from sluicegate.gate.daemon.reviews import sealed_reviews
from sluicegate.specs import layout


def paths(scene: Scene) -> list[str]:
    scene.repository.fetch()
    return [entry.path for entry in scene.repository.entries(scene.tip("gate-evidence"), layout.REVIEWS)]


def test_reviews_of_a_pull_request_are_numbered_beside_what_others_write(scene: Scene) -> None:
    """The gate has written evidence meanwhile: what others push is read, and written behind."""
    review_writing.add(scene.people, review(1), Key().signer)
    scene.release_version_1()
    for said in (review(2), review(3, pull=8)):
        review_writing.add(scene.people, said)
    names = [layout.review_named(path) for path in paths(scene)]
    assert sorted((name.directory, name.number) for name in names if name) == [
        (layout.reviews_directory(7), 1),
        (layout.reviews_directory(7), 2),
        (layout.reviews_directory(8), 1),
    ]


def test_one_comment_is_one_review_however_often_it_comes(scene: Scene) -> None:
    first = review_writing.add(scene.repository, review())
    assert review_writing.add(scene.repository, review()) == first
    assert len(paths(scene)) == 1


def test_two_commands_of_one_comment_are_two_reviews(scene: Scene) -> None:
    for check in ("quality", "latency"):
        review_writing.add(scene.repository, review(kind="override", check=check))
    found = sealed_reviews(scene.repository, scene.tip("gate-evidence"))
    assert [one.review.check for one in found] == ["quality", "latency"]


def test_the_commit_names_the_person(scene: Scene) -> None:
    sha = review_writing.add(scene.repository, review())
    (commit,) = scene.repository.log(sha, limit=1)
    assert "Review-By: @olga" in commit.message
