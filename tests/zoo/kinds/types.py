"""Hand-built graphs of the types and shapes that exporters give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from zoo import figures, sources
from zoo.exports import graph
from zoo.model import ROWS, Model, Version, lists, table

TITLE = "Other types and shapes"
TEXT = """
    One number a row may be `[N]` or `[N, 1]`; inputs may be float16, float64 or bytes. Values that do not fit
    the type are refused, never wrapped or rounded.
"""
FLAT = np.array([-1], np.int64)


def models() -> Iterator[Model]:
    yield _linear("type-one-number", TensorProto.FLOAT, np.float32, flat=True)
    yield _linear("type-float64", TensorProto.DOUBLE, np.float64, flat=False)
    yield _linear("type-float16", TensorProto.FLOAT16, np.float16, flat=False)
    yield _bytes()


def _linear(name: str, kind: int, dtype: type[np.generic], *, flat: bool) -> Model:
    data = sources.two_classes(seed=101)
    versions = []
    for number in (1, 2):
        fitted = LogisticRegression().fit(*data.part(number))
        weights = fitted.coef_.T.astype(dtype)
        offset = fitted.intercept_.astype(dtype)
        scores = fitted.predict_proba(data.test)[:, 1]
        nodes = [
            helper.make_node("MatMul", ["x", "weights"], ["sum"]),
            helper.make_node("Add", ["sum", "offset"], ["moved"]),
            helper.make_node("Sigmoid", ["moved"], ["all" if flat else "probability"]),
        ]
        constants = {"weights": weights, "offset": offset}
        if flat:
            nodes.append(helper.make_node("Reshape", ["all", "flat"], ["probability"]))
            constants["flat"] = FLAT
        made = graph(
            nodes,
            [("x", kind, ["batch", 6])],
            [("probability", kind, ["batch"] if flat else ["batch", 1])],
            **constants,
        )
        answers = {"probability": scores[:ROWS] if flat else scores[:ROWS, None]}
        versions.append(Version(made, figures.binary(data.test_labels, scores), answers))
    half = dtype is np.float16
    return Model(
        name,
        "onnx.helper",
        table(data.train, data.train_labels),
        table(data.test, data.test_labels),
        {"x": data.test[:ROWS].astype(dtype)},
        (versions[0], versions[1]),
        tolerance=5e-3 if half else 1e-5,
        reason="float16 has eleven bits: a row at the threshold may be decided otherwise" if half else "",
    )


def _bytes() -> Model:
    """Pictures as bytes [batch, 8, 8], scaled within the graph."""
    data = sources.digits()
    versions = []
    for number in (1, 2):
        values, labels = data.part(number)
        fitted = LogisticRegression(C=1, max_iter=2000).fit(values / 16, labels)
        scores = fitted.predict_proba(data.test / 16)
        made = graph(
            [
                helper.make_node("Cast", ["picture"], ["points"], to=TensorProto.FLOAT),
                helper.make_node("Div", ["points", "scale"], ["scaled"]),
                helper.make_node("Flatten", ["scaled"], ["row"]),
                helper.make_node("Gemm", ["row", "weights", "offsets"], ["sums"]),
                helper.make_node("Softmax", ["sums"], ["digit"], axis=1),
            ],
            [("picture", TensorProto.UINT8, ["batch", 8, 8])],
            [("digit", TensorProto.FLOAT, ["batch", 10])],
            weights=fitted.coef_.T.astype(np.float32),
            offsets=fitted.intercept_.astype(np.float32),
            scale=np.float32(16),
        )
        found = figures.multiclass(data.test_labels, scores)
        versions.append(Version(made, found, {"digit": scores[:ROWS]}))
    bytes_ = data.test.astype(np.uint8)
    return Model(
        "type-bytes",
        "onnx.helper",
        lists(data.train.astype(np.uint8), data.train_labels, "picture"),
        lists(bytes_, data.test_labels, "picture"),
        {"picture": bytes_[:ROWS].reshape(-1, 8, 8)},
        (versions[0], versions[1]),
    )
