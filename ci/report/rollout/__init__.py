"""A rollout as a page and as a summary: each gate's interval as it narrows, each decision with its commit."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.gate.core.evaluation import Evaluation

__all__ = ["Evaluation", "render", "summary_markdown"]


def render(evaluations: Sequence[Evaluation], heading: str = "Rollout") -> str:
    """One page without scripts. Plots are drawn by matplotlib."""
    from sluicegate.ci.report.rollout.html_page import rollout_page

    return rollout_page(evaluations, heading)


def summary_markdown(evaluations: Sequence[Evaluation], heading: str = "Rollout") -> str:
    """A few lines and a table of decisions; everything from elsewhere is escaped."""
    from sluicegate.ci.report.rollout.markdown_summary import rollout_summary

    return rollout_summary(evaluations, heading)
