"""The rollout as markdown, for a comment or a job summary."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.ci.report.markdown_text import code, prose, table, within
from sluicegate.ci.report.rollout import Look

BUDGET = 60_000
SIGNS = {"advance": "⬆️", "wait": "⏳", "hold": "✋", "rollback": "↩️", "finish": "🏁"}


def decisive(looks: Sequence[Look]) -> list[Look]:
    """The looks that led to a commit, and the last one."""
    return [look for look in looks if look.commit or look.kind != "wait" or look is looks[-1]]


def outcome(looks: Sequence[Look]) -> str:
    """How it ended, in one sentence."""
    if not looks:
        return "The gate has not looked at it yet."
    last = looks[-1]
    requests = f"{last.requests:,} requests"
    if last.kind == "finish":
        return f"Finished: the new version serves all traffic, after {requests}."
    if last.kind == "rollback":
        touched = max((j.canary_requests for j in last.judgements), default=0)
        return (
            f"Rolled back at {last.weight} %, after {requests}; {touched:,} of them went to the new version."
        )
    if last.kind == "hold":
        return f"Held at {last.weight} %, after {requests}: it waits for a person."
    return f"Running at {last.weight} %, {requests} so far."


def rollout_summary(looks: Sequence[Look], heading: str) -> str:
    """At most 60,000 characters; the newest decisions are kept where not all fit."""
    rows = [
        [
            f"{SIGNS[look.kind]} {look.kind}",
            f"{look.weight} %",
            f"{look.requests:,}",
            code(look.commit[:12]) if look.commit else "–",
            prose(look.reason),
        ]
        for look in reversed(decisive(looks))
    ]
    lines = table(("decision", "weight", "requests", "commit", "why, newest first"), rows)
    kept, left = within(BUDGET - 2000, lines)
    tail = ["", f"{left} earlier decisions stand in the git log."] if left else []
    return "\n".join([f"### {prose(heading, 200)}", "", prose(outcome(looks)), "", *kept, *tail]) + "\n"
