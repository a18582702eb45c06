"""Pictures as files: a column of PNG bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from PIL import Image
from sklearn.linear_model import LogisticRegression

from zoo import figures, sources
from zoo.exports import graph
from zoo.model import ROWS, Model, Version

TITLE = "Pictures"
TEXT = """
    A column holds encoded pictures, and `inputs` says how they become the input's numbers: size, layout,
    channels and scale. `sluice new model` guesses them from the input's shape and type. Clients do the same,
    and send tensors.
"""


def models() -> Iterator[Model]:
    yield _digits("pictures-gray", depth=1)
    yield _digits("pictures-bytes-rgb", depth=3)


def _digits(name: str, *, depth: int) -> Model:
    """Gray pictures as floats [batch, 1, 8, 8], or colours as bytes [batch, 8, 8, 3]; logistic regression."""
    data = sources.digits()
    train, test = (_pixels(part, depth) for part in (data.train, data.test))
    scale = np.float32(1 / 255)
    versions = []
    for number in (1, 2):
        count = len(data.part(number)[1])
        fitted = LogisticRegression(max_iter=2000).fit(_flat(train[:count]), data.train_labels[:count])
        scores = fitted.predict_proba(_flat(test))
        versions.append(
            Version(
                _export(fitted, depth), figures.multiclass(data.test_labels, scores), {"digit": scores[:ROWS]}
            )
        )
    request = test[:ROWS] if depth == 3 else test[:ROWS].transpose(0, 3, 1, 2) * scale
    return Model(
        name,
        "scikit-learn",
        _frame(train, data.train_labels),
        _frame(test, data.test_labels),
        {"picture": request},
        (versions[0], versions[1]),
    )


def _pixels(values: np.ndarray, depth: int) -> np.ndarray:
    """[N, 8, 8, depth] of 0 to 255; of three channels the second is the picture's negative."""
    gray = np.round(values.reshape(-1, 8, 8, 1) / 16 * 255).astype(np.uint8)
    return gray if depth == 1 else np.concatenate([gray, 255 - gray, gray], axis=3)


def _flat(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(len(pixels), -1) / 255


def _frame(pixels: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"picture": [_png(one) for one in pixels], "label": labels})


def _png(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels.squeeze()).save(written, "PNG")
    return written.getvalue()


def _export(fitted: LogisticRegression, depth: int) -> bytes:
    node = helper.make_node
    first = [node("Flatten", ["picture"], ["row"])]
    if depth == 3:
        first = [
            node("Cast", ["picture"], ["points"], to=TensorProto.FLOAT),
            node("Mul", ["points", "scale"], ["scaled"]),
            node("Flatten", ["scaled"], ["row"]),
        ]
    kind, shape = (TensorProto.FLOAT, [1, 8, 8]) if depth == 1 else (TensorProto.UINT8, [8, 8, 3])
    return graph(
        [
            *first,
            node("Gemm", ["row", "weights", "offsets"], ["sums"]),
            node("Softmax", ["sums"], ["digit"], axis=1),
        ],
        [("picture", kind, ["batch", *shape])],
        [("digit", TensorProto.FLOAT, ["batch", 10])],
        weights=fitted.coef_.T.astype(np.float32),
        offsets=fitted.intercept_.astype(np.float32),
        **({"scale": np.float32(1 / 255)} if depth == 3 else {}),
    )
