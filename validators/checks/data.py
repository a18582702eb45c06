"""The samples that a model is judged on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.columns import DataLimits
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.overlap import Overlap
    from sluicegate.validators.evaluation.rows import Rows

SHOWN = 5
"""Values of one kind in a message."""
OTHER_ROWS = "Draw ten rows or more that differ in the label, with every column that the model takes."


@check("data-integrity", family="data", isolated=True, remedy="Write the samples again, from clean rows.")
def data_integrity(
    spec: ModelSpec,
    files: ModelFiles,
    reference: Rows,
    evaluation: Rows,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """The samples have what the checks need, and no evaluation row was trained on.

    Both have ten rows or more, two labels or more, and every column that the model takes; one kind of
    missing value and one type a column; no label, and hardly a text, that training never saw. Rows of the
    reference, copies within a sample, and equal inputs with different labels are counted by exact values,
    and compared with `data.limits`. A table of few distinct values has such rows by chance: those that no
    value tells apart from other rows are compared with what the reference shows of itself.
    """
    from sluicegate.validators.evaluation.data_limits import counting_limits
    from sluicegate.validators.evaluation.feeds import input_columns
    from sluicegate.validators.evaluation.overlap import overlap
    from sluicegate.validators.evaluation.preconditions import precondition_errors

    samples = (reference, evaluation)
    lacking = [(rows, fault) for rows in samples for fault in precondition_errors(rows, spec)]
    yield from (
        fail(f"{rows.path} {fault}", files.position(rows.path), remedy=OTHER_ROWS) for rows, fault in lacking
    )
    faults: list[tuple[Rows, str]] = []
    if not lacking:
        unfit = [finding for rows in samples for finding in _unfit_values(rows, spec, files)]
        if unfit:
            yield from unfit
            return
        limits = counting_limits(spec, reference_versions)
        found = overlap(reference.frame, evaluation.frame, input_columns(spec), spec.data.labels)
        faults += _mixed(samples, spec)
        faults += [(evaluation, fault) for fault in _unseen(spec, reference, evaluation, limits)]
        faults += [(evaluation, fault) for fault in _shared(found, limits)]
        faults += _copied(samples, found, limits)
        faults += [(evaluation, fault) for fault in _conflicting(spec, evaluation, found, limits)]
    yield from (fail(f"{rows.path} {fault}", files.position(rows.path)) for rows, fault in faults)
    if not lacking and not faults:
        yield passed(f"{len(reference):,} rows of reference, {len(evaluation):,} of evaluation")


def _unfit_values(rows: Rows, spec: ModelSpec, files: ModelFiles) -> Iterator[Finding]:
    """A fail where a value does not fit the model's input, with what to do about it."""
    from sluicegate.validators.evaluation.batches import fit

    try:
        fit(rows.frame, spec)
    except Unavailable as problem:
        yield fail(f"{rows.path}: {problem.reason}", files.position(rows.path), remedy=problem.remedy)


def _mixed(samples: tuple[Rows, ...], spec: ModelSpec) -> list[tuple[Rows, str]]:
    from sluicegate.validators.evaluation.feeds import input_columns
    from sluicegate.validators.evaluation.mixed import mixed_columns

    names = [*input_columns(spec), *spec.data.labels]
    return [(rows, fault) for rows in samples for fault in mixed_columns(rows.frame, names)]


def _unseen(spec: ModelSpec, reference: Rows, evaluation: Rows, limits: DataLimits) -> Iterator[str]:
    """Labels, and texts of inputs and segments, that the reference has not."""
    from sluicegate.validators.evaluation.feeds import input_columns
    from sluicegate.validators.evaluation.new_categories import new_categories
    from sluicegate.validators.evaluation.pictures import picture_columns
    from sluicegate.validators.evaluation.preconditions import CLASSES_OF_ONE

    if spec.task in CLASSES_OF_ONE:
        unseen = sorted(set(evaluation.labels.tolist()) - set(reference.labels.tolist()))
        if unseen:
            yield f"has labels that the reference has not: {unseen[:10]}"
    pictures = {name for name, _ in picture_columns(spec).values()}
    for name in dict.fromkeys((*input_columns(spec), *spec.data.segments)):
        declared = name in spec.data.columns and spec.data.columns[name].categories is not None
        if declared or name in pictures or name not in reference.frame.columns:
            continue  # a declared list is judged by data-columns
        new = new_categories(reference.frame[name], evaluation.frame[name])
        most = new.by_chance + limits.new_categories * len(evaluation)
        if new.rows > most:
            shown = ", ".join(map(repr, new.values[:SHOWN]))
            yield (
                f"has new categories of column {name} in {new.rows:,} rows, of at most {int(most):,} "
                f"({new.by_chance:,} by chance): {shown}"
            )


def _shared(found: Overlap, limits: DataLimits) -> Iterator[str]:
    rows = len(found.shared)
    share = float(found.shared.mean())
    chance = found.shared_by_chance / rows
    if share > limits.shared_rows + chance:
        beyond = f", and {chance:.1%} that chance gives a table of so few values" if chance else ""
        yield f"is {share:.1%} rows of the reference, of at most {limits.shared_rows:.1%}{beyond}"


def _copied(samples: tuple[Rows, Rows], found: Overlap, limits: DataLimits) -> list[tuple[Rows, str]]:
    faults = []
    for number, rows in enumerate(samples):
        share = float(found.copies(number).mean())
        if share > limits.duplicates:
            fault = f"has {share:.1%} rows that copy another of it, of at most {limits.duplicates:.1%}"
            faults.append((rows, fault))
    return faults


def _conflicting(spec: ModelSpec, evaluation: Rows, found: Overlap, limits: DataLimits) -> Iterator[str]:
    from sluicegate.validators.evaluation.preconditions import CLASSES_OF_ONE

    # Of a quantity, equal inputs have different labels wherever there is noise.
    if spec.task not in CLASSES_OF_ONE:
        return
    share = float(found.conflicting(evaluation.labels.tolist()).mean())
    if share > limits.conflicting_labels:
        most = f"{limits.conflicting_labels:.1%}"
        yield f"has {share:.1%} rows with equal inputs, other labels, of at most {most}"
