"""The comment of a pull request as its reader gets it: short, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt

from sluicegate.ci.report.markdown_comment import LINES, comment
from sluicegate.ci.report.markdown_report import BUDGET
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.validators.runner.finding import Finding, Report, Verdict

Make = Callable[..., Report]


def test_all_green_is_twelve_lines_at_most(make_report: Make) -> None:
    models = [f"m{n}" for n in range(20)]
    findings = tuple(Finding(f"c{n}", Verdict.PASS, "fine", model) for model in models for n in range(40))
    text = comment(make_report(findings, versions=dict.fromkeys(models, (1, 2))))
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert lines[0].startswith("✅ **pass** at `ab12ab12ab12`")
    assert "- `m0` `1 → 2` ✅ pass" in lines
    assert "- and 17 more models" in lines
    assert "800 findings in 3.2 s, all of them in the check run's page." in lines


def test_a_model_stands_with_where_it_comes_from(make_report: Make) -> None:
    said = Finding("lineage", Verdict.PASS, "run https://mlflow.example.org/1, dataset `x` @you", "m")
    text = comment(make_report((said,), versions={"m": (1, 2)}))
    (line,) = (line for line in text.splitlines() if line.startswith("- `m`"))
    assert line.startswith("- `m` `1 → 2` ✅ pass · `` run https:")
    assert "https://" not in text and "@you" not in text


def test_a_refusal_is_what_stops_it_and_the_rest_is_folded(report: Report) -> None:
    text = comment(report)
    shown, _, folded = text.partition("<details>")
    assert "observed `-0.11 [-0.15, -0.06]` · threshold `-0.05` · production `0`" in shown
    assert "at `models/flight-delay/model.yaml:33:5`" in shown
    assert "fix: retrain with more rows of AA" in shown
    assert "roc_auc" not in shown
    assert "roc\\_auc is at least 0.64" in folded


def test_nothing_is_said_twice(report: Report) -> None:
    text = comment(report)
    for finding in report.findings:
        assert text.count(finding.message.replace("_", "\\_")) == 1, finding.message


def test_new_refusals_of_an_approved_pull_request_stand_at_the_top(report: Report, make_report: Make) -> None:
    before = read_marker(comment(report), "validate")
    added = Finding("licence", Verdict.INCONCLUSIVE, "no licence", "digits")
    again = make_report((*report.findings, added))
    lines = [line for line in comment(again, before, "cd34" * 10).splitlines() if line]
    assert lines[1] == "⚠️ **1 refusal came after the approval of `cd34cd34cd34`**, which did not see them:"
    assert "no licence" in lines[2]
    assert "⚠️" not in comment(again, before, None)
    assert "⚠️" not in comment(report, before, "cd34" * 10)


def test_figures_that_moved_are_not_new_refusals(report: Report, make_report: Make) -> None:
    before = read_marker(comment(report), "validate")
    moved = tuple(
        Finding(one.check, one.verdict, f"{one.message} again", one.model) for one in report.findings
    )
    assert "⚠️" not in comment(make_report(moved), before, "cd34" * 10)


def test_a_state_that_was_edited_is_harmless(report: Report) -> None:
    for before in ({}, {"refused": "all"}, {"refused": [1, None]}):
        assert comment(report, before, "cd34" * 10).startswith("💥 **error**")


def test_it_is_capped_and_hostile_text_is_text(hostile: Report, make_report: Make) -> None:
    text = comment(hostile)
    assert len(text) <= BUDGET
    many = tuple(
        Finding(f"c{n}", verdict, "x" * 900, "a", remedy="y" * 900)
        for n in range(600)
        for verdict in (Verdict.FAIL, Verdict.PASS)
    )
    for text in (comment(hostile), comment(make_report(many))):
        assert len(text) <= BUDGET
        assert text.count("<details>") == text.count("</details>")
        html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        assert "<script" not in html
        assert "<img" not in html
