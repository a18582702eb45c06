"""What one gate concludes at one evaluation, in numbers and in a sentence that can be read by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sluicegate.gate.core import text_format
from sluicegate.gate.core.budget import more_requests
from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.gate.core.interval import Counts, counts, intervals, is_harmful, is_non_inferior
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Step

Judge = Callable[[Gate, Policy, Sequence[Step], int, str | None], Judgement]
"""(gate, policy, steps so far, next weight in percent, why the running step has no counts) -> judgement."""


@dataclass(frozen=True)
class Comparison:
    """The whole of the statistics that a decision depends on: what was counted, and the two tests."""

    tally: Counts
    harmful: bool
    non_inferior: bool


def compare(
    gate: Gate, policy: Policy, steps: Sequence[Step], following: int, missing: str | None
) -> Comparison:
    """Test all steps so far, the running one last, for the weight `following` in percent.

    `missing` is why the running step has no counts of this gate: then it is not non-inferior, whatever the
    closed steps showed. Harm is tested at `harm_alpha`, non-inferiority at alpha, since every gate must
    show it.
    """
    compared = compared_steps(gate, steps)
    tally = counts([(step.weight, step.tallies[gate.name]) for step in compared], gate.kinds)
    return Comparison(
        tally=tally,
        harmful=is_harmful(tally, harm_alpha(policy), gate.margin, gate.two_sided),
        non_inferior=missing is None
        and is_non_inferior(tally, policy.alpha, gate.margin, following, gate.two_sided),
    )


def harm_alpha(policy: Policy) -> float:
    """What each gate may err with: alpha over the number of gates, since any one rolls back (Bonferroni)."""
    return policy.alpha / len(policy.gates)


def compared_steps(gate: Gate, steps: Sequence[Step]) -> list[Step]:
    """The steps in which both tracks had traffic and this gate was counted."""
    return [step for step in steps if 0 < step.weight < 100 and gate.name in step.tallies]


def judge(
    gate: Gate, policy: Policy, steps: Sequence[Step], following: int, missing: str | None
) -> Judgement:
    """Compare, and add what a reader needs: the interval, how many more requests, the sentence.

    The interval's lower end is at `harm_alpha` and its upper end at alpha; two-sided gates, which are tested
    for non-inferiority at both ends, have both at alpha. Where `missing`, the upper end is infinite.
    """
    compared = compared_steps(gate, steps)
    comparison = compare(gate, policy, steps, following, missing)
    lower_alpha = policy.alpha if gate.two_sided else harm_alpha(policy)
    by_kind = intervals(comparison.tally, policy.alpha, lower_alpha)
    kind = max(range(gate.kinds), key=lambda k: _furthest(by_kind[k], gate.two_sided))
    tallies = [step.tallies[gate.name] for step in compared]
    judgement = Judgement(
        gate=gate.name,
        margin=gate.margin,
        requests=sum(tally.requests for tally in tallies),
        canary_requests=sum(step.traffic.canary for step in compared),
        bad_canary=sum(tally.bad_canary[kind] for tally in tallies),
        bad_stable=sum(tally.bad_stable[kind] for tally in tallies),
        rate_difference=by_kind[kind] if missing is None else Interval(lower=by_kind[kind].lower),
        edge=kind if gate.kinds > 1 else None,
        harmful=comparison.harmful,
        non_inferior=comparison.non_inferior,
        reason="",
    )
    running_is_counted = missing is None and bool(compared) and compared[-1] is steps[-1]
    if running_is_counted and not judgement.harmful and not judgement.non_inferior:
        weight = compared[-1].weight
        needs = more_requests(comparison.tally, weight, policy.alpha, gate, following)
        judgement = replace(judgement, needs=needs)
    on_stable = sum(step.traffic.stable for step in compared)
    conclusion = _conclusion(gate, judgement, on_stable, following, missing)
    return replace(judgement, reason=f"{gate.name}: {conclusion}")


def _furthest(interval: Interval, two_sided: bool) -> float:
    """How far from harmless the rate difference can still be."""
    return max(interval.upper, -interval.lower) if two_sided else interval.upper


def _conclusion(gate: Gate, judgement: Judgement, on_stable: int, following: int, missing: str | None) -> str:
    """The verdict with the figures that it rests on."""
    edge = "" if judgement.edge is None else f" at edge {judgement.edge + 1} of {gate.kinds}"
    margin = text_format.percent(gate.margin)
    figures = (
        f"{text_format.rate_difference(judgement.rate_difference)}{edge} over {judgement.requests:,} requests"
    )
    if judgement.harmful:
        beyond = f"beyond the margin {margin}" if gate.two_sided else f"margin {margin}"
        counted = "lie above the edge" if gate.two_sided else "failed"
        return (
            f"{figures}, harmful ({beyond}): {judgement.bad_canary:,} of the canary's "
            f"{judgement.canary_requests:,} requests and {judgement.bad_stable:,} of stable's "
            f"{on_stable:,} {counted}"
        )
    if missing is not None:
        return f"{missing}: nothing is concluded in this step"
    if judgement.non_inferior:
        return f"{figures}, within the margin {margin} at {following} %"
    if judgement.needs is None:
        never = "nor would it be at the rates seen so far"
        return f"{figures}, not within the margin {margin} at {following} %, {never}"
    more = text_format.about(judgement.needs)
    return f"{figures}, not yet within the margin {margin} at {following} %, needs {more} more requests"
