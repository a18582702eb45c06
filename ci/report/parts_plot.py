"""Plots of a check that shows one figure for each part of a model, candidate beside production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes

from sluicegate.ci.report.finding_plot import finite
from sluicegate.ci.report.svg_plot import COLOURS, figure, svg
from sluicegate.ci.report.text_format import clean, number, observed
from sluicegate.validators.runner.finding import Finding

HEIGHT = 0.3
"""Inches of one part."""
MARGIN = 0.55
"""Inches above and below all parts."""


def parts_plot(findings: Sequence[Finding], name: str) -> Markup:
    """One line a part: the candidate as a dot on its interval, production as a diamond on its own below.

    Every finding has a `part`. A figure that is not a finite number is not drawn.
    """
    height = MARGIN + HEIGHT * len(findings)
    with figure(6.2, height) as drawing:
        axes = drawing.add_axes((0.32, 0.3 / height, 0.65, (height - MARGIN) / height))
        if _around_zero(findings):
            axes.axvline(0, color=COLOURS["line"], lw=1)
        for at, finding in enumerate(findings):
            _draw(axes, at, finding.observed, finding.interval, CANDIDATE)
            _draw(axes, at, finding.production, finding.production_interval, PRODUCTION)
        axes.set_yticks(range(len(findings)), [clean(finding.part, 28) for finding in findings])
        axes.set_ylim(len(findings) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0, labelcolor=COLOURS["ink"])
        axes.spines["left"].set_visible(False)
        whose = f"{clean(findings[0].model, 63)} {clean(findings[0].check, 80)}"
        title = f"{whose}: a dot for this version, a diamond for production"
        return Markup(svg(drawing, title, "; ".join(map(_described, findings)), name))  # noqa: S704


@dataclass(frozen=True)
class _Mark:
    """How one version's figures are drawn: how far below a part's line, by which sign, in which colour."""

    below: float
    sign: str
    colour: str


CANDIDATE = _Mark(-0.16, "o", COLOURS["good"])
PRODUCTION = _Mark(0.16, "D", COLOURS["mark"])


def _draw(
    axes: Axes, at: float, value: float | str | None, interval: tuple[float, float] | None, mark: _Mark
) -> None:
    shown = finite(value)
    if shown is None:
        return
    ends = [end for end in map(finite, interval or ()) if end is not None]
    if len(ends) == 2:
        axes.plot(ends, [at + mark.below] * 2, color=mark.colour, lw=5, alpha=0.3, solid_capstyle="round")
    axes.plot([shown], [at + mark.below], mark.sign, color=mark.colour, ms=5)


def _around_zero(findings: Sequence[Finding]) -> bool:
    intervals = [each for one in findings for each in (one.interval, one.production_interval)]
    ends = [end for interval in intervals for end in interval or ()]
    return bool(ends) and min(ends) <= 0 <= max(ends)


def _described(finding: Finding) -> str:
    return f"{clean(finding.part, 80)}: {observed(finding)}, production {number(finding.production)}"
