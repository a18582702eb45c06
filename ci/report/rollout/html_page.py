"""The page of a rollout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sluicegate.ci.report.html_page import page
from sluicegate.ci.report.rollout.gate_plots import plots
from sluicegate.ci.report.rollout.markdown_summary import decisive, outcome
from sluicegate.ci.report.rollout.weights import change_of_weight
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.core.evaluation import Evaluation

MARKS = {"advance": "↑", "wait": "…", "hold": "‖", "rollback": "↩", "finish": "✔"}
MOST_ROWS = 500


def rollout_page(evaluations: Sequence[Evaluation], heading: str) -> str:
    """The plots of every gate and the table of decisions, newest last."""
    return page(
        "rollout.html",
        heading=clean(heading, 200),
        outcome=outcome(evaluations),
        marks=MARKS,
        plots=plots(evaluations),
        baseline=any(evaluation.baseline or evaluation.next_baseline for evaluation in evaluations),
        decisions=[_row(evaluation) for evaluation in decisive(evaluations)[-MOST_ROWS:]],
        evaluations=len(evaluations),
    )


def _row(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "time": evaluation.at.strftime("%H:%M:%S"),
        "kind": evaluation.kind,
        "weight": change_of_weight(evaluation),
        "requests": f"{evaluation.requests:,}",
        "commit": clean(evaluation.commit, 64)[:12] if evaluation.commit else "",
        "reason": clean("; ".join([evaluation.reason, *(figure.reason for figure in evaluation.shown)])),
    }
