"""Rows that the owner gives: golden ones with their answers, and those that must be answered at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.expectation_rules import ExpectedOutput, expected_output
from sluicegate.specs.model import File, ModelSpec
from sluicegate.specs.model_tests import Golden, MustAnswer, Row
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.expected.changes import FAULT, changed
from sluicegate.validators.evaluation.expected.outcome import Outcome, first, shown
from sluicegate.validators.evaluation.feeds import stacked
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.evaluation.tables import read_frame
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
PREFIX = "expected."
"""What the columns of known answers begin with, in a file of golden rows."""


def golden(session: InferenceSession, spec: ModelSpec, files: ModelFiles, one: Golden) -> Outcome:
    """Whether each known answer is given. Raises Unavailable for rows that cannot be read or answered."""
    frame, known, where = _golden_rows(spec, files, one)
    outputs = run_model(session, spec, frame)
    names = tuple(output.name for output in spec.signature.outputs)
    broken = np.zeros(len(frame), dtype=bool)
    example = ""
    for key, values in known.items():
        what = expected_output(key, names)
        if what is None or what.output not in outputs:
            raise Unavailable(
                f"{where}: there is no output {key!r} with one entry a row",
                FAULT,
                f"{suggest_one_of(key, outputs)}.".capitalize(),
            )
        found = _found(outputs[what.output], what, where)
        wrong = _differs(found, _expected(values, key, found.shape, where), one)
        at = first(wrong)
        if at is not None and not example:
            row = where if one.file is None else f"row {at + 1} of {where}"
            example = (
                f"{row}: {key} is {shown(found[at])}, expected {shown(values.iloc[at])} within "
                f"{one.tolerance:g}" + (f" and {one.relative:g} of it" if one.relative else "")
            )
        broken |= wrong
    return Outcome(len(frame), int(broken.sum()), example)


def _golden_rows(
    spec: ModelSpec, files: ModelFiles, one: Golden
) -> tuple[pd.DataFrame, dict[str, pd.Series[Any]], str]:
    """The rows, their known answers by key, and what they are called."""
    if one.file is None:
        frame = _frame(one.inputs or {})
        return frame, dict(_frame(one.expect or {}).items()), "its row"  # type: ignore[arg-type]
    fault = files.fault(one.file)
    if fault is not None:
        raise Unavailable(f"{one.file} {fault}", FAULT, "Commit the file, or correct its name.")
    frame = read_frame(files, File(one.file, files.digest(one.file)), spec)
    known = {str(name).removeprefix(PREFIX): frame[name] for name in frame if str(name).startswith(PREFIX)}
    if not known or not len(frame):
        lacks = "rows" if known else f"column that begins with {PREFIX!r}"
        raise Unavailable(f"{one.file} has no {lacks}", FAULT, f"Write one: {PREFIX}OUTPUT.")
    return frame, known, one.file


def _frame(row: Row) -> pd.DataFrame:
    """A table of one row; a list is one value of a column of lists."""
    values = {
        name: pd.Series([list(value) if isinstance(value, tuple) else value], dtype=object)
        for name, value in row.items()
    }
    return pd.DataFrame(values)


def _found(output: Array, what: ExpectedOutput, where: str) -> Array:
    """The answer, [N, K], or the one number of it that is known, [N, 1]."""
    numbers = output.reshape(len(output), -1)
    if what.number is None:
        return numbers
    if what.number >= numbers.shape[1]:
        raise Unavailable(
            f"{where}: output {what.output!r} has {numbers.shape[1]} numbers a row, and no [{what.number}]",
            FAULT,
            "Name one of them, from 0.",
        )
    return numbers[:, what.number : what.number + 1]


def _expected(values: pd.Series[Any], key: str, shape: tuple[int, ...], where: str) -> Array:
    """The known answers in the form of those found. Raises Unavailable where one is missing or too long."""
    known = stacked(values)
    known = known.reshape(len(known), -1)
    if known.shape != shape:
        raise Unavailable(
            f"{where}: {key} has {shape[1]} numbers a row, and {known.shape[1]} are expected",
            FAULT,
            f"Expect a list of {shape[1]}, or name one of them: {key}[0].",
        )
    gaps = np.flatnonzero(pd.isna(known).any(axis=1))
    if len(gaps):
        raise Unavailable(f"{where}: no answer is known in row {gaps[0] + 1} of {PREFIX}{key}", FAULT)
    return known


def _differs(found: Array, known: Array, one: Golden) -> Array:
    """Row by row; text and whole numbers are equal or not, and NaN always differs."""
    equal: Array
    if found.dtype.kind not in "fiub":
        return _any_by_row(found.astype(str) != known.astype(str))
    try:
        numbers = known.astype(np.float64)
    except (TypeError, ValueError):
        raise Unavailable("a number is answered, and text is expected", FAULT) from None
    equal = found == numbers
    if found.dtype.kind == "f":
        distance = np.abs(found.astype(np.float64) - numbers)
        equal = distance <= one.tolerance + one.relative * np.abs(numbers)
    return _any_by_row(~equal)


def _any_by_row(wrong: Array) -> Array:
    rows: Array = wrong.any(axis=1)
    return rows


def must_answer(session: InferenceSession, spec: ModelSpec, rows: Rows, one: MustAnswer) -> Outcome:
    """Whether every number answered is finite. Raises as `golden` does, and Undefined without rows."""
    count = broken = 0
    example = ""
    for names, frame in _asked(rows, one):
        wrong = _not_finite(run_model(session, spec, frame))
        count += len(frame)
        broken += int(np.logical_or.reduce(list(wrong.values())).sum())
        for output, rows_wrong in wrong.items():
            at = first(rows_wrong)
            if at is not None and not example:
                example = f"{names[at]}: {output} is not finite, expected finite numbers"
    return Outcome(count, broken, example)


def _asked(rows: Rows, one: MustAnswer) -> Iterator[tuple[list[str], pd.DataFrame]]:
    """Tables to be answered, each with what its rows are called."""
    if one.inputs is not None:
        yield ["its row"], _frame(one.inputs)
    if one.change is not None:
        there = changed(rows, one.change, one.rows)
        for words, after in there.after:
            yield [f"{there.row(at)} with {words}" for at in range(len(after))], after.frame


def _not_finite(outputs: dict[str, Array]) -> dict[str, Array]:
    """For each output, the rows in which a number of it is not finite, [N]."""
    if not outputs:
        raise Unavailable("no output has one entry a row", FAULT)
    return {
        name: ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        if values.dtype.kind == "f"
        else np.zeros(len(values), dtype=bool)
        for name, values in outputs.items()
    }
