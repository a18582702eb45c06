"""Batches of rollouts, decided by the gate's core from the counters that a gateway would show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from sluicegate.gate.calibrate.traffic import Counts, TrafficModel, TrafficSample
from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading
from sluicegate.gate.core.judge import compare
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterSnapshot, Release, Step, Traffic, Version

SECONDS = 10
"""Between two evaluations."""
EVALUATIONS = 600
"""A rollout that is undecided after this many is left so."""

STABLE = Version(1, "stable", "sha256:stable")
CANARY = Version(2, "canary", "sha256:canary")


@dataclass(frozen=True)
class Outcome:
    """How a batch of rollouts ended."""

    finished: float
    rolled_back: float
    requests: float
    """Median of the requests on both tracks while they were compared (below 100 %)."""
    canary_requests: float
    """Median of the canary's."""


class Rollout:
    """One rollout: the release as the gate commits it, and the counters as a gateway would show them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.release = Release("model", "production", stable=STABLE)
        self.now = datetime(2024, 6, 1, tzinfo=UTC)
        self.kind = "wait"
        self.compared = Traffic(0, 0)
        self._traffic = Traffic(0, 0)
        self._totals = {gate.name: CounterSnapshot(0, 0, (0,), (0,)) for gate in policy.gates}
        self._evaluate()

    @property
    def running(self) -> bool:
        """Whether the gate has neither finished nor rolled back."""
        return self.kind not in ("finish", "rollback")

    def serve(self, canary: int, stable: int, failed: Iterable[tuple[int, int]]) -> None:
        """Count requests of each track, and by gate the failures of each; then let the gate decide."""
        self._traffic = _add(self._traffic, canary, stable)
        for gate, (on_canary, on_stable) in zip(self.policy.gates, failed, strict=True):
            before = self._totals[gate.name]
            self._totals[gate.name] = CounterSnapshot(
                self._traffic.canary,
                self._traffic.stable,
                (before.bad_canary[0] + on_canary,),
                (before.bad_stable[0] + on_stable,),
            )
        if self.release.weight < 100:
            self.compared = _add(self.compared, canary, stable)
        self.now += timedelta(seconds=SECONDS)
        self._evaluate()

    def _evaluate(self) -> None:
        """Decide until nothing is committed: a new weight takes effect at once, and its counting begins."""
        while self.running:
            decision = self._decide()
            self.release = decision.release
            self.kind = decision.kind
            if not decision.commits:
                return

    def _decide(self) -> Decision:
        reading = Reading(self.now, self.release.weight, True, self._traffic, dict(self._totals))
        observations = Observations(CANARY, CANARY, reading)
        return decide(self.release, self.policy, observations, self.now, judge=conclude)


def _add(traffic: Traffic, canary: int, stable: int) -> Traffic:
    return Traffic(traffic.canary + canary, traffic.stable + stable)


def conclude(
    gate: Gate, policy: Policy, steps: Sequence[Step], following: int, missing: str | None
) -> Judgement:
    """Conclude as `sluicegate.gate.core.judge.judge` does, without what no decision depends on.

    Interval, budget and sentence take about twenty times as long as the two tests.
    """
    comparison = compare(gate, policy, steps, following, missing)
    return Judgement(
        gate=gate.name,
        margin=gate.margin,
        requests=0,
        canary_requests=0,
        bad_canary=0,
        bad_stable=0,
        rate_difference=Interval(),
        edge=None,
        harmful=comparison.harmful,
        non_inferior=comparison.non_inferior,
        reason="",
    )


def simulate(traffic: TrafficModel, policy: Policy, rollouts: int, seed: int) -> Outcome:
    """Run rollouts side by side through the gate; the policy's gates must have one kind of failure each."""
    rng = np.random.default_rng(seed)
    batch = [Rollout(policy) for _ in range(rollouts)]
    for evaluation in range(EVALUATIONS):
        running = [rollout for rollout in batch if rollout.running]
        if not running:
            break
        share = np.array([rollout.release.weight / 100 for rollout in running])
        sample = traffic(rng, share, evaluation)
        canary = sample.canary.tolist()
        stable = sample.stable.tolist()
        failures = _by_gate(sample, policy).tolist()
        for i, rollout in enumerate(running):
            rollout.serve(canary[i], stable[i], failures[i])
    return Outcome(
        finished=float(np.mean([rollout.kind == "finish" for rollout in batch])),
        rolled_back=float(np.mean([rollout.kind == "rollback" for rollout in batch])),
        requests=float(np.median([rollout.compared.canary + rollout.compared.stable for rollout in batch])),
        canary_requests=float(np.median([rollout.compared.canary for rollout in batch])),
    )


def _by_gate(sample: TrafficSample, policy: Policy) -> Counts:
    """Failures as (N, gates, 2): on the canary, on stable."""
    shape = (len(sample.canary), len(policy.gates))
    return np.stack([sample.canary_failures.reshape(shape), sample.stable_failures.reshape(shape)], axis=2)
