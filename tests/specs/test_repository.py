from __future__ import annotations

import pytest

from sluicegate.specs import repository
from sluicegate.specs.layout import environment_path, release_path
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError

RELEASE = Release("m", "dev", stable=Version(1, "a" * 40, "sha256:" + "1" * 64))


def environment(name: str, after: str | None = None) -> str:
    follows = f"after: {after}, " if after else ""
    return (
        "apiVersion: sluicegate.dev/v1\nkind: Environment\n"
        f"metadata: {{name: {name}}}\n"
        f"spec: {{{follows}namespace: models, traffic: embedded, "
        'metrics: {source: scrape, url: "http://127.0.0.1:9000"}}\n'
    )


@pytest.fixture
def tree(tmp_path) -> WorkTree:
    files = {
        environment_path("production"): environment("production", "staging"),
        environment_path("staging"): environment("staging", "dev"),
        environment_path("dev"): environment("dev"),
        environment_path("broken"): "kind: [",
        release_path("dev", "m"): render(RELEASE).decode(),
        release_path("dev", "gone"): "apiVersion: 1\n",
        "environments/gate.yaml": "{}\n",
        "models/m/model.yaml": "{}\n",
        "models/b/model.yaml": "{}\n",
        "models/README.md": "\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return WorkTree(tmp_path)


def test_environments_come_in_the_order_of_after(tree: WorkTree) -> None:
    found = repository.environments(tree)
    assert list(found.specs) == ["dev", "staging", "production"]
    assert found.predecessors("production") == ["staging", "dev"]


def test_an_environment_that_cannot_be_read_is_named_and_hides_no_other(tree: WorkTree) -> None:
    found = repository.environments(tree)
    assert found.names == {"dev", "staging", "production", "broken"}
    (problem,) = found.unreadable["broken"]
    assert problem.path == "environments/broken/environment.yaml"
    assert problem.message.startswith("is not YAML")


def test_models_are_the_directories_with_a_spec(tree: WorkTree) -> None:
    assert repository.models(tree) == ["b", "m"]


def test_every_name_has_to_be_that_of_a_model(tree: WorkTree) -> None:
    repository.require_model(tree, "m", "b")
    with pytest.raises(InputError, match="no model is called 'bb'"):
        repository.require_model(tree, "m", "bb", "b")


def test_an_environment_has_merged_models_and_those_that_were_released_there(tree: WorkTree) -> None:
    assert repository.models_of(tree, "dev") == ["b", "gone", "m"]
    assert repository.models_of(tree, "staging") == ["b", "m"]


def test_a_release_is_read_from_its_file(tree: WorkTree) -> None:
    assert repository.release(tree, "dev", "m") == RELEASE


def test_before_its_first_release_a_model_has_an_empty_one(tree: WorkTree) -> None:
    assert repository.release(tree, "staging", "m") == Release("m", "staging")
    assert not repository.exists(tree, release_path("staging", "m"))
    assert repository.exists(tree, release_path("dev", "m"))


def test_a_release_that_cannot_be_read_is_an_error_and_not_an_empty_one(tree: WorkTree) -> None:
    with pytest.raises(InputError, match=r"environments/dev/gone/release\.yaml:1:1: kind is missing; add it"):
        repository.release(tree, "dev", "gone")


def test_a_file_that_is_not_there_is_bad_input_with_its_path(tree: WorkTree) -> None:
    with pytest.raises(InputError) as caught:
        repository.read(tree, "models/x/model.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.remedy) == ("models/x/model.yaml", "add the file, or correct its path")


def test_a_link_is_bad_input(tree: WorkTree) -> None:
    (tree.root / "a.yaml").symlink_to("/etc/hostname")
    with pytest.raises(InputError) as caught:
        repository.read(tree, "a.yaml")
    (problem,) = caught.value.problems
    assert "a symbolic link" in problem.message
    assert problem.remedy == "put a plain file there"


def test_a_file_with_a_fault_is_not_read(tree: WorkTree) -> None:
    (tree.root / "a.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(InputError, match=r"^a\.yaml:2:1: a: the key is given twice"):
        repository.read(tree, "a.yaml")


def test_released_models_are_those_with_a_release_whether_it_can_be_read_or_not(tree) -> None:
    assert repository.released_models(tree, "dev") == ["gone", "m"]
    assert repository.released_models(tree) == ["gone", "m"]
    assert repository.released_models(tree, "staging") == []
