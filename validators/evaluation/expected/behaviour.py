"""Invariances and directions: what a change of the rows does to what is judged of the answers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_tests import Direction, Invariance
from sluicegate.specs.selection import class_index
from sluicegate.validators.evaluation.expected.changes import FAULT, changed
from sluicegate.validators.evaluation.expected.outcome import Outcome, first, shown
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]


def invariant(session: InferenceSession, spec: ModelSpec, rows: Rows, one: Invariance) -> Outcome:
    """Whether the answers stay. Raises Unavailable as predicting does, and Undefined without rows."""
    there = changed(rows, one.change, one.rows)
    before = _compared(one, predict(session, spec, there.before))
    broken = np.zeros(len(before), dtype=bool)
    largest = 0.0
    example = ""
    for words, changed_rows in there.after:
        after = _compared(one, predict(session, spec, changed_rows))
        distance = _distance(before, after)
        largest = max(largest, float(distance.max()))
        moved = distance > (one.tolerance if one.same == "score" else 0)
        at = first(moved)
        if at is not None and not example:
            values = f"{shown(before[at])} becomes {shown(after[at])}"
            example = f"{there.row(at)}: with {words} the {one.same} {values}, expected the same"
        broken |= moved
    measured = ""
    if one.same == "score":
        measured = f"the score moves by at most {largest:.4g}, and may by {one.tolerance:g}"
    return Outcome(len(broken), int(broken.sum()), example, one.share, measured)


def _compared(one: Invariance, answers: Predictions) -> Array:
    """What has to stay, [N] or [N, K]."""
    return _decisions(answers) if one.same == "decision" else judged_numbers(answers)


def _distance(before: Array, after: Array) -> Array:
    """How far each row's answer moved at the most, [N]; infinitely far where it is NaN."""
    apart = np.abs(before - after).reshape(len(before), -1)
    distance: Array = apart.max(axis=1).astype(np.float64)
    distance[np.isnan(distance)] = np.inf
    return distance


def directional(session: InferenceSession, spec: ModelSpec, rows: Rows, one: Direction) -> Outcome:
    """Whether the score moves as expected. Raises as `invariant` does."""
    there = changed(rows, one.change, one.rows)
    steps = list(there.after)
    if one.change.to is None:
        steps.insert(0, (f"{one.change.column} as it is", there.before))
    answers = [(words, _one_number(spec, one, predict(session, spec, rows))) for words, rows in steps]
    broken = np.zeros(len(there.before), dtype=bool)
    example = ""
    for (old_words, old), (new_words, new) in pairwise(answers):
        wrong = ~_as_expected(one, new - old)
        at = first(wrong)
        if at is not None and not example:
            example = (
                f"{there.row(at)}: from {old_words} to {new_words} the score goes from {shown(old[at])} to "
                f"{shown(new[at])}, expected: {one.score}"
            )
        broken |= wrong
    return Outcome(len(broken), int(broken.sum()), example, one.share)


def _as_expected(one: Direction, difference: Array) -> Array:
    """Row by row; a difference that is NaN never holds."""
    rise = difference if one.score in ("rises", "does-not-fall") else -difference
    as_expected: Array = rise > one.tolerance if one.score in ("rises", "falls") else rise >= -one.tolerance
    return as_expected


def judged_numbers(answers: Predictions) -> Array:
    """The numbers that are judged, [N] or [N, K]. Raises Unavailable where the task has none."""
    numbers = answers.scores if answers.scores is not None else answers.values
    if numbers is None:
        raise Unavailable("the model's answers have no numbers that are judged", FAULT)
    return numbers


def _decisions(answers: Predictions) -> Array:
    if answers.decisions is None:
        raise Unavailable(
            "its scores are not from 0 to 1, and no threshold says what is decided",
            FAULT,
            "Declare it: decision: {output: ..., threshold: ...}.",
        )
    return answers.decisions


def _one_number(spec: ModelSpec, one: Direction, answers: Predictions) -> Array:
    numbers = judged_numbers(answers)
    named = one.class_ is not None or one.number is not None
    if numbers.ndim == 1:
        if named:
            raise Unavailable(
                "the model is judged on one number a row", FAULT, "Leave out `class` and `number`."
            )
        return numbers
    number = one.number if one.class_ is None else class_index(spec.classes, one.class_)
    if number is None or number >= numbers.shape[1]:
        raise Unavailable(
            f"the model is judged on {numbers.shape[1]} numbers a row, and none of them is named",
            FAULT,
            "Name the one that moves: class, or number from 0.",
        )
    chosen: Array = numbers[:, number]
    return chosen
