"""Flagger: a threshold at each interval; a pass is a step, so many failed checks are a rollback.

Source: fluxcd/flagger at v1.44.0, `pkg/controller/scheduler.go` (`advanceCanary`, `nextStepWeight`,
`runCanary`) and `pkg/controller/scheduler_metrics.go` (`runBuiltinMetricChecks`).

Modelled: `interval: 1m`, `stepWeights` as the policy's, `threshold: 5` (its documentation's example; the
default is 1), the metric `request-success-rate` with `thresholdRange.min`. A minute without a request has no
values, which is a failed check. A failed check moves nothing, and failed checks add up over the whole
analysis; when there are `threshold` of them the next interval rolls back. A pass at the last weight promotes.
Left out: `request-duration`, webhooks, mirroring, `primaryReadyThreshold`.
"""

from __future__ import annotations

from sluicegate.gate.simulate.rivals.argo_rollouts import passes
from sluicegate.gate.simulate.rivals.base import Minutes, Plan
from sluicegate.gate.simulate.rules import Move
from sluicegate.gate.simulate.traffic.base import Served

THRESHOLD = 5


class Flagger:
    """Progressive traffic, the default strategy."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._minutes = Minutes(plan.seconds)
        self._failed = 0
        self._step = 0
        self.weight = plan.weights[0]

    def look(self, served: Served) -> Move:
        """See `Rule`."""
        minute = self._minutes.add(served)
        if minute is None:
            return "wait"
        if self._failed >= THRESHOLD:
            return "rollback"
        if not passes(self._plan, minute):
            self._failed += 1
            return "wait"
        self._step += 1
        if self._step == len(self._plan.weights):
            return "finish"
        self.weight = self._plan.weights[self._step]
        return "wait"
