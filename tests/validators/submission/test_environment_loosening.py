"""What of an environment's file is looser than before, in words; what is stricter says nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest
from support.specs import environment_yaml

from sluicegate.specs.environment import EnvironmentSpec, PolicyFloor, RolloutOverrides
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.strictness import NO_RULE, POLICY
from sluicegate.specs.yamlio import parse
from sluicegate.validators.submission.environment_loosening import NOT_RULES, RULES, environment_rules


def environment(extra: str, **more: str):
    path = "environments/production/environment.yaml"
    return load_environment(parse(environment_yaml("production", extra=extra, **more), path))


FREEZE = '  freeze: [{from: 2026-12-23T00:00:00Z, until: "2027-01-02T00:00:00Z", reason: holidays}]\n'


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "  rollout: {steps: [100]}\n", "rollout.steps 100, in place of each model's own"),
        (
            "  rollout: {steps: [1, 100]}\n",
            "  rollout: {steps: [50, 100]}\n",
            "rollout.steps 50/100, not 1/100",
        ),
        (
            "  rollout: {min_requests: 500}\n",
            "  rollout: {min_requests: 5}\n",
            "rollout.min_requests 5, not 500",
        ),
        ("  rollout: {min_seconds: 5}\n", "  rollout: {min_seconds: 0}\n", "rollout.min_seconds 0, not 5"),
        ("  rollout: {deadline: 1h}\n", "  rollout: {deadline: 30h}\n", "rollout.deadline 30h, not 1h"),
        ("  policy: {alpha: 0.01}\n", "", "policy.alpha none, not 0.01"),
        (
            "  policy: {margins: {error_rate: 0.01}}\n",
            "  policy: {margins: {error_rate: 0.1}}\n",
            "policy.margins.error_rate 0.1, not 0.01",
        ),
        ("  policy: {margins: {error_rate: 0.01}}\n", "", "policy.margins.error_rate none, not 0.01"),
        ("  after: staging\n", "", "it no longer comes after staging"),
        ("  after: staging\n  bake: 2h\n", "  after: staging\n  bake: 30m\n", "bake 30m, not 2h"),
        ("  max_canaries: 1\n", "  max_canaries: 5\n", "max_canaries 5, not 1"),
        ("  max_canaries: 1\n", "", "max_canaries none, not 1"),
        (FREEZE, "", "the freeze until 2027-01-02T00:00:00+00:00 is gone or changed (holidays)"),
    ],
)
def test_a_looser_rule_is_named_and_a_stricter_one_is_not(before: str, after: str, words: str) -> None:
    assert list(environment_rules(environment(before), environment(after))) == [words]
    assert words not in list(environment_rules(environment(after), environment(before)))


def test_requirements_smoke_test_and_source_of_figures() -> None:
    before = environment("", require="[verdict, approval]", smoke=True)
    after = environment("", require="[verdict]", url="http://127.0.0.1:2")
    assert list(environment_rules(before, after)) == [
        "smoke false, not true",
        "metrics are read from elsewhere",
        "require no longer has approval",
    ]


def test_what_is_moved_or_cannot_be_compared_is_named_both_ways() -> None:
    one, other = environment("  cluster: a\n"), environment("  cluster: b\n", namespace="elsewhere")
    moved = ["it is moved: namespace elsewhere, not production", "it is moved: cluster b, not a"]
    assert list(environment_rules(one, other)) == moved
    assert len(list(environment_rules(other, one))) == 2


def test_a_caller_that_is_listed_for_fewer_models_is_told_less() -> None:
    both, one = (
        environment(f'  callers: [{{name: checkout, models: {models}, contact: "@shop"}}]\n')
        for models in ("[m, n]", "[m]")
    )
    words = "what breaks for the caller checkout is no longer said, or of fewer models"
    assert list(environment_rules(both, one)) == [words]
    assert list(environment_rules(one, both)) == []


def test_the_same_file_loosens_nothing() -> None:
    one = environment(FREEZE + "  rollout: {steps: [1, 100]}\n  policy: {alpha: 0.01}\n")
    assert list(environment_rules(one, one)) == []


def names(shape: type) -> set[str]:
    return {field.name for field in fields(shape)}


def test_of_each_field_somebody_has_said_what_is_looser() -> None:
    assert names(EnvironmentSpec) == RULES.keys() | NOT_RULES.keys()
    assert names(RolloutOverrides) - {"pauses"} <= POLICY.keys() | NO_RULE.keys()
    assert names(PolicyFloor) - {"margins"} <= POLICY.keys()


def test_a_field_that_nobody_knows_is_unclear() -> None:
    @dataclass(frozen=True)
    class Later(RolloutOverrides):
        speed: int | None = None

    before, after = Later(speed=1), Later(speed=2)
    words = "rollout.speed 2, not 1: which is stricter cannot be said"
    assert list(RULES["rollout"](before, after)) == [words]
