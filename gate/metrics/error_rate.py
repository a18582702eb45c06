"""Requests that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sluicegate.gate.metrics.base import (
    REQUESTS,
    Ceiling,
    FailureCounter,
    Margin,
    Relative,
    Selector,
    Tolerance,
    metric,
)
from sluicegate.gate.metrics.segments import Segment, Segments, segments_of
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


@metric
@dataclass(frozen=True)
class ErrorRate:
    """A failure is a request that the gateway answered with anything but 2xx, or not at all.

    Counted at the gateway: a server that died counts none of its own failures.
    """

    margin: Margin
    """The most extra failed requests over all traffic, as a share."""
    at_most: Ceiling = 0.5
    """The most of the canary's own requests that may fail, as a share, whatever stable does."""
    relative: Relative = 0.0
    """Beside the margin, this share of stable's own failures: 0.1 allows a tenth more than stable has."""
    tolerance: Tolerance | None = None
    """Extra failures that are shown to be more roll the version back; without it, half the margin."""
    segments: Segments = field(default_factory=dict)
    """Segments that are compared by themselves as well: by label of the gateway's series, its values."""
    metric: Literal["error_rate"] = "error_rate"

    def gate(self, model: ModelSpec) -> Gate:  # noqa: ARG002
        """One kind of failure, and fewer are never a fault."""
        return Gate(self.metric, self.margin, self.tolerance, self.at_most, self.relative)

    def by_segment(self) -> tuple[Segment, ...]:
        """A gate for each segment beside the one of all requests."""
        return segments_of(self, self.segments)

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """Every code but 2xx."""
        return (FailureCounter("gateway", plus=(Selector(REQUESTS, unlike={"code": "2.."}),)),)
