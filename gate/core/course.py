"""How the intervals of a release came to where they are: the same judgements, on ever more of the counts.

Made from what a decision's record holds and nothing else, so that it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sluicegate.gate.core.assessment import assess
from sluicegate.gate.core.change import next_weight
from sluicegate.gate.core.counting import counted_gates
from sluicegate.gate.core.decision import Decision, Reading
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.core.judge import Evidence, judge
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

MOST_POINTS = 12
"""Points of the running step; more are closer together than a reader tells apart."""


def course(decision: Decision, policy: Policy, reading: Reading | None, now: datetime) -> list[Evaluation]:
    """One evaluation after each closed step, some within the running one, and the decision's own at the end.

    Empty for a decision that no gate was judged for.
    """
    if not decision.judgements:
        return []
    before = decision.before
    points = [*_closed(before, policy, now)]
    requests = points[-1].requests if points else 0
    if reading is not None:
        points += _running(before, policy, reading, requests)
    return [*points, _own(decision, policy, points, now)]


def _closed(release: Release, policy: Policy, now: datetime) -> Iterator[Evaluation]:
    """After each closed step that compared anything."""
    requests = 0
    weights = [*(step.weight for step in release.counts), release.weight]
    for at, step in enumerate(release.counts):
        requests += step.traffic.canary + step.traffic.stable
        following = weights[at + 1]
        evidence = Evidence(steps=release.counts[: at + 1], following=following)
        gates = [gate for gate in counted_gates(policy, step.weight) if gate.name in step.tallies]
        judgements = tuple(judge(gate, policy, evidence) for gate in gates)
        if judgements and step.weight > 0:
            yield Evaluation(
                release.started or now, requests, step.weight, "advance", "", judgements, None, following
            )


def _running(release: Release, policy: Policy, reading: Reading, requests: int) -> Iterator[Evaluation]:
    """Within the running step, at even distances and without its end."""
    windows = reading.windows
    stride = max(len(windows) // MOST_POINTS, 1)
    following = next_weight(policy, release)
    for end in range(stride, len(windows), stride):
        seen = replace(reading, windows=windows[:end])
        judgements = assess(release, policy, seen).judgements
        counted = sum(window.traffic.canary + window.traffic.stable for window in seen.windows)
        if judgements:
            yield Evaluation(
                windows[end - 1].end,
                requests + counted,
                release.weight,
                "wait",
                "",
                judgements,
                None,
                following,
            )


def _own(decision: Decision, policy: Policy, points: list[Evaluation], now: datetime) -> Evaluation:
    counted = max(judgement.requests for judgement in decision.judgements)
    requests = max([counted, *(point.requests for point in points)])
    return Evaluation(
        now,
        requests,
        decision.before.weight,
        decision.kind,
        decision.reason,
        decision.judgements,
        None,
        next_weight(policy, decision.before),
    )
