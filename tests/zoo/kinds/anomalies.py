"""Anomalies: known ones are the yes, and the score is the model's own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper
from sklearn.covariance import EmpiricalCovariance
from sklearn.mixture import GaussianMixture

from zoo import figures
from zoo.exports import graph
from zoo.model import ROWS, Model, Version, grid, table

TITLE = "Anomalies"
TEXT = """
    Declared as `binary-classification` with the known anomalies as the yes. The score need not be a
    probability: `roc_auc`, `pr_auc` and `precision_at_k` take any score, and the owner's `threshold`
    says where it becomes a yes.
"""
THRESHOLD = 12.0


def models() -> Iterator[Model]:
    random = np.random.default_rng(71)
    truth = (random.random(2400) < 0.15).astype(int)
    mixed = random.normal(size=(2400, 4)) @ np.array(
        [[1, 0.5, 0, 0], [0, 1, 0, 0.3], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    values = grid(mixed * np.where(truth == 1, 2.2, 1.0)[:, None])
    train, test = values[:1800], values[1800:]
    versions = []
    for number in (1, 2):
        fitted = EmpiricalCovariance().fit(train[: 900 * number][truth[: 900 * number] == 0])
        scores = fitted.mahalanobis(test)
        made = graph(
            [
                helper.make_node("Sub", ["x", "centre"], ["away"]),
                helper.make_node("MatMul", ["away", "precision"], ["turned"]),
                helper.make_node("Mul", ["away", "turned"], ["parts"]),
                helper.make_node("ReduceSum", ["parts", "axis"], ["distance"], keepdims=0),
            ],
            [("x", TensorProto.FLOAT, ["batch", 4])],
            [("distance", TensorProto.FLOAT, ["batch"])],
            centre=fitted.location_.astype(np.float32),
            precision=fitted.precision_.astype(np.float32),
            axis=np.array([1], np.int64),
        )
        found = figures.binary(truth[1800:], scores, THRESHOLD, probability=False)
        found = [one for one in found if one[0]["metric"] in {"roc_auc", "pr_auc"}]
        versions.append(Version(made, found, {"distance": scores[:ROWS]}))
    yield Model(
        "anomaly-mahalanobis",
        "scikit-learn",
        table(train, truth[:1800]),
        table(test, truth[1800:]),
        {"x": test[:ROWS]},
        (versions[0], versions[1]),
    )
    yield _mixture(train, test, truth)


def _mixture(train: np.ndarray, test: np.ndarray, truth: np.ndarray) -> Model:
    """skl2onnx's own mixture: label, probabilities, and the log density as the score."""
    from skl2onnx import to_onnx

    versions = []
    for number in (1, 2):
        fitted = GaussianMixture(2, random_state=0).fit(train[: 900 * number])
        scores = fitted.score_samples(test)
        made = to_onnx(fitted, test[:1], options={id(fitted): {"score_samples": True}}).SerializeToString()
        found = figures.binary(1 - truth[1800:], scores, probability=False)
        found = [one for one in found if one[0]["metric"] in {"roc_auc", "pr_auc"}]
        versions.append(Version(made, found, {"score_samples": scores[:ROWS, None]}))
    return Model(
        "anomaly-mixture",
        "scikit-learn",
        table(train, 1 - truth[:1800]),
        table(test, 1 - truth[1800:]),
        {"X": test[:ROWS]},
        (versions[0], versions[1]),
        ("--output", "score_samples"),
    )
