"""What of a model's own rollout is looser than at the base, wherever it would be released."""

from __future__ import annotations

from dataclasses import fields

import pytest
from support.specs import environment_yaml, model_yaml

from sluicegate.ci.model_reader import read_text
from sluicegate.specs import layout, repository
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.policy import Cost, Gate, Pause, Policy
from sluicegate.specs.strictness import APART, COST, GATE, NO_RULE, POLICY, SAME, not_comparable
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.submission.changes import changes
from sluicegate.validators.submission.loosening import loosened, model_rules


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
        (Gate, {*GATE, *SAME, "name", "tolerance", "paired", "unit"}),
        (Cost, {*COST, "name", "unit", "series"}),
        (Pause, {"weight", "min_seconds", "approval"}),
    ],
)
def test_of_each_field_of_a_policy_somebody_has_said_what_is_stricter(shape: type, known: set[str]) -> None:
    assert {field.name for field in fields(shape)} == known
    assert not_comparable() == ("unit",)


STOP = "apiVersion: sluicegate.dev/v1\nkind: Stop\nspec: {{reason: storm{}}}\n"
STOP_FILE, PRODUCTION = layout.STOP_FILE, layout.environment_path("production")
VALUES = "environments/production/late/values.yaml"
ENVIRONMENT = environment_yaml("production", extra="").decode()


def found(tmp_path, before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """What is looser, by file, between two trees of these files."""
    trees = []
    for side, files in (("base", before), ("head", after)):
        for path, text in {"README.md": "", **files}.items():
            file = tmp_path / side / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        tree = WorkTree(tmp_path / side)
        trees.append((tree, repository.environments(tree)))
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    return {one.path: one.rules for one in loosened(changes(changed), lambda tree, path: None, *trees)}


def test_an_environment_that_is_gone_took_its_rules_with_it(tmp_path) -> None:
    (words,) = found(tmp_path, {PRODUCTION: ENVIRONMENT}, {})[PRODUCTION]
    assert words.startswith("the environment is gone")


def test_one_that_cannot_be_read_is_another_finding(tmp_path) -> None:
    assert found(tmp_path, {PRODUCTION: ENVIRONMENT}, {PRODUCTION: "a: ["}) == {}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", None, "everything is no longer stopped (storm)"),
        ("", ", environments: [dev]", "dev alone is stopped, not everything (storm)"),
        (
            ", environments: [dev, prod]",
            ", environments: [dev]",
            "dev alone is stopped, not dev, prod (storm)",
        ),
    ],
)
def test_what_is_stopped_and_goes_on_is_named(tmp_path, before, after, words) -> None:
    head = {} if after is None else {STOP_FILE: STOP.format(after)}
    assert found(tmp_path, {STOP_FILE: STOP.format(before)}, head) == {STOP_FILE: (words,)}


@pytest.mark.parametrize(("before", "after"), [(None, ""), (", environments: [dev]", ""), ("", ", by: olga")])
def test_to_stop_more_is_not_named(tmp_path, before, after) -> None:
    base = {} if before is None else {STOP_FILE: STOP.format(before)}
    assert found(tmp_path, base, {STOP_FILE: STOP.format(after)}) == {}


def test_values_that_say_what_runs_are_named(tmp_path) -> None:
    looser = found(tmp_path, {VALUES: "replicas: 1\n"}, {VALUES: "replicas: 2\nserviceAccountName: admin\n"})
    assert looser == {VALUES: ("serviceAccountName is another: which is stricter cannot be said",)}
