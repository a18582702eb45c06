"""One release, decided by the gate's own core from windows of counts, as the gate would commit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sluicegate.gate.adapters.windows import CLOSE
from sluicegate.gate.core.assessment import assess
from sluicegate.gate.core.change import moved, runs_baseline
from sluicegate.gate.core.decision import Coverage, Decision, Judgement, Observations, Reading, Window
from sluicegate.gate.core.judge import Evidence, Judge, compare, without_figures
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.tallying import closed_step
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Traffic, Version

STABLE = Version(1, "stable", "sha256:stable")
CANARY = Version(2, "canary", "sha256:canary")
BEGIN = datetime(2024, 6, 1, tzinfo=UTC)


class Rollout:
    """A release under way. A new weight takes effect at once, and its windows begin there.

    It begins in the dark where a gate compares pairs of answers there, else at the first step. Without a
    stable version it is a first one, and begins with all traffic.
    """

    def __init__(
        self, policy: Policy, judge: Judge, begin: datetime = BEGIN, stable: Version | None = STABLE
    ) -> None:
        # There is no server that could answer a smoke test, and none whose answers cost anything.
        self.policy = replace(policy, smoke=False, costs=())
        self.now = begin
        self.release = Release("model", "production", stable=stable)
        self._judge = judge
        self._windows: tuple[Window, ...] = ()
        self._coverage: tuple[Coverage, ...] = ()
        pairs = any(gate.paired for gate in policy.gates)
        while self.release.canary is None or (self.release.weight == 0 and not pairs):
            self.decide()

    def count(
        self,
        seconds: float,
        traffic: Traffic,
        tallies: Mapping[str, CounterDelta],
        *,
        warming: bool = False,
        coverage: tuple[Coverage, ...] = (),
    ) -> None:
        """Take in the window that begins now; `coverage` of the labels is that of the step up to its end.

        Shorter ones than the policy's are joined until they are as long, as those of every source are.
        """
        self._coverage = coverage
        counted = Window(self.now, seconds, traffic, tallies, warming)
        least = self.policy.window * CLOSE
        if self._windows and self.now - self._windows[-1].start < least:
            self._windows = (*self._windows[:-1], _joined(self._windows[-1], counted))
        else:
            self._windows = (*self._windows, counted)
        self.now += timedelta(seconds=seconds)

    def look(self) -> Decision:
        """Decide, but leave the release as it is."""
        observations = Observations(CANARY, CANARY, self._reading())
        return decide(self.release, self.policy, observations, self.now, judge=self._judge)

    def decide(self) -> Decision:
        """Decide, and carry it out."""
        decision = self.look()
        if decision.release.weight != self.release.weight:
            self._begin_step()
        self.release = decision.release
        return decision

    def move(self, weight: int, after: Release | None = None) -> None:
        """Go on at another weight: to what a decision made of the release, or as a person moves it."""
        if after is None or after.weight != weight:
            running = assess(self.release, self.policy, self._reading(), self._judge).running
            step = None if running is None else running.step
            closed = closed_step(step, self.policy, weight)
            after = moved(
                self.release,
                weight,
                closed,
                self.now,
                baseline=runs_baseline(self.policy, self.release, weight),
            )
        self.release = replace(after, hold=None)
        self._begin_step()

    def _begin_step(self) -> None:
        self._windows = ()
        self._coverage = ()

    def _reading(self) -> Reading:
        return Reading(self.now, self.release.weight, True, self._windows, coverage=self._coverage)


def _joined(one: Window, other: Window) -> Window:
    """Two windows as one; a gate has figures of it that has them of both."""
    tallies = {
        name: tally + other.tallies[name] for name, tally in one.tallies.items() if name in other.tallies
    }
    return Window(
        one.start,
        one.seconds + other.seconds,
        one.traffic + other.traffic,
        tallies,
        one.warming or other.warming,
    )


def conclude(gate: Gate, policy: Policy, evidence: Evidence) -> Judgement:
    """Conclude as `sluicegate.gate.core.judge.judge` does, without what no decision depends on.

    Interval, budget and sentence take about twenty times as long as the tests.
    """
    comparison = compare(gate, policy, evidence)
    return without_figures(gate, harmful=comparison.harmful, non_inferior=comparison.non_inferior)
