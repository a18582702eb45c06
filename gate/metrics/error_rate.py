"""Requests that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluicegate.gate.metrics.base import REQUESTS, FailureCounter, Margin, Selector, metric
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
    metric: Literal["error_rate"] = "error_rate"

    def gate(self, model: ModelSpec) -> Gate:  # noqa: ARG002
        """One kind of failure, and fewer are never a fault."""
        return Gate(self.metric, self.margin)

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """Every code but 2xx."""
        return (FailureCounter("gateway", plus=(Selector(REQUESTS, unlike={"code": "2.."}),)),)
