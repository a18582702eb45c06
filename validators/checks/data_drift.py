"""How far the evaluation rows are from those that the model was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.rows import Rows


@dataclass(frozen=True)
class DriftRule:
    """How far the evaluation rows may be from what the model was trained on."""

    at_most: Annotated[float, Field(gt=0, le=1)] = 0.3
    """Kolmogorov-Smirnov distance of a number's distribution, Cramer's V of a word's or the label's."""


@check(
    "data-drift",
    family="data",
    section="drift",
    parameters=DriftRule,
    isolated=True,
    loads=("sluicegate.validators.evaluation.deepchecks_package",),
    remedy="Train on newer rows, or write in `drift` how far apart the samples may be, and why.",
)
def data_drift(
    rules: DriftRule | None,
    spec: ModelSpec,
    files: ModelFiles,
    reference: Rows,
    evaluation: Rows,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """The evaluation rows look like those that the model was trained on.

    Measured by deepchecks, column by column and for the label. Without a `drift` section the limit is 0.3,
    which seasons stay below and a changed unit does not. The lowest limit of its own, production's and the
    base's holds.
    """
    from sluicegate.validators.evaluation.deepchecks_figures import drift_scores, missing_extra
    from sluicegate.validators.evaluation.feeds import FAULT
    from sluicegate.validators.evaluation.preconditions import precondition_errors

    for rows in (reference, evaluation):
        for fault in precondition_errors(rows, spec):
            raise Unavailable(f"{rows.path} {fault}", FAULT)
    if (missing := missing_extra()) is not None:
        yield missing
        return
    every = [rules, *(version.spec.sections.get("drift") for version in reference_versions)]
    limit = min((rule or DriftRule()).at_most for rule in every)
    scores = drift_scores(spec, reference, evaluation)
    at = files.position(evaluation.path)
    worst = max(scores, key=lambda name: scores[name])
    far = {name: score for name, score in scores.items() if not score <= limit}
    for name, score in far.items():
        yield fail(f"{name} drifts by {score:.3f}, of at most {limit:g}", at, observed=score, threshold=limit)
    if not far:
        message = (
            f"of {len(scores)} columns {worst} drifts the most, by {scores[worst]:.3f} of at most {limit:g}"
        )
        yield passed(message, at, observed=scores[worst], threshold=limit)
