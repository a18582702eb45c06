"""Rows of a sample, and what a model answers on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import File, ModelSpec
from sluicegate.specs.selection import batch_dimension, counts_rows
from sluicegate.validators.evaluation.feeds import FAULT, feed
from sluicegate.validators.evaluation.labels import read_groups, read_labels
from sluicegate.validators.evaluation.predictions import Predictions, predictions
from sluicegate.validators.evaluation.tables import read_frame
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
LARGEST_INPUT = 64 << 20
"""Bytes of inputs in one call, whatever `serving.max_batch` is."""


@dataclass(frozen=True)
class Rows:
    """A sample: `frame` holds every column of the file, `labels` its labels as the task needs them."""

    path: str
    frame: pd.DataFrame
    labels: Array
    groups: Array | None = None

    def __len__(self) -> int:
        return len(self.frame)


def read_rows(files: ModelFiles, spec: ModelSpec, file: File) -> Rows:
    """A sample with its labels. Raises Unavailable where the labels are not what the task needs."""
    frame = read_frame(files, file, spec)
    if not len(frame):
        raise Unavailable(f"{file.path} has no rows", FAULT)
    labels = read_labels(frame, spec, file.path)
    return Rows(file.path, frame, labels, read_groups(frame, spec, file.path))


def predict(session: InferenceSession, spec: ModelSpec, rows: Rows) -> Predictions:
    """What the model answers on all rows. Raises Unavailable as `run_model` and `predictions` do."""
    return predictions(spec, run_model(session, spec, rows.frame), rows.labels, rows.groups)


def run_model(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame) -> dict[str, Array]:
    """Each output that counts rows, [N, ...] by name, in batches of `serving.max_batch`.

    Raises Unavailable where the inputs do not share their rows, the model fails, or an output has other rows.
    """
    batch = batch_dimension(spec)
    if batch is None:
        raise Unavailable(
            "the inputs do not share their first dimension, so no row of data fills them all",
            "quality",
            "Export it with the dimension that counts rows first, and give that one name in `signature`.",
        )
    inputs = feed(frame, spec)
    outputs = [output for output in spec.signature.outputs if counts_rows(output, batch)]
    names = [output.name for output in outputs]
    size = batch if isinstance(batch, int) else _rows_a_call(inputs, spec, len(frame))
    parts: list[list[Array]] = []
    for start in range(0, len(frame), size):
        count = min(size, len(frame) - start)
        # A fixed batch is filled up with the last row.
        length = size if isinstance(batch, int) else count
        take = np.minimum(np.arange(start, start + length), len(frame) - 1)
        answer = _call(session, names, {name: values[take] for name, values in inputs.items()}, start)
        for output, part in zip(outputs, answer, strict=True):
            _require_rows(output.name, part, len(take))
        parts.append([part[:count] for part in answer])
    return {
        name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)
    }


def _require_rows(name: str, answer: Any, rows: int) -> None:
    """Raises Unavailable where an answer has not one entry a row."""
    shape = answer.shape if isinstance(answer, np.ndarray) else ()
    if not shape or shape[0] != rows:
        found = f"shape {list(shape)}" if isinstance(answer, np.ndarray) else f"a {type(answer).__name__}"
        raise Unavailable(
            f"the output {name!r} has {found} for {rows:,} rows, and not one entry a row",
            "quality",
            "Correct the graph's last Reshape, or give the output's first dimension a name of its own.",
        )


def _rows_a_call(inputs: dict[str, Array], spec: ModelSpec, rows: int) -> int:
    bytes_a_row = max(1, sum(values.nbytes for values in inputs.values()) // max(rows, 1))
    return max(1, min(spec.serving.max_batch, LARGEST_INPUT // bytes_a_row))


def _call(session: InferenceSession, names: list[str], inputs: dict[str, Array], start: int) -> list[Any]:
    """One call of the model. Raises Unavailable that names the cause."""
    rows = len(next(iter(inputs.values())))
    try:
        return list(session.run(names, inputs))
    except Exception as problem:
        reason = str(problem)
        if isinstance(problem, MemoryError) or "Failed to allocate memory" in reason:
            raise Unavailable(
                f"out of memory at batch {rows:,}: {reason}",
                "quality",
                f"Lower `serving.max_batch`, which is {rows:,}, or make the model's activations smaller.",
            ) from problem
        raise Unavailable(
            f"the model fails on rows {start + 1} to {start + rows}: {reason}",
            "quality",
            "Run the model on those rows with onnxruntime; correct the graph, or the signature.",
        ) from problem
