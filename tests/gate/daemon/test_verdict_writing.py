"""Verdicts on the branch of the evidence: one commit each time, beside whatever the gate writes there."""

from __future__ import annotations

from support.clock import START
from support.gate_scene import Scene
from support.keys import Key
from support.verdicts import verdict_of

from sluicegate.gate.daemon.verdict_writing import add
from sluicegate.specs import layout

KEY = Key()


def test_verdicts_are_added_and_none_is_rewritten(scene: Scene) -> None:
    """The gate has written evidence meanwhile: what others push is read, and written behind."""
    revision = scene.merge_version(1)
    first = add(scene.people, [verdict_of(scene, revision)], KEY.signer, START)
    scene.tick_one()
    second = add(scene.people, [verdict_of(scene, revision, verdict="fail")], KEY.signer, START)
    scene.repository.fetch()
    assert scene.repository.contains(second, first)
    paths = [entry.path for entry in scene.repository.entries(second)]
    named = [name for path in paths if (name := layout.verdict_named(path)) is not None]
    assert {(name.model, name.content) for name in named} == {
        ("m", scene.repository.object_at(revision, "models/m"))
    }
    assert len(named) == 2
    assert any(layout.record_named(path) for path in paths)


def test_the_commit_says_of_which_models_and_what(scene: Scene) -> None:
    revision = scene.merge_version(1)
    names = [verdict_of(scene, revision, model=name) for name in ("a", "b", "c", "d")]
    sha = add(scene.people, names, KEY.signer, START)
    (commit,) = scene.people.log(sha, limit=1)
    assert commit.message.strip() == "Verdict: a pass, b pass, c pass and 1 more"
