"""What a merge would change in the cluster: the diff of each environment's manifests, folded and capped."""

from __future__ import annotations

import re
import unicodedata

from sluicegate.ci.report.markdown_text import prose
from sluicegate.ci.report.text_format import LINE_ENDS, quantity
from sluicegate.validators.runner.finding import Finding, Report

BUDGET = 14_000
"""Characters of all diffs together."""
LONGEST = 200


def with_diff(report: Report) -> list[Finding]:
    """The findings that have a diff, in their order."""
    return [finding for finding in report.findings if finding.diff]


def shown(line: str) -> str:
    """A line as it was, its indentation too, without what is invisible or ends a line."""
    visible = (
        " " if character in LINE_ENDS else character
        for character in line[:LONGEST]
        if character in LINE_ENDS or unicodedata.category(character)[0] != "C"
    )
    return "".join(visible)


def diff_lines(report: Report) -> list[str]:
    """A folded block for each environment; as many as fit, and how many do not."""
    lines: list[str] = []
    findings = with_diff(report)
    for position, finding in enumerate(findings):
        block = _block(finding)
        if sum(map(len, [*lines, *block])) > BUDGET:
            left = quantity(len(findings) - position, "more environment")
            return [*lines, "", f"{left} with a diff in the HTML report."]
        lines += block
    return lines


def _block(finding: Finding) -> list[str]:
    what = prose(finding.message.partition(" renders")[0], 150)
    changed = sum(line.startswith(("+", "-")) for line in finding.diff)
    body = [shown(line) for line in finding.diff]
    longest = max((len(run) for line in body for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(longest + 1, 3)
    summary = f"<details><summary>What a merge applies, {what}: {quantity(changed, 'line')}</summary>"
    return ["", summary, "", f"{fence}diff", *body, fence, "", "</details>"]
