from __future__ import annotations

from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.specs.tree import WorkTree
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.changes import changes
from sluicegate.validators.submission.submission import Submission


@pytest.fixture
def subjects(tmp_path: Path):
    """(scope, name) of what a change of these paths is judged on: dev -> staging -> production, and us."""
    after = {"dev": None, "staging": "dev", "production": "staging", "us": None}
    for name, before in after.items():
        file = tmp_path / f"environments/{name}/environment.yaml"
        file.parent.mkdir(parents=True)
        file.write_bytes(environment_yaml(name, after=before))
    tree = WorkTree(tmp_path)

    def made(*paths: str, models: tuple[str, ...] = ()):
        candidates = tuple(Candidate(model, tree, load=None) for model in models)
        submission = Submission(tree, None, changes(paths), candidates, load=None, gate_values=None)
        return [(subject.scope, subject.name) for subject in submission.subjects()]

    return made


REPOSITORY = ("repository", "")


def test_the_repository_is_judged_whatever_changes(subjects) -> None:
    assert subjects() == [REPOSITORY]
    assert subjects("docs/x.md", "models/a/model.yaml") == [REPOSITORY]


def test_models_come_first(subjects) -> None:
    assert subjects(models=("a", "b")) == [("model", "a"), ("model", "b"), REPOSITORY]


def test_an_environment_is_judged_with_those_that_come_after_it_in_their_order(subjects) -> None:
    names = [name for _, name in subjects("environments/dev/environment.yaml")]
    assert names == ["dev", "staging", "production", ""]


@pytest.mark.parametrize("path", ["environments/us/values.yaml", "environments/us/m/values.yaml"])
def test_values_touch_their_environment_alone(subjects, path) -> None:
    assert subjects(path) == [("environment", "us"), REPOSITORY]


def test_the_serving_chart_touches_every_environment(subjects) -> None:
    names = {name for scope, name in subjects("charts/onnx-serving/values.yaml") if scope == "environment"}
    assert names == {"dev", "staging", "production", "us"}


def test_one_that_is_taken_away_is_judged_as_well(subjects) -> None:
    assert subjects("environments/gone/environment.yaml") == [("environment", "gone"), REPOSITORY]
