from __future__ import annotations

from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.specs.repository import environments
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.names import no_shared_names
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.changes import changes


@pytest.fixture
def judge(tmp_path: Path):
    """The findings of a change of these paths, in a repository of environments (name -> namespace)."""

    def judged(*paths: str, models: tuple[str, ...] = (), **namespaces: str):
        for name, namespace in namespaces.items():
            name = name.replace("_", "-")
            file = tmp_path / f"environments/{name}/environment.yaml"
            file.parent.mkdir(parents=True)
            file.write_bytes(
                environment_yaml(name, namespace=namespace, traffic="gateway-api", gateway="traefik")
            )
        for model in models:
            (tmp_path / "models" / model).mkdir(parents=True)
            (tmp_path / "models" / model / "model.yaml").write_text("")
        tree = WorkTree(tmp_path)
        return list(no_shared_names(tree, changes(paths), environments(tree)))

    return judged


def test_a_namespace_that_the_change_shares_is_refused_at_its_line(judge) -> None:
    (found,) = judge("environments/west/environment.yaml", east="models", west="models")
    assert (found.verdict, found.path, found.line) == (
        Verdict.FAIL,
        "environments/west/environment.yaml",
        5,
    )
    assert found.remedy == "give each environment a namespace of its own: their objects have the same names"


def test_a_model_that_the_change_brings_answers_for_its_own_name(judge) -> None:
    (found,) = judge("models/eu-m/model.yaml", models=("m", "eu-m"), east="a", east_eu="b")
    assert (found.verdict, found.path) == (Verdict.FAIL, "environments/east-eu/environment.yaml")
    assert "m here and eu-m in east are one Application of Argo CD: east-eu-m" in found.message


def test_what_was_the_same_before_is_not_this_change_s_fault(judge) -> None:
    (found,) = judge("environments/north/environment.yaml", east="x", west="x", north="y")
    assert (found.verdict, found.message) == (Verdict.PASS, "no names conflict")
