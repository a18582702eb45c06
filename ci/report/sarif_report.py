"""The report as SARIF 2.1.0 (OASIS), for GitHub's code scanning and editors."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from sluicegate.ci.report.log_commands import in_json
from sluicegate.ci.report.overview import worst_first
from sluicegate.ci.report.text_format import clean, number, observed
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.registry import Check, checks

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BRACKETS = re.compile(r"[\\\[\]]")
MOST = 25_000
"""Results that GitHub accepts in one run."""
LEVELS: Mapping[str, tuple[str, str]] = {
    "pass": ("pass", "none"),
    "skipped": ("notApplicable", "none"),
    "waived": ("fail", "note"),
    "inconclusive": ("open", "none"),
    "fail": ("fail", "error"),
    "error": ("fail", "error"),
}
"""SARIF's (kind, level); section 3.27.9 requires level `none` for every kind but `fail`."""


def render(report: Report) -> str:
    """One run; the worst findings first where there are more than GitHub accepts."""
    known = checks()
    ids = sorted({finding.check for finding in report.findings})
    index = {id_: position for position, id_ in enumerate(ids)}
    run = {
        "tool": {
            "driver": {
                "name": "Sluicegate",
                "informationUri": "https://sluicegate.dev",
                "rules": [_rule(id_, known.get(id_)) for id_ in ids],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.check]) for finding in within_limit(report.findings)],
        "invocations": [{"executionSuccessful": report.verdict is not Verdict.ERROR}],
        "properties": {"notes": [clean(note) for note in report.notes], "seconds": round(report.seconds, 3)},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return in_json(json.dumps(log, indent=2)) + "\n"


def within_limit(findings: Iterable[Finding], most: int = MOST) -> list[Finding]:
    """All findings in their order; only the worst where there are more than GitHub accepts."""
    every = list(findings)
    if len(every) <= most:
        return every
    return worst_first(every)[:most]


def _rule(id_: str, check: Check | None) -> dict[str, Any]:
    if check is None:
        return {"id": clean(id_, 80)}
    rule: dict[str, Any] = {"id": check.id, "shortDescription": {"text": unlinked(check.title)}}
    rule["fullDescription"] = {"text": unlinked(check.explanation or check.title)}
    rule["help"] = {"text": unlinked(check.remedy)}
    rule["properties"] = {"tags": [check.family], "scope": check.scope}
    return rule


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    kind, level = LEVELS[finding.verdict]
    path = path_of(finding)
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(path)}}
    if finding.line is not None:
        location["region"] = {"startLine": finding.line}
        if finding.column is not None:
            location["region"]["startColumn"] = finding.column
    result: dict[str, Any] = {
        "ruleId": clean(finding.check, 80),
        "ruleIndex": rule,
        "kind": kind,
        "level": level,
        "message": {"text": unlinked(message(finding))},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"checkModelPath/v1": fingerprint(finding)},
        "properties": {
            "verdict": str(finding.verdict),
            "model": clean(finding.model, 63),
            "observed": observed(finding),
            "threshold": number(finding.threshold),
            "production": number(finding.production),
        },
    }
    if finding.verdict is Verdict.WAIVED:
        result["suppressions"] = [{"kind": "inSource", "justification": clean(finding.message)}]
    return result


def path_of(finding: Finding) -> str:
    """The file that it is shown at: its own, else its model's, else the directory of all."""
    return clean(finding.path or (f"models/{finding.model}/model.yaml" if finding.model else "models"), 255)


def fingerprint(finding: Finding) -> str:
    """Without line and figures, which change from run to run: the same fault keeps its identity."""
    identity = "\0".join((finding.check, finding.model, path_of(finding)))
    return hashlib.sha256(identity.encode(errors="replace")).hexdigest()


def unlinked(text: str) -> str:
    """Text of a message without a link: SARIF 2.1.0, 3.11.6, has brackets of a text escaped."""
    return _BRACKETS.sub(r"\\\g<0>", text)


def message(finding: Finding) -> str:
    """What is wrong, and what to do about it."""
    text = clean(finding.message) or clean(finding.check, 80)
    return f"{text}. {clean(finding.remedy)}" if finding.remedy else text
