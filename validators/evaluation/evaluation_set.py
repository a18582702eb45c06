"""Evaluation sets: rows on which a model is judged, and what it and the version that runs now answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.feeds import FAULT
from sluicegate.validators.evaluation.metrics.base import Metric
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.evaluation.rows import Rows, predict, read_rows
from sluicegate.validators.runner.finding import Finding, inconclusive, skipped
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Paired:
    """Both versions' answers on the same rows; `index` is their position in the set's rows."""

    index: Array
    candidate: Predictions
    production: Predictions

    def at(self, rows: Array) -> Paired:
        """Some of the rows."""
        return Paired(self.index[rows], self.candidate.at(rows), self.production.at(rows))

    def segment(self, metric: Metric, rows: Array) -> Paired:
        """What the metric needs to judge some of the rows."""
        chosen = metric.segment(self.candidate, rows)
        return self.at(chosen)


@dataclass(frozen=True)
class EvaluationSet:
    """Rows, the candidate's answers, and production's: None for a first release, a reason if it has none."""

    name: str
    rows: Rows
    candidate: Predictions
    production: Predictions | str | None
    earlier: bool = False
    """Whether it is of a version before the one that runs now: an exam for comparisons alone."""

    @cached_property
    def paired(self) -> Paired | Finding:
        """Both versions on the rows that production answers with numbers, or what comparisons find.

        Raises Undefined where their task has no classes.
        """
        old = self.production
        if old is None:
            return skipped("first version: nothing runs that it could be compared with")
        if isinstance(old, str):
            return inconclusive(f"production cannot be compared: {old}")
        if _dimensions(old) != _dimensions(self.candidate):
            return inconclusive("production cannot be compared: it answers with another number of classes")
        try:
            old = old.aligned(self.candidate.class_order)
        except Unavailable as problem:
            return inconclusive(f"production cannot be compared: {problem.reason}")
        both = Paired(np.arange(len(self.rows)), self.candidate, old)
        return both.at(np.flatnonzero(_whole_queries(old)))

    def segments(
        self, metric: Metric, paired: Paired, column: str, fewest: int
    ) -> tuple[dict[str, Array], list[str]]:
        """Indices into `paired` by value of a column, and the values with too few positives, in words.

        Those are pooled as `other`, which is judged if it has enough itself. A missing value is a value.
        What counts as a positive is the metric's: a row, or a query, where it does not ask for positives.
        Raises Undefined where a query's rows are in several segments.
        """
        values = self.rows.frame[column].astype(str).to_numpy()[paired.index]
        counted = metric.counted(paired.candidate)
        names, index = np.unique(values, return_inverse=True)
        if metric.unit == "query" and paired.candidate.groups is not None:
            _require_whole(paired.candidate.groups, index, column)
        positives = np.bincount(index, weights=counted, minlength=len(names)).astype(int)
        large = positives >= fewest
        groups = {str(names[i]): np.flatnonzero(index == i) for i in np.flatnonzero(large)}
        small = [f"{names[i]} ({positives[i]})" for i in np.flatnonzero(~large)]
        if positives[~large].sum() >= fewest:
            groups["other"] = np.flatnonzero(~large[index])
        return groups, small


def _dimensions(predictions: Predictions) -> int:
    return 0 if predictions.scores is None else predictions.scores.ndim


def _whole_queries(answers: Predictions) -> Array:
    """Rows that are answered with numbers, [N]; where rows are ranked, all of their query's rows are."""
    if answers.groups is None or answers.scores is None:  # without scores they are the roles of a retrieval
        return answers.finite
    whole: Array = ~np.isin(answers.groups, answers.groups[~answers.finite])
    return whole


def _require_whole(groups: Array, segment: Array, column: str) -> None:
    queries = np.unique(groups, return_inverse=True)[1].reshape(-1)
    count = int(queries.max()) + 1
    first = np.full(count, -1)
    first[queries[::-1]] = segment[::-1]
    split = len(np.unique(queries[segment != first[queries]]))
    if split:
        raise Undefined(f"{split:,} of {count:,} queries have rows in several segments of {column}")


@dataclass(frozen=True)
class EvaluationSets:
    """All rows to be judged on; `not_evaluated` says on which accepted rows it cannot be judged, and why."""

    parts: tuple[EvaluationSet, ...]
    not_evaluated: tuple[str, ...] = ()


def make_evaluation_sets(
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    reference_versions: Sequence[ReferenceVersion],
    earlier: Sequence[ReferenceVersion],
    *,
    rival: tuple[InferenceSession, ModelSpec] | None,
) -> EvaluationSets:
    """The model's own rows and those of production, of the base and of earlier versions, each table once.

    `rival` is the version that runs now, with its spec.
    """

    def answers(rows: Rows) -> Predictions | str | None:
        if rival is None:
            return None
        try:
            return predict(*rival, rows)
        except Unavailable as problem:
            return problem.reason

    own = EvaluationSet("its own rows", evaluation, predict(session, spec, evaluation), answers(evaluation))
    parts = [own]
    not_evaluated: list[str] = []
    known = {spec.data.evaluation.sha256}
    for old in (*reference_versions, *earlier):
        file = old.spec.data.evaluation
        if file.sha256 in known:
            continue
        known.add(file.sha256)
        try:
            # Its table and columns, and this model's classes: those that the answers are of.
            rows = read_rows(old.files, replace(spec, data=old.spec.data), file)
            both = predict(session, spec, rows), answers(rows)
            parts.append(EvaluationSet(f"{old.who}'s rows", rows, *both, earlier=old in earlier))
        except Unavailable as problem:
            if problem.because not in (FAULT, "artifact-digests"):
                raise
            not_evaluated.append(f"it cannot be judged on {old.who}'s rows: {problem.reason}")
    return EvaluationSets(tuple(parts), tuple(not_evaluated))
