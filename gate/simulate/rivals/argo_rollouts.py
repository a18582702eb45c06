"""Argo Rollouts: a threshold on each measurement, and how many may fail.

Source: argoproj/argo-rollouts at 9f8d111 (after v1.10.0-rc1), `analysis/analysis.go` (`assessMetricStatus`,
`assessMetricFailureInconclusiveOrError`), `utils/evaluate/evaluate.go`, and
`metricproviders/prometheus/prometheus.go`.

Modelled: `setWeight` through the policy's steps with `pause: {duration: 5m}` each; one metric, `interval:
1m`, the canary's share of failures over the last minute, `successCondition: result[0] <= THRESHOLD`. A minute
without a request divides 0 by 0: NaN is not below the threshold, so the measurement fails. More failures
than `failureLimit` abort. With `consecutiveSuccessLimit` each step has an analysis of its own, which succeeds
after so many good measurements in a row; after `count` measurements without them it is inconclusive, and the
rollout pauses until a person comes.
Left out: `consecutiveErrorLimit` (a Prometheus that does not answer), `initialDelay`, several metrics,
experiments with a baseline.
"""

from __future__ import annotations

from sluicegate.gate.simulate.rivals.base import Minutes, Plan
from sluicegate.gate.simulate.rules import Move
from sluicegate.gate.simulate.traffic.base import Served

PAUSE = 5
"""Minutes a step."""
COUNT = 10
"""Measurements of one step's analysis, with `consecutiveSuccessLimit`."""


def passes(plan: Plan, minute: Served) -> bool:
    """Whether a measurement succeeds."""
    return minute.canary > 0 and minute.bad_canary / minute.canary <= plan.threshold


class Background:
    """One analysis in the background of all steps, with a `failureLimit`."""

    def __init__(self, plan: Plan, failure_limit: int) -> None:
        self._plan = plan
        self._limit = failure_limit
        self._minutes = Minutes(plan.seconds)
        self._measured = 0
        self._failed = 0
        self.weight = plan.weights[0]

    def look(self, served: Served) -> Move:
        """See `Rule`."""
        minute = self._minutes.add(served)
        if minute is None:
            return "wait"
        self._measured += 1
        self._failed += not passes(self._plan, minute)
        if self._failed > self._limit:
            return "rollback"
        step = self._measured // PAUSE
        if step == len(self._plan.weights):
            return "finish"
        self.weight = self._plan.weights[step]
        return "wait"


class InSteps:
    """An analysis in each step, which needs good measurements in a row."""

    def __init__(self, plan: Plan, failure_limit: int, consecutive_success_limit: int) -> None:
        self._plan = plan
        self._limit = failure_limit
        self._needed = consecutive_success_limit
        self._minutes = Minutes(plan.seconds)
        self._step = 0
        self._begin()

    def _begin(self) -> None:
        self.weight = self._plan.weights[self._step]
        self._measured = 0
        self._failed = 0
        self._row = 0

    def look(self, served: Served) -> Move:
        """See `Rule`."""
        minute = self._minutes.add(served)
        if minute is None:
            return "wait"
        good = passes(self._plan, minute)
        self._measured += 1
        self._failed += not good
        self._row = self._row + 1 if good else 0
        if self._failed > self._limit:
            return "rollback"
        if self._row < self._needed:
            return "wait" if self._measured < COUNT else "hold"
        self._step += 1
        if self._step == len(self._plan.weights):
            return "finish"
        self._begin()
        return "wait"
