"""All counters of one release: requests at the gateway, and each gate's failures where they are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sluicegate.gate.adapters import cohorts, pairs
from sluicegate.gate.adapters.business import Sums
from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query, Track
from sluicegate.gate.adapters.resets import gaps, instances, was_reset
from sluicegate.gate.adapters.samples import NO_ANSWER, Count, Mask, NoData, Row, Samples, Series
from sluicegate.gate.adapters.warmup import warming
from sluicegate.gate.adapters.windows import Counters, GateCounts
from sluicegate.gate.metrics.base import ANSWERED, REQUESTS, FailureCounter, Selector

NO_BUSINESS = NoData(
    "counters of the business are read from a Prometheus alone",
    "let metrics.source in environment.yaml be prometheus",
)
_TRACKS: tuple[Track, ...] = ("canary", "stable", "baseline")


def counters(query: Query, figures: Figures) -> Counters:
    """All counters since the weight is in effect. Raises NoData."""
    if not len(figures.moments):
        return Counters.none()
    counted = figures.within_step()
    gateway = counted.of_gateway(query)
    canary = gateway.requests("canary")
    stable = gateway.requests("stable")
    if "stable" not in query.tracks:
        # At 100 % stable gets no requests, so a gateway that restarted need not show any.
        stable = canary - canary if np.isnan(stable.values).any() else stable
    baseline = gateway.requests("baseline") if "baseline" in query.tracks else None
    if baseline is not None:
        stable += baseline
    answered = ~gaps(figures.counters, figures.starts, len(figures.moments))
    canary = canary.where(answered, NO_ANSWER)
    gates: dict[str, GateCounts] = {}
    missing: dict[str, str] = {}
    for name in query.counted:
        try:
            gates[name] = _gate(query, figures, counted, name)
        except NoData as error:
            missing[name] = str(error)
    resets = {
        index: f"counters of the gateway were reset or vanished ({what})"
        for index, what in was_reset(figures.counters, figures.starts).items()
    }
    cold = _warming(query, figures, canary.values, stable.values)
    return Counters(figures.moments, canary, stable, gates, missing, resets, cold, baseline)


def _gate(query: Query, figures: Figures, counted: Figures, name: str) -> GateCounts:
    """One gate's counters: all requests are counted where its failures are.

    The canary is compared with all that runs stable's version, or with the baseline alone.

    `figures` tell what was reset, `counted` what lies within the step.

    The gateway and the servers are read one after the other: requests of the one and failures of the other
    would be of two moments, and with a bound that nearly all scores exceed there would be more failures.
    Raises NoData.
    """
    kinds = query.counted[name]
    if any(counter.at == "business" for counter in kinds):
        if figures.business is None:
            raise NO_BUSINESS
        sums = Sums(query.model, figures.business, figures.moments, figures.starts)
        if (by_cohort := cohorts.counter_of(kinds)) is not None:
            return cohorts.gate(name, by_cohort, sums, query.tracks)
        return sums.gate(kinds, query.tracks)
    if any(counter.at == "shadow" for counter in kinds):
        series, within = ((*some.gateway, *some.servers) for some in (figures, counted))
        return pairs.gate(kinds, series, within, query.model, query.tracks["canary"].digest, figures.starts)
    gateway = counted.of_gateway(query)
    at_servers = all(counter.at == "server" for counter in kinds)
    none = gateway.requests("canary")
    none = none - none
    requests = dict.fromkeys(_TRACKS, none)
    bad = {track: (none,) * len(kinds) for track in _TRACKS}
    observed: dict[Track, Count] = {}
    reset = np.zeros(len(figures.moments), dtype=bool)
    missed = gaps(figures.counters, figures.starts, len(figures.moments))
    for track in query.tracks:
        sources: dict[str, Samples] = {"gateway": gateway}
        if any(counter.at == "server" for counter in kinds):
            sources["server"] = counted.of_servers(query, track)
            own = _own(query, figures, kinds, track)
            for index in was_reset(own, figures.starts):
                reset[index] = True
            missed |= gaps(own, figures.starts, len(missed))
        requests[track] = (
            _at(sources["server"], kinds, track) if at_servers else _routed(kinds, gateway, track)
        )
        if at_servers and track in figures.problems:
            requests[track] = Count(requests[track].values, figures.problems[track])
        must = at_servers or bool(requests[track].values[-1] > 0)
        bad[track] = tuple(sources[c.at].failures(c, track, c.at == "server" or must) for c in kinds)
        if kinds[0].minus:
            observed[track] = sources[kinds[0].at].observed(kinds[0], track, must)
    requests["canary"] = requests["canary"].where(~missed, NO_ANSWER)
    beside_baseline = name in query.beside_baseline
    others: tuple[Track, ...] = ("baseline",) if beside_baseline else ("stable", "baseline")
    return GateCounts(
        requests["canary"],
        sum((requests[track] for track in others), start=none),
        bad["canary"],
        tuple(sum(of_kind, start=none) for of_kind in zip(*(bad[track] for track in others), strict=True)),
        _observed(observed, others),
        reset,
        beside_baseline=beside_baseline,
    )


def _observed(by_track: Mapping[Track, Count], others: Iterable[Track]) -> dict[str, Count]:
    """What was observed of the canary, and together of what it is compared with."""
    found: dict[str, Count] = {}
    if "canary" in by_track:
        found["canary"] = by_track["canary"]
    beside = [by_track[track] for track in others if track in by_track]
    if beside:
        found["stable"] = sum(beside[1:], start=beside[0])
    return found


def _own(query: Query, figures: Figures, kinds: Sequence[FailureCounter], track: Track) -> list[Series]:
    """The series of one track's servers, and those that the kinds count by and that have no digest."""
    digest = query.tracks[track].digest
    names = {selector.sample for kind in kinds for selector in (*kind.plus, *kind.minus)}
    return [
        one
        for one in figures.servers
        if one.name not in pairs.NAMES
        and (
            one.labels.get("digest") == digest
            or ("digest" not in one.labels and one.name in names and one.labels.get("track") == track)
        )
    ]


def _at(servers: Samples, kinds: Sequence[FailureCounter], track: Track) -> Count:
    """What a track's servers counted the failures of. Raises NoData."""
    of = kinds[0].of
    return servers.answered(track) if of is None else servers.selected(of, track, must=True)


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


def _warming(query: Query, figures: Figures, canary: Row, stable: Row) -> Mask:
    """By moment, whether a pod of either version is warming up between it and the next.

    Until one of the canary's is seen, by the canary's requests since the release began: its servers may not
    count their answers, or not have been discovered yet.
    """
    least = query.policy.warmup_requests
    sent: dict[str, Row] = {}
    for track, requests in (("canary", canary), ("stable", stable)):
        if track in query.tracks:
            digest = query.tracks[track].digest
            sent[digest] = requests + sent[digest] if digest in sent else requests
    pods = {
        digest: instances(
            s for s in figures.servers if (s.name, s.labels.get("digest")) == (ANSWERED, digest)
        )
        for digest in sent
    }
    found = [warming(pods[digest], sent[digest], least) for digest in pods]
    there = [~np.isnan(pod) for pod in pods.get(query.tracks["canary"].digest, ())]
    seen = np.logical_or.accumulate(np.any(there, axis=0)) if there else np.zeros(len(canary), dtype=bool)
    before = sum(step.traffic.canary for step in query.release.counts)
    # Counting began from the least, also where the first is not known, or the gateway restarted later.
    first = before + canary - np.fmin.reduce(canary) < least
    return np.asarray(np.any([*found, first & ~seen], axis=0))
