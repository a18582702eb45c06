"""The picture in a comment and in the page, and what a hostile name of a value can do there: nothing."""

import pytest

from sluicegate.ci.report.graph_picture import MOST_BOXES, mermaid, picture_lines, words
from sluicegate.ci.report.graph_plot import graph_plot
from sluicegate.ci.report.html_report import render
from sluicegate.ci.report.markdown_comment import comment
from sluicegate.validators.runner.finding import Finding, Report, Verdict

TRIGGER = ((" input x", "+Less hidden"), ("+Less hidden", "+Where z"), ("-Relu a", " output y"))
HOSTILE = '+Relu x"];\nclick n0 "javascript:alert(1)"\n<img src=x onerror=alert(1)> $\\frac$ ```'


def finding(arrows):
    return Finding("graph-diff", Verdict.PASS, "2 new and 1 gone nodes: 3 drawn", "m", graph=arrows)


def report(arrows):
    return Report(findings=(finding(arrows),), seconds=1.0)


def test_new_and_gone_boxes_say_so():
    assert mermaid(TRIGGER)[:7] == [
        "flowchart TD",
        '  n0["input x"]',
        '  n1["new Less hidden"]:::new',
        '  n2["new Where z"]:::new',
        '  n3["gone Relu a"]:::gone',
        '  n4["output y"]',
        "  n0 --> n1",
    ]


def test_a_hostile_name_is_letters_and_signs_only():
    assert set(words(HOSTILE)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._/-")
    lines = picture_lines(report(((HOSTILE, "+y"),)))
    assert lines.count("```") == 1
    assert not [line for line in lines if "click" in line and not line.startswith('  n0["')]


def test_comment_and_page_have_it():
    assert "```mermaid" in comment(report(TRIGGER))
    page = render(report(TRIGGER))
    assert "new Where z" in page
    assert 'id="graph-0-title"' in page
    assert "<img" not in render(report(((HOSTILE, "+y"),)))


@pytest.mark.parametrize(
    "arrows",
    [
        ((" a", " b"), (" b", " a")),
        ((" a", " a"),),
        tuple((f" {n}", f"+{n}") for n in range(200)),
        (("", ""),),
    ],
)
def test_what_a_taken_over_child_draws_is_bounded(arrows):
    assert len(mermaid(arrows)) <= 2 * MOST_BOXES + len(arrows)
    assert "<svg" in graph_plot(finding(arrows), "g")
