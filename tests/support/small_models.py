"""Small real ONNX models of the common kinds, their specs, and sessions of onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper, numpy_helper

from sluicegate.specs.model import Data, DecisionRule, File, ModelSpec, Rollout, Serving, Signature, Tensor
from sluicegate.specs.preparation import Preparation

FILE = File("f.parquet", "sha256:" + "0" * 64)
PROBABILITY = Tensor("p", "float32", ("batch", 1))
X = Tensor("x", "float32", ("batch", 2), ("a", "b"))


def model_spec(
    task: str = "binary-classification",
    inputs: tuple[Tensor, ...] = (X,),
    outputs: tuple[Tensor, ...] = (PROBABILITY,),
    *,
    label: str | tuple[str, ...] = "label",
    group: str | None = None,
    data: Data | None = None,
    max_batch: int = 64,
    inputs_prepared: dict[str, Preparation] | None = None,
    **more: Any,
) -> ModelSpec:
    """A model's spec; each argument is what a test is about."""
    return ModelSpec(
        name="m",
        owners=("@me",),
        version=1,
        task=task,  # type: ignore[arg-type]
        artifact=FILE,
        signature=Signature(inputs, outputs),
        data=data or Data(FILE, FILE, label, group=group),
        rollout=Rollout(),
        serving=Serving(max_batch=max_batch),
        inputs=inputs_prepared or {},
        **more,
    )


def session(
    nodes: list[onnx.NodeProto],
    inputs: list[tuple[str, int, list[Any]]],
    outputs: list[tuple[str, int, list[Any]]],
    **constants: Any,
) -> onnxruntime.InferenceSession:
    """A model of these nodes in onnxruntime; inputs and outputs are (name, type, shape)."""
    values = [[helper.make_tensor_value_info(*one) for one in side] for side in (inputs, outputs)]
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "g", *values, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def classifier() -> onnxruntime.InferenceSession:
    """label[batch] int64 and probabilities[batch, 2] of x[batch, 2], as scikit-learn's converter has them."""
    return session(
        [
            helper.make_node("MatMul", ["x", "w"], ["s"]),
            helper.make_node("Sigmoid", ["s"], ["p1"]),
            helper.make_node("Sub", ["one", "p1"], ["p0"]),
            helper.make_node("Concat", ["p0", "p1"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        ],
        [("x", TensorProto.FLOAT, ["batch", 2])],
        [
            ("label", TensorProto.INT64, ["batch"]),
            ("probabilities", TensorProto.FLOAT, ["batch", 2]),
        ],
        w=np.array([[2.0], [-1.0]], np.float32),
        one=np.float32(1),
    )


LABEL_AND_PROBABILITIES = (
    Tensor("label", "int64", ("batch",)),
    Tensor("probabilities", "float32", ("batch", 2)),
)
"""The outputs of `classifier`."""


def decide(output: str, column: int | None = None, threshold: float = 0.5) -> DecisionRule:
    """A decision on one number of an output."""
    return DecisionRule(output, column, threshold=threshold)


def rows(path: Path, seed: int = 0, count: int = 400) -> Path:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(count, 2))
    label = (values.sum(axis=1) + generator.normal(size=count) > 0).astype(int)
    pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "late": label}).to_parquet(path)
    return path
