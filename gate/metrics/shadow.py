"""Answers that are different from stable's to the same request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sluicegate.gate.metrics.base import (
    PAIRS,
    WITHIN,
    FailureCounter,
    Margin,
    Selector,
    Tolerance,
    metric,
    require_requests,
)
from sluicegate.specs.buckets import DIFFERENCES
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate

Measure = Literal["absolute", "relative"]


def _limit(value: float) -> float:
    if value not in DIFFERENCES:
        raise ValueError(f"{value:g} is none of {', '.join(f'{limit:g}' for limit in DIFFERENCES)}")
    return value


Limit = Annotated[float, AfterValidator(_limit), Field(json_schema_extra={"enum": list(DIFFERENCES)})]


@metric
@dataclass(frozen=True)
class Shadow:
    """A failure is a pair of answers that differ: stable answered a user's request, the canary its copy.

    Whose answer goes to nobody. Pairs are different where the canary does not answer with 2xx, where outputs
    have other names, shapes or datatypes, where a number differs by more than `max_difference`, and where a
    value that is no number differs at all. No request is spared chance: what both answered is the same.
    """

    margin: Margin
    """The most pairs that may differ, as a share."""
    max_difference: Limit = 0.001
    """The largest difference of two numbers that is none; one of the limits that pairs are counted at."""
    measure: Measure = "absolute"
    """`relative`: the difference as a share of the larger of the two numbers' sizes."""
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    """Of the requests that stable answered, how many are copied, as the embedded router does it.

    In a cluster the chart's `shadow.percent` says it.
    """
    tolerance: Tolerance | None = None
    """More different pairs, once shown, roll the version back; without it, half the margin."""
    metric: Literal["shadow"] = "shadow"

    def gate(self, model: ModelSpec) -> Gate:
        """Pairs by themselves, at any weight; each request has one, whoever sent it. Raises InputError."""
        require_requests(model, self.metric, "from copies")
        return Gate(
            self.metric,
            self.margin,
            self.tolerance,
            paired=True,
            parameters={f"max_{self.measure}_difference": (float(self.max_difference),)},
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """All pairs less those within the limit."""
        labels = {"measure": self.measure, "limit": f"{self.max_difference:g}"}
        within = Selector(WITHIN, equal=labels)
        return (FailureCounter("shadow", plus=(Selector(PAIRS),), minus=(within,)),)
