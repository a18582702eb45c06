"""Rankings of rows that belong to queries, by hand-built graphs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper
from sklearn.linear_model import Ridge

from zoo import figures, sources
from zoo.exports import graph
from zoo.model import ROWS, Model, Version, table

TITLE = "Rankings"
TEXT = """
    One score a row; `--group` names the column with a row's query, and every figure and interval is over
    queries, not rows. A label above 0 is relevant, and a larger one more so.
"""


def models() -> Iterator[Model]:
    yield _pointwise()
    yield _recommender()


def _pointwise() -> Model:
    data, train_groups, test_groups = sources.queries(seed=81)
    versions = []
    for number in (1, 2):
        fitted = Ridge().fit(*data.part(number))
        scores = fitted.predict(data.test)
        made = graph(
            [helper.make_node("Gemm", ["x", "weights", "offset"], ["score"])],
            [("x", TensorProto.FLOAT, ["batch", 5])],
            [("score", TensorProto.FLOAT, ["batch", 1])],
            weights=fitted.coef_[:, None].astype(np.float32),
            offset=np.float32([fitted.intercept_]),
        )
        found = figures.ranking(data.test_labels, scores, test_groups)
        versions.append(Version(made, found, {"score": scores[:ROWS, None]}))
    return Model(
        "ranking-linear",
        "onnx.helper",
        table(data.train, data.train_labels).assign(query=train_groups),
        table(data.test, data.test_labels).assign(query=test_groups),
        {"x": data.test[:ROWS]},
        (versions[0], versions[1]),
        ("--task", "ranking", "--group", "query"),
    )


def _recommender() -> Model:
    """Two towers as one graph: a user's number and an item's give the product of their factors."""
    import pandas as pd

    random = np.random.default_rng(82)
    users, items, width = 80, 120, 6
    taste, kind = random.normal(size=(users, width)), random.normal(size=(items, width))
    wanted = taste @ kind.T + random.normal(0, 1.2, (users, items))
    chosen = np.stack([random.permutation(items)[:30] for _ in range(users)])
    pairs = pd.DataFrame({"user": np.repeat(np.arange(users), 30), "item": chosen.reshape(-1)}).astype(
        np.int64
    )
    pairs["label"] = (wanted[pairs["user"], pairs["item"]] > 2.0).astype(np.int64)
    held = np.tile(np.arange(30) >= 18, users)
    train, test = pairs[~held].reset_index(drop=True), pairs[held].reset_index(drop=True)
    versions = []
    for number in (1, 2):
        left = (taste + random.normal(0, 0.5 / number, taste.shape)).astype(np.float32)
        right = (kind + random.normal(0, 0.5 / number, kind.shape)).astype(np.float32)
        scores = (left[test["user"]].astype(float) * right[test["item"]]).sum(axis=1)
        made = graph(
            [
                helper.make_node("Gather", ["users", "user"], ["u"]),
                helper.make_node("Gather", ["items", "item"], ["i"]),
                helper.make_node("Mul", ["u", "i"], ["parts"]),
                helper.make_node("ReduceSum", ["parts", "axis"], ["score"], keepdims=0),
            ],
            [("user", TensorProto.INT64, ["batch"]), ("item", TensorProto.INT64, ["batch"])],
            [("score", TensorProto.FLOAT, ["batch"])],
            users=left,
            items=right,
            axis=np.array([1], np.int64),
        )
        found = figures.ranking(test["label"].to_numpy(), scores, test["user"].to_numpy())
        versions.append(Version(made, found, {"score": scores[:ROWS]}))
    request = {name: test[name].to_numpy()[:ROWS] for name in ("user", "item")}
    return Model(
        "ranking-two-towers",
        "onnx.helper",
        train,
        test,
        request,
        (versions[0], versions[1]),
        ("--task", "ranking", "--group", "user", "--label", "label"),
    )
