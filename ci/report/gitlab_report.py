"""The report as GitLab's Code Quality, a part of Code Climate's JSON: what a merge request's widget shows.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sluicegate.ci.report.log_commands import in_json
from sluicegate.ci.report.overview import worst_first
from sluicegate.ci.report.sarif_report import fingerprint, message, path_of
from sluicegate.ci.report.text_format import clean
from sluicegate.validators.runner.finding import Finding, Report, Verdict

SEVERITIES: Mapping[str, str] = {
    "error": "blocker",
    "fail": "critical",
    "inconclusive": "major",
    "waived": "info",
}
"""GitLab's severity for each verdict; a finding of any other is no fault, and is left out."""

_ROOTED = re.compile(r"^(?:\.?/)+")
"""GitLab takes paths from the repository's root alone, without `./` before them."""


def render(report: Report) -> str:
    """A list, the worst first; empty where no fault was found. Where nothing was judged, that is one."""
    seen: Counter[str] = Counter()
    if not report.findings:
        nothing = Finding("error", Verdict.ERROR, "nothing was judged")
        return json.dumps([_issue(nothing, seen)], indent=2) + "\n"
    faults = [finding for finding in worst_first(report.findings) if str(finding.verdict) in SEVERITIES]
    return in_json(json.dumps([_issue(finding, seen) for finding in faults], indent=2)) + "\n"


def _issue(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    first = fingerprint(finding)
    number = seen[first]
    seen[first] += 1
    # GitLab shows one issue of a fingerprint: the same check's next finding in the file needs its own.
    own = first if number == 0 else hashlib.sha256(f"{first}{number}".encode()).hexdigest()
    return {
        "description": message(finding),
        "check_name": clean(finding.check, 80),
        "fingerprint": own,
        "severity": SEVERITIES[finding.verdict],
        "location": {
            "path": _ROOTED.sub("", path_of(finding)) or "models",
            "lines": {"begin": finding.line or 1},
        },
    }
