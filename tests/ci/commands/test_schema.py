from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from sluicegate.ci.model_reader import schemas

ROOT = Path(__file__).parents[3]


def test_the_committed_schemas_are_what_the_code_declares(sluice) -> None:
    result = sluice("schema", "--check", "-C", ROOT)
    assert result.exit_code == 0, result.stderr


def test_the_reference_of_keys_in_the_docs_is_what_the_code_declares(sluice) -> None:
    """Where it differs: `sluice schema --markdown > docs/keys.md`."""
    assert sluice("schema", "--markdown").output == (ROOT / "docs/keys.md").read_text(encoding="utf-8")


def test_what_is_stale_is_named_then_written(sluice, tmp_path) -> None:
    stale = sluice("schema", "--check", "-C", tmp_path)
    assert stale.exit_code == 1
    assert "models/model.schema.json" in stale.stderr
    assert not (tmp_path / "models").exists()
    assert sluice("schema", "-C", tmp_path).output.count("wrote ") == 3
    assert sluice("schema", "--check", "-C", tmp_path).exit_code == 0
    for path, text in schemas().items():
        assert (tmp_path / path).read_text() == text


def test_a_new_model_fits_its_schema(work) -> None:
    schema = json.loads(schemas()["models/model.schema.json"])
    data = YAML(typ="safe", pure=True).load(work.root / "models/tiny/model.yaml")
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    data["spec"]["task"] = "guessing"
    assert [list(error.path) for error in Draft202012Validator(schema).iter_errors(data)] == [
        ["spec", "task"]
    ]
