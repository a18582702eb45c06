"""What one gate concludes, as a sentence that can be read by itself, with the figures that it rests on."""

from __future__ import annotations

from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Judgement
from sluicegate.specs.policy import Gate

ALONE = "no stable version has traffic to compare with"
"""At 100 %, and of a first version."""


def conclusion(
    gate: Gate, judgement: Judgement, following: int, missing: str | None, *, breached: bool, compared: bool
) -> str:
    """The sentence without the gate's name; `following` is the weight in percent that was judged for.

    `compared`: whether tracks share the traffic of the running step; `breached`: whether it is harmful by its
    ceiling.
    """
    if breached:
        return f"{_rate(judgement)}, harmful: {_of_canary(judgement)} failed"
    if judgement.harmful:
        return f"{_difference(gate, judgement)}, harmful ({_beyond(gate)}): {_counted(gate, judgement)}"
    if missing is not None:
        return f"{missing}: nothing is concluded in this step"
    if not compared:
        return _without_comparison(judgement)
    return _compared(gate, judgement, following)


def _compared(gate: Gate, judgement: Judgement, following: int) -> str:
    """Within the margin, or how far from it."""
    ceiling = "" if judgement.at_most is None or following < 100 else f", {_rate(judgement)}"
    figures = f"{_difference(gate, judgement)}{ceiling}"
    margin = f"the margin {text_format.percent(gate.margin)}"
    if not gate.paired:
        margin += f" at {following} %"
    if judgement.non_inferior:
        return f"{figures}, within {margin}"
    if judgement.needs is None:
        never = "nor would it be at the rates seen so far"
        return f"{figures}, not within {margin}, {never}"
    more = f"{text_format.about(judgement.needs)} more {judgement.units}"
    return f"{figures}, not yet within {margin}, needs {more}"


def _without_comparison(judgement: Judgement) -> str:
    """At 100 % there is nothing to compare with: only the ceiling is kept or not."""
    if judgement.at_most is None:
        return f"{ALONE}, so nothing is compared"
    shown = "kept" if judgement.non_inferior else "not yet shown to be kept"
    return f"{ALONE}; {_rate(judgement)}, {shown}"


def _rate(judgement: Judgement) -> str:
    rate = text_format.bounds(judgement.failure_rate)
    ceiling = "?" if judgement.at_most is None else text_format.percent(judgement.at_most)
    return f"failure rate of the canary {rate}, ceiling {ceiling}"


def _difference(gate: Gate, judgement: Judgement) -> str:
    edge = "" if judgement.edge is None else f" at edge {judgement.edge + 1} of {gate.kinds}"
    if gate.paired:
        return f"{text_format.different_pairs(judgement.rate_difference)} of {judgement.requests:,} pairs"
    difference = text_format.rate_difference(judgement.rate_difference, judgement.relative, judgement.against)
    return f"{difference}{edge} over {judgement.requests:,} {judgement.units}"


def _beyond(gate: Gate) -> str:
    tolerance = text_format.percent(gate.harmful_above)
    return f"beyond the tolerance {tolerance}" if gate.two_sided else f"above the tolerance {tolerance}"


def _counted(gate: Gate, judgement: Judgement) -> str:
    if gate.paired:
        return f"{judgement.bad_canary:,} of {judgement.canary_requests:,} pairs differ"
    on_stable = judgement.requests - judgement.canary_requests
    counted = "lie above the edge" if gate.two_sided else "failed"
    other = f"{judgement.bad_stable:,} of {judgement.against}'s {on_stable:,}"
    return f"{_of_canary(judgement)} and {other} {counted}"


def _of_canary(judgement: Judgement) -> str:
    return f"{judgement.bad_canary:,} of the canary's {judgement.canary_requests:,} {judgement.units}"
