"""The canary's weight during a rollout: what a decision makes of it, and what the next weight allows."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.gate.core.evaluation import Evaluation


def weight_after(evaluation: Evaluation) -> int:
    """The canary's percent once the decision is in effect."""
    if evaluation.kind == "rollback":
        return 0
    if evaluation.kind == "finish":
        return 100
    if evaluation.kind == "advance" and evaluation.next_weight is not None:
        return evaluation.next_weight
    return evaluation.weight


def change_of_weight(evaluation: Evaluation) -> str:
    """`5 → 25 %` where the decision changed it, else `5 %`; with a baseline's, which has as much."""
    after = weight_after(evaluation)
    before_text = with_baseline(evaluation.weight, baseline=evaluation.baseline)
    after_text = with_baseline(after, baseline=evaluation.next_baseline)
    if before_text == after_text:
        return after_text
    if not (evaluation.baseline or evaluation.next_baseline):
        return f"{evaluation.weight} → {after_text}"
    return f"{before_text} → {after_text}"


def with_baseline(weight: int, *, baseline: bool) -> str:
    """`5 %`, or `5 % + 5 % baseline`."""
    return f"{weight} % + {weight} % baseline" if baseline else f"{weight} %"


def margin_factors(evaluations: Sequence[Evaluation]) -> dict[int, float]:
    """By an evaluation's position: the largest rate difference that the next weight allows, in margins.

    At a weight of 25 % four times the margin on the canary is the margin over all traffic. The next weight is
    the one that the evaluation names, else the one that a later evaluation moved to; without it no entry.
    """
    factors: dict[int, float] = {}
    following: int | None = None
    for position in range(len(evaluations) - 1, -1, -1):
        evaluation = evaluations[position]
        named = 100 if evaluation.kind == "finish" else evaluation.next_weight
        if named is not None and named > evaluation.weight:
            following = named
        if following is not None and following > evaluation.weight:
            factors[position] = 100 / following
        if position and evaluations[position - 1].weight < evaluation.weight:
            following = evaluation.weight
    return factors
