"""The score of each row, as the server takes it of a request, and edges that split the scores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec, Score
from sluicegate.specs.selection import score_column
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

Array = npt.NDArray[Any]
PARTS = 10
"""Default edges cut the reference's scores into so many parts of equal size."""
DIGITS = range(3, 18)
"""Significant digits of default edges, the fewest that tell them apart: people read and edit them."""


def scores(spec: ModelSpec, score: Score, outputs: Mapping[str, Array]) -> Array:
    """Each row's score as float64, [N]. Raises Unavailable where it is not one finite number a row."""
    if score.output not in outputs:
        raise Unavailable(f"the score's output {score.output!r} does not count rows", "score-edges")
    output = outputs[score.output]
    numbers = output.reshape(len(output), -1).astype(np.float64)
    column = score_column(spec)
    if score.reduce == "max":
        numbers = numbers.max(axis=1, keepdims=True)
    elif column is not None and column < numbers.shape[1]:
        numbers = numbers[:, column : column + 1]
    if numbers.shape[1] != 1:
        raise Unavailable(
            f"the score is one number a row, and output {score.output!r} has {numbers.shape[1]}",
            "score-edges",
        )
    bad = np.flatnonzero(~np.isfinite(numbers[:, 0]))
    if len(bad):
        raise Unavailable(
            f"the score of row {bad[0] + 1} is not a finite number, nor in {len(bad):,} rows", "score-edges"
        )
    return numbers[:, 0]


def quantile_edges(values: Array) -> tuple[float, ...]:
    """Rising edges that cut the scores into parts of about equal size; empty where all are one number."""
    values = np.sort(values)
    cuts = np.quantile(values, np.linspace(0, 1, PARTS + 1)[1:-1], method="lower")
    if not _between(cuts, values):
        cuts = values[values < values.max()][-1:]  # one score has nine tenths of the rows, and is the largest
    wanted = len(_between(cuts, values))
    every = (_between([float(f"{cut:.{digits}g}") for cut in cuts], values) for digits in DIGITS)
    return next((edges for edges in every if len(edges) == wanted), ())


def _between(edges: Iterable[float], values: Array) -> tuple[float, ...]:
    """Those that split the scores, rising, each once."""
    return tuple(sorted({float(edge) for edge in edges if values.min() <= edge < values.max()}))


def share_above(values: Array, edge: float) -> float:
    """The share of scores above an edge; one that equals it belongs below, as in Prometheus' buckets."""
    return float((values > edge).mean())


def reference_edges(spec: ModelSpec, session: InferenceSession, reference: Rows) -> Iterator[Finding]:
    """Keep the quantile edges of the reference's scores as JSON. Raises Unavailable as predicting does."""
    from sluicegate.validators.evaluation.calls import run_model

    if spec.score is None:
        raise Unavailable("the model declares no score")
    edges = quantile_edges(scores(spec, spec.score, run_model(session, spec, reference.frame)))
    keep(json.dumps(edges).encode())
    yield passed(f"{len(edges)} edges")
