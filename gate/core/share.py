"""The split check: is the canary's share of the requests the committed weight (sample-ratio mismatch)?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import lgamma, log, log1p

from sluicegate.specs.policy import Gate, Quantile
from sluicegate.specs.release import Step, Traffic

ALPHA = 0.001
"""Probability of a false alarm over all evaluations of one release."""
PAIR = 50
"""The canary's percent of what it and the baseline get: both have the same weight."""
LATEST = 5
"""Windows that have to show a wrong split again, once so many more have passed."""


def log_e_share(share: float, canary: int, stable: int) -> float:
    """Log e-value against the null "each request goes to the canary with probability `share`".

    Beta-binomial likelihood over the binomial one (Robbins 1970; Lindon and Malek 2022); the prior is
    Beta(share, 1 - share), worth one request, which is quick to see a canary that gets nothing. It may be
    evaluated after every request. `share` lies strictly between 0 and 1.
    """
    prior, log_share, log_rest = _logs(share)
    marginal = _log_beta(share + canary, 1 - share + stable) - prior
    return marginal - canary * log_share - stable * log_rest


@lru_cache(maxsize=1024)
def _logs(share: float) -> tuple[float, float, float]:
    """Of the prior's beta function, of the share, and of what is left of 1."""
    return _log_beta(share, 1 - share), log(share), log1p(-share)


def with_baseline(gate: Gate | Quantile, *, baseline: bool) -> bool:
    """Whether a gate compares the canary with the baseline, which runs or does not."""
    return baseline and gate.against == "baseline"


def compared(gate: Gate, step: Step) -> int:
    """The canary's percent of the requests that a gate compares in a step: of all, or of the pair's."""
    return PAIR if with_baseline(gate, baseline=step.baseline) else step.weight


def is_wrong(weight: int, canary: int, stable: int, alpha: float = ALPHA) -> bool:
    """Whether the split is shown to differ from `weight` percent; wrongly with probability <= alpha."""
    return log_e_share(weight / 100, canary, stable) >= -log(alpha)


def wrong_windows(weight: int, windows: Sequence[Traffic], alpha: float = ALPHA) -> int:
    """How many windows have passed since the split was first shown to be wrong, that one included; 0: not.

    It is no longer wrong once the latest windows by themselves do not show it: one bad moment, as of a router
    that loads its rules again, does not make a split wrong for good.
    """
    canary = stable = 0
    for number, window in enumerate(windows):
        canary += window.canary
        stable += window.stable
        if is_wrong(weight, canary, stable, alpha):
            return len(windows) - number if _still_wrong(weight, windows[number:], alpha) else 0
    return 0


def _still_wrong(weight: int, since: Sequence[Traffic], alpha: float) -> bool:
    """Whether the latest windows since then show it too; while there are few, what was shown holds."""
    if len(since) <= LATEST:
        return True
    latest = sum(since[-LATEST:], start=Traffic(0, 0))
    return is_wrong(weight, latest.canary, latest.stable, alpha)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
