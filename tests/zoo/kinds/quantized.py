"""int8: weights quantized by onnxruntime."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.neural_network import MLPClassifier, MLPRegressor

from zoo import figures, sources
from zoo.exports import graph
from zoo.model import Model, Version, table

TITLE = "Quantized to int8"
TEXT = """
    onnxruntime's `quantize_dynamic` writes operators of `com.microsoft` beside int8 weights. The figures are
    held against scikit-learn's of what the quantized model answers in a session of its own, for quantizing
    changes the answers; the answers to the request are those, too.
"""


def models() -> Iterator[Model]:
    yield _made("int8-binary", sources.two_classes(seed=111))
    yield _made("int8-regression", sources.quantity(seed=112))


def _made(name: str, data: sources.Split) -> Model:
    binary = name == "int8-binary"
    versions = []
    for number in (1, 2):
        learner = (
            MLPClassifier((24,), max_iter=60, random_state=0)
            if binary
            else MLPRegressor(hidden_layer_sizes=(24,), max_iter=100, random_state=0)
        )
        fitted = learner.fit(*data.part(number))
        made = _quantized(_network(fitted, data.test.shape[1], "probability" if binary else "said"))
        session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
        said = np.concatenate([session.run(None, {"x": row[None]})[0] for row in data.test])[:, 0].astype(
            float
        )
        found = (
            figures.binary(data.test_labels, said) if binary else figures.regression(data.test_labels, said)
        )
        answers = {"probability" if binary else "said": said[:1, None]}
        versions.append(Version(made, found, answers))
    return Model(
        name,
        "onnxruntime",
        table(data.train, data.train_labels, name="label" if binary else "target"),
        table(data.test, data.test_labels, name="label" if binary else "target"),
        {"x": data.test[:1]},
        (versions[0], versions[1]),
        tolerance=2e-2,
        reason="the scale of the inputs is that of the batch, and rows run in other batches",
    )


def _network(fitted: MLPClassifier | MLPRegressor, columns: int, output: str) -> bytes:
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["s1"]),
        helper.make_node("Add", ["s1", "b1"], ["m1"]),
        helper.make_node("Relu", ["m1"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "w2"], ["s2"]),
        helper.make_node("Add", ["s2", "b2"], ["m2"]),
        helper.make_node("Sigmoid" if output == "probability" else "Identity", ["m2"], [output]),
    ]
    weights = {
        f"{kind}{number}": part.astype(np.float32)
        for kind, parts in (("w", fitted.coefs_), ("b", fitted.intercepts_))
        for number, part in enumerate(parts, 1)
    }
    return graph(
        nodes,
        [("x", TensorProto.FLOAT, ["batch", columns])],
        [(output, TensorProto.FLOAT, ["batch", 1])],
        **weights,
    )


def _quantized(model: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(model)
        quantize_dynamic(source, target, weight_type=QuantType.QInt8)
        return target.read_bytes()
