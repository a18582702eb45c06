"""The gate's decision at each look of anybody's windows. The weights are the file's, not the gate's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluicegate.gate.core.decision import Coverage, Decision
from sluicegate.gate.core.judge import judge
from sluicegate.gate.core.labels import next_matured
from sluicegate.gate.simulate.rollout import Rollout
from sluicegate.gate.simulate.windows import CountedWindow, Predictions
from sluicegate.specs.policy import Cohorts, Policy
from sluicegate.specs.release import CounterDelta, Traffic


@dataclass(frozen=True)
class Look:
    """What was decided after a window."""

    window: CountedWindow
    decision: Decision

    @property
    def end(self) -> datetime:
        """The moment of the decision: the end of the window."""
        return self.window.start + timedelta(seconds=self.window.seconds)


def looks(policy: Policy, windows: Iterable[CountedWindow]) -> Iterator[Look]:
    """Decide after each window, until the first rollback or finish: there the release ends.

    Where the file stays at a weight although the gate would advance, the step goes on; where it moves by
    itself, the step is closed as a person's `promote` closes it.
    """
    rollout: Rollout | None = None
    after = None
    step: list[CountedWindow] = []
    for window in windows:
        if rollout is None:
            rollout = Rollout(policy, judge, window.start)
        if window.weight != rollout.release.weight:
            rollout.move(window.weight, after)
            step = []
        step.append(window)
        rollout.now = window.start
        rollout.count(
            window.seconds, _traffic(window, policy), _tallies(window), coverage=_coverage(policy, step)
        )
        decision = rollout.look()
        after = decision.release
        yield Look(window, decision)
        if decision.kind in ("rollback", "finish"):
            return


def _traffic(window: CountedWindow, policy: Policy) -> Traffic:
    """At the gateway; where the file does not tell: what the gate with the most requests counted.

    In the dark stable has all of them. In a step pairs are copies and no requests of users, and predictions
    that have their labels now were requests long ago.
    """
    if window.traffic is not None:
        return window.traffic
    others = {
        gate.name for gate in policy.gates if (gate.paired and window.weight > 0) or gate.cohorts is not None
    }
    of_users = [counts for name, counts in window.gates.items() if name not in others]
    most = max(of_users, key=lambda counts: counts.requests, default=None)
    if most is not None and window.weight == 0:
        return Traffic(0, most.requests)
    return Traffic(0, 0) if most is None else Traffic(most.canary, most.requests - most.canary)


def _coverage(policy: Policy, step: Sequence[CountedWindow]) -> tuple[Coverage, ...]:
    """Of each gate that compares cohorts, over those that matured in the step so far."""
    return tuple(
        _covered(gate.name, gate.cohorts, step)
        for gate in policy.gates
        if gate.cohorts is not None and any(gate.name in window.gates for window in step)
    )


def _covered(gate: str, rule: Cohorts, step: Sequence[CountedWindow]) -> Coverage:
    counted = [window.gates[gate] for window in step if gate in window.gates]
    predictions = [counts.predictions or Predictions(0, 0) for counts in counted]
    last = step[-1]
    return Coverage(
        gate,
        cohorts=sum(one.canary + one.stable > 0 for one in predictions),
        predictions_canary=sum(one.canary for one in predictions),
        labelled_canary=sum(counts.canary for counts in counted),
        predictions_stable=sum(one.stable for one in predictions),
        labelled_stable=sum(counts.requests - counts.canary for counts in counted),
        next_at=next_matured(rule, step[0].start.timestamp(), last.start.timestamp() + last.seconds),
    )


def _tallies(window: CountedWindow) -> dict[str, CounterDelta]:
    return {
        name: CounterDelta(counts.requests, counts.canary, counts.bad_canary, counts.bad_stable)
        for name, counts in window.gates.items()
    }
