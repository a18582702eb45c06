"""The rollout as markdown, for a comment or a job summary."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.ci.report.markdown_text import code, prose, table, within
from sluicegate.ci.report.rollout.weights import with_baseline
from sluicegate.gate.core.evaluation import Evaluation

BUDGET = 60_000
SIGNS = {"advance": "⬆️", "wait": "⏳", "hold": "✋", "rollback": "↩️", "finish": "🏁"}


def decisive(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The evaluations that decided something else than a wait or led to a commit, and the last one."""
    return [e for e in evaluations if e.commit or e.kind != "wait" or e is evaluations[-1]]


def outcome(evaluations: Sequence[Evaluation]) -> str:
    """How it ended, in one sentence."""
    if not evaluations:
        return "The gate has not evaluated it yet."
    last = evaluations[-1]
    requests = f"{last.requests:,} requests"
    if last.kind == "finish":
        return f"Finished: the new version serves all traffic, after {requests}."
    if last.kind == "rollback":
        compared = [one for one in last.judgements if not one.paired]
        touched = max((judgement.canary_requests for judgement in compared), default=0)
        share = f"{touched:,} of them went to the new version"
        return f"Rolled back at {last.weight} %, after {requests}; {share}."
    if last.kind == "hold":
        return f"Held at {last.weight} %, after {requests}: it waits for a command."
    return f"Running at {last.weight} %, {requests} so far."


def rollout_summary(evaluations: Sequence[Evaluation], heading: str) -> str:
    """At most 60,000 characters; the newest decisions are kept where not all fit."""
    rows = [
        [
            f"{SIGNS[evaluation.kind]} {evaluation.kind}",
            with_baseline(evaluation.weight, baseline=evaluation.baseline),
            f"{evaluation.requests:,}",
            code((evaluation.commit or "")[:12]),
            prose(evaluation.reason),
        ]
        for evaluation in reversed(decisive(evaluations))
    ]
    lines = table(("decision", "weight", "requests", "commit", "why, newest first"), rows)
    kept, left = within(BUDGET - 2000, lines)
    tail = ["", f"{left} earlier decisions are in the git log."] if left else []
    return "\n".join([f"### {prose(heading, 200)}", "", prose(outcome(evaluations)), "", *kept, *tail]) + "\n"
