"""LightGBM by onnxmltools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from zoo import figures, sources
from zoo.model import ROWS, Model, Version, table

TITLE = "LightGBM"
TEXT = """
    Converted with `zipmap=False`: with a ZipMap, onnxmltools' default, the probabilities are a sequence of
    maps, which the server does not support, and `sluice new model` says so. Missing values are part of the
    data here: a gap in a column is NaN to the model, in a request `null`.
"""


def _export(fitted: Any, columns: int) -> bytes:
    types = [("input", FloatTensorType([None, columns]))]
    return convert_lightgbm(fitted, initial_types=types, zipmap=False).SerializeToString()


def models() -> Iterator[Model]:
    yield _classifier("lightgbm-binary", sources.two_classes(seed=41))
    yield _classifier("lightgbm-multiclass", sources.some_classes(seed=42))
    yield _classifier("lightgbm-gaps", _with_gaps(sources.two_classes(seed=43)))
    yield _regressor()
    yield _ranker()


def _with_gaps(data: sources.Split) -> sources.Split:
    random = np.random.default_rng(0)
    train, test = (
        np.where(random.random(part.shape) < 0.1, np.nan, part) for part in (data.train, data.test)
    )
    return sources.Split(
        train.astype(np.float32), data.train_labels, test.astype(np.float32), data.test_labels
    )


def _classifier(name: str, data: sources.Split) -> Model:
    versions = []
    for number in (1, 2):
        fitted = lightgbm.LGBMClassifier(n_estimators=25, num_leaves=15, verbose=-1).fit(*data.part(number))
        scores = fitted.predict_proba(data.test)
        two = scores.shape[1] == 2
        found = (
            figures.binary(data.test_labels, scores[:, 1])
            if two
            else figures.multiclass(data.test_labels, scores)
        )
        answers = {"probabilities": scores[:ROWS], "label": fitted.predict(data.test[:ROWS])}
        versions.append(Version(_export(fitted, data.test.shape[1]), found, answers))
    return Model(
        name,
        "LightGBM",
        table(data.train, data.train_labels),
        table(data.test, data.test_labels),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
    )


def _regressor() -> Model:
    data = sources.quantity(seed=44)
    versions = []
    for number in (1, 2):
        fitted = lightgbm.LGBMRegressor(n_estimators=25, num_leaves=15, verbose=-1).fit(*data.part(number))
        said = fitted.predict(data.test)
        found = figures.regression(data.test_labels, said, mape=True)
        versions.append(Version(_export(fitted, data.test.shape[1]), found, {"variable": said[:ROWS, None]}))
    return Model(
        "lightgbm-regression",
        "LightGBM",
        table(data.train, data.train_labels, name="target"),
        table(data.test, data.test_labels, name="target"),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
    )


def _ranker() -> Model:
    data, train_groups, test_groups = sources.queries(seed=45)
    versions = []
    for number in (1, 2):
        values, labels = data.part(number)
        fitted = lightgbm.LGBMRanker(n_estimators=40, num_leaves=15, verbose=-1)
        fitted.fit(values, labels, group=[10] * (len(values) // 10))
        scores = fitted.predict(data.test)
        found = figures.ranking(data.test_labels, scores, test_groups)
        versions.append(
            Version(_export(fitted, data.test.shape[1]), found, {"variable": scores[:ROWS, None]})
        )
    return Model(
        "lightgbm-ranker",
        "LightGBM",
        table(data.train, data.train_labels).assign(query=train_groups),
        table(data.test, data.test_labels).assign(query=test_groups),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
        ("--task", "ranking", "--group", "query"),
    )
