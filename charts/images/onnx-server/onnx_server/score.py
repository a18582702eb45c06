"""The score of a request: the number that drift is watched on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sluicegate.onnx_server.errors import ArtifactUnusable
from sluicegate.onnx_server.model import Model
from sluicegate.onnx_server.tensors import TensorSpec


@dataclass(frozen=True)
class Score:
    """Which number of the first row it is: the only one, the one of a column, or the largest."""

    output: str | None
    reduce: str | None = None
    column: int | None = None

    def outputs(self, requested: list[str]) -> list[str]:
        """What to run the model for: the score's output too, for a client that did not ask for it."""
        if self.output is None or self.output in requested:
            return requested
        return [*requested, self.output]

    def of(self, names: Sequence[str], arrays: Sequence[Any]) -> float | None:
        """The request's score, from the outputs of these names; None where there is none, or no row."""
        if self.output is None:
            return None
        array = arrays[names.index(self.output)]
        # A detector with its post-processing in the graph answers with no row where it finds nothing.
        if array.size == 0:
            return None
        row = array[0] if array.ndim else array
        if self.reduce == "max":
            return float(row.max())
        if self.column is not None:
            return float(row.ravel()[self.column]) if self.column < row.size else None
        return float(row.item()) if row.size == 1 else None

    def check(self, model: Model, answers: Sequence[Any] | None) -> None:
        """Raise ArtifactUnusable where the model's score is not one number a row.

        `answers` are all outputs of a run on zeros, which shows what the graph leaves open; None where such
        a run fails.
        """
        if self.output is None:
            return
        if self.output not in model.outputs:
            raise ArtifactUnusable(
                f"the model has no output '{self.output}'",
                f"choose the score's output among {', '.join(model.outputs)}",
            )
        spec = model.outputs[self.output]
        numbers = _numbers_a_row(spec)
        if numbers is None and answers is not None:
            array = answers[list(model.outputs).index(self.output)]
            numbers = math.prod(array.shape[1:])
        if spec.datatype == "BYTES" or not spec.shape:
            raise ArtifactUnusable(
                f"the output '{self.output}' has no number for each row",
                "choose another output for the score",
            )
        if numbers is None:
            return
        if self.column is not None and self.column >= numbers:
            raise ArtifactUnusable(
                f"the output '{self.output}' has {numbers} numbers a row, and no column {self.column}",
                "count the score's column from 0",
            )
        if self.column is None and self.reduce is None and numbers != 1:
            raise ArtifactUnusable(
                f"the score is one number a row, and the output '{self.output}' has {numbers}",
                "choose its column (spec.score.column of model.yaml), or reduce: max",
            )


def _numbers_a_row(spec: TensorSpec) -> int | None:
    """How many numbers the output has for each row; None where the graph leaves it open."""
    sizes = [size for size in spec.shape[1:] if isinstance(size, int)]
    return math.prod(sizes) if len(sizes) == len(spec.shape[1:]) else None
