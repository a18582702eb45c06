"""In which segments two versions differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sluicegate.validators.evaluation.estimates import Estimate, Undefined
from sluicegate.validators.evaluation.evaluation_set import EvaluationSet, Paired
from sluicegate.validators.evaluation.metrics.base import Metric

FEWEST = 30
"""Positives (rows or queries, where the metric counts those) of a segment that is shown for itself."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class SegmentChange:
    """Both versions' figures in one segment; `gap` is candidate less production."""

    name: str
    candidate: Estimate
    production: Estimate
    gap: Estimate

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.gap.lower > 0 or self.gap.upper < 0


def changes(
    metric: Metric, evaluation_set: EvaluationSet, paired: Paired, columns: Sequence[str]
) -> tuple[list[SegmentChange], list[str]]:
    """Every segment, the largest difference first, and in words what is not among them."""
    parts: list[tuple[str, Paired]] = []
    left_out: list[str] = []
    for column in columns:
        if column not in evaluation_set.rows.frame.columns:
            left_out.append(f"the rows have no column {column}")
            continue
        try:
            groups, small = evaluation_set.segments(metric, paired, column, max(FEWEST, metric.fewest))
        except Undefined as problem:
            left_out.append(str(problem))
            continue
        parts += [(f"{column} {name}", paired.segment(metric, rows)) for name, rows in groups.items()]
        if small:
            left_out.append(f"{len(small)} of {column} are too small, and pooled as other")
    confidence = 1 - (1 - CONFIDENCE) / max(len(parts), 1)
    found: list[SegmentChange] = []
    for name, part in parts:
        try:
            gap = metric.difference(part.candidate, part.production, confidence)
            found.append(
                SegmentChange(name, metric.estimate(part.candidate), metric.estimate(part.production), gap)
            )
        except Undefined as problem:
            left_out.append(f"{name}: {problem}")
    return sorted(found, key=lambda one: (-abs(one.gap.value), one.name)), left_out
