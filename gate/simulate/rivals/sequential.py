"""Feature-flag tools: a one-sided sequential test of a guardrail; what is not shown to be worse is shipped.

Source: growthbook/growthbook at v5.0.1 (8f1db44), `packages/stats/gbstats/frequentist/tests.py`
(`SequentialOneSidedTreatmentGreaterTTest`, `sequential_interval_halfwidth_one_sided`: equation 134 of
Waudby-Smith et al., arXiv 2103.06476) and `packages/shared/src/enterprise/decision-criteria`
(`getSafeRolloutResultStatus`: any guardrail that is a significant loser rolls back, no days left ships).
LaunchDarkly, Statsig and Datadog document tests of the same kind; their code is not public.

Modelled: a safe rollout of an hour with its ramp of 10, 25, 50, 75, 100 % of users in the first quarter, half
of them on the canary and half the control, the others in neither; the guardrail is the share of failures, one
observation a request, absolute difference, alpha as the policy's, tuning parameter 5000, a look a minute.
While either variance is 0 nothing is said, as in `EffectMoments._has_zero_variance`.
Left out: users as units (requests here), the split check, CUPED, corrections for several metrics.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from sluicegate.gate.simulate.rivals.base import Minutes, Plan, added
from sluicegate.gate.simulate.rules import Move
from sluicegate.gate.simulate.traffic.base import Served

RAMP = (5, 12, 25, 37, 50)
"""Percent on the canary: half of the users who are in the rollout."""
RAMP_MINUTES = 15
MINUTES = 60
TUNING = 5000.0


class Sequential:
    """A safe rollout."""

    def __init__(self, plan: Plan) -> None:
        self._alpha = plan.alpha
        self._rng = np.random.default_rng(plan.seed)
        self._minutes = Minutes(plan.seconds)
        self._seen = Served(0, 0, 0, 0)
        self._measured = 0
        self.weight = RAMP[0]

    def look(self, served: Served) -> Move:
        """See `Rule`."""
        minute = self._minutes.add(self._in_rollout(served))
        if minute is None:
            return "wait"
        self._seen = added(self._seen, minute)
        self._measured += 1
        if lower_end(self._seen, self._alpha) > 0:
            return "rollback"
        self.weight = RAMP[min(len(RAMP) - 1, self._measured * len(RAMP) // RAMP_MINUTES)]
        return "finish" if self._measured >= MINUTES else "wait"

    def _in_rollout(self, served: Served) -> Served:
        """Of stable's requests, those of the control: as many as the canary has."""
        share = self.weight / (100 - self.weight)
        bad = int(self._rng.binomial(served.bad_stable, share))
        good = int(self._rng.binomial(served.stable - served.bad_stable, share))
        return Served(served.canary, good + bad, served.bad_canary, bad)


def lower_end(seen: Served, alpha: float) -> float:
    """Of the rate difference (canary - stable), at all looks; minus infinity where nothing can be said."""
    if seen.canary < 2 or seen.stable < 2:
        return float("-inf")
    canary = seen.bad_canary / seen.canary
    stable = seen.bad_stable / seen.stable
    variances = (
        canary * (1 - canary) * seen.canary / (seen.canary - 1),
        stable * (1 - stable) * seen.stable / (seen.stable - 1),
    )
    if min(variances) <= 0:
        return float("-inf")
    n = seen.canary + seen.stable
    squared = (variances[0] / seen.canary + variances[1] / seen.stable) * n
    return canary - stable - halfwidth(squared, n, alpha)


def halfwidth(s2: float, n: int, alpha: float) -> float:
    """Equation 134 with the mixing parameter of equation 161, as in the source."""
    odds = -2 * log(2 * alpha)
    rho2 = (odds + log(odds + 1)) / TUNING
    grown = n * rho2 + 1
    return sqrt(s2 * 2 * grown / (n * n * rho2) * log(1 + sqrt(grown) / (2 * alpha)))
