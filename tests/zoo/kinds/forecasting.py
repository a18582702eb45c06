"""Several steps ahead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LinearRegression, Ridge

from zoo import figures, sources
from zoo.exports import export, graph
from zoo.model import ROWS, Model, Version, grid, lists, table

TITLE = "Forecasts of several steps"
TEXT = """
    The label is one column a step, or one that holds lists, and the output has the same numbers in the same
    order. Errors are those of the whole horizon; a row is one forecast, not one step. skl2onnx declares the
    output of a forest of several steps as `[N, 1]`: what the model answers is held against the signature.
"""
PAST, AHEAD = 12, 3


def series(rows: int = 2200, seed: int = 21) -> sources.Split:
    """Windows of many series, so that rows do not overlap: twelve steps, and the three after them."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, 6, (rows, 1))
    level = random.normal(20, 4, (rows, 1))
    steps = np.arange(PAST + AHEAD)[None, :]
    whole = level + 5 * np.sin(start + steps / 2) + random.normal(0, 0.8, (rows, PAST + AHEAD))
    return sources.split(grid(whole[:, :PAST]), grid(whole[:, PAST:]), 500)


def models() -> Iterator[Model]:
    yield _columns()
    yield _lists()


def _columns() -> Model:
    data = series()
    names = [f"ahead{number}" for number in range(1, AHEAD + 1)]
    versions = []
    for number in (1, 2):
        values, target = data.part(number)
        fitted = LinearRegression().fit(values, target)
        said = fitted.predict(data.test)
        found = figures.regression(data.test_labels, said, mape=True)
        versions.append(Version(export(fitted, data.test), found, {"variable": said[:ROWS]}))

    def frame(values: np.ndarray, target: np.ndarray) -> pd.DataFrame:
        past = table(values, target[:, 0], "past").drop(columns="label")
        return pd.concat([past, pd.DataFrame(target, columns=names)], axis=1)

    return Model(
        "forecast-columns",
        "scikit-learn",
        frame(data.train, data.train_labels),
        frame(data.test, data.test_labels),
        {"X": data.test[:ROWS]},
        (versions[0], versions[1]),
        ("--label", ",".join(names), "--task", "forecasting"),
    )


def _lists() -> Model:
    """A graph with the past as [batch, 12, 1], as sequence models have it, and lists in the table."""
    data = series(seed=22)
    versions = []
    for number in (1, 2):
        fitted = Ridge().fit(*data.part(number))
        said = fitted.predict(data.test)
        made = graph(
            [
                helper.make_node("Reshape", ["past", "flat"], ["row"]),
                helper.make_node("Gemm", ["row", "weights", "offsets"], ["ahead"]),
            ],
            [("past", TensorProto.FLOAT, ["batch", PAST, 1])],
            [("ahead", TensorProto.FLOAT, ["batch", AHEAD])],
            weights=fitted.coef_.T.astype(np.float32),
            offsets=fitted.intercept_.astype(np.float32),
            flat=np.array([-1, PAST], np.int64),
        )
        found = figures.regression(data.test_labels, said)
        versions.append(Version(made, found, {"ahead": said[:ROWS]}))
    return Model(
        "forecast-lists",
        "onnx.helper",
        lists(data.train, data.train_labels.tolist(), "past"),
        lists(data.test, data.test_labels.tolist(), "past"),
        {"past": data.test[:ROWS, :, None]},
        (versions[0], versions[1]),
    )
