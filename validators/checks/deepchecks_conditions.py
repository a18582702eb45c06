"""What deepchecks finds in samples and answers, held against limits of model.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

Limit = Annotated[float, Field(gt=0)]
FEWEST = 10
"""Held-out rows of a segment that show something."""


@dataclass(frozen=True)
class DeepchecksLimits:
    """The conditions that deepchecks' figures have to meet; one that is left out is not checked."""

    correlation_change: Limit | None = None
    """How much less (or more) of the label a column may predict in the evaluation rows than in the reference
    (predictive power score, 0 to 1)."""
    weak_segment: Limit | None = None
    """How much larger the mean error of the weakest segment may be than that of all rows: the share of wrong
    decisions, or the absolute error as a share of its mean."""


@check(
    "deepchecks-conditions",
    family="data",
    section="deepchecks",
    parameters=DeepchecksLimits,
    isolated=True,
    loads=("sluicegate.validators.evaluation.deepchecks_package",),
    remedy="Look at the rows that are named, or change the limit in `deepchecks`, and say why.",
)
def deepchecks_conditions(
    rules: DeepchecksLimits | None,
    spec: ModelSpec,
    files: ModelFiles,
    reference: Rows,
    evaluation: Rows,
    *,
    session: InferenceSession,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """Changed correlations and weak segments stay within the limits of `deepchecks`.

    The correlation of a column with the label is the predictive power score, in the reference and in the
    evaluation rows. A weak segment is searched in every other evaluation row and measured in those between,
    so that the search does not flatter itself; it fails where the whole 95 % interval is beyond the limit.
    Of each limit the lowest of the model's own, production's and the base's holds.
    """
    from sluicegate.validators.evaluation.deepchecks_figures import missing_extra

    declared = all_rules("deepchecks", rules, reference_versions)
    limits = {
        name: min((value for one in declared if (value := getattr(one, name)) is not None), default=None)
        for name in ("correlation_change", "weak_segment")
    }
    if all(limit is None for limit in limits.values()):
        yield skipped("model.yaml declares no limit in `deepchecks`")
        return
    if (missing := missing_extra()) is not None:
        yield missing
        return
    at = files.position(evaluation.path)
    if limits["correlation_change"] is not None:
        yield _correlations(spec, reference, evaluation, limits["correlation_change"], at)
    if limits["weak_segment"] is not None:
        yield _weakest(spec, session, evaluation, limits["weak_segment"], at)


def _correlations(spec: ModelSpec, reference: Rows, evaluation: Rows, limit: float, at: Position) -> Finding:
    from sluicegate.validators.evaluation.deepchecks_figures import correlation_changes

    try:
        changes = correlation_changes(spec, reference, evaluation)
    except Unavailable as problem:
        return inconclusive(f"correlation with the label: {problem.reason}", at)
    worst = max(changes, key=lambda name: abs(changes[name]))
    change = abs(changes[worst])
    verdict = passed if change <= limit else fail
    direction = "less" if changes[worst] > 0 else "more"
    return verdict(
        f"column {worst!r} predicts {change:.3f} {direction} of the label in the evaluation rows than in the "
        f"reference, of at most {limit:g}",
        at,
        observed=change,
        threshold=limit,
    )


def _weakest(
    spec: ModelSpec, session: InferenceSession, evaluation: Rows, limit: float, at: Position
) -> Finding:
    """The weakest segment of every other row, measured in those between."""
    import numpy as np

    from sluicegate.validators.evaluation.deepchecks_figures import weakest_segment
    from sluicegate.validators.evaluation.estimates import by_influence
    from sluicegate.validators.evaluation.row_errors import row_errors

    try:
        errors = row_errors(session, spec, evaluation)
        segment = weakest_segment(spec, evaluation, errors)
    except Unavailable as problem:
        return inconclusive(f"weak segments: {problem.reason}", at)
    held_out = np.arange(len(evaluation)) % 2 == 1
    inside = segment.rows & held_out
    if inside.sum() < FEWEST:
        return inconclusive(
            f"weak segments: {int(inside.sum())} held-out rows are in {segment}, of at least {FEWEST}", at
        )
    overall, own = errors[held_out].mean(), errors[inside].mean()
    share = inside[held_out].mean()
    # The difference of two means over the same rows, linearised.
    influence = np.where(inside, (errors - own) / share, 0.0)[held_out] - (errors[held_out] - overall)
    found = by_influence(float(own - overall), influence, 0.95, "identity")
    verdict = fail if found.lower > limit else passed
    return verdict(
        f"the weakest segment is {segment} ({int(inside.sum()):,} held-out rows): mean error {own:.3f}, "
        f"{found.value:+.3f} ({found.lower:+.3f} to {found.upper:+.3f}) beside all, of at most {limit:g}",
        at,
        observed=found.value,
        threshold=limit,
    )
