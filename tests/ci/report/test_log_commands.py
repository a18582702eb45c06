"""Nothing that a report quotes runs in the log of GitHub Actions, Azure Pipelines or TeamCity."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from sluicegate.ci.report import formats, render
from sluicegate.ci.report.log_commands import in_json, in_markup, in_text
from sluicegate.validators.runner.finding import Finding, Report, Verdict

COMMANDS = ("::stop-commands::abc", "##[add-mask]x", "##vso[task.setvariable variable=a]b", "##teamcity[x]")
OURS = ("::error ", "::warning ", "::group::", "::endgroup::")
"""The commands of `--format github` itself."""


def runs(line: str) -> bool:
    """Whether one of those systems takes a line for a command: ActionCommand.cs of actions/runner."""
    return line.strip().startswith("::") or any(f"##{name}[" in line for name in ("", "vso", "teamcity"))


@pytest.mark.parametrize("form", formats())
def test_no_line_of_any_format_is_a_command_of_others(form: str) -> None:
    wrapped = f"{'x' * 60} " * 3
    findings = tuple(
        Finding("quality", verdict, text, "digits", command, remedy=text, diff=(f" {command}", f"+{command}"))
        for command in COMMANDS
        for text in (command, f"{wrapped}{command}", f"{command} " * 40)
        for verdict in (Verdict.FAIL, Verdict.PASS)
    )
    report = Report(findings, 1.0, notes=COMMANDS, models={"digits": Verdict.FAIL})
    lines = render(report, form).splitlines()
    assert [line for line in lines if runs(line) and not line.startswith(OURS)] == []
    assert not [line for line in lines if "##[" in line or "##vso[" in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_who_parses_json_or_xml_gets_the_very_text(command: str) -> None:
    assert json.loads(in_json(json.dumps([command]))) == [command]
    assert ElementTree.fromstring(in_markup(f"<a>\n{command}</a>")).text == f"\n{command}"


def test_colours_and_spaces_before_a_command_hide_none() -> None:
    assert in_text("a\n \x1b[31m::error::x") == "a\n \x1b[31m:\u200b:error::x"


def test_other_text_stays_as_it_is() -> None:
    text = "std::vector ## heading\n  a: b::c # [x]"
    assert in_text(text) == text
    assert in_markup(text) == text
