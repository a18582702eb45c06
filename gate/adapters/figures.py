"""The series of a source about one model, as they were at some moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sluicegate.gate.adapters.business import BusinessFigures
from sluicegate.gate.adapters.query import Query, Track
from sluicegate.gate.adapters.resets import Starts, within_step
from sluicegate.gate.adapters.samples import GAUGES, NoData, Row, Samples, Series

SCORE_EDGES = "keep at least one edge of spec.score that the stable version has, and send it out again"


@dataclass(frozen=True, eq=False)
class Figures:
    """The series about one model at some moments (seconds since the epoch), as one source shows them."""

    moments: Row
    gateway: Sequence[Series]
    """The gateway's, by the gate's names."""
    servers: Sequence[Series] = ()
    counters: Sequence[Series] = ()
    """The gateway's as they are, whose resets count."""
    starts: Starts = field(default_factory=Starts)
    edges_remedy: str = ""
    problems: Mapping[Track | Literal["gateway"], NoData] = field(default_factory=dict)
    """Why there are none now, by what did not answer."""
    business: BusinessFigures | None = None
    """None where the source has no other counters than the gateway's and the servers'."""

    def later(self, first: int) -> Figures:
        """Without the moments before `first`."""

        def cut(series: Iterable[Series]) -> list[Series]:
            return [Series(one.name, one.labels, one.values[first:]) for one in series]

        return Figures(
            self.moments[first:],
            cut(self.gateway),
            cut(self.servers),
            cut(self.counters),
            self.starts.later(first),
            self.edges_remedy,
            self.problems,
            None if self.business is None else self.business.later(first),
        )

    def within_step(self) -> Figures:
        """Without what a process counted before the first moment, however late it is seen."""

        def cut(series: Sequence[Series]) -> list[Series]:
            counters = [one for one in series if one.name not in GAUGES]
            gauges = [one for one in series if one.name in GAUGES]
            return within_step(counters, self.starts, self.moments, [*self.gateway, *self.servers]) + gauges

        return replace(self, gateway=cut(self.gateway), servers=cut(self.servers))

    def of_gateway(self, query: Query) -> Samples:
        """The gateway's series about the release."""
        moments = len(self.moments)
        return Samples(self.gateway, query.model, edges_remedy=self.edges_remedy, moments=moments)

    def of_servers(self, query: Query, track: Track) -> Samples:
        """The series of one track's servers."""
        digest = query.tracks[track].digest
        return Samples(self.servers, query.model, digest, SCORE_EDGES, len(self.moments))
