"""What every rendering says the same way: cleaned text, numbers, places, and the sentence on traffic.

Messages, paths and names come from a pull request and are hostile; see `clean`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from sluicegate.validators.runner.finding import Finding, Report, Verdict

MARKS = {
    Verdict.PASS: "✔",
    Verdict.SKIPPED: "–",
    Verdict.WAIVED: "○",
    Verdict.INCONCLUSIVE: "?",
    Verdict.FAIL: "✘",
    Verdict.ERROR: "!",
}
"""A sign for each verdict, so that colour is never the only one."""
NOWHERE = "repository"
"""What a finding without a model is listed under."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's controls, formats (bidirectional, zero-width), surrogates, private, unassigned, separators."""


def clean(text: object, limit: int = 1000) -> str:
    """One line of visible characters, at most `limit` of them; a cut is shown by `…`.

    Removes terminal escape sequences, control, bidirectional and zero-width characters, and joins lines.
    """
    raw = str(text)
    visible = _ANSI.sub("", raw[: 8 * limit + 64])
    kept = "".join(
        " " if c in "\t\n\r\v\f\x85\u2028\u2029" else "" if unicodedata.category(c) in _INVISIBLE else c
        for c in visible
    )
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def number(value: float | str | None) -> str:
    """A number with four digits, a text cleaned, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return clean(value, 120)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def observed(finding: Finding) -> str:
    """The observed value with its interval: `0.671 [0.665, 0.677]`."""
    text = number(finding.observed)
    if finding.interval is None:
        return text
    return f"{text} [{number(finding.interval[0])}, {number(finding.interval[1])}]"


def place(finding: Finding) -> str:
    """`path:line:column`, less what is not known."""
    return ":".join(
        clean(part, 255) for part in (finding.path, finding.line, finding.column) if part is not None
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By verdict, the worst first; the checks' own order within one verdict."""
    return sorted(findings, key=lambda finding: -finding.verdict.rank)


def waived_words(report: Report) -> str:
    """What `waived` or `skipped` means for this report: that it stops nothing, and where the reasons are."""
    verdicts = [finding.verdict for finding in report.findings]
    parts = []
    if waived := verdicts.count(Verdict.WAIVED):
        parts.append(f"{counted(waived, 'finding')} waived by a person")
    if skipped := verdicts.count(Verdict.SKIPPED):
        parts.append(f"{counted(skipped, 'finding')} not compared")
    return f"nothing stops it; {' and '.join(parts)}, with the reasons below"


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings; those skipped for one reason, without path or figure, as one that lists the checks."""
    groups: list[list[Finding]] = []
    same: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding != Finding(finding.check, Verdict.SKIPPED, finding.message, finding.model):
            groups.append([finding])
            continue
        key = (finding.model, finding.message)
        if key not in same:
            groups.append(same.setdefault(key, []))
        same[key].append(finding)
    return [_as_one(group) for group in groups]


def _as_one(group: list[Finding]) -> Finding:
    names = list(dict.fromkeys(finding.check for finding in group))
    if len(names) == 1:
        return group[0]
    message = f"{group[0].message}: {', '.join(names)}"
    return replace(group[0], check=counted(len(names), "check"), message=message)


def blockers(report: Report) -> list[Finding]:
    """The findings that refuse the change, worst first."""
    return worst_first(finding for finding in report.findings if not finding.verdict.good)


def by_model(report: Report) -> dict[str, list[Finding]]:
    """Every model's findings, worst first; the models in the order of their names."""
    names = {*report.models, *(finding.model for finding in report.findings)}
    return {n: worst_first(f for f in report.findings if f.model == n) for n in sorted(names)}


def verdict_of(report: Report, model: str) -> Verdict:
    """A model's verdict; the worst of the findings where the report does not list it."""
    if model in report.models:
        return report.models[model]
    return Verdict.worst([finding.verdict for finding in report.findings if finding.model == model])


def versions(report: Report, model: str) -> str:
    """`2 → 3`: production's version and the judged one; empty when neither is known."""
    before, after = report.versions.get(model, (None, None))
    if after is None:
        return "" if before is None else f"{before} → none"
    if before == after:
        return f"{after}, unchanged"
    return f"new → {after}" if before is None else f"{before} → {after}"


def counted(number_of: int, one: str, many: str | None = None) -> str:
    """`1 blocker`, `3 blockers`."""
    return f"{number_of} {one if number_of == 1 else many or one + 's'}"


def traffic_impact(report: Report) -> str:
    """What a merge would do to traffic, in one clause."""
    if not report.verdict.good:
        return f"no traffic moves: refused by {counted(len(blockers(report)), 'finding')}"
    moving = [
        f"{clean(model, 63)} ({versions(report, model)})"
        for model in sorted(report.models)
        if len(set(report.versions.get(model, (None, None)))) > 1 and report.versions[model][1] is not None
    ]
    if not moving:
        return "no traffic moves: no version changes"
    shown = ", ".join(moving[:3]) + (f" and {len(moving) - 3} more" if len(moving) > 3 else "")
    return f"a merge starts the release of {shown}, step by step"
