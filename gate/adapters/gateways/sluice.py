"""The router of the embedded runtime, whose series have the gate's own names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluicegate.gate.adapters.gateways.base import FAMILIES, SeriesSelector, dialect, selector
from sluicegate.gate.adapters.samples import WEIGHT, Sample


@dataclass(frozen=True)
class Sluice:
    """Series of `sluice_gateway_*`, labels model, track, code."""

    name: str = "sluice"
    edges_remedy: str = "run the router of the same Sluicegate as the gate: it has these edges"

    def alive(self, model: SeriesSelector) -> str:
        """Its weight, which is there from the start."""
        return f"{WEIGHT}{{{model.matchers(model=model.model)}}}"

    def series(self, model: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the label model; the router does not know of namespaces."""
        return selector(FAMILIES, names, model.matchers(model=model.model))

    def translate(self, samples: Iterable[Sample], model: SeriesSelector) -> list[Sample]:  # noqa: ARG002
        """As they are."""
        return [sample for sample in samples if sample.name in FAMILIES]


SLUICE = dialect(Sluice())
