"""The whole report as Markdown, for the check run's page and the job summary: 46,000 characters at most.

Line 1: verdict, head, traffic. Then what blocks, then a table for each model, details folded away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sluicegate.ci.report.log_commands import in_text
from sluicegate.ci.report.markdown_text import code, marker, prose, table, within
from sluicegate.ci.report.overview import (
    blockers,
    by_model,
    duration,
    excuses,
    from_cache,
    grouped,
    of_parts,
    of_wholes,
    traffic_impact,
    verdict_of,
    versions,
)
from sluicegate.ci.report.text_format import (
    NOWHERE,
    UNKNOWN,
    location,
    number,
    observed,
    production,
    quantity,
)
from sluicegate.validators.runner.finding import Finding, Report

BUDGET = 46_000
"""GitHub takes 65,536 of a comment, in which a rollout is told as well: see `comment_body.py`."""
KIND = "validate"
MOST_BLOCKERS = 25
MOST_NOTES = 6
SIGNS: Mapping[str, str] = {
    "pass": "✅",
    "skipped": "➖",
    "waived": "⚪",
    "inconclusive": "❔",
    "fail": "❌",
    "error": "💥",
}
PART_HEADINGS = ("part", "this version", "production", "message")
HEADINGS = ("verdict", "check", "observed", "threshold", "production", "message")


def render(report: Report) -> str:
    """At most 46,000 characters, whatever the findings say."""
    head = first_line(report)
    end = _footer(report)
    room = BUDGET - sum(map(len, (head, *end))) - 400
    body = _blockers(grouped(blockers(report)), room // 2)
    left = 0
    for model, findings in by_model(report).items():
        lines, missing = _model(report, model, findings, room - _length(body))
        body += lines
        left += missing
    if left:
        body += ["", f"{quantity(left, 'finding')} left out for length; `--format json` or `html` has all."]
    return in_text("\n".join([head, *body, *end]) + "\n")


def _length(lines: list[str]) -> int:
    """Characters of the lines, with their line ends."""
    return sum(map(len, lines)) + len(lines)


def first_line(report: Report) -> str:
    """Verdict, head, effect on traffic, and what a reader must know of the run."""
    verdict = f"{SIGNS[report.verdict]} **{report.verdict}**"
    if report.head:
        verdict += f" at {code(report.head[:12])}"
    if excuses(report):
        verdict += f": {excuses(report)}"
    notes = [prose(note, 200) for note in report.notes[:MOST_NOTES]]
    return " · ".join([verdict, prose(traffic_impact(report)), *notes])


def _blockers(findings: list[Finding], room: int) -> list[str]:
    """What blocks, worst first, as far as it fits into `room` characters."""
    body: list[str] = []
    for shown, finding in enumerate(findings):
        lines = blocker_lines(finding)
        if shown == MOST_BLOCKERS or _length([*body, *lines]) > room:
            return [*body, "", f"**{len(findings) - shown} more blockers** are in the tables."]
        body += lines
    return body


def _figures(finding: Finding) -> str:
    texts = {
        "observed": observed(finding),
        "threshold": number(finding.threshold),
        "production": number(finding.production),
    }
    return " · ".join(f"{name} {code(text)}" for name, text in texts.items() if text != UNKNOWN)


def blocker_lines(finding: Finding) -> list[str]:
    """One blocker: the cause, its figures, its place and what to do."""
    name = f"{code(finding.model or NOWHERE, 63)} {code(finding.check, 80)}"
    more = [
        _figures(finding),
        f"at {code(location(finding))}" if finding.path else "",
        f"fix: {prose(finding.remedy)}" if finding.remedy else "",
    ]
    title = f"{SIGNS[finding.verdict]} {name} **{prose(finding.message)}**"
    return ["", title, *(f"- {text}" for text in more if text)]


def _row(finding: Finding) -> list[str]:
    return [
        f"{SIGNS[finding.verdict]} {finding.verdict}",
        code(finding.check, 80),
        code(observed(finding)),
        code(number(finding.threshold)),
        code(number(finding.production)),
        prose(finding.message, 300),
    ]


def findings_table(findings: Iterable[Finding]) -> list[str]:
    """The lines of a table, a row a finding; those that are excused alike are one."""
    return table(HEADINGS, map(_row, grouped(findings)))


def _part_row(finding: Finding) -> list[str]:
    return [
        code(finding.part, 80),
        code(observed(finding)),
        code(production(finding)),
        prose(finding.message, 300),
    ]


def _model(report: Report, model: str, findings: list[Finding], room: int) -> tuple[list[str], int]:
    """A model's section: what blocks open, the good findings folded; and how many findings did not fit."""
    verdict = verdict_of(report, model)
    change = versions(report, model)
    title = f"### {code(model or NOWHERE, 63)} {change and code(change)} {SIGNS[verdict]} {verdict}"
    if room < len(title) + 600:
        return [], len(findings)
    lines = ["", title]
    bad = [finding for finding in findings if not finding.verdict.good]
    good = of_wholes(finding for finding in findings if finding.verdict.good)
    summary = f"<details><summary>{quantity(len(good), 'finding')} that stop nothing</summary>"
    left = _add_table(lines, bad, room, [""], [])
    left += _add_table(lines, good, room, ["", summary, ""], ["", "</details>"])
    for check, parts in of_parts(findings).items():
        summary = f"<details><summary>{prose(check, 80)}: {quantity(len(parts), 'part')}</summary>"
        rows = table(PART_HEADINGS, map(_part_row, parts))
        left += _add_rows(lines, rows, room, ["", summary, ""], ["", "</details>"])
    return lines, left


def _add_table(
    lines: list[str], findings: list[Finding], room: int, before: list[str], after: list[str]
) -> int:
    """Add a table between two frames to the lines, as far as it fits; how many findings it leaves out."""
    if not findings:
        return 0
    return _add_rows(lines, findings_table(findings), room, before, after)


def _add_rows(lines: list[str], rows: list[str], room: int, before: list[str], after: list[str]) -> int:
    """Add the rows of a table, heading and rule first, likewise; how many it leaves out."""
    kept, missing = within(room, rows, _length([*lines, *before, *after]) + 8)
    if len(kept) < 3:  # heading and rule alone
        return len(rows) - 2
    lines += [*before, *kept, *after]
    return missing


def _names(report: Report) -> list[str]:
    return [name for name in sorted(report.models) if name]


def state_of(report: Report) -> dict[str, Any]:
    """What the hidden line of the comment says of the report."""
    return {
        "head": report.head,
        "verdict": str(report.verdict),
        "models": {name: str(report.models[name]) for name in _names(report)[:50]},
    }


def reproduction(report: Report) -> str:
    """The command that makes this report again."""
    chosen = " ".join(_names(report)) or "--all"
    if report.base and report.head:
        chosen = f"--changed {report.base[:12]}..{report.head[:12]}"
    return f"Run the same checks on your own machine: {code(f'sluice validate {chosen}', 400)}"


def _footer(report: Report) -> list[str]:
    return [
        "",
        reproduction(report),
        "",
        f"<sub>{duration(report)}{from_cache(report)}</sub>",
        "",
        marker(KIND, state_of(report)),
    ]
