"""From counters to counts: what the running step has seen since its baseline, and what must be counted anew.

A counter that went back is never added up: that would favour a canary that crashes. What its gate counted in
this step is dropped; since Ville's bound is for one run of bets, each renewal may err once more with alpha.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sluicegate.gate.core.decision import Reading
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Baseline, CounterDelta, CounterSnapshot, Step, Traffic

TRAFFIC = "traffic"
"""The name under which `Reading.restarted` speaks of the gateway's own figures."""


@dataclass(frozen=True)
class Running:
    """The running step so far: as it would be closed, and what is wanting."""

    step: Step
    """With a tally of each gate that could be counted."""
    canary: int
    """Requests on the canary: the least that the gateway or any counted gate saw."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By gate: why it has no tally."""
    anew: Mapping[str, str] = field(default_factory=dict)
    """By gate, of those missing: why its counting must begin anew from the present totals."""


def begins_anew(baseline: Baseline, reading: Reading) -> str | None:
    """Why the whole step must be counted anew: the gateway's own figures did. None when they did not."""
    if TRAFFIC in reading.restarted:
        return reading.restarted[TRAFFIC]
    before, after = baseline.traffic, reading.traffic
    if after is not None and (after.canary < before.canary or after.stable < before.stable):
        return (
            f"the gateway's request counters went back, from {before.canary:,} to {after.canary:,} on the "
            f"canary and from {before.stable:,} to {after.stable:,} on stable"
        )
    return None


def count(weight: int, baseline: Baseline, policy: Policy, reading: Reading, traffic: Traffic) -> Running:
    """Count the running step at `weight`; at 0 and 100 nothing is compared, and gates count nothing."""
    tallies: dict[str, CounterDelta] = {}
    missing: dict[str, str] = {}
    anew: dict[str, str] = {}
    gates = policy.gates if 0 < weight < 100 else ()
    on_canary = traffic.canary - baseline.traffic.canary
    for gate in gates:
        before, after = baseline.totals.get(gate.name), reading.totals.get(gate.name)
        if after is None or len(after.bad_canary) != gate.kinds or len(after.bad_stable) != gate.kinds:
            missing[gate.name] = _nothing(gate, after, reading)
        elif why := _why_anew(gate, before, after, reading):
            missing[gate.name] = anew[gate.name] = why
        elif before is not None and (tally := _difference(before, after)) is not None:
            tallies[gate.name] = tally
            on_canary = min(on_canary, after.canary - before.canary)
        else:
            missing[gate.name] = "more bad requests than requests were counted"
    spent = Traffic(traffic.canary - baseline.traffic.canary, traffic.stable - baseline.traffic.stable)
    return Running(Step(weight, spent, tallies), on_canary, missing, anew)


def renew(baseline: Baseline, reading: Reading, gates: Mapping[str, str]) -> Baseline:
    """Let these gates, and no other, count from the present totals."""
    return replace(
        baseline,
        totals={**baseline.totals, **{name: reading.totals[name] for name in gates}},
        renewed={**baseline.renewed, **dict.fromkeys(gates, reading.at)},
    )


def _nothing(gate: Gate, after: CounterSnapshot | None, reading: Reading) -> str:
    if after is not None:
        return f"{len(after.bad_canary)} kinds of bad requests are counted where the policy has {gate.kinds}"
    return "no data" + (f" ({'; '.join(reading.problems)})" if reading.problems else "")


def _why_anew(
    gate: Gate, before: CounterSnapshot | None, after: CounterSnapshot, reading: Reading
) -> str | None:
    if gate.name in reading.restarted:
        return reading.restarted[gate.name]
    if before is None:
        return "it had no figures when the step began"
    if len(before.bad_canary) != gate.kinds:
        return "its kinds of bad requests are others than when the step began"
    if any(now < then for then, now in zip(_flat(before), _flat(after), strict=True)):
        return "its counters went back"
    return None


def _difference(before: CounterSnapshot, after: CounterSnapshot) -> CounterDelta | None:
    canary, stable = after.canary - before.canary, after.stable - before.stable
    bad_canary = tuple(now - then for then, now in zip(before.bad_canary, after.bad_canary, strict=True))
    bad_stable = tuple(now - then for then, now in zip(before.bad_stable, after.bad_stable, strict=True))
    if any(bad > canary for bad in bad_canary) or any(bad > stable for bad in bad_stable):
        return None
    return CounterDelta(canary + stable, bad_canary, bad_stable)


def _flat(totals: CounterSnapshot) -> tuple[int, ...]:
    return (totals.canary, totals.stable, *totals.bad_canary, *totals.bad_stable)
