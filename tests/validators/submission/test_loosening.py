"""What of a model's own rollout is looser than at the base, wherever it would be released."""

from __future__ import annotations

from dataclasses import fields

import pytest
from support.specs import environment_yaml, model_yaml

from sluicegate.ci.model_reader import read_text
from sluicegate.specs import layout
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.policy import Cost, Gate, Pause, Policy
from sluicegate.specs.strictness import APART, COST, GATE, NO_RULE, POLICY, SAME, not_comparable
from sluicegate.specs.yamlio import parse
from sluicegate.validators.submission.loosening import model_rules


def model(steps: str, extra: str = ""):
    return read_text(model_yaml(steps=steps, extra=extra), layout.model_path("m"))


def rules(old, new, *extra: str) -> list[str]:
    """What is looser, in environments of these lines below `spec`."""
    specs = {
        name: load_environment(parse(environment_yaml(name, extra=lines), layout.environment_path(name)))
        for name, lines in zip(("staging", "production"), extra, strict=False)
    }
    return list(model_rules(old, new, specs))


def test_looser_steps_are_named_where_they_count() -> None:
    found = rules(model("[1, 5, 100]"), model("[100]"), "", "  rollout: {steps: [1, 100]}\n")
    assert found == ["staging: steps 1/5/100 of the base, not 100"]


def test_steps_that_every_environment_sets_itself_are_named_for_the_next_one() -> None:
    found = rules(model("[1, 5, 100]"), model("[100]"), "  rollout: {steps: [1, 100]}\n")
    assert found == ["any other environment: steps 1/5/100 of the base, not 100"]


def test_stricter_steps_are_not_named() -> None:
    assert rules(model("[5, 100]"), model("[1, 5, 100]"), "") == []


def test_whom_requests_are_of_is_unclear_both_ways() -> None:
    each, users = model("[1, 100]"), model("[1, 100]", "    unit: {header: user}\n")
    for old, new in ((each, users), (users, each)):
        (words,) = rules(old, new)
        assert words.startswith("any other environment: unit ")
        assert words.endswith("which is stricter cannot be said")


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        (Policy, {*POLICY, *APART, *NO_RULE, "unit"}),
        (Gate, {*GATE, *SAME, "name", "tolerance", "paired"}),
        (Cost, {*COST, "name", "unit", "series"}),
        (Pause, {"weight", "min_seconds", "approval"}),
    ],
)
def test_of_each_field_of_a_policy_somebody_has_said_what_is_stricter(shape: type, known: set[str]) -> None:
    assert {field.name for field in fields(shape)} == known
    assert not_comparable() == ("unit",)
