"""`sluice new model` with the ONNX file alone, and then with data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper

from sluicegate.ci.__main__ import main
from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

OWNER = ["--owner", "@data/loans"]


@pytest.fixture
def new_model(tmp_path: Path) -> Callable[..., Result]:
    """`new_model("--onnx", path)`: the command on the model `loans` in an empty repository."""
    root = tmp_path / "root"
    root.mkdir()

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, ["new", "model", "loans", "-C", str(root), *map(str, words)])

    return run


def graph(path: Path, numbers: int) -> Path:
    """A linear model of two columns with so many numbers a row."""
    info = helper.make_tensor_value_info
    weights = numpy_helper.from_array(np.ones((2, numbers), np.float32), "w")
    made = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [info("x", TensorProto.FLOAT, ["batch", 2])],
        [info("y", TensorProto.FLOAT, ["batch", numbers])],
        [weights],
    )
    opsets = [helper.make_opsetid("", 17)]
    path.write_bytes(helper.make_model(made, opset_imports=opsets, ir_version=8).SerializeToString())
    return path


def rows(path: Path, seed: int) -> Path:
    values = np.random.default_rng(seed).normal(size=(80, 2))
    frame = pd.DataFrame(values, columns=["a", "b"]).assign(price=values.sum(axis=1) + 0.5)
    frame.to_parquet(path)
    return path


@pytest.fixture
def data(tmp_path: Path) -> list[object]:
    return ["--reference", rows(tmp_path / "r.parquet", 1), "--evaluation", rows(tmp_path / "e.parquet", 2)]


@pytest.mark.parametrize(
    ("numbers", "task"),
    [(1, "regression"), (2, "binary-classification"), (3, "multiclass-classification")],
)
def test_the_file_alone_gives_a_draft_that_says_what_is_missing(tmp_path, new_model, numbers, task) -> None:
    said = new_model("--onnx", graph(tmp_path / "m.onnx", numbers), *OWNER)
    assert said.exit_code == 0, said.output
    assert f"guessed from the outputs alone: the task is {task}" in said.output
    assert "no quality rules, no score and no drift" in said.output
    assert said.output.splitlines()[-1] == "then: sluice new model loans --reference FILE --evaluation FILE"


def test_a_draft_is_refused_once_for_the_data_that_it_lacks(tmp_path, new_model) -> None:
    new_model("--onnx", graph(tmp_path / "m.onnx", 1), *OWNER)
    words = ["validate", "loans", "-C", str(tmp_path / "root"), "--check", "spec-valid", "--check", "quality"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 1
    assert said.output.count("spec: data is missing\n  → add it") == 1


def test_data_make_a_model_of_the_draft(tmp_path, new_model, data) -> None:
    new_model("--onnx", graph(tmp_path / "m.onnx", 1), *OWNER)
    said = new_model(*data, "--label", "price", "--score", "none")
    assert said.exit_code == 0, said.output
    _, spec = load(WorkTree(tmp_path / "root"), "models/loans")
    assert (spec.owners, spec.task, spec.data.label) == (("@data/loans",), "regression", "price")
    folder = tmp_path / "root/models/loans"
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "model.yaml", "README.md", "data"}
    assert [path.name for path in folder.parent.iterdir()] == ["loans"]


def test_a_draft_that_its_owner_made_theirs_is_not_replaced(tmp_path, new_model, data) -> None:
    new_model("--onnx", graph(tmp_path / "m.onnx", 1), *OWNER)
    file = tmp_path / "root/models/loans/model.yaml"
    mine = file.read_text().split("\n", 1)[1]
    file.write_text(mine)
    said = new_model(*data)
    assert said.exit_code == 1
    assert "models/loans/model.yaml is not a draft, so it is not overwritten" in said.stderr
    assert file.read_text() == mine


def test_data_without_a_model_or_a_draft(new_model, data) -> None:
    said = new_model(*data)
    assert said.exit_code == 1
    assert "there is no draft of 'loans'; pass the model's file: --onnx FILE" in said.stderr


def test_one_table_of_two_is_wrong_usage(tmp_path, new_model, data) -> None:
    said = new_model("--onnx", graph(tmp_path / "m.onnx", 1), *data[:2])
    assert said.exit_code == 2
    assert "missing --evaluation" in said.output
