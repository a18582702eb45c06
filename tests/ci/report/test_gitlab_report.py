from __future__ import annotations

import json
from collections.abc import Callable

from jsonschema import validate

from sluicegate.ci.report.gitlab_report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

FORMAT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/).+$"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""The table of GitLab's page "Code Quality report format"; GitLab publishes no schema of it."""


def issues(report: Report) -> list[dict]:
    data = json.loads(render(report))
    validate(data, FORMAT)
    return data


def test_faults_alone_the_worst_first(report: Report) -> None:
    assert [(one["check_name"], one["severity"]) for one in issues(report)] == [
        ("sandboxed", "blocker"),
        ("quality-segments", "critical"),
        ("release-untouched", "critical"),
        ("latency", "major"),
        ("data-drift", "info"),
    ]


def test_an_issue_is_at_its_line_and_says_the_remedy(report: Report) -> None:
    issue = next(one for one in issues(report) if one["check_name"] == "quality-segments")
    assert issue["location"] == {"path": "models/flight-delay/model.yaml", "lines": {"begin": 33}}
    assert issue["description"].endswith("retrain with more rows of AA")


def test_the_same_fault_keeps_its_fingerprint_and_two_have_two(make_report: Callable[..., Report]) -> None:
    fault = Finding("c", Verdict.FAIL, "0.5 is too low", "a", "models/a/model.yaml", 3)
    moved = Finding("c", Verdict.FAIL, "0.6 is too low", "a", "models/a/model.yaml", 9)
    (before,) = issues(make_report((fault,)))
    first, second = issues(make_report((moved, fault)))
    assert first["fingerprint"] == before["fingerprint"] != second["fingerprint"]


def test_hostile_text_stays_in_its_fields(hostile: Report) -> None:
    assert "\x1b" not in render(hostile)
    assert len(issues(hostile)) == sum(str(one.verdict) in ("fail", "waived") for one in hostile.findings)


def test_nothing_found_is_an_empty_list(make_report: Callable[..., Report]) -> None:
    assert issues(make_report((Finding("c", Verdict.PASS, "m", "a"),))) == []
