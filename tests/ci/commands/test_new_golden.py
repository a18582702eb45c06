"""`sluice new golden` on real models: what it writes, and what the check `expectations` then says of it."""

import json

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper, save_model

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree


def expectations(sluice, root, model="tiny"):
    """The findings of the check on the work tree."""
    result = sluice("validate", model, "-C", root, "--check", "expectations", "--format", "json")
    return [one for one in json.loads(result.stdout)["findings"] if one["check"] == "expectations"]


def graph(path, nodes, inputs, outputs, constants=()):
    sides = [[helper.make_tensor_value_info(*one) for one in side] for side in (inputs, outputs)]
    made = helper.make_graph(nodes, "g", *sides, list(constants))
    save_model(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture
def recorded(work, sluice):
    """A function that calls the command on `tiny`, and expects it to end well."""

    def call(*words):
        result = sluice("new", "golden", "tiny", "-C", work.root, *words)
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_the_answers_are_the_models_own_and_hold(work, sluice, recorded):
    said = recorded("--rows", "12")
    table = pd.read_csv(work.root / "models/tiny/tests/golden.csv")
    assert list(table) == ["a", "b", "expected.probability"]
    assert len(table) == 12
    np.testing.assert_allclose(
        table["expected.probability"], 1 / (1 + np.exp(-table["a"] - table["b"])), atol=1e-6
    )
    assert "12 evaluation rows with the answers of version 1" in said
    (finding,) = expectations(sluice, work.root)
    assert (finding["verdict"], finding["message"]) == (
        "pass",
        "known answer 'recorded answers': holds on 12 of 12 rows",
    )
    (files,) = [
        one
        for one in json.loads(
            sluice("validate", "tiny", "-C", work.root, "--check", "files-allowed", "--format", "json").stdout
        )["findings"]
        if one["check"] == "files-allowed"
    ]
    assert files["verdict"] == "pass"


def test_the_rows_are_spread_over_the_evaluation_set_and_are_the_same_each_time(work, recorded):
    recorded("--rows", "5")
    path = work.root / "models/tiny/tests/golden.csv"
    first = path.read_bytes()
    recorded("--rows", "5", "--replace")
    assert path.read_bytes() == first
    evaluation = pd.read_parquet(work.root / "models/tiny/data/evaluation.parquet")
    found = [
        int(np.flatnonzero(evaluation["a"] == value)[0])
        for value in pd.read_csv(path, float_precision="round_trip")["a"]
    ]
    assert [row * 5 // len(evaluation) for row in found] == [0, 1, 2, 3, 4]


def test_another_answer_of_a_later_version_is_found(work, sluice, recorded):
    recorded()
    text = (work.root / "models/tiny/tests/golden.csv").read_text().splitlines()
    text[3] = ",".join([*text[3].split(",")[:2], "0.99999"])
    work.write("models/tiny/tests/golden.csv", "\n".join(text) + "\n")
    (finding,) = expectations(sluice, work.root)
    assert finding["verdict"] == "fail"
    assert "row 3 of tests/golden.csv: probability is" in finding["message"]


def test_an_existing_file_is_replaced_only_on_request(work, sluice, recorded):
    recorded("--rows", "5")
    before = (work.root / "models/tiny/model.yaml").read_text()
    refused = sluice("new", "golden", "tiny", "-C", work.root)
    assert refused.exit_code == 1
    assert "models/tiny/tests/golden.csv already exists; pass --replace" in refused.stderr
    recorded("--replace", "--rows", "7", "--tolerance", "0.01", "--relative", "0")
    assert len(pd.read_csv(work.root / "models/tiny/tests/golden.csv")) == 7
    after = (work.root / "models/tiny/model.yaml").read_text()
    assert after == before.replace("tolerance: 0.0001, relative: 0.0001", "tolerance: 0.01, relative: 0.0")


def test_expectations_that_are_there_stay_byte_for_byte(work, recorded):
    zero = "{name: zero, inputs: {a: 0, b: 0}, expect: {probability: 0.5}}"
    own = f"  tests:   # ours\n    golden:\n      - {zero}  # sure\n"
    work.edit("models/tiny/model.yaml", "  rollout:", own + "  rollout:")
    recorded()
    text = (work.root / "models/tiny/model.yaml").read_text()
    assert own in text
    _, spec = load(WorkTree(work.root), "models/tiny")
    assert [one.name for one in spec.sections["tests"].golden] == ["zero", "recorded answers"]


def test_inputs_that_csv_cannot_hold_are_parquet(work, sluice, wanted, tmp_path):
    """Lists of numbers in, 60 numbers a row out."""
    path = tmp_path / "wide.onnx"
    graph(
        path,
        [helper.make_node("Softmax", ["x"], ["y"])],
        [("x", TensorProto.FLOAT, ["batch", 60])],
        [("y", TensorProto.FLOAT, ["batch", 60])],
    )
    random = np.random.default_rng(0)
    for name in ("reference", "evaluation"):
        values = random.normal(size=(300, 60)).astype(np.float32)
        pd.DataFrame({"x": list(values), "label": values.argmax(axis=1)}).to_parquet(
            tmp_path / f"{name}.parquet"
        )
    made = sluice(
        "new", "model", "wide", "-C", work.root, "--onnx", path,
        "--reference", tmp_path / "reference.parquet", "--evaluation", tmp_path / "evaluation.parquet",
        "--score", "none", "--owner", "me",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    result = sluice("new", "golden", "wide", "-C", work.root)
    assert "wrote models/wide/tests/golden.parquet: 20 evaluation rows" in result.stdout, result.output
    (finding,) = expectations(sluice, work.root, "wide")
    assert finding["message"] == "known answer 'recorded answers': holds on 20 of 20 rows"


def test_an_answer_that_is_not_finite_is_not_recorded(work, sluice, wanted, tmp_path):
    path = tmp_path / "log.onnx"
    graph(
        path,
        [
            helper.make_node("ReduceSum", ["features", "one"], ["sum"], keepdims=0),
            helper.make_node("Log", ["sum"], ["probability"]),
        ],
        [("features", TensorProto.FLOAT, ["batch", 2])],
        [("probability", TensorProto.FLOAT, ["batch"])],
        [helper.make_tensor("one", TensorProto.INT64, [1], [1])],
    )
    options = list(wanted)
    options[options.index("--onnx") + 1] = path
    assert sluice("new", "model", "log", "-C", work.root, *options).exit_code == 0
    before = (work.root / "models/log/model.yaml").read_bytes()
    result = sluice("new", "golden", "log", "-C", work.root)
    assert result.exit_code == 1
    assert "no answers of log are recorded: the model answers row" in result.stderr
    assert "with a number in 'probability' that is not finite" in result.stderr
    assert (work.root / "models/log/model.yaml").read_bytes() == before
    assert not (work.root / "models/log/tests").exists()


def test_an_unknown_model_is_named_with_the_nearest(work, sluice):
    result = sluice("new", "golden", "tinny", "-C", work.root)
    assert result.exit_code == 1
    assert "no model is called 'tinny'; did you mean tiny?" in result.stderr
