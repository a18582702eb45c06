"""The rows that the candidate is judged on, and what it answers to them."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.inputs import Unavailable, provides
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.evaluation_set import EvaluationSets
    from sluicegate.validators.evaluation.reference import ReferenceVersion
    from sluicegate.validators.evaluation.rows import Rows


@provides("today", by_parent=True)
def today() -> date:
    """The day of the judgement, which whoever starts it gives. Raises Unavailable where nobody did."""
    raise Unavailable("no day was given to judge on")


@provides("evaluation")
def evaluation(files: ModelFiles, spec: ModelSpec) -> Rows:
    """The held-out rows, with labels."""
    from sluicegate.validators.evaluation.rows import read_rows

    return read_rows(files, spec, spec.data.evaluation)


@provides("reference")
def reference(files: ModelFiles, spec: ModelSpec) -> Rows:
    """A sample of what it was trained on."""
    from sluicegate.validators.evaluation.rows import read_rows

    return read_rows(files, spec, spec.data.reference)


@provides("tables")
def tables(files: ModelFiles) -> tuple[str, ...]:
    """Every table of the model's directory, by its path below it: samples and others."""
    from sluicegate.validators.evaluation.text_columns import SUFFIXES

    return tuple(
        name
        for name, entry in files.entries.items()
        if entry.plain and PurePosixPath(name).suffix.lower() in SUFFIXES
    )


@provides("evaluation_sets")
def evaluation_sets(
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    reference_versions: tuple[ReferenceVersion, ...],
    earlier_versions: tuple[ReferenceVersion, ...],
    *,
    production_session: tuple[InferenceSession, ModelSpec] | None,
) -> EvaluationSets:
    """The rows to be judged on, with the model's answers and those of the version that runs now."""
    from sluicegate.validators.evaluation.evaluation_set import make_evaluation_sets

    return make_evaluation_sets(
        spec, session, evaluation, reference_versions, earlier_versions, rival=production_session
    )
