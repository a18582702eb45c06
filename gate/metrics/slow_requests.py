"""Requests that were not answered in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sluicegate.gate.metrics.base import (
    SECONDS,
    Ceiling,
    FailureCounter,
    FromWeight,
    Margin,
    Relative,
    Selector,
    Tolerance,
    metric,
)
from sluicegate.gate.metrics.segments import Segment, Segments, segments_of
from sluicegate.specs.buckets import LatencyBound
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


@metric
@dataclass(frozen=True)
class SlowRequests:
    """A failure is a request that the gateway did not answer with 2xx within `over_ms`.

    An error is never good, however fast: else a stable server that is down, and fails at once, would make
    the canary look slow, and the gate would go back to it. `over_ms` is a bucket edge of the gateway's
    histogram, so each request is on one side of it and nothing is interpolated.
    """

    over_ms: LatencyBound
    """Milliseconds, one of the gateway's bucket edges."""
    margin: Margin
    """The most extra slow requests over all traffic, as a share."""
    at_most: Ceiling | None = None
    """The most of the canary's own requests that may be slow, as a share, whatever stable does."""
    relative: Relative = 0.0
    """Beside the margin, this share of stable's own slow requests: 0.1 allows a tenth more."""
    tolerance: Tolerance | None = None
    """Extra slow requests that are shown to be more roll the version back; without it, half the margin."""
    from_weight: FromWeight = 1
    """Below this weight in percent it is not compared: a canary with little to do is not as slow, or as warm,
    as a busy stable."""
    segments: Segments = field(default_factory=dict)
    """Segments that are compared by themselves as well: by label of the gateway's series, its values."""
    metric: Literal["slow_requests"] = "slow_requests"

    def gate(self, model: ModelSpec) -> Gate:  # noqa: ARG002
        """One kind of failure, and fewer are never a fault; compared with a baseline where one runs."""
        over = {"over_ms": (float(self.over_ms),)}
        return Gate(
            self.metric,
            self.margin,
            self.tolerance,
            self.at_most,
            self.relative,
            from_weight=self.from_weight,
            against="baseline",
            parameters=over,
        )

    def by_segment(self) -> tuple[Segment, ...]:
        """A gate for each segment beside the one of all requests."""
        return segments_of(self, self.segments)

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """All requests less the good ones within the edge."""
        within = Selector(f"{SECONDS}_bucket", unlike={"code": "[^2].."}, le=self.over_ms / 1000)
        return (FailureCounter("gateway", plus=(Selector(f"{SECONDS}_count"),), minus=(within,)),)
