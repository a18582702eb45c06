"""Simulated rollouts of the gate itself: how often it finishes or rolls back, and after how many requests.

`python -m sluicegate.gate.calibrate [ROLLOUTS]` prints the table of the documentation. Only the traffic is
simulated: every decision is made by `sluicegate.gate.core.machine.decide` from the counters of a gateway,
with baselines, the split check and closed steps. The seed is fixed: the same figures every time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading
from sluicegate.gate.core.interval import Array
from sluicegate.gate.core.judge import compare
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterSnapshot, Release, Step, Traffic, Version

STEPS = (1, 5, 25, 50, 100)
REQUESTS = 500
"""Between two evaluations."""
SECONDS = 10
"""Between two evaluations."""
EVALUATIONS = 600
"""A rollout that is undecided after this many is left so."""
MEMORY = 0.7
"""Of the autocorrelated base rate, from one evaluation to the next."""

Rng = np.random.Generator
Counts = npt.NDArray[np.int64]

STABLE = Version(1, "stable", "sha256:stable")
CANARY = Version(2, "canary", "sha256:canary")


@dataclass(frozen=True)
class Drawn:
    """The traffic between two evaluations, by rollout."""

    canary: Counts
    """(N,) requests."""
    stable: Counts
    """(N,) requests."""
    canary_failures: Counts
    """(N,), or (N, gates) where the gates fail independently."""
    stable_failures: Counts
    """(N,), or (N, gates)."""


TrafficModel = Callable[[Rng, Array, int], Drawn]
"""Draws the traffic before one evaluation: from the generator, each rollout's canary share, its number."""
BaseRate = Callable[[Rng, int, int], Any]
"""The failure rate of stable at one evaluation: (generator, its number, rollouts) -> one, or one each."""


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
        drawn = traffic(rng, share, evaluation)
        canary, stable = drawn.canary.tolist(), drawn.stable.tolist()
        failures = _by_gate(drawn, policy).tolist()
        for i, rollout in enumerate(running):
            rollout.serve(canary[i], stable[i], failures[i])
    return Outcome(
        finished=float(np.mean([rollout.kind == "finish" for rollout in batch])),
        rolled_back=float(np.mean([rollout.kind == "rollback" for rollout in batch])),
        requests=float(np.median([rollout.compared.canary + rollout.compared.stable for rollout in batch])),
        canary_requests=float(np.median([rollout.compared.canary for rollout in batch])),
    )


def _by_gate(drawn: Drawn, policy: Policy) -> Counts:
    """Failures as (N, gates, 2): on the canary, on stable."""
    shape = (len(drawn.canary), len(policy.gates))
    return np.stack([drawn.canary_failures.reshape(shape), drawn.stable_failures.reshape(shape)], axis=2)


# --- traffic ---


def independent(base: BaseRate, harm: float = 0.0) -> TrafficModel:
    """Coin flips for the track; failures at the base rate of the moment, on the canary at `harm` more."""

    def draw(rng: Rng, share: Array, evaluation: int) -> Drawn:
        rate = base(rng, evaluation, len(share))
        canary = rng.binomial(REQUESTS, share)
        stable = REQUESTS - canary
        return Drawn(
            canary, stable, rng.binomial(canary, np.minimum(rate + harm, 1)), rng.binomial(stable, rate)
        )

    return draw


def round_robin(rate: float) -> TrafficModel:
    """Every 100th, 20th, 4th, 2nd request to the canary: no coin at all."""

    def draw(rng: Rng, share: Array, _evaluation: int) -> Drawn:
        canary = np.round(REQUESTS * share).astype(int)
        stable = REQUESTS - canary
        return Drawn(canary, stable, rng.binomial(canary, rate), rng.binomial(stable, rate))

    return draw


def sticky(rate: float, each: int = 50, troubled: float = 0.1) -> TrafficModel:
    """Users stay on their track for 50 requests, and a tenth of them have all failures: not independent."""

    def draw(rng: Rng, share: Array, _evaluation: int) -> Drawn:
        users = (len(share), REQUESTS // each)
        on_canary = rng.random(users) < share[:, None]
        failures = rng.binomial(each, np.where(rng.random(users) < troubled, rate / troubled, 0.0))
        canary = (on_canary * each).sum(axis=1)
        return Drawn(
            canary,
            REQUESTS - canary,
            np.where(on_canary, failures, 0).sum(axis=1),
            np.where(on_canary, 0, failures).sum(axis=1),
        )

    return draw


def flat(rate: float) -> BaseRate:
    """The same rate all day."""
    return lambda _rng, _evaluation, _rollouts: rate


def diurnal(rate: float) -> BaseRate:
    """Up and down by 90 % over 24 evaluations."""
    return lambda _rng, evaluation, _rollouts: rate * (1 + 0.9 * np.sin(2 * np.pi * evaluation / 24))


def bursts(rate: float) -> BaseRate:
    """One evaluation in fifty follows an outage in which a fifth of all requests fail, on both tracks."""
    return lambda rng, _evaluation, rollouts: np.where(rng.random(rollouts) < 0.02, 0.2, rate)


def autocorrelated(rate: float) -> BaseRate:
    """Log rate is AR(1), one path for all rollouts, with a standard deviation of one half."""
    state = 0.0

    def base(rng: Rng, _evaluation: int, _rollouts: int) -> float:
        nonlocal state
        state = MEMORY * state + rng.normal(0, 0.5 * np.sqrt(1 - MEMORY**2))
        return min(rate * float(np.exp(state)), 1.0)

    return base


# --- the table ---


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    traffic: TrafficModel
    margin: float = 0.01

    def run(self, rollouts: int, seed: int) -> Outcome:
        """With one gate, `error_rate`, and the policy's defaults."""
        policy = Policy(STEPS, (Gate("error_rate", self.margin),))
        return simulate(self.traffic, policy, rollouts, seed)


def table() -> list[Case]:
    """Each row."""
    return [
        Case("no harm, 0.5 %: flat", independent(flat(0.005))),
        Case("no harm: diurnal, +-90 %", independent(diurnal(0.005))),
        Case("no harm: AR(1) 0.7", independent(autocorrelated(0.005))),
        Case("no harm: bursts of outage", independent(bursts(0.005))),
        Case("no harm: smooth round robin", round_robin(0.005)),
        Case("no harm: sticky users, 50 requests each, clustered failures", sticky(0.005)),
        Case("rate difference exactly at the margin", independent(flat(0.005), 0.01)),
        Case("no failures at all", independent(flat(0.0))),
        Case("no failures at all, margin 0.002", independent(flat(0.0)), 0.002),
        Case("0 -> 11 %", independent(flat(0.0), 0.11)),
        Case("0.5 -> 2 %", independent(flat(0.005), 0.015)),
    ]


def main(rollouts: int) -> None:
    """Print the table."""
    print("| case | margin | finish | rollback | undecided | total / canary requests (median) |")
    print("|---|---|---|---|---|---|")
    for case in table():
        end = case.run(rollouts, seed=20240601)
        undecided = 1 - end.finished - end.rolled_back
        print(
            f"| {case.name} | {case.margin} | {end.finished:.1%} | {end.rolled_back:.1%} | {undecided:.1%} "
            f"| {end.requests:,.0f} / {end.canary_requests:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
