"""XGBoost by onnxmltools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost
from onnxmltools import convert_xgboost

from zoo import sources
from zoo.boosting import Library
from zoo.model import Model

TITLE = "XGBoost"
TEXT = """
    onnxmltools gives `label` and `probabilities` of a classifier, and `variable [N, 1]` of a
    regressor. Ranking takes the query from the column that `--group` names.
"""


XGBOOST = Library("XGBoost", convert_xgboost)


def models() -> Iterator[Model]:
    yield XGBOOST.classifier("xgboost-binary", sources.two_classes(seed=31), _classify)
    yield XGBOOST.classifier("xgboost-multiclass", sources.some_classes(seed=32), _classify)
    yield XGBOOST.regressor("xgboost-regression", sources.quantity(seed=33), _regress)
    yield XGBOOST.ranker("xgboost-ranking", 34, _rank)


def _classify(values: np.ndarray, labels: np.ndarray) -> Any:
    return xgboost.XGBClassifier(n_estimators=25, max_depth=4).fit(values, labels)


def _regress(values: np.ndarray, labels: np.ndarray) -> Any:
    return xgboost.XGBRegressor(n_estimators=25, max_depth=4).fit(values, labels)


def _rank(values: np.ndarray, labels: np.ndarray) -> Any:
    """onnxmltools converts no XGBRanker; a regressor of the relevance ranks as well."""
    fitted = xgboost.XGBRegressor(n_estimators=40, max_depth=4, subsample=0.7, random_state=0)
    return fitted.fit(values, labels)
