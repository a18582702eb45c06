from __future__ import annotations

from ci.report.text import render, render_for
from validators.base import Report


def test_the_verdict_comes_first_then_what_blocks(report: Report) -> None:
    lines = render(report).splitlines()
    assert lines[
        0
    ] == "✘ error at ab12ab12ab12 · no traffic moves: refused by 4 findings · limits only".replace("✘", "!")
    assert lines[2].startswith("! error  digits  sandboxed")
    text = "\n".join(lines)
    assert "  -0.11 [-0.15, -0.06], threshold -0.05, production 0\n  → retrain with more rows of AA" in text


def test_a_narrow_terminal_loses_nothing(report: Report) -> None:
    text = " ".join(render_for(report, width=60, colour=False).split())
    for finding in report.findings:
        assert finding.message.split()[0] in text
        assert finding.check in text


def test_colour_only_where_asked(report: Report) -> None:
    assert "\x1b" not in render(report)
    assert "\x1b[" in render_for(report, width=100, colour=True)


def test_rich_markup_in_a_text_is_shown_not_obeyed(hostile: Report) -> None:
    assert "[red]rich[/red]" in render(hostile)
