"""`sluice columns` prints a gate that the check of the same shares lets through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sluicegate.specs.yamlio import parse

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "good" / "every-check"


@pytest.fixture
def here(tmp_path: Path) -> str:
    """The example, in no other repository."""
    return str(shutil.copytree(EXAMPLE, tmp_path / "repository"))


def test_a_gate_for_model_yaml_from_the_reference_data(sluice, here: str) -> None:
    said = sluice("columns", "tiny", "size", "age", "-C", here)
    assert said.exit_code == 0
    (gate,) = parse(said.output.encode(), "x").value
    assert gate["metric"] == "input_drift" and gate["columns"].keys() == {"size", "age"}
    shares = gate["columns"]["size"]["reference"]
    assert len(shares) == len(gate["columns"]["size"]["edges"]) == 9
    assert shares == sorted(shares, reverse=True)


def test_a_column_that_is_none_is_named(sluice, here: str) -> None:
    said = sluice("columns", "tiny", "nope", "-C", here)
    assert said.exit_code == 1
    assert "models/tiny/model.yaml: the model has no input column 'nope'" in said.output + said.stderr
