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
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    import pandas as pd
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
    from sluicegate.validators.evaluation.batches import one_call

    frame = evaluation.frame
    requests = []
    for row in spread(complete_rows(frame, spec), sample_size):
        inputs = one_call(frame, spec, np.array([row]))
        names = [tensor.name for tensor in spec.signature.outputs]
        answers = _answers(session, names, inputs, int(row) + 1)
        requests.append(
            {
                "row": int(row) + 1,
                "inputs": [as_input(tensor, inputs[tensor.name], 0) for tensor in spec.signature.inputs],
                "outputs": {name: _whole(value) for name, value in zip(names, answers, strict=True)},
            }
        )
    keep(json.dumps(requests).encode())
    yield passed(f"{len(requests)} rows")


def _answers(session: InferenceSession, names: list[str], inputs: dict[str, Array], row: int) -> list[Any]:
    """Every output as it is. Raises Unavailable."""
    try:
        return list(session.run(names, inputs))
    except Exception as problem:
        raise Unavailable(f"the model fails on row {row}: {problem}", "quality") from problem


def complete_rows(frame: pd.DataFrame, spec: ModelSpec) -> Array:
    """Which rows lack no number, bool [N]: JSON has no form for a missing one. Raises Unavailable."""
    from sluicegate.validators.evaluation.batches import fed

    complete = np.ones(len(frame), dtype=bool)
    for rows, inputs in fed(frame, spec):
        for values in inputs.values():
            if values.dtype.kind == "f":
                complete[rows] &= np.isfinite(values.reshape(len(rows), -1)).all(axis=1)
    return complete


def spread(complete: Array, number: int) -> Array:
    """So many row numbers, one drawn from each of as many equal parts, the same ones each time.

    Rows in which a number is missing are left out where there are others.
    """
    usable = np.flatnonzero(complete) if complete.any() else np.arange(len(complete))
    edges = np.linspace(0, len(usable), min(number, len(usable)) + 1).astype(int)
    draws: Array = usable[np.random.default_rng(SEED).integers(edges[:-1], edges[1:])]
    return draws


def as_input(tensor: Tensor, values: Array, at: int) -> dict[str, Any]:
    """One row of an input's values as the protocol has it."""
    return {"name": tensor.name, "datatype": DATATYPES[tensor.dtype], **_data(tensor, values, at)}


def _data(tensor: Tensor, values: Array, at: int) -> dict[str, Any]:
    """One row, as often as a fixed batch has rows."""
    size = tensor.shape[0] if tensor.shape and isinstance(tensor.shape[0], int) else 1
    return _whole(np.repeat(values[at : at + 1], size, axis=0))


def _whole(values: Array) -> dict[str, Any]:
    return {"shape": list(values.shape), "data": values.ravel().tolist()}
