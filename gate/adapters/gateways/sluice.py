"""The router of the embedded runtime: its series are the gate's own words."""

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

    def alive(self, asked: SeriesSelector) -> str:
        """Its weight, which is there from the start."""
        return f"{WEIGHT}{{{asked.fits(model=asked.model)}}}"

    def series(self, asked: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the label model; a namespace is nothing that the router knows."""
        return selector(FAMILIES, names, asked.fits(model=asked.model))

    def normal(self, samples: Iterable[Sample], asked: SeriesSelector) -> list[Sample]:  # noqa: ARG002
        """As they are."""
        return [sample for sample in samples if sample.name in FAMILIES]


SLUICE = dialect(Sluice())
