"""Rows of a sample, and what a model answers on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import File, ModelSpec
from sluicegate.validators.evaluation.box_answers import detected
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.feeds import FAULT
from sluicegate.validators.evaluation.labels import read_groups, read_labels
from sluicegate.validators.evaluation.predictions import Predictions, predictions
from sluicegate.validators.evaluation.tables import read_frame
from sluicegate.validators.evaluation.token_answers import surprised, tagged
from sluicegate.validators.runner.inputs import Unavailable, about
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
READERS = {"token-tagging": tagged, "language-model": surprised, "detection": detected}
"""By task, what reads the answers whose form differs from row to row."""


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
    with about(files.position(file.path)):
        frame = read_frame(files, file, spec)
        if not len(frame):
            raise Unavailable(f"{file.path} has no rows", FAULT)
        labels = read_labels(frame, spec, file.path)
        return Rows(file.path, frame, labels, read_groups(frame, spec, file.path))


def predict(session: InferenceSession, spec: ModelSpec, rows: Rows) -> Predictions:
    """What the model answers on all rows. Raises Unavailable as `run_model` and `predictions` do."""
    reader = READERS.get(spec.task)
    if reader is not None:
        return replace(reader(session, spec, rows.frame, rows.labels), groups=rows.groups)
    return predictions(spec, run_model(session, spec, rows.frame), rows.labels, rows.groups)
