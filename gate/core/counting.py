"""From counters to counts: what the running step has seen since its baseline, and which counters were reset.

A counter that went back is never added up: that would favour a canary that crashes. What its gate counted in
this step is dropped; since Ville's bound is for one run of bets, each reset may err once more with alpha.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sluicegate.gate.core.decision import Reading
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Baseline, CounterDelta, CounterSnapshot, Step, Traffic

TRAFFIC = "traffic"
"""The key of `Reading.restarted` for the gateway's own figures."""


@dataclass(frozen=True)
class Running:
    """The running step so far: as it would be closed, and what is missing."""

    step: Step
    """With the counts of each gate that could be counted."""
    canary: int
    """Requests on the canary: the least that the gateway or any counted gate saw."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By gate: why it has no counts."""
    reset: Mapping[str, str] = field(default_factory=dict)
    """By gate, of those missing: why it must be counted again from the present totals."""


def step_reset_reason(baseline: Baseline, reading: Reading) -> str | None:
    """Why the whole step must be counted again: the gateway's own figures were reset. None when not."""
    if TRAFFIC in reading.restarted:
        return reading.restarted[TRAFFIC]
    before = baseline.traffic
    after = reading.traffic
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
    reset: dict[str, str] = {}
    gates = policy.gates if 0 < weight < 100 else ()
    on_canary = traffic.canary - baseline.traffic.canary
    on_stable = traffic.stable - baseline.traffic.stable
    least = on_canary
    for gate in gates:
        before = baseline.totals.get(gate.name)
        after = reading.totals.get(gate.name)
        if after is None or _kinds(after) != (gate.kinds, gate.kinds):
            missing[gate.name] = _missing_reason(gate, after, reading)
            continue
        why = _gate_reset_reason(gate, before, after, reading)
        if why is not None or before is None:
            reset[gate.name] = why or "it had no figures when the step began"
            missing[gate.name] = reset[gate.name]
            continue
        tally = _difference(before, after)
        if tally is None:
            missing[gate.name] = "more failures than requests were counted"
            continue
        tallies[gate.name] = tally
        least = min(least, after.canary - before.canary)
    return Running(Step(weight, Traffic(on_canary, on_stable), tallies), least, missing, reset)


def reset_gates(baseline: Baseline, reading: Reading, gates: Mapping[str, str]) -> Baseline:
    """Let these gates, and no other, count from the present totals."""
    return replace(
        baseline,
        totals={**baseline.totals, **{name: reading.totals[name] for name in gates}},
        renewed={**baseline.renewed, **dict.fromkeys(gates, reading.at)},
    )


def _kinds(totals: CounterSnapshot) -> tuple[int, int]:
    return len(totals.bad_canary), len(totals.bad_stable)


def _missing_reason(gate: Gate, after: CounterSnapshot | None, reading: Reading) -> str:
    if after is not None:
        return f"{len(after.bad_canary)} kinds of failures are counted where the policy has {gate.kinds}"
    return "no data" + (f" ({'; '.join(reading.problems)})" if reading.problems else "")


def _gate_reset_reason(
    gate: Gate, before: CounterSnapshot | None, after: CounterSnapshot, reading: Reading
) -> str | None:
    if gate.name in reading.restarted:
        return reading.restarted[gate.name]
    if before is None:
        return None
    if len(before.bad_canary) != gate.kinds:
        return "its kinds of failures are not those of when the step began"
    if any(now < then for then, now in zip(_flat(before), _flat(after), strict=True)):
        return "its counters went back"
    return None


def _difference(before: CounterSnapshot, after: CounterSnapshot) -> CounterDelta | None:
    canary = after.canary - before.canary
    stable = after.stable - before.stable
    bad_canary = tuple(now - then for then, now in zip(before.bad_canary, after.bad_canary, strict=True))
    bad_stable = tuple(now - then for then, now in zip(before.bad_stable, after.bad_stable, strict=True))
    if any(bad > canary for bad in bad_canary) or any(bad > stable for bad in bad_stable):
        return None
    return CounterDelta(canary + stable, bad_canary, bad_stable)


def _flat(totals: CounterSnapshot) -> tuple[int, ...]:
    return (totals.canary, totals.stable, *totals.bad_canary, *totals.bad_stable)
