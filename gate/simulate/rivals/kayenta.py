"""Kayenta (Spinnaker): Mann-Whitney on the points of a time series, judged again as it grows.

Source: spinnaker/kayenta at v2.46.0, `kayenta-judge/.../NetflixACAJudge.scala`,
`.../MannWhitneyClassifier.scala`, and `kayenta-mannwhitney/.../MannWhitney.scala`.

Modelled: one critical metric (the share of failures, direction `increase`), a point a minute, confidence
98 %, tolerance 0.25: High when the interval's lower end is above a quarter of the Hodges-Lehmann estimate,
and the canary's mean is no less than the control's (the effect size `meanRatio`, its thresholds 1).
The canary has the policy's second step for an hour and is judged every ten minutes from the beginning; one
High ends it, the last judgement promotes to 100 %. The control is stable.
Left out: outlier removal (off by default), other metrics and their weights, a baseline of the canary's size,
and the Gaussian noise that is added where both series are constant (there High when the canary's is larger).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from sluicegate.gate.simulate.rivals.base import Minutes, Plan
from sluicegate.gate.simulate.rules import Move
from sluicegate.gate.simulate.traffic.base import Array, Served

EVERY = 10
"""Minutes between two judgements."""
LIFETIME = 60
TOLERANCE = 0.25
CONFIDENCE = 0.98
QUANTILE = float(norm.ppf(1 - (1 - CONFIDENCE) / 2))


class Kayenta:
    """A canary analysis of an hour at one weight."""

    def __init__(self, plan: Plan) -> None:
        self._minutes = Minutes(plan.seconds)
        self._measured = 0
        self._canary: list[float] = []
        self._control: list[float] = []
        self.weight = plan.weights[min(1, len(plan.weights) - 1)]

    def look(self, served: Served) -> Move:
        """See `Rule`. A minute in which a track had no request has no point."""
        minute = self._minutes.add(served)
        if minute is None:
            return "wait"
        self._measured += 1
        if minute.canary > 0:
            self._canary.append(minute.bad_canary / minute.canary)
        if minute.stable > 0:
            self._control.append(minute.bad_stable / minute.stable)
        if self._measured % EVERY:
            return "wait"
        if not self._canary or not self._control:
            return "rollback"
        if is_high(np.array(self._canary), np.array(self._control)):
            return "rollback"
        return "finish" if self._measured >= LIFETIME else "wait"


def is_high(canary: Array, control: Array) -> bool:
    """Whether the classifier says High: the interval's lower end is above the bound, and the mean no lower.

    The end is where the statistic exceeds the quantile, and never below the least difference of two points.
    """
    if np.array_equal(np.sort(canary), np.sort(control)):
        return False
    if np.ptp(canary) == 0 and np.ptp(control) == 0:
        return bool(canary[0] > control[0])
    if 0 < canary.mean() < control.mean():
        return False
    estimate = float(np.median(np.subtract.outer(canary, control)))
    bound = TOLERANCE * abs(estimate)
    return float(canary.min() - control.max()) > bound or statistic(canary, control, bound) > QUANTILE


def statistic(x: Array, y: Array, shift: float) -> float:
    """R's `wilcox.test`, asymptotic with continuity and ties: the z value of x - shift against y."""
    n, m = len(x), len(y)
    ranks = rankdata(np.concatenate([x - shift, y]))
    _, ties = np.unique(ranks, return_counts=True)
    centred = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    if variance <= 0:
        return 0.0
    return float((centred - 0.5 * np.sign(centred)) / np.sqrt(variance))
