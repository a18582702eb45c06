"""Scores that are distributed differently from those of the stable version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluicegate.gate.metrics.base import (
    SCORE,
    FailureCounter,
    Margin,
    Selector,
    Tolerance,
    metric,
    require_requests,
)
from sluicegate.specs.model import ModelSpec, Score
from sluicegate.specs.policy import Gate
from sluicegate.specs.yamlio import InputError


@metric
@dataclass(frozen=True)
class ScoreDrift:
    """For each edge of the score's histogram, a score above it is counted; a move either way is a fault.

    Both tracks see the same traffic at the same time, so a change of the inputs alone moves both. Counted at
    the servers; a request that reached one and got no score is above none of the edges.
    """

    margin: Margin
    """The most that the share of scores above any edge may move over all traffic."""
    tolerance: Tolerance | None = None
    """A move that is shown to be larger rolls the version back; without it, half the margin."""
    metric: Literal["score_drift"] = "score_drift"

    def gate(self, model: ModelSpec) -> Gate:
        """As many kinds as the score has edges, and less is as much a fault as more.

        Raises InputError without a score, and where users are counted: a server counts requests.
        """
        edges = _score(model).edges
        require_requests(model, self.metric, "at the servers")
        return Gate(
            self.metric,
            self.margin,
            self.tolerance,
            two_sided=True,
            kinds=len(edges),
            parameters={"edges": tuple(map(float, edges))},
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """For each edge, all scores less those up to it."""
        scores = Selector(f"{SCORE}_count")
        return tuple(
            FailureCounter("server", plus=(scores,), minus=(Selector(f"{SCORE}_bucket", le=edge),))
            for edge in _score(model).edges
        )


def _score(model: ModelSpec) -> Score:
    if model.score is None:
        raise InputError.of("score_drift watches a score, and the model declares none", "declare spec.score")
    return model.score
