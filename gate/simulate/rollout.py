"""One release, decided by the gate's own core from windows of counts, as the gate would commit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading
from sluicegate.gate.core.judge import Judge, compare
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, CounterSnapshot, Release, Step, Traffic, Version

STABLE = Version(1, "stable", "sha256:stable")
CANARY = Version(2, "canary", "sha256:canary")
BEGIN = datetime(2024, 6, 1, tzinfo=UTC)


class Rollout:
    """The release between two windows. A new weight takes effect at once."""

    def __init__(self, policy: Policy, judge: Judge, begin: datetime = BEGIN) -> None:
        self.policy = policy
        self.now = begin
        self.release = Release("model", "production", stable=STABLE)
        self._judge = judge
        self._traffic = Traffic(0, 0)
        self._totals = {
            gate.name: CounterSnapshot(0, 0, (0,) * gate.kinds, (0,) * gate.kinds) for gate in policy.gates
        }
        self.decision = self._settle()

    def observe(
        self, seconds: float, traffic: Traffic, tallies: Mapping[str, tuple[int, CounterDelta]]
    ) -> Decision:
        """Take in a window, by gate the canary's requests and the counts; decide, and carry it out."""
        self._traffic = Traffic(self._traffic.canary + traffic.canary, self._traffic.stable + traffic.stable)
        for name, (canary, tally) in tallies.items():
            self._totals[name] = _added(self._totals[name], canary, tally)
        self.now += timedelta(seconds=seconds)
        self.decision = self._settle()
        return self.decision

    def _settle(self) -> Decision:
        """Decide until nothing is committed; the last decision that committed, or the wait."""
        last = None
        while True:
            decision = self._decide()
            if not decision.commits or self.release.canary is None and last is not None:
                return last or decision
            self.release = decision.release
            if decision.kind != "wait":
                last = decision
            if decision.kind in ("rollback", "finish", "hold"):
                return decision

    def _decide(self) -> Decision:
        reading = Reading(self.now, self.release.weight, True, self._traffic, dict(self._totals))
        observations = Observations(CANARY, CANARY, reading)
        return decide(self.release, self.policy, observations, self.now, judge=self._judge)


def _added(before: CounterSnapshot, canary: int, tally: CounterDelta) -> CounterSnapshot:
    return CounterSnapshot(
        before.canary + canary,
        before.stable + tally.requests - canary,
        tuple(a + b for a, b in zip(before.bad_canary, tally.bad_canary, strict=True)),
        tuple(a + b for a, b in zip(before.bad_stable, tally.bad_stable, strict=True)),
    )


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
