"""Golden rows from a model as it is now: evaluation rows with its present answers, as a table to commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    import pandas as pd
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

Array = npt.NDArray[Any]
SUFFIXES = (".csv", ".parquet")
"""CSV, which a person can review, unless it cannot hold the values exactly."""
MOST_COLUMNS = 50
"""An output with more numbers a row is one column of lists."""


def recorded_rows(
    spec: ModelSpec, session: InferenceSession, evaluation: Rows, sample_size: int
) -> Iterator[Finding]:
    """Keep `sample_size` evaluation rows with the model's answers: a line of JSON, then the table's bytes.

    The rows are taken evenly from the evaluation set, the same ones each time. The JSON has `suffix`, `rows`
    and `outputs`. Raises Unavailable where the model does not answer them with finite numbers.
    """
    from sluicegate.validators.evaluation.calls import run_model
    from sluicegate.validators.evaluation.feeds import input_columns
    from sluicegate.validators.evaluation.sample import spread

    chosen = np.unique(spread(np.ones(len(evaluation), dtype=bool), sample_size))
    inputs = evaluation.frame.iloc[chosen][input_columns(spec)].reset_index(drop=True)
    outputs = run_model(session, spec, inputs)
    if not outputs:
        raise Unavailable("no output has one entry of one shape for each row, so none can be recorded")
    known = {name: column for output in outputs for name, column in _columns(output, outputs[output])}
    _require_finite(outputs, chosen, evaluation.path)
    path = _written(inputs, known, spec)
    header = {"suffix": path.suffix, "rows": len(inputs), "outputs": list(outputs)}
    keep(json.dumps(header).encode() + b"\n" + path.read_bytes())
    yield passed(f"{len(inputs)} rows")


def _columns(name: str, values: Array) -> Iterator[tuple[str, Any]]:
    """The table's columns for one output: one, one for each number of a row, or one of lists."""
    from sluicegate.validators.evaluation.expected.given import PREFIX

    flat = values.reshape(len(values), -1)
    if flat.dtype.kind == "f":
        flat = flat.astype(np.float64)  # exactly what it will be compared as
    if flat.shape[1] == 1:
        yield f"{PREFIX}{name}", flat[:, 0]
    elif flat.shape[1] <= MOST_COLUMNS:
        yield from ((f"{PREFIX}{name}[{number}]", flat[:, number]) for number in range(flat.shape[1]))
    else:
        yield f"{PREFIX}{name}", list(flat)


def _require_finite(outputs: dict[str, Array], chosen: Array, path: str) -> None:
    """Raises Unavailable for an answer that is not a finite number: it is no answer to hold a model to."""
    for name, values in outputs.items():
        if values.dtype.kind != "f":
            continue
        wrong = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
        if len(wrong):
            raise Unavailable(
                f"the model answers row {int(chosen[wrong[0]]) + 1} of {path} with a number in {name!r} that "
                "is not finite",
                "quality",
                "Correct the model, or the row, before recording its answers.",
            )


def _written(inputs: pd.DataFrame, known: dict[str, Any], spec: ModelSpec) -> Path:
    """The table's file, in the first format that gives the same inputs and answers back."""
    import pandas as pd

    table = pd.concat([inputs, pd.DataFrame(known)], axis=1)
    for suffix in SUFFIXES:
        path = Path.cwd() / f"golden{suffix}"
        if suffix == ".csv":
            table.to_csv(path, index=False)
        else:
            table.to_parquet(path, index=False)
        if _holds(path, table, list(known), spec):
            return path
    raise Unavailable("neither CSV nor parquet can hold the rows exactly")


def _holds(path: Path, table: pd.DataFrame, known: list[str], spec: ModelSpec) -> bool:
    """Whether the file, read as a golden file is, has exactly these inputs and answers."""
    from sluicegate.validators.evaluation.batches import batches
    from sluicegate.validators.evaluation.feeds import stacked
    from sluicegate.validators.evaluation.tables import declared_types, read_table

    try:
        read = read_table(path, declared_types(spec), path.name)
        pairs = [
            (old.inputs[name], new.inputs[name])
            for old, new in zip(batches(table, spec), batches(read, spec), strict=True)
            for name in old.inputs
        ]
        pairs += [(stacked(table[name]), stacked(read[name])) for name in known]
    except (Unavailable, ValueError, KeyError):
        return False
    return all(_same(*pair) for pair in pairs)


def _same(old: Array, new: Array) -> bool:
    if old.dtype.kind == "f":
        return new.dtype.kind in "fiu" and np.array_equal(old, new, equal_nan=True)
    return bool(np.array_equal(old.astype(str), new.astype(str)))
