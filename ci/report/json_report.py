"""The report as JSON: the contract that other programs read, `report.schema.json`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from sluicegate.ci.report.log_commands import in_json
from sluicegate.validators.runner.finding import Finding, Report

FIELDS = (
    "check",
    "verdict",
    "model",
    "path",
    "line",
    "column",
    "observed",
    "interval",
    "threshold",
    "production",
    "production_interval",
    "part",
    "message",
    "remedy",
    "tool",
    "diff",
    "graph",
)


def json_value(value: Any) -> Any:
    """The value for JSON, which has no NaN and no infinity: those are null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, tuple):
        return [json_value(item) for item in value]
    return value


def _entry(finding: Finding) -> dict[str, Any]:
    data = asdict(finding)
    return {name: json_value(data[name]) for name in FIELDS}


def data(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "verdict": report.verdict,
        "complete": report.complete,
        "left_out": list(report.left_out),
        "head": report.head,
        "base": report.base,
        "code": report.code,
        "checks": list(report.checks),
        "contents": dict(sorted(report.contents.items())),
        "versions": {name: list(pair) for name, pair in sorted(report.versions.items())},
        "models": dict(sorted(report.models.items())),
        "findings": [_entry(finding) for finding in report.findings],
        "judge": report.judge,
        "cached": {
            name: {"checks": list(one.checks), "judged": one.judged.isoformat()}
            for name, one in sorted(report.cached.items())
        },
        "seconds": round(report.seconds, 3),
        "notes": list(report.notes),
    }


def render(report: Report) -> str:
    """JSON in ASCII alone, so that nothing it quotes can control a terminal or forge a line of a log."""
    return in_json(json.dumps(data(report), indent=2, allow_nan=False)) + "\n"
