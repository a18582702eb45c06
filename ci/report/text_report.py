"""The report for a terminal: the verdict first, then what blocks, then a table for each model."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sluicegate.ci.report.log_commands import in_text
from sluicegate.ci.report.overview import (
    blockers,
    common_excuses,
    duration,
    excuses,
    from_cache,
    grouped,
    of_wholes,
    traffic_impact,
    verdict_of,
    versions,
)
from sluicegate.ci.report.text_format import MARKS, NOWHERE, clean, location, number, observed
from sluicegate.validators.runner.finding import Finding, Report, Verdict

STYLES: Mapping[str, str] = {
    "pass": "green",
    "skipped": "cyan",
    "waived": "cyan",
    "inconclusive": "yellow",
    "fail": "bold red",
    "error": "bold magenta",
}

WIDE = 100
"""Width from which a finding's figures have a column of their own."""


def render(report: Report) -> str:
    """Plain text, 110 columns wide."""
    return render_for(report, width=110, colour=False)


def render_for(report: Report, *, width: int, colour: bool) -> str:
    """Text `width` columns wide, with ANSI colours where `colour` says so; text of the report adds none."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 60),
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        emoji=False,
        highlight=False,
        markup=False,
    )
    console.print(_first_line(report), soft_wrap=True)
    for finding in grouped(blockers(report)):
        console.print()
        _blocker(console, finding)
    common, others = common_excuses(report)
    for model, findings in others.items():
        console.print()
        _heading(console, report, model)
        _table(console, of_wholes(findings))
    if common:
        console.print()
        console.print(Rule(Text(f"all {len(report.models)} models", style="bold"), align="left", style="dim"))
        _table(console, common)
    console.print()
    console.print(Text(f"{duration(report)}{from_cache(report)}", style="dim"))
    return in_text("\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n")


def _verdict(verdict: Verdict) -> Text:
    return Text(f"{MARKS[verdict]} {verdict}", style=STYLES[verdict])


def _first_line(report: Report) -> Text:
    line = _verdict(report.verdict)
    if report.head:
        line.append(f" at {clean(report.head, 64)[:12]}", style="bold")
    if excuses(report):
        line.append(f": {excuses(report)}")
    line.append(f" · {traffic_impact(report)}")
    for note in report.notes:
        line.append(f" · {clean(note, 200)}", style="dim")
    return line


def _blocker(console: Console, finding: Finding) -> None:
    head = _verdict(finding.verdict)
    head.append(f"  {clean(finding.model, 63) or NOWHERE}", style="bold")
    head.append(f"  {clean(finding.check, 80)}", style="dim")
    if finding.path:
        head.append(f"  {location(finding)}", style="underline")
    console.print(head, soft_wrap=True)
    console.print(Padding(Text(clean(finding.message)), (0, 0, 0, 2)))
    figures = _figures(finding)
    if figures:
        console.print(Padding(Text(", ".join(figures)), (0, 0, 0, 2)))
    if finding.remedy:
        console.print(Padding(Text(f"→ {clean(finding.remedy)}", style="cyan"), (0, 0, 0, 2)))


def _heading(console: Console, report: Report, model: str) -> None:
    title = Text(clean(model, 63) or NOWHERE, style="bold")
    change = versions(report, model)
    title.append(f"  {change}  " if change else "  ", style="dim")
    title.append(_verdict(verdict_of(report, model)))
    console.print(Rule(title, align="left", style="dim", characters="─"))


def _table(console: Console, findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    row = _narrow_row
    if console.width >= WIDE:
        row = _wide_row
        for _ in ("check", "figures"):
            table.add_column(no_wrap=True, overflow="fold")
    table.add_column(no_wrap=True, overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(*row(finding))
    console.print(table)


def _wide_row(finding: Finding) -> list[Text]:
    """Verdict, check, figures and message, each in its own column."""
    figures = Text("\n".join(_figures(finding)), style="dim")
    return [_verdict(finding.verdict), Text(clean(finding.check, 40)), figures, Text(clean(finding.message))]


def _narrow_row(finding: Finding) -> list[Text]:
    """The verdict, and beside it check, message and figures below each other."""
    lines = [Text(clean(finding.check, 40)), Text(clean(finding.message))]
    figures = _figures(finding)
    if figures:
        lines.append(Text(", ".join(figures), style="dim"))
    return [_verdict(finding.verdict), Text("\n").join(lines)]


def _figures(finding: Finding) -> list[str]:
    """`0.671 [0.665, 0.677]`, `threshold 0.64`, `production 0.647`: those that are known."""
    lines = []
    if finding.observed is not None or finding.interval is not None:
        lines.append(observed(finding))
    if finding.threshold is not None:
        lines.append(f"threshold {number(finding.threshold)}")
    if finding.production is not None:
        lines.append(f"production {number(finding.production)}")
    return [line[:40] for line in lines]
