"""The report as a pull request's comment: short. The whole report is in the check run's page.

All good: verdict, head and models, at most LINES lines. Refused: what stops it, each with its figures, its
place, its cause and what to do; everything else folded away. Nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sluicegate.ci.report.graph_picture import picture_lines
from sluicegate.ci.report.log_commands import in_text
from sluicegate.ci.report.markdown_diff import diff_lines
from sluicegate.ci.report.markdown_report import (
    BUDGET,
    KIND,
    MOST_BLOCKERS,
    SIGNS,
    blocker_lines,
    findings_table,
    first_line,
    reproduction,
    state_of,
)
from sluicegate.ci.report.markdown_text import code, marker, within
from sluicegate.ci.report.overview import (
    blockers,
    by_model,
    duration,
    from_cache,
    grouped,
    of_wholes,
    verdict_of,
    versions,
)
from sluicegate.ci.report.text_format import NOWHERE, quantity
from sluicegate.validators.checks import lineage
from sluicegate.validators.runner.finding import Finding, Report, Verdict

LINES = 12
"""Lines at most of a report that stops nothing, the hidden one included, without what is folded away."""
MOST_MODELS = 3
MOST_REMEMBERED = 60
"""Refusals that the hidden line remembers, to know which ones are new."""
PAGE = "the check run's page"


def comment(report: Report, before: Mapping[str, Any] | None = None, approval: str | None = None) -> str:
    """The report's part of the comment, at most BUDGET characters.

    `before` is the state of the comment's hidden line as it was, `approval` the commit that a reviewer
    approved, where one did: then refusals that were not there before come first, and are said to be new.
    """
    stops = grouped(blockers(report))
    lines = [first_line(report)]
    if stops:
        new = _new(stops, before) if approval else []
        lines += _refused(report, stops, new, approval)
    else:
        lines += _good(report)
    lines += picture_lines(report)
    lines += diff_lines(report)
    state = {
        **state_of(report),
        "refused": _names(stops)[:MOST_REMEMBERED],
        "stops": list(dict.fromkeys(map(refused_check, blockers(report))))[:MOST_REMEMBERED],
    }
    end = ["", reproduction(report), "", marker(KIND, state)]
    kept, left = within(BUDGET - sum(map(len, end)) - 200, lines)
    # A table that is cut in a folded part leaves the part open.
    opened = sum(line.startswith("<details>") for line in kept) - kept.count("</details>")
    kept += ["", "</details>"] * opened
    if left:
        kept += ["", f"The rest is in {PAGE}."]
    return in_text("\n".join([*kept, *end]) + "\n")


def _good(report: Report) -> list[str]:
    """A line for each model, and where the rest is."""
    models = [name for name in by_model(report) if name]
    lines = [_model(report, name) for name in models[:MOST_MODELS]]
    if len(models) > MOST_MODELS:
        lines.append(f"- and {quantity(len(models) - MOST_MODELS, 'more model')}")
    return ["", *lines, "", f"{duration(report)}, all of them in {PAGE}{from_cache(report)}."]


def _model(report: Report, name: str) -> str:
    verdict = verdict_of(report, name)
    change = versions(report, name)
    shown = f" {code(change)}" if change else ""
    return f"- {code(name, 63)}{shown} {SIGNS[verdict]} {verdict}{_origin(report, name)}"


def _origin(report: Report, name: str) -> str:
    """Where the version comes from, as its model.yaml says; nothing where it does not."""
    found = (one for one in report.findings if (one.check, one.model) == (lineage.CHECK, name))
    words = next((one.message for one in found if one.verdict is Verdict.PASS), "")
    return f" · {code(words, 400)}" if words else ""


def _refused(
    report: Report, stops: Sequence[Finding], new: Sequence[Finding], approval: str | None
) -> list[str]:
    """What stops it, the new ones first; what is good folded."""
    lines = []
    if new:
        count = quantity(len(new), "refusal")
        seen = f"after the approval of {code((approval or '')[:12])}"
        lines += ["", f"⚠️ **{count} came {seen}**, which did not see them:"]
    ordered = [*new, *(one for one in stops if one not in new)]
    for finding in ordered[:MOST_BLOCKERS]:
        lines += blocker_lines(finding)
    if len(ordered) > MOST_BLOCKERS:
        lines += ["", f"**{quantity(len(ordered) - MOST_BLOCKERS, 'more blocker')}** in {PAGE}."]
    good = of_wholes(finding for finding in report.findings if finding.verdict.good)
    if good:
        summary = f"<details><summary>{quantity(len(good), 'finding')} that stop nothing</summary>"
        lines += ["", summary, "", *findings_table(good), "", "</details>"]
    return lines


def _new(stops: Sequence[Finding], before: Mapping[str, Any] | None) -> list[Finding]:
    """Those that the comment did not have before; none where there was no comment."""
    known = None if before is None else before.get("refused")
    if not isinstance(known, list):
        return []
    return [finding for finding in stops if _name(finding) not in known]


def _names(stops: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(map(_name, stops)))


def refused_check(finding: Finding) -> str:
    """What the hidden line remembers of a refusal that may be overridden: the model and the check."""
    return f"{finding.model}/{finding.check}"


def _name(finding: Finding) -> str:
    """The same refusal has the same name, whatever its figures are."""
    return f"{finding.model or NOWHERE}/{finding.check}/{finding.part or ''}"[:120]
