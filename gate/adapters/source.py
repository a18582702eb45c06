"""From the series of a source to a Reading: the same for every source of figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

import numpy as np

from sluicegate.gate.adapters.business import BusinessFigures, Sums
from sluicegate.gate.adapters.resets import Starts, gaps, instances, was_reset
from sluicegate.gate.adapters.samples import READY, WEIGHT, Count, Mask, NoData, Row, Samples, Series
from sluicegate.gate.adapters.units import FIRST, first_requests
from sluicegate.gate.adapters.windows import Counters, GateCounts, windows_of
from sluicegate.gate.core.counting import counted_gates
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.gate.metrics.base import ANSWERED, REQUESTS, FailureCounter, Selector
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release, Version

FailureCounters = Mapping[str, Sequence[FailureCounter]]
"""By gate: the kinds of failures that it counts."""
Track = Literal["canary", "stable"]
NO_ANSWER = NoData("one of its processes did not answer")
NO_BUSINESS = NoData(
    "counters of the business are read from a Prometheus alone",
    "let metrics.source in environment.yaml be prometheus",
)
_TRACKS: tuple[Track, Track] = ("canary", "stable")


@dataclass(frozen=True, eq=False)
class Query:
    """What is asked about one running release."""

    release: Release
    failure_counters: FailureCounters
    policy: Policy
    since: datetime | None = None
    """Since when the committed weight is in effect, where that is known from elsewhere, as from a cluster.

    None: the source tells the weight itself, and counts from where it saw the committed one.
    """

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.release.model

    @property
    def counted(self) -> FailureCounters:
        """Of the gates that count something at this weight."""
        names = {gate.name for gate in counted_gates(self.policy, self.release.weight)}
        if self.release.weight > 0:
            names |= {shown.name for shown in self.policy.shown}
        return {gate: kinds for gate, kinds in self.failure_counters.items() if gate in names}

    @property
    def tracks(self) -> dict[Track, Version]:
        """The tracks that are counted: stable as well only where it gets requests."""
        release = self.release
        tracks: dict[Track, Version] = {}
        if release.canary is not None:
            tracks["canary"] = release.canary
        if release.stable is not None and release.weight < 100:
            tracks["stable"] = release.stable
        return tracks

    @property
    def sample_names(self) -> frozenset[str]:
        """The series of gateway and servers that its gates count by."""
        names = frozenset(
            selector.sample
            for counter in self.counters
            if counter.business is None
            for selector in (*counter.plus, *counter.minus)
        )
        if self.policy.unit is None:
            return names
        return names | {FIRST[REQUESTS]} | {FIRST[name] for name in names if name in FIRST}

    @property
    def counters(self) -> list[FailureCounter]:
        """Of all its gates that count something at this weight."""
        return [counter for kinds in self.counted.values() for counter in kinds]


class Source(Protocol):
    """Where the gate gets its figures."""

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """The figures of running releases, one reading a query, in their order.

        Never raises for what the source answers or fails to answer.
        """


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


def nothing(now: datetime, why: NoData | str) -> Reading:
    """The reading of a source that gives no figures."""
    return Reading(now, None, False, missing={GATEWAY: f"the gateway gives no figures: {why}"})


def reading(query: Query, figures: Figures, now: datetime) -> Reading:
    """The reading of one release; whatever is not known is in `missing`, and proves nothing."""
    weight: int | None = None
    ready = False
    try:
        gateway = _samples(query, figures, None)
        weight, ready = _weight_and_readiness(gateway, query.release)
        if query.policy.unit is not None:
            figures = replace(figures, gateway=first_requests(figures.gateway, query.policy.unit))
        from_here = _in_effect(query, figures, gateway)
        counters = _counters(query, from_here)
    except NoData as error:
        why = f"the gateway gives no figures: {error}"
        return Reading(now, weight, ready, missing={GATEWAY: why})
    found = windows_of(counters, query.policy.window.total_seconds())
    missing = dict(found.missing)
    if "gateway" in figures.problems:
        missing[GATEWAY] = f"the gateway gives no figures: {figures.problems['gateway']}"
        weight, ready = None, False
    return Reading(now, weight, ready, found.windows, missing, found.reset)


def _samples(query: Query, figures: Figures, track: Track | None) -> Samples:
    """Of the gateway, or of one track's servers."""
    moments = len(figures.moments)
    if track is None:
        return Samples(figures.gateway, query.model, edges_remedy=figures.edges_remedy, moments=moments)
    return Samples(figures.servers, query.model, query.tracks[track].digest, moments=moments)


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


def _in_effect(query: Query, figures: Figures, gateway: Samples) -> Figures:
    """The figures of the moments at which the committed weight has been in effect without a break."""
    moments = figures.moments
    wrong = np.zeros(len(moments), dtype=bool)
    if query.since is not None:
        wrong = moments < query.since.timestamp()
    else:
        series = gateway.named(WEIGHT, track="canary")
        known = np.zeros(len(moments), dtype=bool)
        for one in series:
            wrong |= ~np.isnan(one.values) & (one.values != query.release.weight)
            known |= ~np.isnan(one.values)
        # Where no replica tells, as while none was scraped, the weight may have been another one.
        wrong |= ~known
    late = np.flatnonzero(wrong)
    return _later(figures, int(late[-1]) + 1 if len(late) else 0)


def _later(figures: Figures, first: int) -> Figures:
    def cut(series: Iterable[Series]) -> list[Series]:
        return [Series(one.name, one.labels, one.values[first:]) for one in series]

    return Figures(
        figures.moments[first:],
        cut(figures.gateway),
        cut(figures.servers),
        cut(figures.counters),
        figures.starts.later(first),
        figures.edges_remedy,
        figures.problems,
        None if figures.business is None else figures.business.later(first),
    )


def _counters(query: Query, figures: Figures) -> Counters:
    """All counters since the weight is in effect. Raises NoData."""
    if not len(figures.moments):
        return Counters.none()
    gateway = _samples(query, figures, None)
    canary = gateway.requests("canary")
    stable = gateway.requests("stable")
    if "stable" not in query.tracks:
        # At 100 % stable gets no requests, so a gateway that restarted need not show any.
        stable = canary - canary if np.isnan(stable.values).any() else stable
    answered = ~gaps(figures.counters, figures.starts, len(figures.moments))
    canary = canary.where(answered, NO_ANSWER)
    gates: dict[str, GateCounts] = {}
    missing: dict[str, str] = {}
    for name, kinds in query.counted.items():
        try:
            gates[name] = _gate(query, figures, kinds, gateway)
        except NoData as error:
            missing[name] = str(error)
    resets = {
        index: f"counters of the gateway were reset or vanished ({what})"
        for index, what in was_reset(figures.counters, figures.starts).items()
    }
    warming = _warming(query, figures, canary.values)
    return Counters(figures.moments, canary, stable, gates, missing, resets, warming)


def _gate(query: Query, figures: Figures, kinds: Sequence[FailureCounter], gateway: Samples) -> GateCounts:
    """One gate's counters: all requests are counted where its failures are.

    The gateway and the servers are read one after the other: requests of the one and failures of the other
    would be of two moments, and with a bound that nearly all scores exceed there would be more failures.
    Raises NoData.
    """
    if any(counter.at == "business" for counter in kinds):
        if figures.business is None:
            raise NO_BUSINESS
        sums = Sums(query.model, figures.business, figures.moments)
        return sums.gate(kinds, query.tracks, figures.starts)
    at_servers = all(counter.at == "server" for counter in kinds)
    none = gateway.requests("canary")
    none = none - none
    requests = dict.fromkeys(_TRACKS, none)
    bad = {track: (none,) * len(kinds) for track in _TRACKS}
    observed: dict[str, Count] = {}
    reset = np.zeros(len(figures.moments), dtype=bool)
    missed = gaps(figures.counters, figures.starts, len(figures.moments))
    for track in query.tracks:
        sources: dict[str, Samples] = {"gateway": gateway}
        if any(counter.at == "server" for counter in kinds):
            sources["server"] = _samples(query, figures, track)
            own = [s for s in figures.servers if s.labels.get("digest") == query.tracks[track].digest]
            for index in was_reset(own, figures.starts):
                reset[index] = True
            missed |= gaps(own, figures.starts, len(missed))
        requests[track] = sources["server"].answered(track) if at_servers else _routed(kinds, gateway, track)
        if at_servers and track in figures.problems:
            requests[track] = Count(requests[track].values, figures.problems[track])
        must = at_servers or bool(requests[track].values[-1] > 0)
        bad[track] = tuple(sources[c.at].failures(c, track, c.at == "server" or must) for c in kinds)
        if kinds[0].minus:
            observed[track] = sources[kinds[0].at].observed(kinds[0], track, must)
    requests["canary"] = requests["canary"].where(~missed, NO_ANSWER)
    return GateCounts(requests["canary"], requests["stable"], bad["canary"], bad["stable"], observed, reset)


def _routed(kinds: Sequence[FailureCounter], gateway: Samples, track: Track) -> Count:
    """A track's requests at the gateway, or those of the segment that a gate is about. Raises NoData."""
    every = gateway.requests(track)
    within = kinds[0].within
    if not within:
        return every
    if not any(within.keys() <= one.labels.keys() for one in gateway.named(REQUESTS)):
        raise NoData(f"no series of {REQUESTS} has the label {', '.join(within)}", "leave out segments")
    own = gateway.selected(Selector(REQUESTS, equal=within), track, must=False)
    return own.where(~np.isnan(every.values), every.why or NO_ANSWER)


def _warming(query: Query, figures: Figures, canary: Row) -> Mask:
    """By moment, whether a pod of either track has answered less than its warm-up, or comes until the next.

    Where servers do not count their answers, by the canary's requests since the release began.
    """
    least = query.policy.warmup_requests
    digests = {version.digest for version in query.tracks.values()}
    answered = [s for s in figures.servers if s.name == ANSWERED and s.labels.get("digest") in digests]
    if answered:
        warming = np.zeros(len(figures.moments), dtype=bool)
        for pod in instances(answered):
            there = ~np.isnan(pod)
            comes = np.append(there[1:], False)
            warming |= (there & (pod < least)) | (~there & comes)
        return warming
    before = sum(step.traffic.canary for step in query.release.counts)
    return np.asarray(before + canary - np.nan_to_num(canary[:1]) < least)
