from __future__ import annotations

import re
from collections.abc import Callable

from sluicegate.ci.report.github_report import MOST, render
from sluicegate.validators.runner.finding import Finding, Report, Verdict


def commands(text: str) -> list[str]:
    """The lines that Actions takes for commands (runner, ActionCommand.TryParseV2 and TryParse)."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]


def test_what_blocks_is_an_annotation_with_its_place(report: Report) -> None:
    lines = commands(render(report))
    assert lines[1].startswith(
        "::error file=models/flight-delay/model.yaml,line=33,col=5,"
        "title=flight-delay%3A quality-segments::recall"
    )
    assert "%0A→ retrain with more rows of AA" in lines[1]
    assert sum(line.startswith("::warning ") for line in lines) == 1
    assert lines[-2:] == ["::group::All 6 findings", "::endgroup::"]


def test_no_more_annotations_than_actions_shows(make_report: Callable[..., Report]) -> None:
    findings = tuple(
        Finding(f"c{i}", verdict, f"m{i}", "a")
        for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
        for i in range(MOST + 5)
    )
    text = render(make_report(findings))
    assert len(re.findall(r"^::error ", text, re.MULTILINE)) == MOST
    assert len(re.findall(r"^::warning ", text, re.MULTILINE)) == MOST
    assert text.count("  a  c") == len(findings)


def test_hostile_text_starts_no_command(hostile: Report) -> None:
    lines = commands(render(hostile))
    assert all(re.match(r"::(error|warning|group|endgroup)\b", line) for line in lines)
    assert len(lines) == MOST + 2
    for line in lines[:MOST]:
        properties = line.removeprefix("::error ").partition("::")[0]
        assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "line", "col", "title"]
