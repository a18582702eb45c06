"""The report as the one comment of a pull request (GitHub takes 65,536 characters; 60,000 are used).

Line 1: verdict, head, traffic. Then what blocks, then a table a model, details folded away.
"""

from __future__ import annotations

from sluicegate.ci.report.markdown_text import code, marker, prose, table, within
from sluicegate.ci.report.text_format import (
    NOWHERE,
    blockers,
    by_model,
    counted,
    gathered,
    number,
    observed,
    place,
    traffic_impact,
    verdict_of,
    versions,
    waived_words,
)
from sluicegate.validators.runner.finding import Finding, Report, Verdict

BUDGET = 60_000
KIND = "validate"
MOST_BLOCKERS = 25
SIGNS = {
    Verdict.PASS: "✅",
    Verdict.SKIPPED: "➖",
    Verdict.WAIVED: "⚪",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.FAIL: "❌",
    Verdict.ERROR: "💥",
}
EXPLAINED = (Verdict.SKIPPED, Verdict.WAIVED)
"""Verdicts that line 1 says the meaning of."""
_NUMBERS = ("observed", "threshold", "production")


def render(report: Report) -> str:
    """At most 60,000 characters, whatever the findings say."""
    head, end = _first_line(report), _footer(report)
    room = BUDGET - sum(map(len, (head, *end))) - 400
    stopping = blockers(report)
    body: list[str] = []
    shown = 0
    for finding in stopping[:MOST_BLOCKERS]:
        lines = _blocker(finding)
        if sum(map(len, [*body, *lines])) + len(body) > room // 2:
            break
        body += lines
        shown += 1
    if shown < len(stopping):
        body += ["", f"**{len(stopping) - shown} more blockers** stand in the tables."]
    left = 0
    for model, findings in by_model(report).items():
        used = sum(map(len, body)) + len(body)
        lines, missing = _model(report, model, findings, room - used)
        body += lines
        left += missing
    if left:
        body += ["", f"{counted(left, 'finding')} left out for length; `--format json` or `html` has all."]
    return "\n".join([head, *body, *end]) + "\n"


def _first_line(report: Report) -> str:
    at = f" at {code(report.head[:12])}" if report.head else ""
    meant = f": {waived_words(report)}" if report.verdict in EXPLAINED else ""
    parts = [f"{SIGNS[report.verdict]} **{report.verdict}**{at}{meant}", prose(traffic_impact(report))]
    return " · ".join([*parts, *(prose(note, 200) for note in report.notes[:6])])


def _figures(finding: Finding) -> str:
    known = {
        "observed": finding.observed is not None or finding.interval is not None,
        "threshold": finding.threshold is not None,
        "production": finding.production is not None,
    }
    texts = {
        "observed": observed(finding),
        "threshold": number(finding.threshold),
        "production": number(finding.production),
    }
    return " · ".join(f"{name} {code(texts[name])}" for name in _NUMBERS if known[name])


def _blocker(finding: Finding) -> list[str]:
    lines = [
        "",
        f"{SIGNS[finding.verdict]} {code(finding.model or NOWHERE, 63)} {code(finding.check, 80)}"
        f" **{prose(finding.message)}**",
    ]
    more = [
        _figures(finding),
        f"at {code(place(finding))}" if finding.path else "",
        f"fix: {prose(finding.remedy)}" if finding.remedy else "",
    ]
    return lines + [f"- {text}" for text in more if text]


def _row(finding: Finding) -> list[str]:
    return [
        f"{SIGNS[finding.verdict]} {finding.verdict}",
        code(finding.check, 80),
        code(observed(finding)),
        code(number(finding.threshold)),
        code(number(finding.production)),
        prose(finding.message, 300),
    ]


def _model(report: Report, model: str, findings: list[Finding], room: int) -> tuple[list[str], int]:
    """A model's section: open where it blocks, with the good findings folded; and how many did not fit."""
    verdict = verdict_of(report, model)
    change = versions(report, model)
    title = f"### {code(model or NOWHERE, 63)} {change and code(change)} {SIGNS[verdict]} {verdict}"
    headings = ("verdict", "check", "observed", "threshold", "production", "message")
    bad = [finding for finding in findings if not finding.verdict.good]
    good = [finding for finding in findings if finding.verdict.good]
    if room < len(title) + 600:
        return [], len(findings)
    lines, left = ["", title], 0
    for group, folded in ((bad, False), (good, True)):
        if not group:
            continue
        summary = f"<details><summary>{counted(len(group), 'finding')} that stop nothing</summary>"
        before, after = (["", summary, ""], ["", "</details>"]) if folded else ([""], [])
        rows = table(headings, map(_row, gathered(group)))
        used = sum(map(len, [*lines, *before, *after])) + len(lines) + 8
        kept, missing = within(room, rows, used)
        if len(kept) < 3:
            left += len(group)
            continue
        lines += [*before, *kept, *after]
        left += missing
    return lines, left


def _footer(report: Report) -> list[str]:
    names = [name for name in sorted(report.models) if name]
    listed = " ".join(names) if 0 < len(names) <= 5 else "--all"
    state = {
        "head": report.head,
        "verdict": str(report.verdict),
        "models": {name: str(report.models[name]) for name in names[:50]},
    }
    return [
        "",
        f"The same judgement on your own machine: {code(f'sluice validate {listed}', 400)}",
        "",
        f"<sub>{counted(len(report.findings), 'finding')} in {report.seconds:.1f} s</sub>",
        "",
        marker(KIND, state),
    ]
