"""What a decision is made from, and what a file that cannot be read does to the other releases."""

from dataclasses import replace

import pytest
from support.gate_scene import ENVIRONMENT, MODEL, RELEASE, Gateway, Scene
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.adapters.sources import source_of
from sluicegate.gate.daemon.reconcile import tick

NONSENSE = b"]["
LARGE = b"# " + b"x" * (1 << 20)


def running_at_5_percent(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    assert scene.release().weight == 5


def test_a_changed_policy_does_not_affect_a_release_that_runs(scene: Scene):
    queue = "  rollout: {supersede: queue}\n"
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=queue)})
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(2)
    assert scene.release().weight == 5
    scene.merge(
        {
            MODEL: model_yaml(version=3, margin=0.9, steps="[100]"),
            ENVIRONMENT: environment_yaml("production", extra="  rollout: {steps: [100]}\n"),
        }
    )
    outcome = scene.tick_one()
    assert outcome.policy.steps == (5, 50, 100) and outcome.policy.gates[0].margin == 0.01
    scene.tick_until_stable(2)
    assert scene.advances(2) == ["0 -> 0", "0 -> 5", "5 -> 50", "50 -> 100"]


def test_a_freeze_stops_an_advance_and_no_rollback(scene: Scene):
    running_at_5_percent(scene)
    frozen = (
        '  freeze: [{from: "2025-03-01T00:00:00Z", until: "2025-03-02T00:00:00Z", reason: stocktaking}]\n'
    )
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=frozen)})
    for _ in range(5):
        outcome = scene.tick_one()
        assert outcome.commit is None and "stocktaking" in outcome.decision.reason
    scene.gateway.failure_rate["canary"] = 0.3
    scene.ticks(8)
    assert [r.version for r in scene.release().rejected] == [2]


def test_harm_is_found_in_an_environment_that_came_later_and_cannot_be_read_any_more(scene: Scene):
    late = "environments/late/environment.yaml"
    scene.release_version_1()
    scene.merge_version(2)
    scene.merge({late: environment_yaml("late")})
    scene.decide(replace(scene.release(), environment="late"))
    scene.ticks_of("late", 3)
    assert scene.release("late").weight == 5
    scene.merge({late: NONSENSE})
    assert late in scene.ticks_of("late", 1).problem
    scene.gateway.failure_rate["canary"] = 0.3
    scene.ticks_of("late", 8)
    assert [rejection.version for rejection in scene.release("late").rejected] == [2]


def test_what_cannot_be_read_is_a_problem_of_its_own_only(scene: Scene):
    scene.merge(
        {
            "environments/broken/environment.yaml": b"spec: [\n",
            "environments/late/environment.yaml": environment_yaml("late", after="nowhere"),
            MODEL: model_yaml(),
            "models/bad/model.yaml": b"kind: &a Model\n",
            "models/huge/model.yaml": LARGE,
        }
    )
    outcomes = {(o.environment, o.model): o for o in scene.tick()}
    assert len(outcomes) == 9
    assert outcomes["production", "m"].commit
    assert "late after nowhere" in outcomes["late", "m"].problem
    assert "models/bad/model.yaml" in outcomes["production", "bad"].problem
    assert "more than 1048576" in outcomes["production", "huge"].problem
    for release, outcome in outcomes.items():
        assert (outcome.decision is None) == (release != ("production", "m"))
        assert not outcome.crashed
    assert list(scene.repository.entries(scene.tip(), "environments/broken/m")) == []


def test_a_running_release_is_judged_even_while_main_cannot_be_read(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({MODEL: b"spec: {version: 3\n"})
    scene.gateway.failure_rate["canary"] = 0.3
    outcome = scene.ticks(5)
    assert outcome.problem.startswith("models/m/model.yaml:")
    assert [r.version for r in scene.release().rejected] == [2]


@pytest.mark.parametrize("text", [NONSENSE, LARGE], ids=["nonsense", "large"])
def test_another_environment_that_cannot_be_read_stops_only_itself(scene: Scene, text: bytes):
    scene.merge({MODEL: model_yaml(), "environments/dev/environment.yaml": text})
    outcomes = {o.environment: o for o in scene.tick()}
    assert "environments/dev/environment.yaml" in outcomes["dev"].problem
    assert outcomes["production"].commit


@pytest.mark.parametrize("text", [NONSENSE, LARGE], ids=["nonsense", "large"])
def test_an_unreadable_environment_freezes_its_release_and_stops_no_rollback(scene: Scene, text: bytes):
    running_at_5_percent(scene)
    scene.merge({ENVIRONMENT: text})
    for _ in range(5):
        outcome = scene.tick_one()
        assert outcome.commit is None and "freeze: the environment cannot be read" in outcome.decision.reason
        assert ENVIRONMENT in outcome.problem
    scene.gateway.failure_rate["canary"] = 0.3
    scene.ticks(8)
    assert [r.version for r in scene.release().rejected] == [2]
    idle = scene.tick_one()
    assert idle.decision is None and ENVIRONMENT in idle.problem


def test_both_the_environment_and_the_model_that_cannot_be_read_are_named(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({ENVIRONMENT: NONSENSE, MODEL: NONSENSE})
    outcome = scene.tick_one()
    assert outcome.decision is not None
    assert ENVIRONMENT in outcome.problem and MODEL in outcome.problem


def test_a_person_can_roll_back_while_the_environment_cannot_be_read(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({ENVIRONMENT: NONSENSE})
    refused = scene.execute("promote")
    assert refused.commit is None and "environment.yaml" in refused.problem
    assert scene.execute("rollback").commit and scene.release().canary is None
    assert scene.execute("release").commit
    assert scene.execute("retry").commit
    assert scene.execute("hold").commit


def test_a_person_can_promote_while_the_model_cannot_be_read(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({MODEL: NONSENSE})
    promoted = scene.execute("promote")
    assert promoted.commit and MODEL in promoted.problem and scene.release().weight == 50


def test_a_rollback_by_hand_needs_neither_metrics_nor_a_policy(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick()
    scene.merge({MODEL: b"nonsense"})
    scene.gateway.silent = True
    assert scene.execute("rollback").commit
    assert scene.release().canary is None


def test_a_retry_that_names_no_version_means_the_one_rejected_last(scene: Scene):
    scene.release_version_1()
    for version in (2, 3):
        scene.merge_version(version)
        scene.tick()
        scene.execute("rollback")
        scene.execute("release")
    assert scene.execute("retry").command.version == 3
    assert [r.version for r in scene.release().rejected] == [2]


def test_a_release_file_that_people_broke_stops_only_itself(scene: Scene):
    scene.merge({MODEL: model_yaml(), "models/n/model.yaml": model_yaml("n")})
    scene.tick()
    scene.merge({RELEASE: b"tracks: {stable: 3}\n"})
    outcomes = {o.model: o for o in scene.tick()}
    assert "release.yaml" in outcomes["m"].problem and outcomes["n"].commit


def test_a_removed_model_keeps_its_release_and_starts_nothing(scene: Scene):
    scene.release_version_1()
    scene.merge({MODEL: None})
    outcome = scene.tick_one()
    assert outcome.kind == "wait" and outcome.problem is None and outcome.commit is None
    assert scene.release().stable.version == 1


def test_a_fault_of_the_program_is_a_problem_and_stops_no_other_release(
    scene: Scene, caplog: pytest.LogCaptureFixture
):
    scene.merge({MODEL: model_yaml(), "models/n/model.yaml": model_yaml("n")})
    scene.tick()

    class Faulty(Gateway):
        def read(self, queries, now):
            return 1 / 0 if "m" in [query.model for query in queries] else super().read(queries, now)

    with caplog.at_level("DEBUG", "sluicegate.gate.daemon.evaluate"):
        outcomes = {o.model: o for o in tick(scene.repository, Faulty(), clock=scene.clock)}
    assert outcomes["m"].crashed and "ZeroDivisionError" in outcomes["m"].problem
    assert outcomes["n"].commit
    error, traceback = caplog.records
    assert (error.levelname, error.exc_info) == ("ERROR", None)
    assert "m in production: the evaluation crashed: ZeroDivisionError" in error.message
    assert traceback.levelname == "DEBUG" and traceback.exc_info is not None


def test_a_cluster_that_does_not_answer_promotes_nothing(scene: Scene, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    scene.release_version_1()
    cluster = environment_yaml("production", traffic="gateway-api", gateway="traefik")
    scene.merge({ENVIRONMENT: cluster, "environments/aside/environment.yaml": environment_yaml("aside")})
    scene.merge_version(2)

    def tick_for_real():
        return tick(scene.repository, source_of, clock=scene.clock, refresh=lambda *_: None)

    assert {o.environment: bool(o.commit) for o in tick_for_real()} == {"aside": True, "production": True}
    later = tick_for_real()
    assert [o.problem for o in later] == [None, None] and {o.kind for o in later} == {"wait"}
    assert all("cannot" in o.decision.reason or "not ready" in o.decision.reason for o in later)


def test_the_observations_say_which_revision_was_in_effect(scene: Scene):
    scene.gateway.synced = "5" * 40 + " Healthy"
    running_at_5_percent(scene)
    assert scene.tick_one().observations.reading.synced == "5" * 40 + " Healthy"
