"""The one way from an interval and a limit to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.estimates import Estimate


def against_limit(
    message: str, estimate: Estimate, limit: float, *, higher_is_better: bool, **more: Any
) -> Finding:
    """Pass where the whole interval is on the limit's good side, fail where none of it is, else inconclusive.

    An end that equals the limit is good. A limit or an end that is not a number is inconclusive.
    """
    if higher_is_better:
        good = estimate.lower >= limit
        bad = estimate.upper < limit
    else:
        good = estimate.upper <= limit
        bad = estimate.lower > limit
    interval = (estimate.lower, estimate.upper)
    figures = {"observed": estimate.value, "interval": interval, "threshold": limit, **more}
    if good:
        return passed(message, **figures)
    if bad:
        return fail(message, **figures)
    return inconclusive(message, **figures)
