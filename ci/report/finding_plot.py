"""The plot of a measured finding: observed with its interval, beside the threshold or production."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes

from sluicegate.ci.report.svg_plot import COLOURS, figure, label_side, only_bottom_axis, svg
from sluicegate.ci.report.text_format import clean, number, observed
from sluicegate.validators.runner.finding import Finding, Verdict

COLOUR = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.ERROR: "bad"}
"""Of a finding of any other verdict: `open`."""


@dataclass(frozen=True)
class _Scale:
    left: float
    right: float

    def share(self, value: float) -> float:
        """Where a value is between the ends: 0 is left, 1 is right."""
        return (value - self.left) / (self.right - self.left)


def finite(value: object) -> float | None:
    """A finite number as a float; None for anything else."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def plot(finding: Finding, name: str) -> Markup:
    """One line: observed as a dot on its interval, the threshold as a line, or production as a diamond.

    `finding.observed` must be finite. An end of the interval that is open reaches the edge of the plot.
    """
    value = finite(finding.observed)
    assert value is not None  # noqa: S101
    ends = [finite(end) for end in finding.interval or ()]
    threshold = finite(finding.threshold)
    known = [v for v in (value, threshold, *ends) if v is not None]
    production = _production(finding)
    scale = _scale([*known, production] if production is not None else known)
    with figure(6.2, 0.95) as drawing:
        axes = drawing.add_axes((0.03, 0.28, 0.94, 0.7))
        only_bottom_axis(axes)
        axes.set_xlim(scale.left, scale.right)
        axes.set_ylim(-1, 1.5)
        _draw_observed(axes, value, ends, scale, COLOURS[COLOUR.get(finding.verdict, "open")])
        if threshold is not None:
            _draw_threshold(axes, threshold, scale)
        if production is not None:
            _draw_production(axes, production, scale)
        title = f"{clean(finding.model, 63)} {clean(finding.check, 80)}: observed {observed(finding)}"
        description = f"threshold {number(finding.threshold)}, production {number(finding.production)}"
        return Markup(svg(drawing, title, description, name))  # noqa: S704


def _production(finding: Finding) -> float | None:
    """Production's number, where it is what the observed one is compared with.

    Beside a threshold the observed number is a difference from production, or a ratio to it, and production's
    own level is of another scale.
    """
    return finite(finding.production) if finite(finding.threshold) is None else None


def _scale(known: list[float]) -> _Scale:
    low = min(known)
    high = max(known)
    padding = 0.12 * (high - low) or abs(high) * 0.1 or 1.0
    return _Scale(low - padding, high + padding)


def _draw_observed(axes: Axes, value: float, ends: list[float | None], scale: _Scale, colour: str) -> None:
    if len(ends) == 2:
        start = scale.left if ends[0] is None else ends[0]
        stop = scale.right if ends[1] is None else ends[1]
        axes.plot([start, stop], [0, 0], color=colour, lw=7, alpha=0.3, solid_capstyle="round")
    axes.plot([value], [0], "o", color=colour, ms=7)


def _draw_threshold(axes: Axes, threshold: float, scale: _Scale) -> None:
    axes.plot([threshold, threshold], [-0.8, 0.8], color=COLOURS["ink"], lw=1.4, ls=(0, (4, 2)))
    _label(axes, threshold, "threshold", scale)


def _draw_production(axes: Axes, production: float, scale: _Scale) -> None:
    axes.plot([production], [0], "D", mfc="none", mec=COLOURS["mark"], mew=1.6, ms=7)
    _label(axes, production, "production", scale)


def _label(axes: Axes, value: float, text: str, scale: _Scale) -> None:
    side = label_side(scale.share(value), margin=0.12)
    axes.text(value, 0.95, text, ha=side, va="bottom", fontsize=9, color=COLOURS["soft"])
