"""What a tick costs: nothing for what did not change, and nothing that changed is overlooked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import START
from support.counting_git import CountingGit
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.specs import artifact_digest, environment_yaml, model_yaml

from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.daemon.memo import Memo
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render


def stable_models(scene: Scene, *names: str) -> None:
    """Models whose version 1 is stable in production; written in one commit, without evidence."""
    revision = scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in names})
    releases = {
        f"environments/production/{name}/release.yaml": render(
            Release(name, "production", stable=Version(1, revision, artifact_digest(name, 1)))
        )
        for name in names
    }
    scene.merge(releases)


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CountingGit:
    return CountingGit(tmp_path / "counting", monkeypatch)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the blobs that are read."""
    ids: list[str] = []
    whole = ObjectReader.read

    def noted(self: ObjectReader, oid: str) -> bytes:
        ids.append(oid)
        return whole(self, oid)

    monkeypatch.setattr(ObjectReader, "read", noted)
    return ids


def processes_of_a_first_tick(scene: Scene, ran: CountingGit, *names: str) -> list[str]:
    stable_models(scene, *names)
    ran.clear()
    scene.tick()
    return ran.commands


def test_the_first_tick_starts_as_many_processes_for_twelve_models_as_for_two(
    tmp_path: Path, ran: CountingGit
):
    counted = []
    for number in (2, 12):
        folder = tmp_path / str(number)
        folder.mkdir()
        scene = Scene(folder)
        scene.merge({ENVIRONMENT: environment_yaml("production")})
        counted.append(processes_of_a_first_tick(scene, ran, *(f"m{n}" for n in range(number))))
        scene.close()
    assert sorted(counted[0]) == sorted(counted[1])
    history_and_tip = ["log", "log"]
    others = ["cat-file", "fetch", "for-each-ref", "ls-remote", "ls-tree"]
    assert sorted(counted[0]) == sorted(history_and_tip + others)


def test_a_tick_that_starts_twelve_models_searches_history_as_often_as_one_that_starts_two(
    tmp_path: Path, ran: CountingGit
):
    counted = []
    for number in (2, 12):
        folder = tmp_path / str(number)
        folder.mkdir()
        scene = Scene(folder)
        scene.merge({ENVIRONMENT: environment_yaml("production")})
        scene.tick()
        names = [f"m{n}" for n in range(number)]
        scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in names})
        ran.clear()
        assert sum(outcome.commit is not None for outcome in scene.tick()) == number
        counted.append(ran.commands.count("log"))
        scene.close()
    assert counted == [2, 2]


def test_an_idle_tick_is_one_look_at_the_remote(scene: Scene, ran: CountingGit, read: list[str]):
    stable_models(scene, "a", "b", "c")
    first = scene.tick()
    ran.clear()
    read.clear()
    second = scene.tick()
    assert (ran.commands, read) == (["ls-remote"], [])
    assert [one is other for one, other in zip(first, second, strict=True)] == [True] * 3


def test_at_a_new_tip_only_what_changed_is_read(scene: Scene, ran: CountingGit, read: list[str]):
    stable_models(scene, "a", "b", "c")
    before = scene.tick()
    scene.merge({"models/b/model.yaml": model_yaml("b", margin=0.3)})
    ran.clear()
    read.clear()
    after = scene.tick()
    changed = scene.repository.tree(scene.tip()).entry("models/b/model.yaml")
    assert changed is not None
    assert set(read) <= {changed.oid, blob(scene, "models/b/model.yaml", "main~1"), release_blob(scene, "b")}
    assert changed.oid in read
    assert "ls-tree" not in ran.commands
    assert ran.commands.count("log") == 2, "what is new in the history of the models, and the tip's moment"
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]


def blob(scene: Scene, path: str, revision: str = "main") -> str:
    return scene.repository.git.text("rev-parse", f"{revision}:{path}")


def release_blob(scene: Scene, model: str) -> str:
    return blob(scene, f"environments/production/{model}/release.yaml")


def test_a_new_version_is_seen_at_once(scene: Scene):
    scene.release_version_1("m")
    scene.release_version_1("n")
    scene.tick()
    scene.merge_version(2)
    kinds = {outcome.model: outcome.kind for outcome in scene.tick()}
    assert kinds == {"m": "advance", "n": "wait"}


def test_what_the_environment_before_makes_stable_is_seen_downstream(scene: Scene):
    scene.merge({"environments/late/environment.yaml": environment_yaml("late", after="production")})
    first = scene.release_version_1()
    scene.decide(Release("m", "late", stable=Version(1, first, artifact_digest("m", 1))))
    scene.tick()
    second = scene.merge_version(2)
    stable = Version(2, second, artifact_digest("m", 2))
    scene.decide(Release("m", "production", stable=stable))
    kinds = {outcome.environment: outcome.kind for outcome in scene.tick()}
    assert kinds == {"production": "wait", "late": "advance"}


def test_a_changed_environment_is_seen_by_all_its_models(scene: Scene):
    stable_models(scene, "a", "b")
    before = scene.tick()
    scene.merge({ENVIRONMENT: b"]["})
    assert [outcome.kind for outcome in scene.tick()] == ["problem", "problem"]
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    after = scene.tick()
    assert [outcome.kind for outcome in after] == ["wait", "wait"]
    assert not any(one is other for one, other in zip(before, after, strict=True))


def test_what_only_waits_for_a_freeze_to_end_is_evaluated_at_every_tick(scene: Scene):
    scene.release_version_1()
    end = START + timedelta(days=1)
    freeze = f"[{{from: {START.isoformat()}, until: {end.isoformat()}, reason: holidays}}]".replace(
        START.isoformat(), f'"{START.isoformat()}"'
    ).replace(end.isoformat(), f'"{end.isoformat()}"')
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=f"  freeze: {freeze}\n")})
    scene.merge_version(2)
    assert scene.tick_one().kind == scene.tick_one().kind == "wait"
    scene.clock.now = end
    assert scene.tick_one().kind == "advance"


def test_a_running_release_and_a_problem_are_evaluated_at_every_tick(scene: Scene):
    stable_models(scene, "m", "n")
    scene.merge({"models/n/model.yaml": b"]["})
    scene.merge_version(2)
    scene.tick()
    scene.gateway.silent = True
    first = scene.tick()
    second = scene.tick()
    assert [one is other for one, other in zip(first, second, strict=True)] == [False, False]


def test_a_command_is_carried_out_on_what_is_at_rest(scene: Scene):
    scene.release_version_1()
    scene.tick()
    assert scene.execute("hold").commit is not None
    assert scene.release().hold is not None
    (outcome,) = scene.tick()
    assert outcome.decision is not None and outcome.decision.before.hold is not None


def test_nothing_is_known_of_a_history_that_was_rewritten(scene: Scene):
    stable_models(scene, "m")
    scene.tick()
    known = Memo.of(scene.repository, scene.tip())
    other = scene.people.commit(
        None, {ENVIRONMENT: environment_yaml("production"), MODEL: model_yaml(version=3)}, "x", START
    )
    scene.people.git.run("push", "--force", str(scene.bare), f"{other}:refs/heads/main")
    (outcome,) = scene.tick()
    assert outcome.decision is not None and outcome.decision.release.canary is not None
    assert outcome.decision.release.canary.revision == other
    assert Memo.of(scene.repository, scene.tip()) is not known


def test_what_is_kept_does_not_grow_with_the_number_of_tips(scene: Scene):
    stable_models(scene, "a", "b", "m")
    sizes = []
    for number in range(40):
        scene.merge(
            {
                MODEL: model_yaml(version=1, margin=0.01 + number / 1000),
                ENVIRONMENT: environment_yaml("production", extra=f"  cluster: c{number}\n"),
            }
        )
        scene.tick()
        sizes.append(len(Memo.of(scene.repository, scene.tip())))
    assert sizes[-1] == sizes[1] <= 20
