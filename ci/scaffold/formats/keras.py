"""Keras 3, by tf2onnx: its own archive, read without Lambda layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx

from sluicegate.ci.scaffold.formats.base import Array, Features

if TYPE_CHECKING:
    from onnx import ModelProto

REQUIRES = ("keras", "tensorflow", "tf2onnx")
SUFFIXES = (".keras",)
SAVE_AS = "model.save('model.keras')"
RUNS_CODE = True


def load(path: Path) -> Any:
    """The model; one with a Lambda layer, whose code lies in the file, is refused by Keras itself."""
    import keras

    return keras.saving.load_model(str(path), compile=False, safe_mode=True)


def columns(model: Any) -> list[str]:
    """None: a model does not store column names."""
    del model
    return []


def to_onnx(model: Any, features: Features) -> ModelProto:
    """As Keras itself exports it."""
    model(features.matrix[:1])  # Keras exports no model that was never called
    target = Path.cwd() / "exported.onnx"
    model.export(str(target), format="onnx", verbose=False)
    return onnx.load_model(str(target))


def answers(model: Any, features: Features) -> list[Array | None]:
    """`predict`, output by output."""
    import numpy as np

    given = model.predict(features.matrix, verbose=0)
    return [np.asarray(part) for part in (given if isinstance(given, list | tuple) else [given])]
