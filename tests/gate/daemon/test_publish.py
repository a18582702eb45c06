import hashlib
import resource

import pytest
from support.gate_scene import RELEASE, Scene
from support.repositories import git
from support.specs import model_yaml

from sluicegate.gate.adapters.git import command, push, repository
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


def test_the_evidence_of_many_decisions_names_a_few_in_its_subject_and_all_in_its_body(scene: Scene):
    names = [f"m{number}" for number in range(5)]
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in names})
    scene.tick()
    subject, empty, *body = scene.repository.log(scene.tip("gate-evidence"))[0].text.split("\n")
    assert subject == (
        "Evidence: 5 decisions, of m0 in production, m1 in production, m2 in production and others"
    )
    assert empty == "" and body == [f"- {name} in production" for name in names]


def test_a_tick_writes_all_it_decides_by_one_git_process(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    names = [f"m{number}" for number in range(20)]
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in names})
    before = command.call
    commands: list[str] = []

    def counted(directory, *arguments, **options):
        commands.append(arguments[0])
        return before(directory, *arguments, **options)

    for module in (command, push, repository):
        monkeypatch.setattr(module, "call", counted)
    assert sum(outcome.commit is not None for outcome in scene.tick()) == 20
    assert commands.count("fast-import") == commands.count("push") == 1
    assert not {"hash-object", "read-tree", "update-index", "write-tree", "commit-tree"} & set(commands)


def test_a_push_that_timed_out_and_arrived_doubles_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    scene.merge_version(1)

    def too_late(*words, seconds, **options):
        command.call(*words, **options)
        raise command.TimedOut(
            "git push took more than 121 s and was ended", "see whether the remote answers"
        )

    with monkeypatch.context() as patched:
        patched.setattr(push, "call", too_late)
        assert scene.tick_one().commit == scene.tip()
    scene.tick()
    assert [decision["Gate-Weight"] for decision in scene.decisions()] == ["0 -> 0", "0 -> 100"]
    assert len(scene.records()) == 2


def test_a_disk_that_is_full_is_named_and_the_next_tick_goes_on(scene: Scene):
    scene.merge_version(1)
    scene.tip()
    before = scene.repository.remote()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(command.DiskFull, match="free space where"):
            scene.tick()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert scene.repository.remote() == before
    assert scene.tick_one().commit


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
