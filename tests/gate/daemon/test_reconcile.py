"""What the gate does once, from a repository to its commits: plan, tick, and a person's commands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from support.clock import SteppingClock
from support.gate_scene import ENVIRONMENT, Gateway, Scene
from support.repositories import bare_repository
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.adapters.git.command import NotARepository, RaceLost, RemoteLocked
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.commands import CommandError
from sluicegate.gate.daemon import racing
from sluicegate.gate.daemon.reconcile import plan, require, tick
from sluicegate.specs.yamlio import InputError


def test_the_first_version_goes_straight_to_100_once_it_is_ready(scene: Scene):
    revision = scene.merge_version(1)
    scene.gateway.ready = False
    dark = scene.tick_one()
    assert (dark.kind, dark.decision.release.weight) == ("advance", 0)
    assert scene.release().canary.revision == revision
    waiting = scene.tick_one()
    assert waiting.kind == "wait" and waiting.commit is None
    scene.gateway.ready = True
    assert scene.tick_until_stable(1)[-1] == "finish"
    release = scene.release()
    assert release.stable.version == 1 and release.canary is None
    weights = [trailer["Gate-Weight"] for trailer in scene.decisions()]
    assert weights[:2] == ["0 -> 0", "0 -> 100"] and weights[-1] == "100 -> 0"


def test_a_harmless_version_passes_every_step(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick_until_stable(2)
    assert scene.advances(2) == ["0 -> 0", "0 -> 5", "5 -> 50", "50 -> 100"]


def test_a_harmful_version_is_rolled_back_and_does_not_start_again_until_retried(scene: Scene):
    scene.release_version_1()
    scene.gateway.failure_rate["canary"] = 0.2
    scene.merge_version(2)
    scene.ticks(8)
    release = scene.release()
    assert release.stable.version == 1 and release.canary is None
    assert [r.version for r in release.rejected] == [2] and "error_rate" in release.rejected[0].reason
    assert scene.tick_one().commit is None
    scene.gateway.failure_rate["canary"] = 0.0
    assert scene.execute("retry", version=2).commit
    assert scene.tick_until_stable(2)[-1] == "finish"


def test_a_person_approves_a_step_that_asks_for_it_and_no_other(scene: Scene):
    pauses = "  rollout: {pauses: [{weight: 50, approval: true}]}\n"
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=pauses)})
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(2)
    assert scene.release().weight == 5
    before = scene.tip()
    with pytest.raises(CommandError, match=r"5 % asks for no approval; wait until it is at 50 %"):
        scene.execute("approve")
    assert scene.tip() == before
    outcome = scene.ticks(30)
    assert scene.release().weight == 50 and "a person has to approve" in outcome.decision.reason
    assert scene.execute("approve").commit
    assert scene.tick_one().decision.release.weight == 100
    with pytest.raises(CommandError, match=r"100 % asks for no approval; `status` shows"):
        scene.execute("approve")


def test_a_canary_that_is_not_ready_for_a_moment_is_waited_for(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.05)
    for number in range(40):
        scene.gateway.ready = number % 2 == 1
        outcome = scene.tick_one()
        if number and not scene.gateway.ready:
            assert outcome.kind == "wait", outcome.decision
            assert outcome.decision.release.weight == outcome.decision.before.weight
        if scene.release().canary is None:
            break
    assert outcome.kind == "finish" and scene.release().stable.version == 2


def test_a_plan_says_what_a_tick_would_do_and_writes_nothing(scene: Scene):
    scene.merge_version(1)
    before = scene.repository.remote()
    (planned,) = plan(scene.repository, scene.gateway, clock=scene.clock)
    assert planned.decision.commits and planned.commit is None
    assert scene.repository.remote() == before
    assert scene.tick_one().kind == planned.kind


def test_a_tick_without_a_decision_commits_nothing(scene: Scene):
    scene.release_version_1()
    before = scene.repository.remote()
    assert scene.tick_one().kind == "wait"
    assert scene.repository.remote() == before


def test_only_what_is_selected_is_evaluated(scene: Scene):
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in "mn"})
    assert [o.model for o in scene.tick(only=lambda _, model: model == "n")] == ["n"]
    assert [trailer["Gate-Model"] for trailer in scene.decisions()] == ["n"]


def test_a_lost_race_is_read_and_decided_again(scene: Scene, caplog: pytest.LogCaptureFixture):
    scene.merge_version(1)
    pushed = []

    def clock() -> datetime:
        if not pushed:
            pushed.append(scene.merge_version(2))
        return scene.clock()

    with caplog.at_level("INFO", "sluicegate.gate.daemon.racing"):
        (outcome,) = tick(scene.repository, scene.gateway, clock=clock)
    assert outcome.commit is not None
    assert scene.release().canary.version == 2, "decided again from the tip that won"
    assert scene.repository.log(scene.tip())[1].sha == pushed[0]
    assert len(scene.records()) == 1
    assert [record.message[:15] for record in caplog.records] == ["attempt 1 of 10"]


def test_a_race_that_is_lost_again_and_again_is_given_up_by_name(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    pauses = []
    monkeypatch.setattr(racing, "sleep", pauses.append)
    scene.merge_version(1)
    count = [0]

    def clock() -> datetime:
        count[0] += 1
        scene.merge({"README.md": f"{count[0]}".encode()})
        return scene.clock()

    with pytest.raises(RaceLost, match="read and decide again"):
        tick(scene.repository, scene.gateway, clock=clock)
    assert count[0] == 10 and "gate-evidence" not in scene.repository.remote()
    assert len(pauses) == 9 and all(0 <= pause <= racing.LONGEST_PAUSE for pause in pauses)


def test_ten_losses_to_the_same_tip_are_a_lock_and_not_another_writer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(racing, "LONGEST_PAUSE", 0.0)
    scene.merge_version(1)
    before = scene.repository.remote()
    lock = scene.bare / "refs/heads/main.lock"
    lock.touch()
    caplog.set_level("INFO", "sluicegate.gate.daemon.racing")
    with pytest.raises(
        RemoteLocked, match=r"the remote is locked by .*main.lock, which is .* old; if no git"
    ):
        scene.tick()
    assert len(caplog.messages) == 9 and "another writer" not in caplog.text
    assert scene.repository.remote() == before
    lock.unlink()
    assert scene.tick_one().commit


def test_parallel_gates_lose_no_decision_and_make_none_twice(scene: Scene):
    models = [f"m{i}" for i in range(5)]
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in models})

    def gate(_: int) -> None:
        with Repository(scene.bare) as mine:
            while any(
                outcome.decision.release.stable is None
                for outcome in tick(mine, scene.gateway, clock=scene.clock)
            ):
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gate, range(4)))
    found = [(d["Gate-Model"], d["Gate-Decision"], d["Gate-Weight"]) for d in scene.decisions()]
    assert sorted(found) == sorted(
        (name, *decision)
        for name in models
        for decision in [
            ("advance", "0 -> 0"),
            ("advance", "0 -> 100"),
            ("finish", "100 -> 0"),
        ]
    )


def test_commands_are_commits_with_a_reason(scene: Scene):
    scene.release_version_1()
    held = scene.execute("hold", reason="the sale runs")
    assert held.commit and scene.release().hold.reason == "the sale runs"
    scene.merge_version(2)
    assert scene.tick_one().commit is None
    scene.execute("release", reason="the sale is over")
    scene.tick()
    hotfix = scene.execute("promote", reason="prices are wrong", to=99)
    assert hotfix.commit and scene.release().weight == 99
    back = scene.execute("rollback", reason="worse than before")
    assert back.commit and scene.release().hold is not None and scene.release().canary is None
    assert scene.tick_one().commit is None, "nothing is promoted again until the hold is released"
    log = scene.repository.log(scene.tip())
    assert "worse than before" in log[0].message and "prices are wrong" in log[1].message
    assert log[0].parents == (log[1].sha,)


def test_commands_that_make_no_sense_are_refused_by_name(scene: Scene):
    scene.merge_version(1)
    before = scene.repository.remote()
    for name, options in (("release", {}), ("rollback", {}), ("promote", {}), ("retry", {"version": 7})):
        with pytest.raises(CommandError):
            scene.execute(name, **options)
    with pytest.raises(CommandError, match="say why"):
        scene.execute("hold", reason="  ")
    with pytest.raises(InputError, match="there is no environment 'nowhere'"):
        scene.execute("hold", environment="nowhere")
    assert scene.repository.remote() == before


@pytest.mark.parametrize(
    ("environments", "models", "problem"),
    [
        (["prodution"], [], "there is no environment 'prodution'; did you mean production?"),
        (["x"], [], "there is no environment 'x'; name one of: production"),
        (["production"], ["m", "mm"], "there is no model 'mm'; did you mean m?"),
        ([], ["m", "other"], "there is no model 'other'; name one of: m"),
    ],
)
def test_a_name_that_the_branch_does_not_have_is_refused(scene: Scene, environments, models, problem):
    scene.merge_version(1)
    require(scene.repository, ["production"], ["m"])
    with pytest.raises(InputError) as refused:
        require(scene.repository, environments, models)
    assert str(refused.value) == problem


def test_where_there_is_no_model_yet_the_remedy_says_so(scene: Scene):
    with pytest.raises(InputError, match="there are none yet"):
        require(scene.repository, [], ["m"])


def test_a_repository_without_the_branch_is_named(tmp_path: Path):
    with (
        Repository(bare_repository(tmp_path / "empty.git")) as repository,
        pytest.raises(NotARepository, match="no branch 'main'"),
    ):
        plan(repository, Gateway(), clock=SteppingClock())


def test_environments_follow_one_another_and_a_faster_merge_does_not_starve_the_last(scene: Scene):
    first = "environments/a-last-name/environment.yaml"
    scene.merge(
        {
            ENVIRONMENT: environment_yaml("production", after="a-last-name"),
            first: environment_yaml("a-last-name"),
        }
    )
    scene.merge_version(1)
    assert [o.environment for o in scene.tick()] == ["a-last-name", "production"]
    assert "waits until it is stable in the environment before" in scene.tick()[1].decision.reason
    scene.tick_until_stable(1)
    scene.merge_version(2)
    scene.tick_until_stable(2, "a-last-name")
    scene.merge_version(3)
    scene.tick()
    assert scene.release("a-last-name").canary.version == 3
    assert scene.release("production").canary.version == 2
