"""The report as GitHub Actions' workflow commands: annotations in the log of a job.

Actions shows ten errors and ten warnings of a step; a group of the log has all of them.
"""

from __future__ import annotations

from sluicegate.ci.report.log_commands import without_brackets
from sluicegate.ci.report.overview import blockers, grouped, traffic_impact, worst_first
from sluicegate.ci.report.text_format import MARKS, NOWHERE, clean, location, observed
from sluicegate.validators.runner.finding import Finding, Report, Verdict

MOST = 10
"""Annotations of one kind that Actions shows of a step."""
COMMANDS = {Verdict.ERROR: "error", Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning"}
"""The workflow command of each verdict that blocks."""


def _data(text: str) -> str:
    return without_brackets(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _command(command: str, finding: Finding) -> str:
    properties = {
        "file": clean(finding.path or "", 255),
        "line": finding.line or "",
        "col": finding.column or "",
        "title": f"{clean(finding.model, 63) or NOWHERE}: {clean(finding.check, 80)}",
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    message = clean(finding.message)
    if finding.observed is not None:
        message += f"\nobserved {observed(finding)}"
    if finding.remedy:
        message += f"\n→ {clean(finding.remedy)}"
    return f"::{command} {listed}::{_data(message)}"


def _line(finding: Finding) -> str:
    parts = (
        f"{MARKS[finding.verdict]} {finding.verdict}",
        clean(finding.model, 63) or NOWHERE,
        clean(finding.check, 80),
        location(finding),
        clean(finding.message),
    )
    return without_brackets("  ".join(part for part in parts if part))


def render(report: Report) -> str:
    """Annotations of what blocks, then every finding in a group of the log."""
    notes = "".join(f" · {clean(note, 200)}" for note in report.notes)
    lines = [without_brackets(f"{MARKS[report.verdict]} {report.verdict} · {traffic_impact(report)}{notes}")]
    shown = {"error": 0, "warning": 0}
    for finding in grouped(blockers(report)):
        command = COMMANDS[finding.verdict]
        if shown[command] < MOST:
            lines.append(_command(command, finding))
            shown[command] += 1
    lines.append(f"::group::All {len(report.findings)} findings")
    lines += [_line(finding) for finding in worst_first(report.findings)]
    return "\n".join([*lines, "::endgroup::"]) + "\n"
