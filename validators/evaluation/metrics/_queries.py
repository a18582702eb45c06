"""Rankings: the rows of each query in the order of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import RANKING, Metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@dataclass(frozen=True, kw_only=True)
class OfQueries(Metric):
    """A figure of each query that has a relevant row; a query is drawn with all its rows."""

    tasks: ClassVar[tuple[str, ...]] = (RANKING,)
    uses: ClassVar[tuple[str, ...]] = ("scores", "groups")
    unit: ClassVar[str] = "query"
    fewest: ClassVar[int] = 20

    def counted(self, judged: Predictions) -> Array:
        """One row of each query that has a relevant row. Raises Undefined for rows without a query."""
        if judged.groups is None:
            raise Undefined(f"{self.metric} needs the query of each row (`data.group`), and there is none")
        relevant = np.flatnonzero(judged.labels > 0)
        counted = np.zeros(len(judged), dtype=bool)
        counted[relevant[np.unique(judged.groups[relevant], return_index=True)[1]]] = True
        return counted

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Queries."""
        return "queries with a relevant row"

    def ranked(self, judged: Predictions) -> Ranked:
        """The rows in order. Raises Undefined for several scores a row, and for a relevance below 0."""
        scores = score_of(judged)
        if judged.groups is None or scores.ndim != 1 or judged.labels.ndim != 1:
            raise Undefined(f"{self.metric} needs one score, one relevance and one query a row")
        below = int((judged.labels < 0).sum())
        if below:
            raise Undefined(f"{below:,} of {len(judged):,} rows have a relevance below 0")
        query = np.unique(judged.groups, return_inverse=True)[1].reshape(-1)
        order = np.lexsort((-scores, query))
        return Ranked(query[order], scores[order], judged.labels[order].astype(np.float64))


@dataclass(frozen=True)
class Ranked:
    """Rows of queries 0, 1, ..., those of a query together and by falling score."""

    query: Array
    scores: Array
    relevance: Array

    @cached_property
    def starts(self) -> Array:
        """Where each query begins, [Q]."""
        return np.flatnonzero(np.r_[True, self.query[1:] != self.query[:-1]])

    @cached_property
    def place(self) -> Array:
        """The place of each row in its query, from 1, by order alone."""
        place: Array = np.arange(len(self.query)) - self.starts[self.query] + 1
        return place

    @cached_property
    def tie(self) -> Array:
        """The number of each row's tie: rows of one query and one score."""
        begins = (self.query[1:] != self.query[:-1]) | (self.scores[1:] != self.scores[:-1])
        tie: Array = np.cumsum(np.r_[0, begins])
        return tie

    @cached_property
    def last_of_tie(self) -> Array:
        """The index of the last row of each row's tie."""
        last = np.flatnonzero(np.r_[self.tie[1:] != self.tie[:-1], True])
        found: Array = last[self.tie]
        return found

    @cached_property
    def rank(self) -> Array:
        """The place of each row, the last one of its tie: a tie never helps."""
        rank: Array = self.place[self.last_of_tie]
        return rank

    @cached_property
    def relevant(self) -> Array:
        """Which rows are relevant."""
        relevant: Array = self.relevance > 0
        return relevant

    @cached_property
    def found(self) -> Array:
        """How many relevant rows of its query stand at each row's rank or before."""
        total = np.cumsum(self.relevant)
        before = np.r_[0, total][self.starts][self.query]
        found: Array = total[self.last_of_tie] - before
        return found

    def summed(self, figures: Array) -> Array:
        """A figure of each row, summed by query, [Q]."""
        summed: Array = np.add.reduceat(figures, self.starts)
        return summed

    @cached_property
    def answerable(self) -> Array:
        """Which queries have a relevant row, [Q]: the others show nothing, and are left out."""
        answerable: Array = self.summed(self.relevant) > 0
        return answerable
