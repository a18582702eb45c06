"""Series and sequences: inputs of more than two dimensions, or of an open length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from zoo import figures, sources
from zoo.exports import graph
from zoo.model import ROWS, Model, Version, lists

TITLE = "Series and sequences"
TEXT = """
    A list column fills an input of any rank, row by row; it is reshaped to the signature. Token ids have an
    open length: within one batch all rows have the same.
"""

WORDS, LENGTH, CLASSES = 200, 16, 3


def models() -> Iterator[Model]:
    yield _series()
    yield _tokens()


def _series() -> Model:
    """Mean squares of the differences of each channel, and a logistic regression on them."""
    data = sources.waves()

    def facts(series: np.ndarray) -> np.ndarray:
        return np.square(np.diff(series.astype(float), axis=1)).mean(axis=1)

    versions = []
    for number in (1, 2):
        values, labels = data.part(number)
        fitted = LogisticRegression().fit(facts(values), labels)
        scores = fitted.predict_proba(facts(data.test))[:, 1]
        made = graph(
            [
                helper.make_node("Slice", ["series", "one", "end", "axis"], ["later"]),
                helper.make_node("Slice", ["series", "zero", "last", "axis"], ["earlier"]),
                helper.make_node("Sub", ["later", "earlier"], ["steps"]),
                helper.make_node("Mul", ["steps", "steps"], ["squares"]),
                helper.make_node("ReduceMean", ["squares"], ["facts"], axes=[1], keepdims=0),
                helper.make_node("Gemm", ["facts", "weights", "offset"], ["sum"]),
                helper.make_node("Sigmoid", ["sum"], ["probability"]),
            ],
            [("series", TensorProto.FLOAT, ["batch", 24, 3])],
            [("probability", TensorProto.FLOAT, ["batch", 1])],
            zero=np.array([0]), one=np.array([1]), last=np.array([23]), end=np.array([24]),
            axis=np.array([1]),
            weights=fitted.coef_.T.astype(np.float32),
            offset=fitted.intercept_.astype(np.float32),
        )  # fmt: skip
        found = figures.binary(data.test_labels, scores)
        versions.append(Version(made, found, {"probability": scores[:ROWS, None]}))
    return Model(
        "sequence-series",
        "onnx.helper",
        lists(data.train, data.train_labels, "series"),
        lists(data.test, data.test_labels, "series"),
        {"series": data.test[:ROWS]},
        (versions[0], versions[1]),
    )


def topics(seed: int, rows: int = 2400) -> sources.Split:
    """Token ids of texts of three topics."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, rows)
    likely = random.dirichlet(np.full(WORDS - 1, 0.3), CLASSES) * 0.4 + 0.6 / (WORDS - 1)
    ids = np.stack([1 + random.choice(WORDS - 1, LENGTH, p=likely[label]) for label in labels])
    return sources.Split(ids[:-600], labels[:-600], ids[-600:], labels[-600:])


def _tokens() -> Model:
    """The mean of the tokens' weights for each class, softmax."""
    split = topics(seed=91)

    def counts(tokens: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(row, minlength=WORDS)[1:] for row in tokens]) / LENGTH

    versions = []
    for number in (1, 2):
        values, known = split.part(number)
        fitted = LogisticRegression(C=20, max_iter=500).fit(counts(values), known)
        scores = fitted.predict_proba(counts(split.test))
        weights = np.concatenate([np.zeros((1, CLASSES)), fitted.coef_.T]).astype(np.float32)
        made = graph(
            [
                helper.make_node("Gather", ["weights", "tokens"], ["each"]),
                helper.make_node("ReduceMean", ["each"], ["mean"], axes=[1], keepdims=0),
                helper.make_node("Add", ["mean", "offsets"], ["sums"]),
                helper.make_node("Softmax", ["sums"], ["topics"], axis=1),
            ],
            [("tokens", TensorProto.INT64, ["batch", "length"])],
            [("topics", TensorProto.FLOAT, ["batch", CLASSES])],
            weights=weights,
            offsets=fitted.intercept_.astype(np.float32),
        )
        found = figures.multiclass(split.test_labels, scores)
        versions.append(Version(made, found, {"topics": scores[:ROWS]}))

    def frame(tokens: np.ndarray, known: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"tokens": list(tokens), "label": known})

    return Model(
        "sequence-tokens",
        "onnx.helper",
        frame(split.train, split.train_labels),
        frame(split.test, split.test_labels),
        {"tokens": split.test[:ROWS]},
        (versions[0], versions[1]),
    )
