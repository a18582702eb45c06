"""XGBoost, by onnxmltools: its JSON or UBJSON, which is data alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.ci.scaffold.formats.base import INPUT, Array, Features
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnx import ModelProto

REQUIRES = ("xgboost", "onnxmltools")
SUFFIXES = (".json", ".ubj")
SAVE_AS = "model.save_model('model.json')"
RUNS_CODE = False
OPSET = 15
"""The newest that onnxmltools writes for trees."""


def load(path: Path) -> Any:
    """The estimator that fits the objective; its columns' names lie beside: the converter takes none."""
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(str(path))
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    kind, _, _ = objective.partition(":")
    if kind in ("binary", "multi"):
        model = xgboost.XGBClassifier()
    elif kind in ("reg", "count"):
        model = xgboost.XGBRegressor()
    else:
        raise Unavailable(
            f"the objective is {objective}, and binary, multi, reg and count are converted",
            remedy="Export it to ONNX by hand, and pass --onnx.",
        )
    model.load_model(str(path))
    trained_on = model.get_booster().feature_names
    model.get_booster().feature_names = None
    model.sluice_columns = trained_on or []
    return model


def columns(model: Any) -> list[str]:
    """Those that it was trained on, if they had names."""
    return list(model.sluice_columns)


def to_onnx(model: Any, features: Features) -> ModelProto:
    """One input for all columns; of a classifier label and probabilities."""
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [(INPUT, FloatTensorType([None, features.matrix.shape[1]]))]
    made: ModelProto = convert_xgboost(model, initial_types=types, target_opset=OPSET)
    return made


def answers(model: Any, features: Features) -> list[Array | None]:
    """`predict`, and of a classifier `predict_proba` behind it."""
    if hasattr(model, "predict_proba"):
        return [model.predict(features.matrix), model.predict_proba(features.matrix)]
    return [model.predict(features.matrix)]
