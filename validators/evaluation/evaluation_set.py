"""Evaluation sets: rows on which a model is judged, and what it and the version that runs now answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.estimates import Answers, Undefined
from sluicegate.validators.evaluation.feeds import FAULT
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
    """Labels [N] and both versions' answers on the same rows; `index` is their position in the set's rows."""

    index: Array
    labels: Array
    candidate: Answers
    production: Answers

    def at(self, rows: Array) -> Paired:
        """Some of the rows."""
        return Paired(self.index[rows], self.labels[rows], self.candidate.at(rows), self.production.at(rows))


@dataclass(frozen=True)
class EvaluationSet:
    """Rows, the candidate's answers, and production's: None for a first release, a reason if it has none."""

    name: str
    rows: Rows
    candidate: Predictions
    production: Predictions | str | None

    @property
    def answers(self) -> Answers:
        """The candidate's answers on all rows. Raises Undefined where its task has no classes."""
        return _answers(self.candidate)

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
        everything = np.arange(len(self.rows))
        both = Paired(everything, self.rows.labels, self.answers, _answers(old))
        return both.at(np.flatnonzero(old.finite))

    def segments(self, paired: Paired, column: str, fewest: int) -> tuple[dict[str, Array], list[str]]:
        """Indices into `paired` by value of a column, and the values with too few positives, in words.

        Those are pooled as `other`, which is judged if it has enough itself. A missing value is a value.
        With more than two classes every row counts as a positive.
        """
        values = self.rows.frame[column].astype(str).to_numpy()[paired.index]
        binary = paired.candidate.scores.ndim == 1
        counted = paired.labels == 1 if binary else np.ones(len(values), dtype=bool)
        names, index = np.unique(values, return_inverse=True)
        positives = np.bincount(index, weights=counted, minlength=len(names)).astype(int)
        large = positives >= fewest
        groups = {str(names[i]): np.flatnonzero(index == i) for i in np.flatnonzero(large)}
        small = [f"{names[i]} ({positives[i]})" for i in np.flatnonzero(~large)]
        if positives[~large].sum() >= fewest:
            groups["other"] = np.flatnonzero(~large[index])
        return groups, small


def _dimensions(predictions: Predictions) -> int:
    return 0 if predictions.scores is None else predictions.scores.ndim


def _answers(predictions: Predictions) -> Answers:
    if predictions.scores is None or predictions.decisions is None:
        raise Undefined("the model's task has no classes, and the metric is one of classes")
    return Answers(predictions.scores, predictions.decisions)


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
    rival: tuple[InferenceSession, ModelSpec] | None,
) -> EvaluationSets:
    """The model's own rows and those of production and of the base, each table once, by its digest.

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
    for old in reference_versions:
        file = old.spec.data.evaluation
        if file.sha256 in known:
            continue
        known.add(file.sha256)
        try:
            # Its table and columns, and this model's classes: those that the answers are of.
            rows = read_rows(old.files, replace(spec, data=old.spec.data), file)
            parts.append(
                EvaluationSet(f"{old.who}'s rows", rows, predict(session, spec, rows), answers(rows))
            )
        except Unavailable as problem:
            if problem.because not in (FAULT, "artifact-digests"):
                raise
            not_evaluated.append(f"it cannot be judged on {old.who}'s rows: {problem.reason}")
    return EvaluationSets(tuple(parts), tuple(not_evaluated))
