"""One comment with two parts and two writers."""

from __future__ import annotations

from collections.abc import Callable

from support.announcements import announcement

from sluicegate.ci.report.comment_body import LIMIT, parse
from sluicegate.ci.report.markdown_report import BUDGET, render
from sluicegate.ci.report.markdown_text import marker, read_marker
from sluicegate.ci.report.rollout.told import fold
from sluicegate.validators.runner.finding import Finding, Report, Verdict

WEB = "https://github.example/o/r"


def test_a_report_alone_is_what_it_was(report: Report) -> None:
    assert parse(render(report)).text() == render(report)


def test_each_writer_keeps_the_part_of_the_other(report: Report) -> None:
    releases = fold({}, [announcement()])
    both = parse(render(report)).with_releases(releases, WEB)
    again = parse(parse(both.text()).with_report(render(report)).text())
    assert again.text() == both.text()
    assert again.releases == releases
    assert again.text().startswith("⏳ **at 5 %**")
    assert read_marker(again.text(), "validate")["head"] == report.head


def test_what_a_browser_and_a_person_made_of_it_is_taken_apart_as_before(report: Report) -> None:
    both = parse(render(report)).with_releases(fold({}, [announcement()]), WEB)
    edited = both.text().replace("\n", "\r\n") + "\r\nSee the chat.\r\n"
    assert parse(edited).text() == both.text()


def test_a_rollout_without_a_report_is_a_comment_too() -> None:
    text = parse("").with_releases(fold({}, [announcement()]), WEB).text()
    assert parse(text).releases.keys() == {"production/m"}


def test_the_largest_of_both_fit_into_one_comment(make_report: Callable[..., Report]) -> None:
    findings = tuple(Finding(f"c{n}", Verdict.FAIL, "m" * 500, "a", remedy="r" * 500) for n in range(500))
    text = render(make_report(findings))
    assert len(text) <= BUDGET
    news = [announcement(model=f"{'m' * 55}{n}", reason="why " * 90, commit=f"{n:040}") for n in range(100)]
    both = parse(text).with_releases(fold({}, news), WEB).text()
    assert len(both) <= LIMIT
    assert parse(both).releases


def test_a_comment_that_is_too_long_loses_the_reports_end_and_no_state() -> None:
    long = "line\n" * 20_000 + marker("validate", {"head": "a" * 40}) + "\n"
    text = parse(long).text()
    assert len(text) <= LIMIT
    assert read_marker(text, "validate") == {"head": "a" * 40}
    assert "The rest is in the check run." in text
