"""The rendered diff in the comment and in the HTML page."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt

from sluicegate.ci.report.html_report import render as html
from sluicegate.ci.report.markdown_comment import comment
from sluicegate.ci.report.markdown_diff import BUDGET, diff_lines
from sluicegate.validators.runner.finding import Finding, Report, Verdict

Make = Callable[..., Report]
DIFF = ("@@ -1 +1 @@", "-  version: 1", "+  version: 2", "   same: true")


def rendered(environment: str = "production", diff: tuple[str, ...] = DIFF) -> Finding:
    message = f"{environment}: m renders with the engine ort (objects: finished 9)"
    return Finding("chart-renders", Verdict.PASS, message, "m", diff=diff)


def test_each_environments_diff_is_folded_in_comment_and_page(make_report: Make) -> None:
    report = make_report((rendered("staging"), rendered()))
    text = comment(report)
    assert text.count("<details><summary>What a merge applies, ") == 2
    assert "```diff\n@@ -1 +1 @@\n-  version: 1\n+  version: 2\n   same: true\n```" in text
    assert '<span class="new">+  version: 2</span>' in html(report)


def test_without_a_diff_nothing_is_added(make_report: Make) -> None:
    assert diff_lines(make_report((rendered(diff=()),))) == []


def test_no_line_leaves_its_block(make_report: Make) -> None:
    hostile = ("+```", "+</details><script>alert(1)</script>", "+a\n/approve", "+\x1b[31m\u202e")
    text = "\n".join(diff_lines(make_report((rendered(diff=hostile),))))
    shown = MarkdownIt("commonmark", {"html": True}).render(text)
    assert "<script" not in shown
    assert shown.count("<code") == 1
    assert not [line for line in text.splitlines() if line.startswith("/")]
    assert "\x1b" not in text


def test_all_together_are_capped(make_report: Make) -> None:
    findings = tuple(rendered(f"e{n}", ("+" + "x" * 150,) * 40) for n in range(20))
    text = "\n".join(diff_lines(make_report(findings)))
    assert len(text) <= BUDGET + 200
    assert "more environments with a diff in the HTML report" in text
