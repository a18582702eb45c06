"""The report for a terminal: the verdict first, then what blocks, then a table a model."""

from __future__ import annotations

import io

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sluicegate.ci.report.text_format import (
    MARKS,
    NOWHERE,
    blockers,
    by_model,
    clean,
    gathered,
    number,
    observed,
    place,
    traffic_impact,
    verdict_of,
    versions,
    waived_words,
)
from sluicegate.validators.runner.finding import Finding, Report, Verdict

STYLES = {
    Verdict.PASS: "green",
    Verdict.SKIPPED: "dim",
    Verdict.WAIVED: "cyan",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
}

WIDE = 100
"""Columns from which a finding's figures have a column of their own."""


def render(report: Report) -> str:
    """Plain text, 110 columns wide."""
    return render_for(report, width=110, colour=False)


def render_for(report: Report, *, width: int, colour: bool) -> str:
    """Text `width` columns wide; with ANSI colours if asked; the report's own words can bring none."""
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
    for finding in blockers(report):
        console.print()
        _blocker(console, finding)
    for model, findings in by_model(report).items():
        console.print()
        _table(console, report, model, findings)
    console.print()
    console.print(Text(f"{len(report.findings)} findings in {report.seconds:.2f} s", style="dim"))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _verdict(verdict: Verdict) -> Text:
    return Text(f"{MARKS[verdict]} {verdict}", style=STYLES[verdict])


def _first_line(report: Report) -> Text:
    line = _verdict(report.verdict)
    if report.head:
        line.append(f" at {clean(report.head, 64)[:12]}", style="bold")
    if report.verdict in (Verdict.SKIPPED, Verdict.WAIVED):
        line.append(f": {waived_words(report)}")
    line.append(f" · {traffic_impact(report)}")
    for note in report.notes:
        line.append(f" · {clean(note, 200)}", style="dim")
    return line


def _blocker(console: Console, finding: Finding) -> None:
    head = _verdict(finding.verdict)
    head.append(f"  {clean(finding.model, 63) or NOWHERE}", style="bold")
    head.append(f"  {clean(finding.check, 80)}", style="dim")
    if finding.path:
        head.append(f"  {place(finding)}", style="underline")
    console.print(head, soft_wrap=True)
    console.print(Padding(Text(clean(finding.message)), (0, 0, 0, 2)))
    figures = _figures(finding)
    if figures:
        console.print(Padding(Text(", ".join(figures)), (0, 0, 0, 2)))
    if finding.remedy:
        console.print(Padding(Text(f"→ {clean(finding.remedy)}", style="cyan"), (0, 0, 0, 2)))


def _table(console: Console, report: Report, model: str, findings: list[Finding]) -> None:
    title = Text(clean(model, 63) or NOWHERE, style="bold")
    change = versions(report, model)
    title.append(f"  {change}  " if change else "  ", style="dim")
    title.append(_verdict(verdict_of(report, model)))
    console.print(Rule(title, align="left", style="dim", characters="─"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    wide = console.width >= WIDE
    for fixed in (True, True, True, False) if wide else (True, False):
        table.add_column(no_wrap=fixed, overflow="fold")
    for finding in gathered(findings):
        check, figures = Text(clean(finding.check, 40)), _figures(finding)
        said = Text(clean(finding.message))
        if wide:
            table.add_row(_verdict(finding.verdict), check, Text("\n".join(figures), style="dim"), said)
        else:
            lines = [check, said, *([Text(", ".join(figures), style="dim")] if figures else [])]
            table.add_row(_verdict(finding.verdict), Text("\n").join(lines))
    console.print(table)


def _figures(finding: Finding) -> list[str]:
    """`0.671 [0.665, 0.677]`, `threshold 0.64`, `production 0.647`: those that are known."""
    lines = [observed(finding)] if finding.observed is not None or finding.interval is not None else []
    if finding.threshold is not None:
        lines.append(f"threshold {number(finding.threshold)}")
    if finding.production is not None:
        lines.append(f"production {number(finding.production)}")
    return [line[:40] for line in lines]
