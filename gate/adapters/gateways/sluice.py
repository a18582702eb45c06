"""The router of the embedded runtime, whose series have the gate's own names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluicegate.gate.adapters.gateways.base import FAMILIES, SeriesSelector, dialect, selector
from sluicegate.gate.adapters.samples import WEIGHT, Series
from sluicegate.gate.adapters.units import FIRST

_OWN = {**FAMILIES, **{first: first for first in FIRST.values()}}


@dataclass(frozen=True)
class Sluice:
    """Series of `sluice_gateway_*`, labels model, track, code."""

    name: str = "sluice"
    edges_remedy: str = "run the router of the same Sluicegate as the gate: it has these edges"

    names: frozenset[str] = frozenset(_OWN)
    label: str = "model"

    def alive(self, models: SeriesSelector) -> str:
        """Its weight, which is there from the start."""
        return f"{WEIGHT}{{{','.join(filter(None, (models.by('model'), models.matchers())))}}}"

    def series(self, models: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the label model; the router does not know of namespaces."""
        return selector(_OWN, names, models.by("model"), models.matchers())

    def is_about(self, text: str, model: SeriesSelector) -> bool:
        """By name."""
        return text == model.model

    def translate(self, series: Iterable[Series], model: SeriesSelector) -> list[Series]:  # noqa: ARG002
        """As they are."""
        return [one for one in series if one.name in _OWN]


SLUICE = dialect(Sluice())
