"""One evaluation of a running release, as what shows a rollout needs it. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.core.decision import DecisionKind, Figure, Judgement


@dataclass(frozen=True)
class Evaluation:
    """When the gate evaluated a release, on how many requests, what it decided, and why."""

    at: datetime
    requests: int
    """On both tracks, since the release began."""
    weight: int
    """The canary's percent of traffic during the evaluation."""
    kind: DecisionKind
    reason: str
    judgements: tuple[Judgement, ...] = ()
    commit: str | None = None
    """The commit that wrote the decision; None for a wait."""
    next_weight: int | None = None
    """The weight that the gates were evaluated for, for the margin lines; None where it is not known."""
    shown: tuple[Figure, ...] = ()
    """What is shown beside the judgements."""
    baseline: bool = False
    """Whether a track `baseline` ran beside the canary, with as much traffic."""
    next_baseline: bool = False
    """Whether one runs once the decision is in effect."""
