"""Embeddings that are searched."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from zoo import figures, sources
from zoo.exports import export, graph
from zoo.model import ROWS, Model, Version, table

TITLE = "Embeddings and retrieval"
TEXT = """
    `group` names the column that says of each row whether it is in the `gallery` or a query; a query is a hit
    where a row of its own label is among the `k` nearest by cosine. A second version is also compared with
    production's embeddings themselves: `cosine_to_production` and `neighbour_overlap`.
"""


def models() -> Iterator[Model]:
    data, roles = sources.places()
    options = ("--task", "retrieval", "--group", "role")
    for name in ("embedding-pca", "embedding-normalized"):
        versions = []
        for number in (1, 2):
            values, labels = data.part(number)
            if name == "embedding-pca":
                fitted = PCA(8).fit(values)
                found = fitted.transform(data.test)
                made, output = export(fitted, data.test), "variable"
            else:
                fitted = LinearDiscriminantAnalysis(n_components=8).fit(values, labels)
                weights, offsets = fitted.scalings_[:, :8], -fitted.xbar_ @ fitted.scalings_[:, :8]
                found = fitted.transform(data.test)
                found /= np.linalg.norm(found, axis=1, keepdims=True)
                made, output = _normalized(weights, offsets), "embedding"
            versions.append(
                Version(made, figures.retrieval(data.test_labels, found, roles), {output: found[:ROWS]})
            )
        yield Model(
            name,
            "scikit-learn",
            table(data.train, data.train_labels).assign(role="query"),
            table(data.test, data.test_labels).assign(role=roles),
            {"X" if name == "embedding-pca" else "x": data.test[:ROWS]},
            (versions[0], versions[1]),
            options,
        )


def _normalized(weights: np.ndarray, offsets: np.ndarray) -> bytes:
    return graph(
        [
            helper.make_node("Gemm", ["x", "weights", "offsets"], ["turned"]),
            helper.make_node("LpNormalization", ["turned"], ["embedding"], axis=1, p=2),
        ],
        [("x", TensorProto.FLOAT, ["batch", 12])],
        [("embedding", TensorProto.FLOAT, ["batch", 8])],
        weights=weights.astype(np.float32),
        offsets=offsets.astype(np.float32),
    )
