"""A gate metric: requests that were refused as the client's fault, as after a changed input format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluicegate.gate.metrics.base import REQUESTS, FailureCounter, Margin, Selector, metric
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


@metric
@dataclass(frozen=True)
class ClientErrors:
    """A failed request is one that was answered with 4xx; counted at the gateway."""

    margin: Margin
    """The most additional 4xx answers over all traffic, as a share."""
    metric: Literal["client_errors"] = "client_errors"

    def gate(self, model: ModelSpec) -> Gate:
        """One kind of failure, and fewer are never a fault."""
        del model
        return Gate(self.metric, self.margin)

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """All requests, less those of any other code."""
        del model
        others = Selector(REQUESTS, unlike={"code": "4.."})
        return (FailureCounter("gateway", plus=(Selector(REQUESTS),), minus=(others,)),)
