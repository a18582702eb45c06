"""The report as one page: no script, nothing loaded from elsewhere, a plot for each measured finding."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from sluicegate.ci.report._page import page
from sluicegate.ci.report._plot import COLOURS, bare, figure, svg
from sluicegate.ci.report.text_format import (
    MARKS,
    NOWHERE,
    blockers,
    by_model,
    clean,
    counted,
    number,
    observed,
    place,
    traffic_impact,
    verdict_of,
    versions,
)
from sluicegate.validators.runner.finding import Finding, Report, Verdict

MOST_PLOTS = 40
COLOUR = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.ERROR: "bad"}


def render(report: Report) -> str:
    """The whole page. Plots beyond the first forty are left out; their numbers stand in the tables."""
    sections = by_model(report)
    measured = [f for findings in sections.values() for f in findings if _measured(f)][:MOST_PLOTS]
    drawn = {id(f): _plot(f, f"plot-{position}") for position, f in enumerate(measured)}
    stopping = blockers(report)
    return page(
        "report.html",
        marks={str(verdict): mark for verdict, mark in MARKS.items()},
        verdict=str(report.verdict),
        headline=f"{counted(len(stopping), 'finding')} to mend" if stopping else "Nothing stops it",
        head=clean(report.head, 64)[:12] if report.head else "",
        traffic=traffic_impact(report),
        notes=[clean(note, 200) for note in report.notes],
        blockers=[_finding(f) for f in stopping],
        models=[
            {
                "name": clean(model, 63) or NOWHERE,
                "verdict": str(verdict_of(report, model)),
                "versions": versions(report, model),
                "plots": [_finding(f) | {"svg": drawn[id(f)]} for f in findings if id(f) in drawn],
                "bad": [_finding(f) for f in findings if not f.verdict.good],
                "good": [_finding(f) for f in findings if f.verdict.good],
            }
            for model, findings in sections.items()
        ],
        total=len(report.findings),
        seconds=report.seconds,
    )


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": clean(finding.check, 80),
        "verdict": str(finding.verdict),
        "model": clean(finding.model, 63) or NOWHERE,
        "place": place(finding),
        "message": clean(finding.message),
        "observed": observed(finding),
        "threshold": number(finding.threshold),
        "production": number(finding.production),
        "remedy": clean(finding.remedy) if finding.remedy else "",
    }


def _finite(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _measured(finding: Finding) -> bool:
    """Whether there is a number with its interval, and something to hold it against."""
    others = (finding.threshold, finding.production)
    compared = any(_finite(other) is not None for other in others)
    return finding.interval is not None and _finite(finding.observed) is not None and compared


def _plot(finding: Finding, name: str) -> Markup:
    """One line: observed as a dot on its interval, against threshold (line) and production (diamond)."""
    seen, threshold, production = map(_finite, (finding.observed, finding.threshold, finding.production))
    assert seen is not None  # noqa: S101
    ends = [_finite(end) for end in finding.interval or ()]
    known = [v for v in (seen, threshold, *ends) if v is not None]
    low, high = min(known), max(known)
    if production is not None and threshold is not None and not _near(production, low, high):
        production = None
    if production is not None:
        low, high = min(low, production), max(high, production)
    pad = 0.12 * (high - low) or abs(high) * 0.1 or 1.0
    left, right = low - pad, high + pad
    colour = COLOURS[COLOUR.get(finding.verdict, "open")]
    with figure(6.2, 0.95) as drawn:
        axes = drawn.add_axes((0.03, 0.28, 0.94, 0.7))
        bare(axes)
        axes.set_xlim(left, right)
        axes.set_ylim(-1, 1.5)
        if len(ends) == 2:
            start, stop = ends[0] if ends[0] is not None else left, ends[1] if ends[1] is not None else right
            axes.plot([start, stop], [0, 0], color=colour, lw=7, alpha=0.3, solid_capstyle="round")
        axes.plot([seen], [0], "o", color=colour, ms=7)
        if threshold is not None:
            axes.plot([threshold, threshold], [-0.8, 0.8], color=COLOURS["ink"], lw=1.4, ls=(0, (4, 2)))
            _label(axes, threshold, "threshold", left, right)
        if production is not None:
            axes.plot([production], [0], "D", mfc="none", mec=COLOURS["mark"], mew=1.6, ms=7)
            if threshold is None or abs(production - threshold) > 0.16 * (right - left):
                _label(axes, production, "production", left, right)
        title = f"{clean(finding.model, 63)} {clean(finding.check, 80)}: observed {observed(finding)}"
        description = f"threshold {number(finding.threshold)}, production {number(finding.production)}"
        return Markup(svg(drawn, title, description, name))  # noqa: S704


def _near(value: float, low: float, high: float) -> bool:
    """Whether it is of the same scale: beside a difference, production's own level would press all flat."""
    reach = 3 * (high - low)
    return low - reach <= value <= high + reach


def _label(axes: Any, at: float, text: str, left: float, right: float) -> None:
    share = (at - left) / (right - left)
    side = "left" if share < 0.12 else "right" if share > 0.88 else "center"
    axes.text(at, 0.95, text, ha=side, va="bottom", fontsize=9, color=COLOURS["soft"])
