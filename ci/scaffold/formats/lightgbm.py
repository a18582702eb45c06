"""LightGBM, by onnxmltools: its text format, which is data alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.ci.scaffold.formats.base import INPUT, Array, Features
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnx import ModelProto

REQUIRES = ("lightgbm", "onnxmltools")
SUFFIXES = (".txt",)
SAVE_AS = "model.booster_.save_model('model.txt')"
RUNS_CODE = False
OPSET = 15
"""The newest that onnxmltools writes for trees."""
REGRESSIONS = ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson")


def load(path: Path) -> Any:
    """The booster. Raises Unavailable for an objective that is not converted."""
    import lightgbm

    booster = lightgbm.Booster(model_file=str(path))
    if _objective(booster) not in ("binary", "multiclass", *REGRESSIONS):
        raise Unavailable(
            f"the objective is {_objective(booster)}, and binary, multiclass and regressions are converted",
            remedy="Export it to ONNX by hand, and pass --onnx.",
        )
    return booster


def _objective(model: Any) -> str:
    return str(model.dump_model()["objective"]).split(" ")[0]


def columns(model: Any) -> list[str]:
    """Those that it was trained on, if they had names."""
    names = [str(name) for name in model.feature_name()]
    return [] if names == [f"Column_{at}" for at in range(len(names))] else names


def to_onnx(model: Any, features: Features) -> ModelProto:
    """One input for all columns; of a classifier label and probabilities."""
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [(INPUT, FloatTensorType([None, features.matrix.shape[1]]))]
    made: ModelProto = convert_lightgbm(model, initial_types=types, zipmap=False, target_opset=OPSET)
    for value in made.graph.output:
        value.type.tensor_type.shape.dim[0].Clear()  # it says that there is one label, whatever the rows
    return made


def answers(model: Any, features: Features) -> list[Array | None]:
    """`predict`, as the graph gives it: of two classes both probabilities."""
    import numpy as np

    given = np.asarray(model.predict(features.matrix))
    if _objective(model) == "binary":
        return [None, np.stack([1 - given, given], axis=1)]
    return [None, given] if _objective(model) == "multiclass" else [given]
