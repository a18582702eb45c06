"""Columns that say what the model has to find out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Finding, fail, passed, skipped
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.rows import Rows


FEWEST_ROWS = 10
"""Rows that show something."""
NOT_JUDGED = {
    "retrieval": "a retrieval has no label",
    "token-tagging": "a tag is of a token, and no column has one value for each",
    "detection": "a box is not a value that a column could reveal",
    "language-model": "a language model's labels are its own tokens",
}
"""Tasks whose label is not one value a row."""


@check(
    "target-leakage",
    family="data",
    isolated=True,
    remedy="Train without it; if it is known before the label is, raise data.limits.target_leakage.",
)
def target_leakage(
    spec: ModelSpec,
    files: ModelFiles,
    reference: Rows,
    evaluation: Rows,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """No input column is the label, or a copy of it up to recoding.

    What one column alone tells of the label is measured, 0 for nothing and 1 for every row: by the most
    common label of its nearest value, or for a quantity by whether the label only rises, or only falls, with
    it. `data.limits.target_leakage` is the limit (0.99). Evaluation rows that copy one of the reference are
    left out. Tasks whose label is not one value a row are not checked.
    """
    from sluicegate.validators.evaluation.batches import fit
    from sluicegate.validators.evaluation.data_limits import counting_limits
    from sluicegate.validators.evaluation.feeds import FAULT, input_columns
    from sluicegate.validators.evaluation.overlap import overlap
    from sluicegate.validators.evaluation.pictures import picture_columns
    from sluicegate.validators.evaluation.target_leakage import told_labels

    limit = counting_limits(spec, reference_versions).target_leakage
    if spec.task in NOT_JUDGED or limit >= 1:
        yield skipped(NOT_JUDGED.get(spec.task, "data.limits.target_leakage is 1"))
        return
    for rows in (reference, evaluation):
        fit(rows.frame, spec)  # raises Unavailable, as data-integrity's, for columns that no input can take
    pictures = {name for name, _ in picture_columns(spec).values()}
    own = input_columns(spec)
    told_by = [name for name in own if name not in pictures]
    if not told_by:
        yield skipped("every input is a picture: no column of it could be the label")
        return
    rows_of = overlap(reference.frame, evaluation.frame, own, spec.data.labels)
    kept = ~(rows_of.shared & ~rows_of.by_chance[1])
    fresh = replace(evaluation, frame=evaluation.frame[kept], labels=evaluation.labels[kept], groups=None)
    if len(fresh) < FEWEST_ROWS:
        raise Unavailable(f"{len(fresh)} evaluation rows are no copies of the reference's", FAULT)
    told = list(
        told_labels(
            (reference.frame, fresh.frame), told_by, (reference.labels, fresh.labels), spec.data.labels
        )
    )
    at = files.position(evaluation.path)
    far = [one for one in told if not one.share <= limit]
    for one in far:
        message = (
            f"column {one.column!r} alone tells {one.label!r}: {one.share:.3f}, of at most {limit:g} "
            "(0 is nothing, 1 is every row)"
        )
        yield fail(message, at, observed=one.share, threshold=limit)
    if not far:
        most = max(told, key=lambda one: one.share)
        message = f"{most.column!r} tells the most of {most.label!r}, {most.share:.3f} of at most {limit:g}"
        yield passed(message, at, observed=most.share, threshold=limit)
