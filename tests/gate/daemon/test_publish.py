import hashlib

import pytest
from support.gate_scene import RELEASE, Scene
from support.repositories import git
from support.specs import model_yaml

from sluicegate.gate.adapters.git.command import PushRefused
from sluicegate.gate.core import trailers


def test_each_decision_is_one_commit_behind_the_other(scene: Scene):
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in "mn"})
    tip = scene.tip()
    outcomes = scene.tick()
    log = scene.repository.log(scene.tip())
    assert [commit.sha for commit in log[:2]] == [outcome.commit for outcome in reversed(outcomes)]
    assert log[1].parents == (tip,) and log[0].parents == (log[1].sha,)
    assert git("fsck", "--strict", cwd=scene.bare) == ""
    evidence = scene.repository.log(scene.tip("gate-evidence"))
    assert [commit.message for commit in evidence] == ["Evidence: m in production, n in production\n"]


def test_the_commit_names_the_digest_of_its_record(scene: Scene):
    scene.merge_version(1)
    scene.tick()
    (sealed,) = scene.records()
    message = scene.repository.log(scene.tip())[0].message
    assert trailers.parse(message)["Gate-Evidence"] == "sha256:" + hashlib.sha256(sealed).hexdigest()


def test_the_bytes_of_a_release_change_only_where_its_state_did(scene: Scene):
    scene.merge_version(1)
    scene.tick()
    scene.merge({RELEASE: scene.file(RELEASE) + b"# a remark by people\n"})
    scene.tick()
    assert b"# a remark by people" in scene.file(RELEASE)


def test_a_remote_that_refuses_is_named_and_nothing_is_half_written(scene: Scene):
    scene.merge_version(1)
    before = scene.repository.remote()
    hook = scene.refuse_pushes("only people write main")
    with pytest.raises(PushRefused, match="only people write main"):
        scene.tick()
    assert scene.repository.remote() == before
    hook.unlink()
    assert scene.tick_one().commit


def test_each_commit_is_logged_once_it_is_pushed(scene: Scene, caplog: pytest.LogCaptureFixture):
    scene.merge_version(1)
    caplog.set_level("INFO", "sluicegate.gate.daemon.publish")
    hook = scene.refuse_pushes()
    with pytest.raises(PushRefused):
        scene.tick()
    assert caplog.records == []
    hook.unlink()
    outcome = scene.tick_one()
    assert caplog.messages == [f"m in production: advance, commit {outcome.commit}"]
