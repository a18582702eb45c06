"""A few rows of an evaluation set as requests, and what the model answers to each: for the smoke test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

Array = npt.NDArray[Any]
SEED = 20_241_126
DATATYPES = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "string": "BYTES",
}
"""dtype of model.yaml to datatype of the Open Inference Protocol v2 ("Tensor Data Types")."""


def sampled_requests(
    spec: ModelSpec, session: InferenceSession, evaluation: Rows, sample_size: int
) -> Iterator[Finding]:
    """Keep `sample_size` requests with their expected answers as JSON, each `{row, inputs, outputs}`.

    `row` is the row's number, from 1; `inputs` are as the protocol has them, a missing number as NaN;
    `outputs` by name have `shape` and flat `data`. Raises Unavailable as reading and predicting do.
    """
    # The gate's own process imports this module to name the function, and never a table's reader.
    from sluicegate.validators.evaluation.feeds import feed
    from sluicegate.validators.evaluation.rows import run_model

    chosen = spread(feed(evaluation.frame, spec), sample_size)
    sample = evaluation.frame.iloc[chosen]
    inputs = feed(sample, spec)
    outputs = run_model(session, spec, sample)
    requests = [
        {
            "row": int(row) + 1,
            "inputs": [as_input(tensor, inputs[tensor.name], at) for tensor in spec.signature.inputs],
            "outputs": {
                tensor.name: _data(tensor, outputs[tensor.name], at) for tensor in spec.signature.outputs
            },
        }
        for at, row in enumerate(chosen)
    ]
    keep(json.dumps(requests).encode())
    yield passed(f"{len(requests)} rows")


def spread(inputs: dict[str, Array], number: int) -> Array:
    """So many row numbers, one drawn from each of as many equal parts, the same ones each time.

    Rows in which a number is missing are left out where there are others: JSON has no form for it.
    """
    total = len(next(iter(inputs.values())))
    complete = np.ones(total, dtype=bool)
    for values in inputs.values():
        if values.dtype.kind == "f":
            complete &= np.isfinite(values.reshape(total, -1)).all(axis=1)
    usable = np.flatnonzero(complete) if complete.any() else np.arange(total)
    edges = np.linspace(0, len(usable), min(number, len(usable)) + 1).astype(int)
    draws: Array = usable[np.random.default_rng(SEED).integers(edges[:-1], edges[1:])]
    return draws


def as_input(tensor: Tensor, values: Array, at: int) -> dict[str, Any]:
    """One row of an input's values as the protocol has it."""
    return {"name": tensor.name, "datatype": DATATYPES[tensor.dtype], **_data(tensor, values, at)}


def _data(tensor: Tensor, values: Array, at: int) -> dict[str, Any]:
    """One row, as often as a fixed batch has rows."""
    size = tensor.shape[0] if tensor.shape and isinstance(tensor.shape[0], int) else 1
    repeated = np.repeat(values[at : at + 1], size, axis=0)
    return {"shape": list(repeated.shape), "data": repeated.ravel().tolist()}
