"""XGBoost by onnxmltools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from zoo import figures, sources
from zoo.model import ROWS, Model, Version, table

TITLE = "XGBoost"
TEXT = """
    onnxmltools gives `label` and `probabilities` of a classifier, and `variable [N, 1]` of a
    regressor. Ranking takes the query from the column that `--group` names.
"""


def _export(fitted: Any, columns: int) -> bytes:
    return convert_xgboost(
        fitted, initial_types=[("input", FloatTensorType([None, columns]))]
    ).SerializeToString()


def models() -> Iterator[Model]:
    yield _classifier("xgboost-binary", sources.two_classes(seed=31))
    yield _classifier("xgboost-multiclass", sources.some_classes(seed=32))
    yield _regressor()
    yield _ranker()


def _classifier(name: str, data: sources.Split) -> Model:
    versions = []
    for number in (1, 2):
        fitted = xgboost.XGBClassifier(n_estimators=25, max_depth=4).fit(*data.part(number))
        scores = fitted.predict_proba(data.test).astype(np.float64)
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
        "XGBoost",
        table(data.train, data.train_labels),
        table(data.test, data.test_labels),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
    )


def _regressor() -> Model:
    data = sources.quantity(seed=33)
    versions = []
    for number in (1, 2):
        fitted = xgboost.XGBRegressor(n_estimators=25, max_depth=4).fit(*data.part(number))
        said = fitted.predict(data.test).astype(np.float64)
        found = figures.regression(data.test_labels, said, mape=True)
        versions.append(Version(_export(fitted, data.test.shape[1]), found, {"variable": said[:ROWS, None]}))
    return Model(
        "xgboost-regression",
        "XGBoost",
        table(data.train, data.train_labels, name="target"),
        table(data.test, data.test_labels, name="target"),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
    )


def _ranker() -> Model:
    """onnxmltools converts no XGBRanker; a regressor of the relevance ranks as well."""
    data, train_groups, test_groups = sources.queries(seed=34)
    versions = []
    for number in (1, 2):
        fitted = xgboost.XGBRegressor(n_estimators=40, max_depth=4, subsample=0.7, random_state=0)
        fitted.fit(*data.part(number))
        scores = fitted.predict(data.test).astype(np.float64)
        found = figures.ranking(data.test_labels, scores, test_groups)
        versions.append(
            Version(_export(fitted, data.test.shape[1]), found, {"variable": scores[:ROWS, None]})
        )
    return Model(
        "xgboost-ranking",
        "XGBoost",
        table(data.train, data.train_labels).assign(query=train_groups),
        table(data.test, data.test_labels).assign(query=test_groups),
        {"input": data.test[:ROWS]},
        (versions[0], versions[1]),
        ("--task", "ranking", "--group", "query"),
    )
