"""What a metric looks at: a model's answers beside what is true, row by row."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.rows import Predictions, Rows

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Judged:
    """The answers of one model on N rows; what its task does not have is None."""

    labels: Array
    """The class's index, [N]; a number, [N] or [N, H], for a regression or a forecast; 0 or 1 of each label,
    [N, K], for multi-label; the relevance, [N], for a ranking; the tag's index, [N, T], for tagging."""
    scores: Array | None = None
    """The probability of yes, [N], or of each class, [N, K]; the higher, the better placed, in a ranking."""
    decisions: Array | None = None
    """What was decided, in the form of `labels`."""
    values: Array | None = None
    """What a regression or a forecast says, [N] or [N, H]; an embedding, [N, D]."""
    groups: Array | None = None
    """The query of each row, [N]; for a retrieval its role, `gallery` or anything else."""
    classes: tuple[str, ...] | None = None
    """The names of the classes, by index."""

    @classmethod
    def of(cls, rows: Rows, predictions: Predictions) -> Judged:
        """A model's predictions beside the rows' labels."""
        return cls(rows.labels, scores=predictions.scores, decisions=predictions.classes)

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, rows: Array) -> Judged:
        """The same for some of the rows."""
        parts = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "classes"}
        return replace(self, **{name: part[rows] for name, part in parts.items() if part is not None})

    @property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether each number that the model answers for a row is finite, [N]."""
        good = np.ones(len(self), dtype=bool)
        for answers in (self.scores, self.values):
            if answers is not None:
                good &= np.isfinite(answers.reshape(len(answers), -1)).all(axis=1)
        return good
