"""LightGBM by onnxmltools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm

from zoo import sources
from zoo.boosting import Library
from zoo.model import Model

TITLE = "LightGBM"
TEXT = """
    Converted with `zipmap=False`: with a ZipMap, onnxmltools' default, the probabilities are a sequence of
    maps, which the server does not support, and `sluice new model` says so. Missing values are part of the
    data here: a gap in a column is NaN to the model, in a request `null`.
"""


LIGHTGBM = Library("LightGBM", convert_lightgbm, (("zipmap", False),))
TREES: dict[str, Any] = {"num_leaves": 15, "verbose": -1}


def models() -> Iterator[Model]:
    yield LIGHTGBM.classifier("lightgbm-binary", sources.two_classes(seed=41), _classify)
    yield LIGHTGBM.classifier("lightgbm-multiclass", sources.some_classes(seed=42), _classify)
    yield LIGHTGBM.classifier("lightgbm-gaps", _with_gaps(sources.two_classes(seed=43)), _classify)
    yield LIGHTGBM.regressor("lightgbm-regression", sources.quantity(seed=44), _regress)
    yield LIGHTGBM.ranker("lightgbm-ranker", 45, _rank)


def _classify(values: np.ndarray, labels: np.ndarray) -> Any:
    return lightgbm.LGBMClassifier(n_estimators=25, **TREES).fit(values, labels)


def _regress(values: np.ndarray, labels: np.ndarray) -> Any:
    return lightgbm.LGBMRegressor(n_estimators=25, **TREES).fit(values, labels)


def _rank(values: np.ndarray, labels: np.ndarray) -> Any:
    queries = [10] * (len(values) // 10)
    return lightgbm.LGBMRanker(n_estimators=40, **TREES).fit(values, labels, group=queries)


def _with_gaps(data: sources.Split) -> sources.Split:
    random = np.random.default_rng(0)
    train, test = (
        np.where(random.random(part.shape) < 0.1, np.nan, part) for part in (data.train, data.test)
    )
    return sources.Split(
        train.astype(np.float32), data.train_labels, test.astype(np.float32), data.test_labels
    )
