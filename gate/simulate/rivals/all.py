"""Every rival by name, as the table calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sluicegate.gate.simulate.rivals.argo_rollouts import Background, InSteps
from sluicegate.gate.simulate.rivals.base import Plan
from sluicegate.gate.simulate.rivals.flagger import Flagger
from sluicegate.gate.simulate.rivals.kayenta import Kayenta
from sluicegate.gate.simulate.rivals.sequential import Sequential
from sluicegate.gate.simulate.rules import Rule

RIVALS: dict[str, Callable[[Plan], Rule]] = {
    "argo-rollouts-0": partial(Background, failure_limit=0),
    "argo-rollouts-3": partial(Background, failure_limit=3),
    "argo-rollouts-consecutive": partial(InSteps, failure_limit=3, consecutive_success_limit=4),
    "flagger": Flagger,
    "kayenta": Kayenta,
    "sequential": Sequential,
}
"""`argo-rollouts-N`: failureLimit N; `-consecutive`: consecutiveSuccessLimit 4, failureLimit 3."""
