"""What the gate decided, as an event."""

from __future__ import annotations

from typing import Any

from sluicegate.ci.notices.event import Event
from sluicegate.ci.notices.words import said
from sluicegate.ci.report.json_report import json_value
from sluicegate.gate.core.decision import Judgement
from sluicegate.gate.daemon.announce import Announcement

TYPE = "dev.sluicegate.decision.v1"
REMINDER = "reminder"
"""In place of a decision: how a version ended is told once more when a gate starts."""
MOST_GATES = 50


def of_decision(news: Announcement, source: str) -> Event | None:
    """The event of a committed decision, or of a reminder; None where nothing was decided."""
    if not news.decided and not news.reminder:
        return None
    evaluation = news.evaluation
    decision = REMINDER if news.reminder else str(evaluation.kind)
    version = news.version
    where = f"{said(news.model, 63)} version {version.version} in {said(news.environment, 63)}"
    identity = (news.environment, news.model, str(version.version), version.digest, news.stage)
    return Event(
        source=source,
        type=TYPE,
        subject=f"{news.environment}/{news.model}",
        time=evaluation.at,
        identity=(*identity, decision, evaluation.commit or version.revision),
        data=_data(news, decision),
        summary=f"{where}: {news.stage}, {news.weight} % of traffic",
        details=_details(news),
        extensions={"decision": decision, "environment": news.environment, "stage": news.stage},
        for_people=news.decided,
    )


def _data(news: Announcement, decision: str) -> dict[str, Any]:
    evaluation = news.evaluation
    return {
        "environment": news.environment,
        "model": news.model,
        "version": news.version.version,
        "revision": news.version.revision,
        "digest": news.version.digest,
        "decision": decision,
        "stage": news.stage,
        "weight": {"before": evaluation.weight, "after": news.weight},
        "reason": said(evaluation.reason),
        "requests": evaluation.requests,
        "commit": evaluation.commit,
        "evidence": news.evidence,
        "command": news.command,
        "by": None if news.by is None else said(news.by, 120),
        "problem": None if news.problem is None else said(news.problem),
        "gates": [_gate(one) for one in evaluation.judgements[:MOST_GATES]],
        "reproduce": news.reproduce,
    }


def _gate(one: Judgement) -> dict[str, Any]:
    interval = one.rate_difference
    return {
        "gate": one.gate,
        "non_inferior": one.non_inferior,
        "harmful": one.harmful,
        "margin": json_value(one.margin),
        "rate_difference": None
        if interval is None
        else {"lower": json_value(interval.lower), "upper": json_value(interval.upper)},
        "reason": said(one.reason),
    }


def _details(news: Announcement) -> tuple[str, ...]:
    lines = [said(news.evaluation.reason, 400)]
    if news.problem is not None:
        lines.append(said(news.problem, 400))
    if news.by is not None:
        lines.append(f"commanded by {said(news.by, 120)}")
    if news.evaluation.commit is not None:
        lines.append(f"decision {news.evaluation.commit[:12]}")
    return tuple(lines)
