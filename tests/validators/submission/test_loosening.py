"""What of an environment's file is looser than before, in words; what is stricter says nothing."""

from __future__ import annotations

import pytest
from support.specs import environment_yaml

from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.yamlio import parse
from sluicegate.validators.submission.loosening import environment_rules


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


def test_the_same_file_loosens_nothing() -> None:
    one = environment(FREEZE + "  rollout: {steps: [1, 100]}\n  policy: {alpha: 0.01}\n")
    assert list(environment_rules(one, one)) == []
