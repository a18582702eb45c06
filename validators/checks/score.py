"""Whether the score's histogram can show a drift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.layout import model_path
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, skipped
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

LEAST = 0.01
"""The least share of the reference's scores on either side of an edge that splits them."""


@check(
    "score-edges",
    family="quality",
    isolated=True,
    remedy="Write edges into `score` that lie among the scores, such as their deciles.",
)
def score_edges(spec: ModelSpec, session: InferenceSession, reference: Rows) -> Iterator[Finding]:
    """The edges of the score's histogram split the scores that the model gives to the reference.

    `score_drift` compares the share of scores above each edge. Where all edges are below the scores, or above
    them, the shares are 0 or 1 whatever the model answers, and every version looks the same. At least one
    edge has 1 % of the reference's scores on either side.
    """
    from sluicegate.validators.evaluation.calls import run_model
    from sluicegate.validators.evaluation.score import quantile_edges, scores, share_above

    if spec.score is None:
        yield skipped("model.yaml declares no score")
        return
    values = scores(spec, spec.score, run_model(session, spec, reference.frame))
    shares = {edge: share_above(values, edge) for edge in spec.score.edges}
    split = [edge for edge, share in shares.items() if LEAST <= share <= 1 - LEAST]
    span = f"the reference's scores, {values.min():.4g} to {values.max():.4g}"
    if split:
        yield passed(f"{len(split)} of {len(shares)} edges split {span}")
        return
    better = quantile_edges(values)
    remedy = f"Write edges: [{', '.join(f'{edge:g}' for edge in better)}], the deciles." if better else None
    if not better:
        remedy = "Watch an output that varies: every row of the reference has the same score."
    at = Position(model_path(spec.name))
    yield fail(f"none of {len(shares)} edges splits {span}", at, remedy=remedy)
