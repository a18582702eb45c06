from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from sluicegate.ci.model_reader import load, schemas, sections
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.registry import checks

ROOT = Path(__file__).parents[2]


def test_sections_are_those_that_checks_declare() -> None:
    assert set(sections()) == {check.section for check in checks().values() if check.section}
    assert "quality" in sections()


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "models").glob("*/model.yaml")))
def test_the_repositorys_own_models_can_be_read(name: str) -> None:
    document, spec = load(WorkTree(ROOT), f"models/{name}")
    assert spec.name == name
    assert document.path == f"models/{name}/model.yaml"


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"models/x/model\.yaml: .*is not there; add the file"):
        load(WorkTree(tmp_path), "models/x")


def test_the_schemas_are_schemas() -> None:
    for path, text in schemas().items():
        Draft202012Validator.check_schema(json.loads(text))
        assert path.endswith(".schema.json")
