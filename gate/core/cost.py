"""What successful answers cost: seconds for 1,000 of them, by track, in the windows of the running step.

The unit is a window: what 1,000 answers took in it. The bounds are of the median window. A window lies above
a line or it does not; against "at most half of them do" the same bets are laid as on failures (`betting`), so
the bounds hold at all looks (Howard and Ramdas 2022 have such sequences for quantiles). Nothing is assumed of
how costs are distributed, of a mean or a bound, but that each window is as likely as not to lie above the
median, whatever those before it were: load that drifts over the step moves the median with it. The running
window is left out, since a look in its middle would be another chance. alpha is split over all four ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sluicegate.gate.core.betting import HARM_CAP, Stretch, log_e_below
from sluicegate.gate.core.decision import Ceiling, Figure, Interval
from sluicegate.specs.policy import Cost
from sluicegate.specs.release import CounterDelta

PER = 1000
"""Successful answers."""
MICROSECONDS = 1e6


def figure(
    cost: Cost, weight: int, alpha: float, deltas: Sequence[CounterDelta], missing: str | None
) -> Figure:
    """Of what was counted in the running step; `missing` says why nothing was."""
    if weight < cost.from_weight:
        return _without(cost, f"not comparable below {cost.from_weight} %", unknown=False)
    if missing is not None:
        return _without(cost, missing, unknown=cost.has_ceiling)
    closed = deltas[:-1]
    canary = [(delta.bad_canary[0], delta.canary) for delta in closed]
    stable = [(delta.bad_stable[0], delta.requests - delta.canary) for delta in closed]
    costs = [_per_answers(pairs) for pairs in (canary, stable)]
    if not costs[0]:
        return _without(cost, "no whole window with a successful answer", unknown=cost.has_ceiling)
    of_canary, of_stable = (median(values, alpha / 4) for values in costs)
    above = _above(cost, of_canary, of_stable)
    answers = sum(delta.requests for delta in closed)
    words = (
        f"{PER:,} successful answers take {_text(of_canary)} {_unit(cost)} on the canary and "
        f"{_text(of_stable)} {_unit(cost)} on stable, in the median of {len(costs[0])} windows with "
        f"{answers:,} answers"
    )
    ceiling = f", {above}" if above else ""
    return Figure(
        cost.name,
        f"{cost.unit}/{PER}",
        answers,
        of_canary,
        of_stable,
        f"{cost.name} ({_role(cost)}): {words}{ceiling}",
        ceiling=_ceiling(cost, above, known=_is_known(cost, weight, of_canary, of_stable)),
    )


def median(values: Sequence[float], alpha: float) -> Interval:
    """Bounds of the median, each wrong at any look with probability <= alpha; infinite where not known."""
    ordered = sorted(values)
    number = len(ordered)
    line = -math.log(alpha)
    # Of `above` values on one side of a line, how many show that the median is there; rising in `above`.
    needed = next((above for above in range(number + 1) if _log_e(above, number) >= line), None)
    if needed is None or needed == 0:
        return Interval()
    return Interval(ordered[number - needed], ordered[needed - 1])


def _log_e(above: int, number: int) -> float:
    """Log e-value against "a value lies above the line with probability 1/2 at most"."""
    if number == 0:
        return 0.0
    counts = np.array([[[above, number - above]]], dtype=np.float64)
    stretch = Stretch(np.array([[1.0, 0.0]]), counts, np.zeros(1, dtype=bool))
    return float(log_e_below([stretch], 0.5, HARM_CAP)[0])


def _per_answers(pairs: Sequence[tuple[int, int]]) -> list[float]:
    """Seconds for `PER` answers, by window that has any."""
    return [spent / MICROSECONDS * PER / answers for spent, answers in pairs if answers > 0]


def _above(cost: Cost, canary: Interval, stable: Interval) -> str | None:
    """Which ceiling the canary is shown to be above; None where it is not."""
    if cost.at_most is not None and canary.lower > cost.at_most:
        return f"above the ceiling {cost.at_most:g}"
    if cost.margin_ratio is not None and canary.lower > (1 + cost.margin_ratio) * stable.upper:
        return f"more than {1 + cost.margin_ratio:g} x stable's"
    return None


def _is_known(cost: Cost, weight: int, canary: Interval, stable: Interval) -> bool:
    """Whether there are bounds of all that the ceilings are about; at 100 % nothing is beside the canary."""
    beside_stable = cost.margin_ratio is not None and weight < 100
    needed = [canary] if cost.at_most is not None or beside_stable else []
    needed += [stable] if beside_stable else []
    return all(math.isfinite(bounds.upper) for bounds in needed)


def _ceiling(cost: Cost, above: str | None, *, known: bool) -> Ceiling:
    if not cost.has_ceiling:
        return "none"
    if above is not None:
        return "above"
    return "kept" if known else "unknown"


def _without(cost: Cost, why: str, *, unknown: bool) -> Figure:
    reason = f"{cost.name} ({_role(cost)}): {why}"
    ceiling: Ceiling = "unknown" if unknown else "none"
    return Figure(cost.name, f"{cost.unit}/{PER}", 0, Interval(), Interval(), reason, ceiling=ceiling)


def _role(cost: Cost) -> str:
    return "may hold" if cost.has_ceiling else "shown, decides nothing"


def _unit(cost: Cost) -> str:
    return cost.unit.replace("_", " ")


def _text(bounds: Interval) -> str:
    """`0.41 .. 0.52`, or `an unknown number of`, until there are windows enough."""
    if math.isinf(bounds.lower):
        return "an unknown number of"
    return f"{bounds.lower:.3g} .. {bounds.upper:.3g}"
