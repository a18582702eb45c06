"""Rows of a sample, and what a model answers on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import File, ModelSpec, Tensor
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
BATCH = 4096
"""Rows a call, where the signature leaves the batch open."""
FAULT = "data-integrity"


@dataclass(frozen=True)
class Rows:
    """A sample: `frame` holds every column of the file, `labels` its label column as whole numbers, [N]."""

    path: str
    frame: pd.DataFrame
    labels: Array

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class Predictions:
    """What a model answered: each output [N, ...] by name; model.yaml says how a score becomes a decision."""

    outputs: dict[str, Array]
    spec: ModelSpec

    @cached_property
    def scores(self) -> Array:
        """The probability of yes, [N]; of each class, [N, K], for more than two classes."""
        rule = self.spec.decision
        name = rule.output if rule else self.spec.signature.outputs[0].name
        values = self.outputs[name].astype(np.float64)
        flat = values.reshape(len(values), -1)
        return flat[:, 0] if flat.shape[1] == 1 else flat

    @cached_property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether a row's every score is a number, [N]."""
        good: npt.NDArray[np.bool_] = np.isfinite(self.scores.reshape(len(self.scores), -1)).all(axis=1)
        return good

    @cached_property
    def classes(self) -> Array:
        """The decided class, [N]: at the threshold (0.5 unless declared), or the likeliest of several."""
        if self.scores.ndim == 2:
            likeliest: Array = np.argmax(self.scores, axis=1)
            return likeliest
        threshold = self.spec.decision.threshold if self.spec.decision else 0.5
        return (self.scores >= threshold).astype(np.int64)


def read_frame(files: ModelFiles, file: File) -> pd.DataFrame:
    """A table from .parquet or .csv. Raises Unavailable for a file that is missing or not a table."""
    fault = files.fault(file.path)
    if fault is not None:
        raise Unavailable(f"{file.path} {fault}", "artifact-digests")
    path = files.directory / file.path
    if files.head(file.path, 11) == b"version htt":
        raise Unavailable(
            f"{file.path} is a Git LFS pointer", FAULT, "Run `git lfs pull`, and commit the file itself."
        )
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".csv":
            return pd.read_csv(path)
    except Exception as problem:
        raise Unavailable(f"{file.path} is not a readable table: {problem}", FAULT) from problem
    raise Unavailable(f"{file.path} is neither .parquet nor .csv", FAULT, "Write it as one of them.")


def read_rows(files: ModelFiles, spec: ModelSpec, file: File) -> Rows:
    """A sample with its labels. Raises Unavailable where the labels are missing or not whole numbers."""
    frame = read_frame(files, file)
    if spec.data.label not in frame.columns:
        raise Unavailable(f"{file.path} has no column {spec.data.label!r}, the label", FAULT)
    if not len(frame):
        raise Unavailable(f"{file.path} has no rows", FAULT)
    labels = pd.to_numeric(frame[spec.data.label], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if not np.isfinite(labels).all() or (labels != np.round(labels)).any():
        raise Unavailable(
            f"{file.path}: label {spec.data.label!r} has values that are not whole numbers", FAULT
        )
    return Rows(file.path, frame, labels.astype(np.int64))


def feed(frame: pd.DataFrame, spec: ModelSpec) -> dict[str, Array]:
    """The rows as the model's inputs, each [N, ...]. Raises Unavailable for a missing or unfit column."""
    return {tensor.name: _input(frame, tensor) for tensor in spec.signature.inputs}


def columns(tensor: Tensor) -> list[str]:
    """The data's columns that fill an input: those declared, or the one of the input's own name."""
    return list(tensor.columns or (tensor.name,))


def _input(frame: pd.DataFrame, tensor: Tensor) -> Array:
    names = columns(tensor)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise Unavailable(
            f"the rows have no column {', '.join(missing[:10])} for input {tensor.name!r}", FAULT
        )
    kind: Any = np.str_ if tensor.dtype == "string" else np.dtype(tensor.dtype)
    inner = [size if isinstance(size, int) else -1 for size in tensor.shape[1:]]
    try:
        values = frame[names].to_numpy(kind)
        return (values.astype(object) if tensor.dtype == "string" else values).reshape(len(frame), *inner)
    except (ValueError, TypeError, OverflowError) as problem:
        raise Unavailable(f"input {tensor.name!r} cannot be filled: {problem}", FAULT) from problem


def predict(session: InferenceSession, spec: ModelSpec, rows: Rows) -> Predictions:
    """Run the model over all rows, by batches. Raises Unavailable when it fails or answers other shapes."""
    inputs = feed(rows.frame, spec)
    names = [output.name for output in spec.signature.outputs]
    fixed = spec.signature.inputs[0].shape[:1]
    batch = fixed[0] if fixed and isinstance(fixed[0], int) else BATCH
    parts: list[list[Array]] = []
    for start in range(0, len(rows), batch):
        size = min(batch, len(rows) - start)
        take = np.minimum(np.arange(start, start + batch if batch != BATCH else start + size), len(rows) - 1)
        try:
            answer = session.run(names, {name: values[take] for name, values in inputs.items()})
        except Exception as problem:
            raise Unavailable(
                f"the model fails on rows {start} to {start + size}: {problem}", "quality"
            ) from problem
        if any(not isinstance(part, np.ndarray) or len(part) != len(take) for part in answer):
            raise Unavailable("an output does not have one entry a row", "onnx-signature")
        parts.append([part[:size] for part in answer])
    return Predictions(
        {name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)},
        spec,
    )
