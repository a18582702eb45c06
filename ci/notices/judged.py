"""What a run of `sluice validate` found, as an event."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sluicegate.ci.notices.event import Event
from sluicegate.ci.notices.words import said
from sluicegate.ci.report import json_report
from sluicegate.ci.report.overview import blockers
from sluicegate.ci.report.text_format import NOWHERE, location, quantity
from sluicegate.validators.runner.finding import Finding, Report

TYPE = "dev.sluicegate.verdict.v1"
MOST_BLOCKERS = 50
MOST_IN_A_MESSAGE = 5


def of_verdict(report: Report, source: str, now: datetime) -> Event:
    """The event of one run. The same findings on the same commit, found again, are the same event."""
    stopping = blockers(report)
    verdict = str(report.verdict)
    head = report.head[:12] if report.head else "the work tree"
    kind = "complete" if report.complete else "partial"
    found = json.dumps(json_report.data(report) | {"seconds": None})
    identity = hashlib.sha256(found.encode()).hexdigest()
    return Event(
        source=source,
        type=TYPE,
        subject=report.head or "work-tree",
        time=now,
        # A work tree is no commit: what was found there belongs to its moment.
        identity=(identity,) if report.head else (identity, now.isoformat()),
        data={
            "verdict": verdict,
            "complete": report.complete,
            "head": report.head,
            "base": report.base,
            "models": {said(name, 63): str(one) for name, one in sorted(report.models.items())},
            "blockers": [_blocker(one) for one in stopping[:MOST_BLOCKERS]],
            "blockers_in_all": len(stopping),
            "notes": [said(note) for note in report.notes],
            "code": report.code,
        },
        summary=f"{verdict} ({kind} run): {said(head, 40)}, {quantity(len(stopping), 'finding')} to mend",
        details=_details(stopping),
        extensions={"verdict": verdict},
    )


def _blocker(finding: Finding) -> dict[str, Any]:
    return {
        "check": said(finding.check, 80),
        "verdict": str(finding.verdict),
        "model": said(finding.model, 63),
        "at": said(location(finding), 300),
        "message": said(finding.message),
        "remedy": None if finding.remedy is None else said(finding.remedy),
    }


def _details(stopping: list[Finding]) -> tuple[str, ...]:
    lines = [
        f"{said(one.model, 63) or NOWHERE}, {said(one.check, 80)}: {said(one.message, 300)}"
        for one in stopping[:MOST_IN_A_MESSAGE]
    ]
    more = len(stopping) - MOST_IN_A_MESSAGE
    return (*lines, f"and {more} more") if more > 0 else tuple(lines)
