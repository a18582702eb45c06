"""What a model answered on rows, as metrics read it: labels beside scores, decisions or values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.selection import Selection, judged
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.evaluation.classes import class_names
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]
SHOWN = 5
ROUNDING = 1e-3
"""How far from 0 to 1 a probability may be: what a float16 sum of many is off by."""
_BY_ROW = ("labels", "scores", "decisions", "values", "groups", "broken")
VALUES = ("regression", "forecasting")
"""Tasks that answer with quantities; all others answer with scores."""


@dataclass(frozen=True)
class Predictions:
    """The answers to N rows beside their labels. What a task does not have is None.

    Classification: `scores` [N] is the probability of yes, [N, K] that of each class or label; `decisions`
    has the decided class [N], or 0 and 1 for each label [N, K]; `labels` likewise, as int64. Ranking has
    `scores` [N] and float64 `labels` [N], the relevance; regression and forecasting `values` and `labels`
    [N] or [N, H] as float64. `groups` [N] numbers the query that a row belongs to. Retrieval has the
    embedding as `values` [N, D], a number for each thing as `labels` [N], and its role as `groups` [N].
    Token tagging has `labels` and `decisions` [N, T], with IGNORED for a label that does not count. A
    language model has the number of predicted tokens as `labels` [N], and their surprise in nats as `values`
    [N]. A detector has the true boxes as `labels` [N, G, 5] and those found as `values` [N, M, 6]: two
    corners, for those found the score, and the class, which is NO_BOX for what only fills up.
    """

    labels: Array
    scores: Array | None = None
    decisions: Array | None = None
    values: Array | None = None
    groups: Array | None = None
    broken: Array | None = None
    """Which rows are answered with a number that is not finite, [N], where no other field tells it."""
    classes: tuple[str, ...] | None = None
    """Of two classes the yes is the last."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether every number that a row is answered with is finite, [N]."""
        finite = np.ones(len(self), dtype=bool) if self.broken is None else ~self.broken
        for part in (self.scores, self.values):
            if part is not None:
                finite &= np.isfinite(part.reshape(len(part), -1)).all(axis=1)
        return finite

    def at(self, rows: Array) -> Predictions:
        """The answers to some of the rows."""
        arrays = {name: getattr(self, name) for name in _BY_ROW}
        chosen = {name: array[rows] for name, array in arrays.items() if array is not None}
        return replace(self, **chosen)

    def aligned(self, classes: tuple[str, ...]) -> Predictions:
        """The same answers with their classes in this order. Raises Unavailable for other classes."""
        own = self.class_order
        if own == classes:
            return self
        if self.scores is None and self.decisions is not None and set(own) == set(classes):
            return replace(self, decisions=np.array([classes.index(name) for name in own])[self.decisions])
        if self.scores is None or self.decisions is None or self.scores.ndim < 2 or set(own) != set(classes):
            raise Unavailable(
                f"its classes are {', '.join(own[:SHOWN])}, and the candidate's {', '.join(classes[:SHOWN])}"
            )
        order = np.array([own.index(name) for name in classes])
        return replace(
            self, scores=self.scores[:, order], decisions=np.argsort(order)[self.decisions], classes=classes
        )

    @property
    def class_order(self) -> tuple[str, ...]:
        """The classes by name, or by number where none are declared; empty where the task has none."""
        if self.classes is not None:
            return self.classes
        if self.scores is None or self.decisions is None or self.decisions.ndim == 2:
            return ()
        count = 2 if self.scores.ndim == 1 else self.scores.shape[1]
        return tuple(map(str, range(count)))


def predictions(
    spec: ModelSpec, outputs: Mapping[str, Array], labels: Array, groups: Array | None
) -> Predictions:
    """The model's answers as its task reads them, from each output [N, ...] by name.

    Raises Unavailable where no output is what the task needs, or the labels are of other classes.
    """
    selection = selected(spec)
    if selection.output.name not in outputs:
        raise Unavailable(
            f"output {selection.output.name!r} has not the same form for all rows, as {spec.task} needs",
            "quality",
            "Select one that has a number, or the same numbers, for each row: decision: {output: ...}.",
        )
    answer = outputs[selection.output.name]
    _require_declared(selection.output, answer.shape)
    numbers = _numbers(answer, selection.output.name)
    if selection.column is not None:
        _require_two(spec, selection.output.name, numbers)
        _require_one_order(selection.output.name, numbers)
        numbers = _one(numbers, selection.column, selection.output.name)
    numbers = numbers[:, 0] if numbers.shape[1] == 1 and spec.task != "multi-label" else numbers
    made = Predictions(labels, groups=groups, classes=class_names(spec))
    if spec.task == "retrieval":
        return replace(made, values=numbers)
    _require_form(spec, selection.output.name, numbers, labels)
    if spec.task in VALUES:
        return replace(made, values=numbers)
    if spec.task == "ranking":
        return replace(made, scores=numbers)
    return replace(made, scores=numbers, decisions=_decided(spec, numbers))


def selected(spec: ModelSpec) -> Selection:
    """What the model is judged by. Raises Unavailable where that is not clear."""
    try:
        return judged(spec)
    except InputError as problem:
        first = problem.problems[0]
        raise Unavailable(first.message, "spec-valid", f"{first.remedy}.") from problem


def _require_declared(output: Tensor, shape: tuple[int, ...]) -> None:
    """Raises Unavailable where what is judged has another shape than is declared, as some exporters do."""
    declared = output.shape
    fixed = zip(declared[1:], shape[1:], strict=False)
    if len(declared) != len(shape) or any(isinstance(size, int) and size != own for size, own in fixed):
        raise Unavailable(
            f"output {output.name!r} is declared {list(declared)}, and what it answers is {list(shape)}",
            "quality",
            "Declare what it answers, here and in the graph's own outputs: Triton refuses anything else.",
        )


def _numbers(output: Array, name: str) -> Array:
    """An output's numbers as float64, [N, K]."""
    if output.dtype.kind not in "fiub":
        raise Unavailable(f"output {name!r} is {output.dtype}, and not a number", "spec-valid")
    return output.astype(np.float64).reshape(len(output), -1)


def _require_two(spec: ModelSpec, name: str, numbers: Array) -> None:
    """Raises Unavailable where the yes would be one of many, as an open shape may turn out to have."""
    named = spec.decision is not None and spec.decision.column is not None
    if spec.task == "binary-classification" and not named and numbers.shape[1] > 2:
        raise Unavailable(
            f"output {name!r} has {numbers.shape[1]} numbers a row, and {spec.task} has two classes",
            "quality",
            "Name the column of the yes: decision: {output: ..., column: ...}.",
        )


def _require_one_order(name: str, numbers: Array) -> None:
    """Raises Unavailable for two logits of a row: neither orders the rows as their difference does.

    Probabilities are left alone, of two classes or of two questions; so are two numbers of which each
    determines the other: margins whose sum is one number, and logarithms of probabilities.
    """
    pairs = numbers[np.isfinite(numbers).all(axis=1)]
    if numbers.shape[1] != 2 or not len(pairs) or ((pairs >= -ROUNDING) & (pairs <= 1 + ROUNDING)).all():
        return
    with np.errstate(over="ignore"):
        sums = [pairs.sum(axis=1), np.exp(pairs).sum(axis=1)]
    allowed = ROUNDING * max(1.0, float(np.abs(pairs).max()))
    if not any(np.ptp(one) <= allowed for one in sums):
        raise Unavailable(
            f"output {name!r} has two numbers a row that are no probabilities (logits, distances): neither "
            "orders the rows as their difference does",
            "quality",
            "Append a Softmax to the graph (torch: logits.softmax(1)), or answer with one score a row.",
        )


def _one(numbers: Array, column: int, name: str) -> Array:
    if numbers.shape[1] == 1:
        return numbers
    if column >= numbers.shape[1]:
        raise Unavailable(
            f"output {name!r} has {numbers.shape[1]} numbers a row, and no column {column}",
            "quality",
            "Name a column that it has: decision: {output: ..., column: ...}.",
        )
    return numbers[:, column : column + 1]


def _decided(spec: ModelSpec, scores: Array) -> Array | None:
    """The class at the threshold, or the likeliest of several.

    Without a declared threshold it is 0.5, and None for scores that are not probabilities, such as logits.
    """
    if spec.task == "multiclass-classification":
        likeliest: Array = np.argmax(scores, axis=1)
        return likeliest
    threshold = spec.decision.threshold if spec.decision else None
    if threshold is None:
        if ((scores < -ROUNDING) | (scores > 1 + ROUNDING)).any():
            return None
        threshold = 0.5
    return (scores >= threshold).astype(np.int64)


def _require_form(spec: ModelSpec, name: str, numbers: Array, labels: Array) -> None:
    """Raises Unavailable where the answers have another form than the task or the labels."""
    shown = 1 if numbers.ndim == 1 else numbers.shape[1]
    if spec.task == "multiclass-classification":
        if shown < 2:
            raise Unavailable(
                f"output {name!r} has one number a row, and {spec.task} needs one for each class",
                "quality",
                "Select the output with the probabilities: decision: {output: ...}.",
            )
        _require_classes(spec, name, shown, labels)
        return
    wanted = labels.shape[1] if labels.ndim == 2 else 1
    if shown != wanted:
        raise Unavailable(
            f"output {name!r} has {shown} numbers a row, and the label {wanted}",
            "quality",
            "Select the number that is judged: decision: {output: ..., column: ...}.",
        )


def _require_classes(spec: ModelSpec, name: str, columns: int, labels: Array) -> None:
    if spec.classes is not None and len(spec.classes) != columns:
        raise Unavailable(
            f"{len(spec.classes)} classes are declared, and output {name!r} has {columns} numbers a row",
            "quality",
            "Name each of the output's classes in `classes`, in its order.",
        )
    if len(labels) and labels.max() >= columns:
        raise Unavailable(
            f"the labels are {labels.min()} to {labels.max()}, and output {name!r} has the classes 0 to "
            f"{columns - 1}",
            "quality",
            "Name the labels in `classes`, in the order of the output's numbers.",
        )
