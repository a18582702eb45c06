"""Requests that took too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gate.core.types import Gate
from gate.metrics.base import SECONDS, Bad, Margin, Selector, metric
from validators.spec.model import ModelSpec


@metric
@dataclass(frozen=True)
class SlowRequests:
    """Bad is a request that took longer than `over_ms` at the gateway, whatever its answer.

    Counted against a bucket edge of the gateway's histogram, so a request is good or bad and nothing is
    guessed between edges.
    """

    over_ms: Literal[5, 10, 20, 50, 100, 200, 500, 1000, 2000]
    """Milliseconds, one of the gateway's bucket edges."""
    margin: Margin
    """The most extra slow requests over all traffic, as a share."""
    metric: Literal["slow_requests"] = "slow_requests"

    def gate(self, model: ModelSpec) -> Gate:  # noqa: ARG002
        """One kind of bad request, and fewer are never a fault."""
        return Gate(self.metric, self.margin)

    def bad(self, model: ModelSpec) -> tuple[Bad, ...]:  # noqa: ARG002
        """All requests less those within the edge."""
        within = Selector(f"{SECONDS}_bucket", le=self.over_ms / 1000)
        return (Bad("gateway", plus=(Selector(f"{SECONDS}_count"),), minus=(within,)),)
