"""Segments of the requests, declared up front: each is compared by itself, and none is sought afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from sluicegate.gate.metrics.base import FailureCounter, LabelValue, Metric, Selector
from sluicegate.specs.environment import LabelName
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate, Shown

Values = Annotated[
    tuple[LabelValue, ...],
    Field(min_length=1, max_length=20, description="the label's values, each a segment"),
]
Segments = Mapping[LabelName, Values]
"""By label of the gateway's series."""


@dataclass(frozen=True)
class Segment:
    """The gate of an entry, for the requests of one segment alone; the ceiling is that of all requests."""

    entry: Metric
    label: str
    value: str

    @property
    def metric(self) -> str:
        """That of the entry."""
        return self.entry.metric

    def gate(self, model: ModelSpec) -> Gate | Shown:
        """A gate of its own name, so that alpha is split over all of them, and each must be shown."""
        whole = self.entry.gate(model)
        name = f"{whole.name}/{self.label}={self.value}"
        if isinstance(whole, Gate):
            return replace(whole, name=name, at_most=None, series=f'{self.label}="{self.value}"')
        return replace(whole, name=name)

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """The entry's, with the label."""
        within = {self.label: self.value}
        return tuple(
            replace(
                counter,
                plus=tuple(_with(selector, within) for selector in counter.plus),
                minus=tuple(_with(selector, within) for selector in counter.minus),
                within=within,
            )
            for counter in self.entry.failure_counters(model)
        )


def segments_of(entry: Metric, segments: Segments) -> tuple[Segment, ...]:
    """One a value; a value given twice is one."""
    return tuple(
        Segment(entry, label, value) for label, values in segments.items() for value in dict.fromkeys(values)
    )


def _with(selector: Selector, labels: Mapping[str, str]) -> Selector:
    return replace(selector, equal={**selector.equal, **labels})
