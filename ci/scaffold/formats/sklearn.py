"""scikit-learn, by skl2onnx: a pickle, which can run code when it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from sluicegate.ci.scaffold.formats.base import INPUT, OPSETS, Array, Features
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnx import ModelProto

REQUIRES = ("sklearn", "skl2onnx")
SUFFIXES = (".joblib", ".pkl", ".pickle")
SAVE_AS = "joblib.dump(model, 'model.joblib')"
RUNS_CODE = True


def load(path: Path) -> Any:
    """An estimator or a pipeline, written by joblib or by pickle."""
    import joblib

    model = joblib.load(path)
    if not hasattr(model, "predict"):
        raise Unavailable(f"{path.name} holds a {type(model).__name__}, which has no predict()")
    return model


def columns(model: Any) -> list[str]:
    """Those that it was fitted on, if that was a DataFrame."""
    return [str(name) for name in getattr(model, "feature_names_in_", ())]


def to_onnx(model: Any, features: Features) -> ModelProto:
    """One input for all columns; one for each where a ColumnTransformer names them, or some are text."""
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.base import is_classifier

    wanted = getattr(model, "n_features_in_", len(features.names))
    if wanted != len(features.names):
        raise Unavailable(
            f"the model takes {wanted} columns, and {len(features.names)} are left in the reference",
            remedy="Name them in the model's order: --columns a,b,c; or name the label: --label.",
        )
    types: list[Any] = [(INPUT, FloatTensorType([None, len(features.names)]))]
    if _by_name(model) or not all(map(is_numeric_dtype, features.frame.dtypes)):
        types = [(name, _type(features.frame[name])) for name in features.names]
    options = {id(model): {"zipmap": False}} if is_classifier(model) else None
    made: ModelProto = skl2onnx.to_onnx(model, initial_types=types, options=options, target_opset=OPSETS)
    return made


def _by_name(model: Any) -> bool:
    """Whether a part of it chooses columns by name."""
    from sklearn.compose import ColumnTransformer

    parts = [model, *(step for _, step in getattr(model, "steps", ()))]
    return any(isinstance(part, ColumnTransformer) for part in parts) and bool(columns(model))


def _type(column: Any) -> Any:
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    if is_bool_dtype(column) or is_integer_dtype(column):
        return Int64TensorType([None, 1])
    return FloatTensorType([None, 1]) if is_numeric_dtype(column) else StringTensorType([None, 1])


def answers(model: Any, features: Features) -> list[Array | None]:
    """`predict`, and of a classifier `predict_proba` behind it."""
    import numpy as np

    rows = features.frame if columns(model) else features.frame.to_numpy()
    given = [model.predict(rows)]
    if hasattr(model, "predict_proba"):
        given.append(model.predict_proba(rows))
    if any(isinstance(part, list) for part in given):
        raise Unavailable(
            f"{type(model).__name__} returns several arrays, and the graph one",
            remedy="Convert each of its estimators separately, or build the graph yourself.",
        )
    return [np.asarray(part) for part in given]
