"""Runs before the server is ready: a model's first ones allocate, and on a GPU compile, and are slow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.onnx_server.errors import RequestError
from sluicegate.onnx_server.model import Model
from sluicegate.onnx_server.tensors import TensorSpec


def warm_up(model: Model, runs: int) -> str | None:
    """Run the model so often on zeros; no request is counted. Why it ended early, or None.

    Free dimensions are 1, which not every model can take: a model that fails here may serve all the same.
    """
    feeds = {name: zeros(spec) for name, spec in model.inputs.items()}
    try:
        for _ in range(runs):
            model.run(list(model.outputs), feeds)
    except RequestError as error:
        return str(error)
    return None


def on_zeros(model: Model) -> list[Any] | None:
    """All outputs of a run on zeros; None where the model does not take them."""
    try:
        return model.run(list(model.outputs), {name: zeros(spec) for name, spec in model.inputs.items()})
    except RequestError:
        return None


def zeros(spec: TensorSpec) -> NDArray[Any]:
    """Zeros, empty strings or false, of the input's shape."""
    shape = [size if isinstance(size, int) else 1 for size in spec.shape]
    return np.full(shape, "" if spec.datatype == "BYTES" else 0, dtype=spec.dtype)
