"""scikit-learn's estimators as ONNX, by skl2onnx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx


def export(model: Any, sample: np.ndarray) -> bytes:
    """An estimator's ONNX; without ZipMap, which is what a server can carry."""
    from skl2onnx import to_onnx

    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    return to_onnx(model, sample[:1], options=options).SerializeToString()


def typed(model: Any, types: Sequence[tuple[str, Any]], options: Mapping[Any, Any]) -> bytes:
    """A pipeline's ONNX with an input for each column; `options` are skl2onnx's."""
    from skl2onnx import to_onnx

    return to_onnx(model, initial_types=list(types), options=dict(options)).SerializeToString()


def graph(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[tuple[str, int, Sequence[Any]]],
    outputs: Sequence[tuple[str, int, Sequence[Any]]],
    **constants: Any,
) -> bytes:
    """A hand-built graph; inputs and outputs are (name, type, shape)."""
    from onnx import helper, numpy_helper

    values = [[helper.make_tensor_value_info(*one) for one in side] for side in (inputs, outputs)]
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    made = helper.make_model(
        helper.make_graph(list(nodes), "zoo", *values, held),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString()
