"""From samples to a Reading: the same arithmetic for every source of figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sluicegate.gate.adapters.samples import READY, WEIGHT, Absent, NoData, Samples
from sluicegate.gate.core.counting import TRAFFIC
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import REQUESTS, FailureCounter
from sluicegate.specs.release import CounterSnapshot, Release, Traffic

FailureCounters = Mapping[str, Sequence[FailureCounter]]
"""By gate: the kinds of bad request that it counts."""
Track = Literal["canary", "stable"]
Location = Literal["gateway"] | Track
_TRACKS: tuple[Track, Track] = ("canary", "stable")


class Source(Protocol):
    """Where the gate gets its figures."""

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        """What is known about the running release. Never raises for what the source says or fails to say."""


def _never(_name: str, _since: datetime) -> str | None:
    return None


@dataclass(frozen=True)
class CounterSource:
    """The gateway, or the servers of one track: their samples, or why there are none."""

    samples: Samples | None = None
    problem: str = ""
    restarted: Callable[[str, datetime], str | None] = _never
    """(a sample's name, since) -> whose counters of that name began anew since then; may raise NoData."""

    def require(self) -> Samples:
        """The samples. Raises NoData with the problem."""
        if self.samples is None:
            raise NoData(self.problem)
        return self.samples


CounterSources = Mapping[Location, CounterSource]


def reading(release: Release, bads: FailureCounters, now: datetime, places: CounterSources) -> Reading:
    """Put together what the places say; what cannot be told stands in `problems` and gives no data."""
    restarted: dict[str, str] = {}
    try:
        gateway = places["gateway"].require()
        weight, ready = _weight(gateway), _ready(gateway, release)
        traffic = _traffic(gateway, release)
        if release.baseline and (why := places["gateway"].restarted(REQUESTS, release.baseline.at)):
            restarted[TRAFFIC] = why
    except Absent as error:
        # Before the first request a canary can be ready all the same, and has to be, to get one.
        return Reading(now, weight, ready, problems=(f"the gateway gives no figures: {error}",))
    except NoData as error:
        return Reading(now, None, False, problems=(f"the gateway gives no figures: {error}",))
    totals: dict[str, CounterSnapshot] = {}
    problems: list[str] = []
    # A first release has nothing to be compared with, so no gate needs figures.
    for gate, kinds in bads.items() if release.stable is not None else ():
        try:
            totals[gate] = _totals(kinds, traffic, places)
            if release.baseline and (why := _restarted(kinds, release.baseline.began(gate), places)):
                restarted[gate] = why
        except NoData as error:
            totals.pop(gate, None)
            problems.append(f"{gate}: {error}")
    return Reading(now, weight, ready, traffic, totals, restarted, tuple(problems))


def _weight(gateway: Samples) -> int | None:
    """The canary's percent; None where the gateway has no such track. Raises NoData."""
    values = gateway.gauge(WEIGHT, track="canary")
    if len(values) > 1:
        raise NoData(f"its replicas disagree about the weight: {', '.join(f'{v:g}' for v in values)}")
    if values and values[0] not in range(101):
        raise NoData(f"{WEIGHT} is {values[0]}, which is no percentage in whole numbers")
    return int(values[0]) if values else None


def _ready(gateway: Samples, release: Release) -> bool:
    """Whether every replica sees the canary's own artifact ready."""
    if release.canary is None:
        return False
    return gateway.gauge(READY, track="canary", digest=release.canary.digest) == [1.0]


def _traffic(gateway: Samples, release: Release) -> Traffic:
    """Requests of each track. At 100 % stable gets none, so a gateway that began anew need not show any."""
    before = Traffic(0, 0) if release.baseline is None else release.baseline.traffic
    return Traffic(
        gateway.requests("canary", before.canary),
        gateway.requests("stable", before.stable if release.weight < 100 else 0),
    )


def _totals(kinds: Sequence[FailureCounter], traffic: Traffic, places: CounterSources) -> CounterSnapshot:
    """One gate's counters: all requests are counted where the bad ones are.

    The gateway and the servers are read one after the other: requests of the one and bad requests of the
    other would be of two moments, and at an edge that nearly all scores exceed more would be bad than all.
    """
    if all(kind.at == "server" for kind in kinds):
        canary, stable = (places[track].require().answered(track) for track in _TRACKS)
    else:
        canary, stable = traffic.canary, traffic.stable

    def bad(track: Track, requests: int) -> tuple[int, ...]:
        return tuple(
            _at(kind, track, places).require().bad(kind, track, must=kind.at == "server" or requests > 0)
            for kind in kinds
        )

    return CounterSnapshot(canary, stable, bad("canary", canary), bad("stable", stable))


def _at(kind: FailureCounter, track: Track, places: CounterSources) -> CounterSource:
    return places["gateway" if kind.at == "gateway" else track]


def _restarted(kinds: Sequence[FailureCounter], since: datetime, places: CounterSources) -> str | None:
    """Whose counters began anew since this gate's counting began."""
    for kind in kinds[:1]:
        for track in _TRACKS:
            for selector in kind.plus:
                if why := _at(kind, track, places).restarted(selector.sample, since):
                    return why
    return None
