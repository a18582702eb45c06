"""The report as one page: no script, nothing loaded from elsewhere, a plot for each measured finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sluicegate.ci.report.finding_plot import finite, plot
from sluicegate.ci.report.graph_plot import graph_plot
from sluicegate.ci.report.html_page import page
from sluicegate.ci.report.markdown_diff import shown
from sluicegate.ci.report.overview import (
    blockers,
    by_model,
    grouped,
    of_parts,
    traffic_impact,
    verdict_of,
    versions,
)
from sluicegate.ci.report.parts_plot import parts_plot
from sluicegate.ci.report.text_format import (
    MARKS,
    NOWHERE,
    clean,
    location,
    number,
    observed,
    production,
    quantity,
)
from sluicegate.validators.runner.finding import Finding, Report

MOST_PLOTS = 40


def render(report: Report) -> str:
    """The whole page. Plots beyond the first forty are left out; their numbers are in the tables."""
    sections = by_model(report)
    tables = [
        (model, check, parts)
        for model, findings in sections.items()
        for check, parts in of_parts(findings).items()
    ]
    together = {
        (model, check): parts_plot(parts, f"parts-{position}")
        for position, (model, check, parts) in enumerate(tables[:MOST_PLOTS])
    }
    measured = [f for findings in sections.values() for f in findings if _is_measured(f)]
    plots = {id(f): plot(f, f"plot-{position}") for position, f in enumerate(measured[:MOST_PLOTS])}
    drawn = [f for findings in sections.values() for f in findings if f.graph]
    plots |= {id(f): graph_plot(f, f"graph-{position}") for position, f in enumerate(drawn[:MOST_PLOTS])}
    blocking = grouped(blockers(report))
    return page(
        "report.html",
        marks=MARKS,
        verdict=str(report.verdict),
        headline=f"{quantity(len(blocking), 'finding')} to fix" if blocking else "Nothing stops it",
        head=clean(report.head, 64)[:12] if report.head else "",
        traffic=traffic_impact(report),
        notes=[clean(note, 200) for note in report.notes],
        blockers=[_finding(f) for f in blocking],
        models=[_model(report, model, findings, plots, together) for model, findings in sections.items()],
        total=len(report.findings),
        seconds=report.seconds,
    )


def _model(
    report: Report,
    model: str,
    findings: Sequence[Finding],
    plots: Mapping[int, Markup],
    together: Mapping[tuple[str, str], Markup],
) -> dict[str, Any]:
    """The section of a model."""
    return {
        "name": clean(model, 63) or NOWHERE,
        "verdict": str(verdict_of(report, model)),
        "versions": versions(report, model),
        "plots": [_finding(f) | {"svg": plots[id(f)]} for f in findings if id(f) in plots and not f.graph],
        "together": [
            {"check": clean(check, 80), "svg": svg}
            for (whose, check), svg in together.items()
            if whose == model
        ],
        "graphs": [_finding(f) | {"svg": plots[id(f)]} for f in findings if f.graph and id(f) in plots],
        "diffs": [
            {"what": clean(f.message.partition(" renders")[0]), "lines": [*map(shown, f.diff)]}
            for f in findings
            if f.diff
        ],
        "bad": [_finding(f) for f in grouped(findings) if not f.verdict.good],
        "good": [_finding(f) for f in findings if f.verdict.good],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": clean(finding.check, 80),
        "verdict": str(finding.verdict),
        "model": clean(finding.model, 63) or NOWHERE,
        "location": location(finding),
        "message": clean(finding.message),
        "observed": observed(finding),
        "threshold": number(finding.threshold),
        "production": production(finding),
        "remedy": clean(finding.remedy) if finding.remedy else "",
    }


def _is_measured(finding: Finding) -> bool:
    """Whether there is a number with its interval, and something to compare it with."""
    others = (finding.threshold, finding.production)
    comparable = any(finite(other) is not None for other in others)
    return (
        finding.part is None
        and finding.interval is not None
        and finite(finding.observed) is not None
        and comparable
    )
