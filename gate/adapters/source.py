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
"""By gate: the kinds of failures that it counts."""
Track = Literal["canary", "stable"]
Location = Literal["gateway"] | Track
_TRACKS: tuple[Track, Track] = ("canary", "stable")


class Source(Protocol):
    """Where the gate gets its figures."""

    def read(self, release: Release, failure_counters: FailureCounters, now: datetime) -> Reading:
        """The figures of the running release. Never raises for what the source answers or fails to answer."""


def _no_reset(_name: str, _since: datetime) -> str | None:
    return None


@dataclass(frozen=True)
class CounterSource:
    """The gateway, or the servers of one track: their samples, or why there are none."""

    samples: Samples | None = None
    problem: str = ""
    reset_reason: Callable[[str, datetime], str | None] = _no_reset
    """(a sample's name, since) -> which counters of that name were reset since then; may raise NoData."""

    def require(self) -> Samples:
        """The samples. Raises NoData with the problem."""
        if self.samples is None:
            raise NoData(self.problem)
        return self.samples


CounterSources = Mapping[Location, CounterSource]


def reading(
    release: Release, failure_counters: FailureCounters, now: datetime, sources: CounterSources
) -> Reading:
    """The reading of all sources together; whatever is not known is in its `problems` and gives no data."""
    gateway = sources["gateway"]
    weight: int | None = None
    ready = False
    restarted: dict[str, str] = {}
    try:
        samples = gateway.require()
        weight, ready = _weight_and_readiness(samples, release)
        traffic = _traffic(samples, release)
        if release.baseline is not None:
            reason = gateway.reset_reason(REQUESTS, release.baseline.at)
            if reason is not None:
                restarted[TRAFFIC] = reason
    except Absent as error:
        # Before the first request a canary can be ready all the same, and has to be, to get one.
        return Reading(now, weight, ready, problems=(_no_figures(error),))
    except NoData as error:
        return Reading(now, None, False, problems=(_no_figures(error),))
    snapshots: dict[str, CounterSnapshot] = {}
    problems: list[str] = []
    # A first release has nothing to be compared with, so no gate needs figures.
    compared = failure_counters if release.stable is not None else {}
    for gate, counters in compared.items():
        try:
            snapshot = _snapshot(counters, traffic, sources)
            reason = _reset_reason(gate, counters, release, sources)
        except NoData as error:
            problems.append(f"{gate}: {error}")
            continue
        snapshots[gate] = snapshot
        if reason is not None:
            restarted[gate] = reason
    return Reading(now, weight, ready, traffic, snapshots, restarted, tuple(problems))


def _no_figures(error: NoData) -> str:
    return f"the gateway gives no figures: {error}"


def _weight_and_readiness(gateway: Samples, release: Release) -> tuple[int | None, bool]:
    """The canary's percent, None where the gateway has no such track; whether every replica sees it ready.

    Raises NoData.
    """
    weights = gateway.gauge(WEIGHT, track="canary")
    if len(weights) > 1:
        listed = ", ".join(f"{weight:g}" for weight in weights)
        raise NoData(f"its replicas disagree about the weight: {listed}")
    if weights and weights[0] not in range(101):
        raise NoData(f"{WEIGHT} is {weights[0]}, which is not a whole percentage")
    weight = int(weights[0]) if weights else None
    if release.canary is None:
        return weight, False
    return weight, gateway.gauge(READY, track="canary", digest=release.canary.digest) == [1.0]


def _traffic(gateway: Samples, release: Release) -> Traffic:
    """Requests of each track. At 100 % stable gets none, so a restarted gateway need not show any."""
    before = Traffic(0, 0) if release.baseline is None else release.baseline.traffic
    stable_before = before.stable if release.weight < 100 else 0
    return Traffic(gateway.requests("canary", before.canary), gateway.requests("stable", stable_before))


def _snapshot(
    counters: Sequence[FailureCounter], traffic: Traffic, sources: CounterSources
) -> CounterSnapshot:
    """One gate's counters: all requests are counted where its failures are.

    The gateway and the servers are read one after the other: requests of the one and failures of the other
    would be of two moments, and with a bound that nearly all scores exceed there would be more failures.
    """
    if all(counter.at == "server" for counter in counters):
        canary, stable = (sources[track].require().answered(track) for track in _TRACKS)
    else:
        canary = traffic.canary
        stable = traffic.stable

    def failures(track: Track, requests: int) -> tuple[int, ...]:
        return tuple(
            _source(counter, track, sources)
            .require()
            .failures(counter, track, must=counter.at == "server" or requests > 0)
            for counter in counters
        )

    return CounterSnapshot(canary, stable, failures("canary", canary), failures("stable", stable))


def _source(counter: FailureCounter, track: Track, sources: CounterSources) -> CounterSource:
    return sources["gateway"] if counter.at == "gateway" else sources[track]


def _reset_reason(
    gate: str, counters: Sequence[FailureCounter], release: Release, sources: CounterSources
) -> str | None:
    """Which counters were reset since this gate's counting began. Raises NoData."""
    if release.baseline is None:
        return None
    since = release.baseline.began(gate)
    # All kinds of one gate come from the same processes, so the first one tells for all.
    for counter in counters[:1]:
        for track in _TRACKS:
            for selector in counter.plus:
                reason = _source(counter, track, sources).reset_reason(selector.sample, since)
                if reason is not None:
                    return reason
    return None
