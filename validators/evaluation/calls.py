"""Calls of a model on rows of data, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import batch_dimension, counts_rows
from sluicegate.validators.evaluation.batches import Batch, batches
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]


def run_model(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame) -> dict[str, Array]:
    """Each output that counts rows, [N, ...] by name, in batches of `serving.max_batch`.

    One whose rows differ in shape, as where token ids differ in length, is left out. Raises Unavailable
    where the inputs do not share their rows, the model fails, or an output has other rows.
    """
    batch = batch_dimension(spec)
    names = [out.name for out in spec.signature.outputs if batch is not None and counts_rows(out, batch)]
    order: list[Array] = []
    parts: dict[str, list[Array]] = {name: [] for name in names}
    for rows, answer in calls(session, spec, frame, names):
        order.append(rows)
        for name, part in answer.items():
            parts[name].append(part)
    back = np.argsort(np.concatenate(order)) if order else np.empty(0, dtype=np.int64)
    uniform = (name for name in names if len({part.shape[1:] for part in parts[name]}) == 1)
    return {name: np.concatenate(parts[name])[back] for name in uniform}


def calls(
    session: InferenceSession,
    spec: ModelSpec,
    frame: pd.DataFrame,
    names: list[str],
    most: int | None = None,
) -> Iterator[tuple[Array, dict[str, Array]]]:
    """The numbers of some rows, [n], and what these outputs answer to them, [n, ...], until all rows are.

    Raises Unavailable as `run_model` does.
    """
    for batch in batches(frame, spec, most):
        answer = call(session, names, batch)
        length = len(next(iter(batch.inputs.values())))
        for name, part in zip(names, answer, strict=True):
            _require_rows(name, part, length)
        count = len(batch.rows)
        yield batch.rows, {name: part[:count] for name, part in zip(names, answer, strict=True)}


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


def call(session: InferenceSession, names: list[str], batch: Batch) -> list[Any]:
    """One call of the model, the outputs as they are. Raises Unavailable that names the cause."""
    rows = len(next(iter(batch.inputs.values())))
    first, last = int(batch.rows[0]) + 1, int(batch.rows[-1]) + 1
    try:
        return list(session.run(names, batch.inputs))
    except Exception as problem:
        reason = str(problem)
        if isinstance(problem, MemoryError) or "Failed to allocate memory" in reason:
            raise Unavailable(
                f"out of memory at batch {rows:,}: {reason}",
                "quality",
                f"Lower `serving.max_batch`, which is {rows:,}, or make the model's activations smaller.",
            ) from problem
        raise Unavailable(
            f"the model fails on rows {first} to {last}: {reason}",
            "quality",
            "Run the model on those rows with onnxruntime; correct the graph, or the signature.",
        ) from problem
