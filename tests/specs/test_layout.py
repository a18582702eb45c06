from __future__ import annotations

import pytest

from sluicegate.specs import layout
from sluicegate.specs.layout import Deployment


def test_paths_lead_back_to_what_they_are_of() -> None:
    assert layout.model_specified_by(layout.model_path("m")) == "m"
    assert layout.environment_specified_by(layout.environment_path("dev")) == "dev"
    assert layout.released_by(layout.release_path("dev", "m")) == Deployment("dev", "m")
    assert layout.rendered_from(layout.release_path("dev", "m")) == Deployment("dev", "m")
    assert layout.rendered_from(layout.values_path("dev", "m")) == Deployment("dev", "m")
    assert layout.rendered_from(layout.environment_values_path("dev")) == Deployment("dev", None)
    assert layout.rendered_from(layout.environment_path("dev")) == Deployment("dev", None)


@pytest.mark.parametrize(
    "path", ["models/m", "models/m/model.yaml", "models/m/data/a/b.csv", "models/m/a\nb"]
)
def test_everything_below_models_belongs_to_a_model(path: str) -> None:
    assert layout.model_of(path) == "m"


@pytest.mark.parametrize(
    "path",
    ["models", "models/", "models/README.md", "models/model.schema.json", "docs/models/m", "modelsx/m"],
)
def test_what_is_beside_the_models_belongs_to_none(path: str) -> None:
    assert layout.model_of(path) is None


@pytest.mark.parametrize(
    "path",
    ["models/m/model.yaml.bak", "models/model.yaml", "models/m/data/model.yaml", "x/models/m/model.yaml"],
)
def test_only_the_file_itself_specifies_a_model(path: str) -> None:
    assert layout.model_specified_by(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "environments/release.yaml",
        "environments/dev/release.yaml",
        "environments/dev/m/x/release.yaml",
        "environments/dev/m/release.yaml\n",
        "environments/dev/m/Release.yaml",
    ],
)
def test_only_the_release_of_a_model_in_an_environment_is_a_release(path: str) -> None:
    assert layout.released_by(path) is None


def test_the_gates_own_values_render_no_model() -> None:
    assert layout.rendered_from(layout.GATE_VALUES) is None
    assert layout.is_gate_chart(layout.GATE_VALUES)
    assert layout.is_gate_chart("charts/gate/templates/deployment.yaml")
    assert not layout.is_gate_chart("charts/gateway/values.yaml")


def test_manifests_of_models_depend_on_the_serving_chart_and_on_the_schemas() -> None:
    assert layout.is_serving_chart("charts/onnx-serving/values.yaml")
    assert layout.is_serving_chart("charts/schemas/v1/pod.json")
    assert not layout.is_serving_chart("charts/images/README.md")


def test_a_record_is_found_by_what_its_path_says() -> None:
    path = layout.record_path("production", "m", 7, "sha256:" + "ab" * 32)
    assert path == "evidence/production/m/000007-abababababab.json"
    named = layout.record_named(path)
    assert named == layout.RecordName("evidence/production/m", 7, "ab" * 6)
    assert named.directory == layout.records_directory("production", "m")


@pytest.mark.parametrize(
    "path",
    [
        "evidence/production/000007-abababababab.json",
        "evidence/production/m/7-abababababab.json",
        "evidence/production/m/000007-abababababab.json\n",
        "evidence/production/m/000007-ABABABABABAB.json",
        "evidence/production/m/000007-abab.json",
        "other/production/m/000007-abababababab.json",
    ],
)
def test_what_has_not_the_name_of_a_record_is_none(path: str) -> None:
    assert layout.record_named(path) is None


def test_the_owners_tests_of_a_model():
    tests = ("tests/test_a.py", "tests/deep/er/test_b.py")
    code = ("tests/conftest.py", "tests/test.py", "tests/a_test.py")
    others = ("test_a.py", "data/tests/test_a.py", "tests/golden.csv", "tests/test_a.pyc", "train.py")
    assert all(map(layout.is_own_test, tests)) and not any(map(layout.is_own_test, (*code, *others)))
    assert all(map(layout.is_own_test_code, (*tests, *code)))
    assert not any(map(layout.is_own_test_code, others))


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("services/ml/models/m/model.yaml", "services/ml"),
        ("ml/environments/dev/environment.yaml", "ml"),
        ("models/m/model.yaml", None),
        ("environments/dev/environment.yaml", None),
        ("services/ml/models/m/data/model.yaml", None),
        ("other-models/m/model.yaml", None),
    ],
)
def test_the_folder_of_a_spec_below_the_root(path: str, folder: str | None):
    assert layout.folder_of_spec(path) == folder
