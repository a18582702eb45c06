"""Whose rules count for a version: its own, the environment's floor, the last stable version's."""

from dataclasses import replace

import pytest
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.specs import artifact_digest, environment_yaml, model_yaml

from sluicegate.gate.daemon.exam import Exam, exam
from sluicegate.gate.daemon.state import State, state_of
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release, Version
from sluicegate.specs.yamlio import InputError

SLOW = "{metric: slow_requests, over_ms: 50, margin: 0.02}"


def state(scene: Scene) -> State:
    return state_of(scene.repository, "main")


def exam_of(scene: Scene, version: Version | None = None, environment: str = "production") -> Exam:
    """The newest version's, beside the stable one of the release."""
    found = state(scene)
    release = found.release("production", "m")
    return exam(found, version or found.newest("m"), release, found.environment(environment))


def policy_of(scene: Scene) -> Policy:
    return exam_of(scene).policy


def test_a_first_version_is_judged_by_its_own_rules(scene: Scene):
    scene.merge_version(1, margin=0.3)
    counts = policy_of(scene)
    assert (counts.gates[0].margin, counts.steps, counts.overruled) == (0.3, (5, 50, 100), ())


def test_a_version_that_loosens_its_own_rules_is_judged_by_those_of_the_stable_one(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.9, steps="[100]")
    counts = policy_of(scene)
    assert (counts.gates[0].margin, counts.steps) == (0.01, (5, 50, 100))
    assert counts.overruled == (
        "steps 5/50/100 of version 1, which is stable, not 100",
        "error_rate margin 0.01 of version 1, which is stable, not 0.9",
    )


def test_a_version_that_tightens_them_is_judged_by_its_own(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.001)
    assert (policy_of(scene).gates[0].margin, policy_of(scene).overruled) == (0.001, ())


def test_a_change_of_its_own_counts_from_the_next_version_on(scene: Scene):
    scene.release_version_1()
    scene.merge({MODEL: model_yaml(margin=0.2)})
    scene.merge_version(2, margin=0.2)
    assert (policy_of(scene).gates[0].margin, policy_of(scene).overruled) == (0.2, ())


def test_what_a_rejected_version_brought_is_not_adopted_by_the_next(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.9)
    scene.merge_version(3, margin=0.9)
    assert policy_of(scene).gates[0].margin == 0.01


def test_a_running_version_keeps_its_exam_whatever_main_says_now(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.005)
    two = state(scene).newest("m")
    extra = "  rollout: {steps: [1, 100]}\n  policy: {alpha: 0.001}\n"
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=extra)})
    scene.merge({MODEL: model_yaml(version=2, margin=0.5)})
    counts = exam_of(scene, two).policy
    assert (counts.gates[0].margin, counts.steps, counts.alpha) == (0.005, (5, 50, 100), 0.05)


def test_the_floor_of_the_environment_counts(scene: Scene):
    floor = "  policy: {margins: {error_rate: 0.002}, min_requests: 500}\n"
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=floor)})
    scene.merge_version(1)
    counts = policy_of(scene)
    assert (counts.gates[0].margin, counts.min_requests) == (0.002, 500)
    assert "error_rate margin 0.002 of the floor of production, not 0.01" in counts.overruled


def test_a_floor_that_is_lowered_with_the_version_is_lowered_for_the_next(scene: Scene):
    floor = "  policy: {margins: {error_rate: 0.002}}\n"
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=floor)})
    scene.merge({MODEL: model_yaml(), ENVIRONMENT: environment_yaml("production")})
    assert policy_of(scene).gates[0].margin == 0.002
    assert any("production before this version" in words for words in policy_of(scene).overruled)
    scene.merge_version(2)
    assert policy_of(scene).gates[0].margin == 0.01


def test_an_environment_that_came_later_judges_by_what_it_says_now(scene: Scene):
    brought = scene.merge_version(1)
    late = environment_yaml("late", extra="  rollout: {min_requests: 7}\n")
    scene.merge({"environments/late/environment.yaml": late})
    version = Version(1, brought, artifact_digest("m", 1))
    assert exam_of(scene, version, "late").policy.min_requests == 7


@pytest.mark.parametrize("margin", [0.0001, 0.5], ids=["tightened", "loosened"])
def test_a_running_version_keeps_the_exam_of_an_environment_that_came_later(scene: Scene, margin: float):
    """The version was brought before there was an environment `late`: its rules are those of the start."""

    def late(margin: float) -> dict[str, bytes]:
        floor = f"  policy: {{margins: {{error_rate: {margin}}}}}\n"
        return {"environments/late/environment.yaml": environment_yaml("late", extra=floor)}

    scene.release_version_1()
    scene.merge_version(2)
    scene.merge(late(0.9))
    scene.decide(replace(scene.release(), environment="late"))
    scene.merge(late(0.002))

    def exam_there() -> Policy:
        return scene.ticks_of("late", 1).policy

    assert exam_there().gates[0].margin == 0.002
    assert scene.release("late").canary.version == 2
    scene.merge(late(margin))
    assert exam_there().gates[0].margin == 0.002
    scene.begin_anew()
    assert exam_there().gates[0].margin == 0.002
    scene.execute("rollback", environment="late")
    scene.execute("retry", environment="late", version=2)
    assert exam_there().gates[0].margin == min(margin, 0.01)


def test_a_gate_that_a_version_drops_is_still_counted(scene: Scene):
    scene.merge({MODEL: model_yaml().replace(b"gates: [", f"gates: [{SLOW}, ".encode())})
    one = state(scene).newest("m")
    scene.decide(Release("m", "production", stable=one))
    scene.merge_version(2)
    found = exam_of(scene)
    assert [gate.name for gate in found.policy.gates] == ["error_rate", "slow_requests"]
    assert found.metrics["slow_requests"].over_ms == 50


def test_what_is_shown_is_the_versions_own_and_is_counted(scene: Scene):
    scene.merge(
        {MODEL: model_yaml().replace(b"gates: [", b"gates: [{metric: latency_quantile, quantile: 0.9}, ")}
    )
    found = exam_of(scene)
    assert [shown.name for shown in found.policy.shown] == ["latency_quantile/p90"]
    assert [gate.name for gate in found.policy.gates] == ["error_rate"]
    assert found.metrics.keys() == {"error_rate", "latency_quantile/p90"}


def test_a_ceiling_of_costs_that_a_version_drops_is_still_counted(scene: Scene):
    scene.merge({MODEL: model_yaml().replace(b"gates: [", b"gates: [{metric: cost, at_most: 0.5}, ")})
    one = state(scene).newest("m")
    scene.decide(Release("m", "production", stable=one))
    loose = model_yaml(version=2).replace(b"gates: [", b"gates: [{metric: cost, at_most: 9}, ")
    scene.merge({MODEL: loose})
    found = exam_of(scene)
    assert [(cost.name, cost.at_most) for cost in found.policy.costs] == [("cost/cpu_seconds", 0.5)]
    assert "cost/cpu_seconds" in found.metrics


def test_a_counter_of_the_business_stays_the_one_that_the_stable_version_has(scene: Scene):
    def counting(series: str, version: int) -> bytes:
        of = f"of: {{series: all_total}}, failed: {{series: {series}}}"
        gate = f"{{metric: counter, name: shop, margin: 0.01, {of}}}"
        return model_yaml(version=version).replace(b"gates: [", f"gates: [{gate}, ".encode())

    scene.merge({MODEL: counting("failed_total", 1)})
    scene.decide(Release("m", "production", stable=state(scene).newest("m")))
    scene.merge({MODEL: counting("never_total", 2)})
    found = exam_of(scene)
    assert found.metrics["counter/shop"].failed.series == "failed_total"
    assert "failed_total of all_total" in found.policy.overruled[0]


def test_a_gate_that_is_counted_by_request_has_no_figures_where_a_version_brings_users(scene: Scene):
    """Users stay on one track, so requests are not independent: what counts them proves nothing."""
    counted = "{metric: counter, name: c, margin: 0.02, failed: {series: f}, of: {series: a}}"
    scene.merge({MODEL: model_yaml().replace(b"gates: [", f"gates: [{counted}, ".encode())})
    scene.decide(Release("m", "production", stable=state(scene).newest("m")))
    brought = model_yaml(version=2).replace(b"steps:", b"unit: {header: X-User-Id}\n    steps:")
    scene.merge({MODEL: brought})
    found = exam_of(scene)
    assert [gate.name for gate in found.policy.gates] == ["error_rate", "counter/c"]
    assert found.failure_counters("error_rate", state(scene).model("m"))
    with pytest.raises(InputError, match="leave out counter, or unit"):
        found.failure_counters("counter/c", state(scene).model("m"))


def test_without_the_rules_of_the_stable_version_no_version_starts(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.9)
    found = state(scene)
    release = found.release("production", "m")
    lost = replace(release, stable=replace(release.stable, revision="e" * 40))
    with pytest.raises(InputError, match="the rules of version 1, which is stable, cannot be read"):
        exam(found, found.newest("m"), lost, found.environment("production"))


def test_rules_that_are_lost_while_a_version_runs_do_not_count_and_that_is_said(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.9)
    found = state(scene)
    release = found.release("production", "m")
    stable = replace(release.stable, revision="e" * 40)
    lost = replace(release, stable=stable, canary=found.newest("m"))
    counts = exam(found, found.newest("m"), lost, found.environment("production")).policy
    assert counts.gates[0].margin == 0.9
    assert "the rules of version 1, which is stable, cannot be read and do not count" in counts.overruled[0]


def test_the_gate_judges_by_what_counts_and_says_whose_it_is(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2, margin=0.9, steps="[100]")
    scene.tick()
    outcome = scene.tick_one()
    assert outcome.decision.release.weight == 5, "not 100, which the version asks for"
    assert "steps 5/50/100 of version 1, which is stable, not 100" in outcome.plain()["overruled"]


def scored(version: int, edges: str) -> bytes:
    text = model_yaml(version=version, extra=f"  score: {{output: y, edges: {edges}}}\n")
    return text.replace(b"gates: [", b"gates: [{metric: score_drift, margin: 0.1}, ")


def counted_edges(scene: Scene, stable: str, canary: str) -> list[float | None]:
    """At which edges the scores of version 2 are counted beside version 1."""
    revision = scene.merge({MODEL: scored(1, stable)})
    scene.decide(Release("m", "production", stable=Version(1, revision, artifact_digest("m", 1))))
    scene.merge({MODEL: scored(2, canary)})
    found = exam_of(scene)
    counters = found.failure_counters("score_drift", state(scene).model("m"))
    gate = next(gate for gate in found.policy.gates if gate.name == "score_drift")
    assert len(counters) == gate.kinds
    return [counter.minus[0].le for counter in counters]


@pytest.mark.parametrize(
    ("stable", "canary", "counted"),
    [
        ("[0.5, 0.9]", "[0.5, 0.9]", [0.5, 0.9]),
        ("[0.3, 0.5]", "[0.5, 0.9]", [0.5]),
        ("[0.3]", "[0.3, 0.5]", [0.3]),
        ("[0.3, 0.7]", "[0.5]", [0.3, 0.7]),
    ],
)
def test_scores_are_counted_at_the_edges_that_count(scene: Scene, stable: str, canary: str, counted):
    assert counted_edges(scene, stable, canary) == counted
