"""Names that a change makes the same: the check name-conflicts, from the command."""

from __future__ import annotations

import json

import pytest
from support.specs import environment_yaml


@pytest.fixture
def judged(sluice, work):
    def run() -> list[dict]:
        work.commit()
        words = ("--format", "json", "--changed", "main..topic", "--check", "name-conflicts")
        found = json.loads(sluice("validate", "-C", work.root, *words).stdout)["findings"]
        return [one for one in found if one["check"] == "name-conflicts" and one["verdict"] == "fail"]

    return run


def environment(work, name: str, namespace: str) -> None:
    text = environment_yaml(name, namespace=namespace, traffic="gateway-api", gateway="traefik")
    work.write(f"environments/{name}/environment.yaml", text)


def model(work, name: str) -> None:
    text = (work.root / "models/tiny/model.yaml").read_text()
    work.write(f"models/{name}/model.yaml", text.replace('name: "tiny"', f"name: {name}"))


def test_a_second_environment_of_a_namespace_is_refused_at_its_line(work, judged) -> None:
    environment(work, "east", "models")
    work.commit()
    work.git("switch", "--quiet", "--create", "topic")
    environment(work, "west", "models")
    (found,) = judged()
    assert (found["path"], found["line"]) == ("environments/west/environment.yaml", 5)
    assert found["message"] == (
        "spec.namespace: the namespace models of the cluster in-cluster is east's already"
    )
    assert found["remedy"].startswith("give each environment a namespace of its own")


def test_a_model_that_makes_two_applications_one_is_refused(work, judged) -> None:
    environment(work, "east", "one")
    environment(work, "east-eu", "two")
    work.commit()
    work.git("switch", "--quiet", "--create", "topic")
    model(work, "eu-tiny")
    (found,) = judged()
    assert (found["path"], found["line"]) == ("environments/east-eu/environment.yaml", 3)
    assert "tiny here and eu-tiny in east are one Application of Argo CD: east-eu-tiny" in found["message"]


def test_a_change_answers_for_its_own_names_alone(work, judged) -> None:
    environment(work, "east", "models")
    environment(work, "west", "models")
    work.commit()
    work.git("switch", "--quiet", "--create", "topic")
    environment(work, "north", "models-north")
    assert not judged()
    model(work, "another")
    assert not judged()
