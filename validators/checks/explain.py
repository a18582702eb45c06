"""What a version goes by, and for whom it changes: shown beside production, and never a reason to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.finding import Finding, passed, skipped
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.estimates import Estimate
    from sluicegate.validators.evaluation.evaluation_set import EvaluationSets
    from sluicegate.validators.evaluation.importance import Importance
    from sluicegate.validators.evaluation.metrics.base import Metric
    from sluicegate.validators.evaluation.rows import Rows
    from sluicegate.validators.evaluation.segment_changes import SegmentChange

SECONDS = 10.0
"""What the importance of all columns may take together."""
SHOWN = 20
"""Columns or segments that are shown, the largest first."""
FOR_READERS = "Nothing to do: it is for information."


@check("column-importance", family="quality", isolated=True, informative=True, remedy=FOR_READERS)
def column_importance(
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    reference_versions: tuple[ReferenceVersion, ...],
    production_session: tuple[InferenceSession, ModelSpec] | None,
) -> Iterator[Finding]:
    """Which columns a model goes by: what the metric loses where one is shuffled among the rows.

    For tables, in the metric of the first quality rule, on 2,000 evaluation rows at most, five shuffles with
    a fixed seed, within ten seconds. Intervals are those of the rows, widened by how far the shuffles differ.
    A column is marked where the intervals of this version and of production have nothing in common. Columns
    that say the same share their importance: each alone looks dispensable.
    """
    from sluicegate.validators.evaluation.importance import importances, input_columns, lists, sampled

    if spec.task == "retrieval":
        yield skipped("not shown: an embedding has no metric of single rows")
        return
    if wide := lists(spec, evaluation):
        yield skipped(f"not shown: no table, since the column {wide[0]} holds lists")
        return
    rows = sampled(evaluation)
    models = [(session, spec)]
    note = ""
    if production_session is not None:
        missing = [name for name in input_columns(production_session[1]) if name not in rows.frame]
        if missing:
            note = f"; production is left out: the rows have no column {missing[0]}"
        else:
            models.append(production_session)
    metric = _metric(spec, reference_versions)
    found, left_out = importances(metric, models, rows, SECONDS)
    yield passed(f"{_summary(metric, found, left_out, rows)}{note}")
    for one in sorted(found, key=lambda each: -each.size)[:SHOWN]:
        yield _column(one)


def _metric(spec: ModelSpec, reference_versions: tuple[ReferenceVersion, ...]) -> Metric:
    """That of the first rule that the task has, else the one that a new model gets."""
    from sluicegate.validators.evaluation.first_figure import FIRST_METRICS
    from sluicegate.validators.evaluation.metrics.base import metrics

    for rules in all_rules("quality", spec.sections.get("quality"), reference_versions):
        for rule in rules:
            if spec.task in rule.tasks and not rule.needs_production:
                first: Metric = rule
                return first
    name = FIRST_METRICS[spec.task]
    return metrics()[name](metric=name)


def _summary(metric: Metric, found: list[Importance], left_out: list[str], rows: Rows) -> str:
    from sluicegate.validators.evaluation.importance import REPEATS

    words = f"loss of {metric.named} where a column is shuffled, {REPEATS} times, on {len(rows):,} rows; "
    changed = [one.column for one in found if one.changed]
    if all(one.production is None for one in found):
        words += f"{len(found)} columns, and nothing to compare them with"
    else:
        words += f"{len(changed)} of {len(found)} columns changed beyond the intervals"
    if changed:
        words += f": {', '.join(changed[:SHOWN])}"
    if len(found) > SHOWN:
        words += f"; the {SHOWN} most important ones are shown"
    if left_out:
        names = ", ".join(left_out[:SHOWN])
        words += f"; left out, as {SECONDS:g} s were used up: {len(left_out)} columns ({names})"
    return words


def _column(one: Importance) -> Finding:
    figures = _figures(one.candidate, one.production)
    return passed(f"{one.column}: {_compared(one)}", part=one.column, **figures)


def _compared(one: Importance) -> str:
    if one.candidate is None:
        return "not an input any more"
    if one.production is None:
        return "production has none to compare"
    return "changed beyond the intervals" if one.changed else "the intervals meet"


def _figures(candidate: Estimate | None, production: Estimate | None) -> dict[str, Any]:
    return {
        "observed": None if candidate is None else candidate.value,
        "interval": None if candidate is None else (candidate.lower, candidate.upper),
        "production": None if production is None else production.value,
        "production_interval": None if production is None else (production.lower, production.upper),
    }


@check("segment-changes", family="quality", isolated=True, informative=True, remedy=FOR_READERS)
def segment_changes(
    spec: ModelSpec, evaluation_sets: EvaluationSets, reference_versions: tuple[ReferenceVersion, ...]
) -> Iterator[Finding]:
    """For whom a version changes: the segments in which it differs most from production.

    Every value of the columns in `data.segments`, in the metric of the first quality rule, on the model's
    own evaluation rows. The intervals of the differences share their confidence over all segments
    (Bonferroni); a segment is marked where that interval leaves out 0. A rule with `per` judges segments.
    """
    from sluicegate.validators.evaluation.segment_changes import changes

    if not spec.data.segments:
        yield skipped("model.yaml declares no `data.segments`")
        return
    own = evaluation_sets.parts[0]
    paired = own.paired
    if isinstance(paired, Finding):
        yield skipped(f"not shown: {paired.message}")
        return
    metric = _metric(spec, reference_versions)
    found, left_out = changes(metric, own, paired, spec.data.segments)
    marked = [one.name for one in found if one.beyond_chance]
    words = f"{metric.named} in {len(found)} segments; {len(marked)} changed beyond chance"
    words += f": {', '.join(marked[:SHOWN])}" if marked else ""
    yield passed(f"{words}; {'; '.join(left_out)}" if left_out else words)
    for one in found[:SHOWN]:
        yield _segment(one)


def _segment(one: SegmentChange) -> Finding:
    gap = one.gap
    words = f"{one.name}: {gap.value:+.4f} ({gap.lower:+.4f} to {gap.upper:+.4f})"
    mark = ": changed beyond chance" if one.beyond_chance else ""
    return passed(f"{words}{mark}", part=one.name, **_figures(one.candidate, one.production))
