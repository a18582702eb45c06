"""Embeddings, and what is near in a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics.base import RETRIEVAL, Metric
from sluicegate.validators.evaluation.predictions import Array, Predictions

GALLERY = "gallery"
"""The role of a row that is searched; any other row searches."""
CHUNK = 1024
"""Queries whose similarities to the gallery are computed at once."""


def directions(name: str, judged: Predictions) -> Array:
    """Each row's embedding with the length 1, [N, D]. Raises Undefined for none, or one of length 0."""
    if judged.values is None or judged.values.ndim < 2:
        raise Undefined(f"{name} needs an embedding of each row, and there are none")
    vectors = judged.values.reshape(len(judged), -1).astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    empty = int((lengths == 0).sum())
    if empty:
        raise Undefined(
            f"{empty:,} of {len(judged):,} rows have an embedding of length 0, which has no direction"
        )
    pointing: Array = vectors / lengths[:, None]
    return pointing


@dataclass(frozen=True, kw_only=True)
class InGallery(Metric):
    """A figure of each query row, which searches a gallery: the rows whose group is `gallery`."""

    tasks: ClassVar[tuple[str, ...]] = (RETRIEVAL,)
    uses: ClassVar[tuple[str, ...]] = ("values", "groups")

    def searches(self, judged: Predictions) -> Array:
        """Which rows are queries. Raises Undefined without a gallery."""
        if judged.groups is None:
            raise Undefined(f"{self.metric} needs the role of each row (`data.group`), and there is none")
        queries: Array = judged.groups.astype(str) != GALLERY
        if queries.all():
            raise Undefined(f"{self.metric} needs a gallery, and no row has the group {GALLERY!r}")
        return queries

    def counted(self, judged: Predictions) -> Array:
        """The queries."""
        return self.searches(judged)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Queries."""
        return "queries"

    def segment(self, judged: Predictions, rows: Array) -> Array:
        """The rows, and the whole gallery."""
        return np.union1d(rows, np.flatnonzero(~self.searches(judged)))


def similarities(queries: Array, gallery: Array) -> Iterator[tuple[slice, Array]]:
    """Cosines of some queries and the whole gallery, [chunk, G], with where these queries are."""
    for start in range(0, len(queries), CHUNK):
        part = slice(start, min(start + CHUNK, len(queries)))
        yield part, queries[part] @ gallery.T
