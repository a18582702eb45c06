"""model.yaml as serving reads it: the same words as the project's own reader."""

from typing import get_args

import pytest

from sluicegate.onnx_server.artifact import declared
from sluicegate.onnx_server.errors import ModelFileInvalid
from sluicegate.specs.model import DType, Score

GOOD = """
apiVersion: sluicegate.dev/v1
kind: Model
metadata: {name: m}
spec:
  version: 1
  artifact: {path: a/model.onnx, sha256: "sha256:0"}
  signature:
    inputs: [{name: x, dtype: float32, shape: [batch, 2]}]
    outputs: [{name: y, dtype: float32, shape: [batch]}]
  score: {output: y}
"""


def test_what_is_read():
    found = declared.read(GOOD.encode(), "here")
    assert (found.name, found.version, found.path, found.max_batch) == ("m", 1, "a/model.onnx", 1)
    assert (found.score_output, found.score_reduce) == ("y", None)
    assert found.inputs == (declared.Tensor("x", "float32", ("batch", 2)),)


def test_types_and_defaults_are_those_of_the_schema():
    assert set(declared.DTYPES) == set(get_args(DType))
    assert declared.SCORE_EDGES == Score(output="y").edges == declared.read(GOOD.encode(), "here").score_edges


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kind: Model", "kind: Pod", "no Model"),
        ("version: 1", "version: 1.5", "spec.version"),
        ("version: 1", "version: true", "spec.version"),
        ("dtype: float32, shape: [batch, 2]", "dtype: float8, shape: [batch, 2]", "inputs[0].dtype"),
        ("shape: [batch, 2]", "shape: [batch, 0]", "inputs[0].shape"),
        ("shape: [batch, 2]", "shape: 3", "inputs[0].shape"),
        ("outputs: [{", "outputs: [{name: y, dtype: bool, shape: []}, {", "spec.signature.outputs"),
        ("name: x", "name: 5", "inputs[0].name"),
        ("{output: y}", "{output: z}", "spec.score.output"),
        ("{output: y}", "{output: y, reduce: min}", "spec.score.reduce"),
        ("{output: y}", "{output: y, edges: [2, 1]}", "spec.score.edges"),
        ("{output: y}", "{output: y, edges: [.nan]}", "spec.score.edges"),
        ("{output: y}", "[y]", "spec.score"),
        ("metadata: {name: m}", "metadata: m", "metadata"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old, new, where):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ModelFileInvalid) as caught:
        declared.read(text.encode(), "here")
    assert str(caught.value).startswith("here") and where in str(caught.value)
