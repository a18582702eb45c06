"""A rollout as a page and as a summary: each gate's interval as it narrows, each decision with its commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.core.decision import DecisionKind, Judgement

__all__ = ["Evaluation", "render", "summary_markdown"]


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of a running release by the gate, as `sluicegate.gate.core` decided it."""

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


def render(evaluations: Sequence[Evaluation], heading: str = "Rollout") -> str:
    """One page without scripts. Plots are drawn by matplotlib."""
    from sluicegate.ci.report.rollout.html_page import rollout_page

    return rollout_page(evaluations, heading)


def summary_markdown(evaluations: Sequence[Evaluation], heading: str = "Rollout") -> str:
    """A few lines and a table of decisions; everything from elsewhere is escaped."""
    from sluicegate.ci.report.rollout.markdown_summary import rollout_summary

    return rollout_summary(evaluations, heading)
