from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.parts import parts

from sluicegate.ci.report.markdown_report import BUDGET, render
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.validators.runner.finding import Finding, Report, Verdict

TEXT = st.text(st.one_of(st.characters(), st.sampled_from("@#/<>`|\n*_[]:$")), max_size=80)


def assert_harmless(text: str) -> None:
    assert len(text) <= BUDGET
    assert not re.search(r"^\s*/", text, re.MULTILINE)
    assert "<script" not in text.lower()
    assert not re.search(r"@[\w-]", text)
    tags = {tag.lower() for tag in re.findall(r"</?([A-Za-z]+)", re.sub(r"`+[^`]*`+", "", text))}
    assert tags <= {"details", "summary", "sub"}
    assert text.lower().count("<details>") == text.lower().count("</details>")


def test_line_1_has_verdict_head_traffic_and_notes(report: Report) -> None:
    first = render(report).splitlines()[0]
    assert "**error**" in first
    assert "`ab12ab12ab12`" in first
    assert "no traffic moves: refused by 4 findings" in first
    assert "limits only" in first


def test_a_blocker_says_what_was_seen_and_how_to_mend_it(report: Report) -> None:
    text = render(report)
    assert "observed `-0.11 [-0.15, -0.06]` · threshold `-0.05` · production `0`" in text
    assert "at `models/flight-delay/model.yaml:33:5`" in text
    assert "fix: retrain with more rows of AA" in text


def test_good_findings_are_folded_away(report: Report) -> None:
    text = render(report)
    assert text.index("<details>") < text.index("data-drift") < text.index("</details>")


def test_what_is_skipped_for_one_reason_is_one_row(make_report: Callable[..., Report]) -> None:
    findings = tuple(Finding(name, Verdict.SKIPPED, "not run: left out", "m") for name in ("a", "b"))
    lines = render(make_report(findings)).splitlines()
    assert "**skipped** at `ab12ab12ab12`: nothing stops it; 2 findings skipped" in lines[0]
    (row,) = [line for line in lines if "not run" in line]
    assert "`2 checks`" in row
    assert "left out: a, b" in row


def test_the_last_line_is_a_marker_with_the_state(report: Report) -> None:
    assert read_marker(render(report), "validate") == {
        "head": "ab12" * 10,
        "verdict": "error",
        "models": {"flight-delay": "fail", "digits": "error"},
    }


def test_hostile_text_is_harmless(hostile: Report) -> None:
    text = render(hostile)
    assert_harmless(text)
    assert read_marker(text, "validate") is not None


@given(message=TEXT, model=TEXT, check=TEXT, remedy=TEXT, path=TEXT, observed=TEXT)
def test_any_text_is_harmless(
    message: str, model: str, check: str, remedy: str, path: str, observed: str
) -> None:
    finding = Finding(
        check, Verdict.FAIL, message, model, path, observed=observed, remedy=remedy, threshold=message
    )
    report = Report((finding,), 0.1, head=message, notes=(message, remedy), models={model: Verdict.FAIL})
    text = render(report)
    assert_harmless(text)
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        "p", "strong", "code", "ul", "li", "h3", "table", "thead", "tbody", "tr", "th", "td", "details",
        "summary", "sub",
    }  # fmt: skip


@pytest.mark.parametrize(("count", "size"), [(3_000, 20), (300, 5_000), (40, 100_000)])
def test_the_comment_is_capped_and_says_what_is_left_out(
    make_report: Callable[..., Report], count: int, size: int
) -> None:
    findings = tuple(
        Finding(
            f"check-{i}", (Verdict.FAIL, Verdict.PASS)[i % 2], "w " * size, f"m{i % 7}", "p" * size,
            remedy="r" * size,
        )
        for i in range(count)
    )  # fmt: skip
    text = render(make_report(findings))
    assert_harmless(text)
    assert read_marker(text, "validate") is not None
    assert ("left out for length" in text) == (count > 40)
    assert "more blockers" in text or count == 40


def test_many_models_with_long_names_still_fit(make_report: Callable[..., Report]) -> None:
    findings = tuple(Finding("c", Verdict.FAIL, "m" * 500, f"{'n' * 300}{i}") for i in range(2_000))
    text = render(make_report(findings))
    assert_harmless(text)
    assert read_marker(text, "validate") is not None


def test_the_parts_of_a_model_are_a_table_of_their_own_folded(make_report: Callable[..., Report]) -> None:
    text = render(make_report(parts("age", "size")))
    summary = "<details><summary>column-importance: 2 parts</summary>"
    assert text.count("<details>") == 2
    assert "| `age` | `0.2 [0.1, 0.3]` | `0.5 [0.4, 0.6]` | age: changed |" in text.split(summary)[1]
    assert "1 of 2 columns changed" in text.split(summary)[0]
    assert "age: changed" not in text.split(summary)[0]
    assert_harmless(render(make_report(parts("@octocat", "<script>", "| a |\n/promote"))))
