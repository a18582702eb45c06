"""A rollout as a page and as a summary: each gate's interval closing in, each decision with its commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.core.decision import DecisionKind, Judgement

__all__ = ["Look", "render", "summary_markdown"]


@dataclass(frozen=True)
class Look:
    """One look of the gate at a running release, as `sluicegate.gate.core` decided it."""

    at: datetime
    requests: int
    """On both tracks, since the release began."""
    weight: int
    """The canary's percent while it was looked."""
    kind: DecisionKind
    reason: str
    judgements: tuple[Judgement, ...] = ()
    commit: str | None = None
    """The commit that this look led to; None for a wait."""
    next_weight: int | None = None
    """The weight that was to be proven, for the margin lines; where it is none, later looks tell."""


def render(looks: Sequence[Look], heading: str = "Rollout") -> str:
    """One page without scripts. Plots are drawn by matplotlib."""
    from sluicegate.ci.report.rollout._page import rollout_page

    return rollout_page(looks, heading)


def summary_markdown(looks: Sequence[Look], heading: str = "Rollout") -> str:
    """A few lines and a table of decisions; everything from elsewhere is escaped."""
    from sluicegate.ci.report.rollout._summary import rollout_summary

    return rollout_summary(looks, heading)
