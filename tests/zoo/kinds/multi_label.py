"""Several yes or no a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx.utils
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier

from zoo import figures, sources
from zoo.exports import export, graph
from zoo.model import ROWS, Model, Version, lists, table

TITLE = "Several labels a row"
TEXT = """
    `label` names several columns of 0 and 1, or one that holds them as lists, and the output has one number
    for each; `decision: {threshold: ...}` is where a number becomes a yes. skl2onnx declares a wrong shape
    for the labels of such a network, and `onnx-graph` refuses it: leave that output out.
"""


def models() -> Iterator[Model]:
    yield _network()
    yield _hand_built()


def _network() -> Model:
    data = sources.label_sets()
    names = [f"tag{number}" for number in range(5)]
    versions = []
    for number in (1, 2):
        fitted = MLPClassifier((24,), max_iter=60, random_state=0).fit(*data.part(number))
        scores = fitted.predict_proba(data.test)
        versions.append(
            Version(
                _without_labels(export(fitted, data.test)),
                figures.multilabel(data.test_labels, scores),
                {"probabilities": scores[:ROWS]},
            )
        )

    def frame(values: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
        return pd.concat(
            [table(values, labels[:, 0]).drop(columns="label"), pd.DataFrame(labels, columns=names)], axis=1
        )

    return Model(
        "multi-label-network",
        "scikit-learn",
        frame(data.train, data.train_labels),
        frame(data.test, data.test_labels),
        {"X": data.test[:ROWS]},
        (versions[0], versions[1]),
        ("--label", ",".join(names)),
    )


def _without_labels(made: bytes) -> bytes:
    """The probabilities alone: skl2onnx declares `label` as [N], and the graph gives [N, 5]."""
    whole = onnx.load_from_string(made)
    return onnx.utils.Extractor(whole).extract_model(["X"], ["probabilities"]).SerializeToString()


def _hand_built() -> Model:
    """One logistic regression a label, as two nodes; rows and labels are lists."""
    data = sources.label_sets(seed=14)
    versions = []
    for number in (1, 2):
        fitted = MultiOutputClassifier(LogisticRegression(max_iter=500)).fit(*data.part(number))
        weights = np.stack([one.coef_[0] for one in fitted.estimators_], axis=1).astype(np.float32)
        offsets = np.array([one.intercept_[0] for one in fitted.estimators_], np.float32)
        scores = np.stack([one[:, 1] for one in fitted.predict_proba(data.test)], axis=1)
        made = graph(
            [
                helper.make_node("Gemm", ["x", "weights", "offsets"], ["sums"]),
                helper.make_node("Sigmoid", ["sums"], ["tags"]),
            ],
            [("x", TensorProto.FLOAT, ["batch", 8])],
            [("tags", TensorProto.FLOAT, ["batch", 5])],
            weights=weights,
            offsets=offsets,
        )
        versions.append(Version(made, figures.multilabel(data.test_labels, scores), {"tags": scores[:ROWS]}))
    return Model(
        "multi-label-lists",
        "onnx.helper",
        lists(data.train, data.train_labels.tolist()),
        lists(data.test, data.test_labels.tolist()),
        {"x": data.test[:ROWS]},
        (versions[0], versions[1]),
    )
