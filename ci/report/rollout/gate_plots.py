"""The plot of a gate: its rate difference over the requests, and the margin at the next weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sluicegate.ci.report.rollout.weights import margin_factors, weight_after
from sluicegate.ci.report.svg_plot import COLOURS, figure, label_side, svg
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.gate.core.evaluation import Evaluation

Array = npt.NDArray[Any]
ROUND_SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Point:
    """What one gate concluded at one evaluation."""

    evaluation: Evaluation
    judgement: Judgement
    limit: float | None
    """The largest rate difference that the next weight allows; None where that weight is not known."""

    @property
    def interval(self) -> Interval:
        """Bounds of the rate difference (canary - stable)."""
        return self.judgement.rate_difference


def plots(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """For each gate that was evaluated: its name, a caption and the SVG."""
    names = dict.fromkeys(judgement.gate for e in evaluations for judgement in e.judgements)
    return [_plot(evaluations, gate, f"gate-{position}") for position, gate in enumerate(names)]


def _plot(evaluations: Sequence[Evaluation], gate: str, name: str) -> dict[str, Any]:
    points = _points(evaluations, gate)
    last = points[-1].judgement
    bottom, top = _vertical_range(points)
    with figure(9.6, 3.0) as drawing:
        drawing.set_layout_engine("constrained")
        axes = drawing.add_subplot()
        axes.axhline(0, color=COLOURS["line"], lw=1)
        _draw_band(axes, points, bottom, top)
        _draw_margins(axes, points)
        if last.harmful:
            _draw_harm(axes, points[-1], bottom, top)
        _scale_rates(axes, bottom, top, last)
        _scale_requests(axes, points[0].evaluation.requests, evaluations[-1].requests)
        _draw_weights(axes, evaluations, points[0].evaluation.requests)
        title = f"{clean(gate, 80)}: {_interval(last)}"
        image = Markup(svg(drawing, title, clean(last.reason), name))  # noqa: S704
    return {"gate": clean(gate, 80), "caption": clean(last.reason), "svg": image}


def _interval(judgement: Judgement) -> str:
    if judgement.paired:
        return text_format.different_pairs(judgement.rate_difference)
    return text_format.rate_difference(judgement.rate_difference, judgement.relative, judgement.against)


def _points(evaluations: Sequence[Evaluation], gate: str) -> list[Point]:
    factors = margin_factors(evaluations)
    points = []
    for position, evaluation in enumerate(evaluations):
        for judgement in evaluation.judgements:
            if judgement.gate == gate:
                factor = 1.0 if judgement.paired else factors.get(position)
                limit = None if factor is None else judgement.margin * factor
                points.append(Point(evaluation, judgement, limit))
    return points


def _two_sided(points: Sequence[Point]) -> bool:
    """Whether a lower rate is as bad as a higher one, as it is for a gate over several kinds (edges)."""
    return points[-1].judgement.edge is not None


def _colour(judgement: Judgement) -> str:
    if judgement.harmful:
        return COLOURS["bad"]
    return COLOURS["good"] if judgement.non_inferior else COLOURS["open"]


def _vertical_range(points: Sequence[Point]) -> tuple[float, float]:
    """The rate differences that are shown: what intervals and margin lines reach, within what is possible.

    The axis is linear within the margin and logarithmic beyond, so that both 100 % and 0.1 % can be read.
    """
    margin = points[-1].judgement.margin
    paired = points[-1].judgement.paired
    limits = [point.limit for point in points if point.limit is not None]
    bounded = [point.interval for point in points if math.isfinite(point.interval.upper)]
    intervals = bounded or [Interval(-1.0, 1.0)]
    lowest = [interval.lower if math.isfinite(interval.lower) else -1.0 for interval in intervals]
    if _two_sided(points):
        lowest += [-limit for limit in limits]
    highest = [interval.upper for interval in intervals] + limits
    bottom = 0.0 if paired else max(1.3 * min(-margin, *lowest), -1.2)
    return bottom, min(1.3 * max(margin, *highest), 1.2)


def _draw_band(axes: Axes, points: Sequence[Point], bottom: float, top: float) -> None:
    """The interval over the evaluations that have one, and a cross for each one whose upper end is unknown.

    The band goes straight on past a cross: the interval of an earlier evaluation is still valid later.
    """
    colour = _colour(points[-1].judgement)
    requests = np.array([point.evaluation.requests for point in points], dtype=float)
    lower = np.clip([point.interval.lower for point in points], bottom, top)
    upper = np.array([point.interval.upper for point in points])
    bounded = np.isfinite(upper)
    shown = bounded if bounded.any() else np.ones_like(bounded)
    at = requests[shown]
    below = lower[shown]
    above = np.clip(upper[shown], bottom, top)
    axes.fill_between(at, below, above, color=colour, alpha=0.22, lw=0)
    axes.plot(at, below, color=colour, lw=1.4)
    axes.plot(at, above, color=colour, lw=1.4)
    if len(at) == 1:
        axes.vlines(at, below, above, color=colour, lw=3)
    if not bounded.all():
        _draw_crosses(axes, requests[~bounded])


def _draw_crosses(axes: Axes, requests: Array) -> None:
    height = np.full(len(requests), 0.97)
    along_x = axes.get_xaxis_transform()
    axes.plot(requests, height, "x", color=COLOURS["soft"], ms=4, transform=along_x)


def _draw_harm(axes: Axes, point: Point, bottom: float, top: float) -> None:
    """A triangle at the end of the interval that showed the harm."""
    interval = point.interval
    at = max(interval.lower, bottom) if interval.lower > 0 else min(interval.upper, top)
    axes.plot([point.evaluation.requests], [at], "v", color=COLOURS["bad"], ms=9)


def _draw_margins(axes: Axes, points: Sequence[Point]) -> None:
    """A dashed line over the requests for which one weight was the next."""
    lines: list[tuple[float, float, float]] = []
    start = 0.0
    for point in points:
        end = float(point.evaluation.requests)
        if point.limit is not None:
            if lines and lines[-1][2] == point.limit:
                start = lines.pop()[0]
            lines.append((start, end, point.limit))
        start = end
    signs = (1, -1) if _two_sided(points) else (1,)
    for left, right, limit in lines:
        for sign in signs:
            height = sign * limit
            axes.plot([left, right], [height, height], color=COLOURS["ink"], lw=1.3, ls=(0, (5, 3)))


def _scale_rates(axes: Axes, bottom: float, top: float, judgement: Judgement) -> None:
    axes.set_yscale("symlog", linthresh=judgement.margin, linscale=1.0)
    axes.set_ylim(bottom, top)
    axes.set_yticks(_ticks(bottom, top, judgement.margin))
    axes.minorticks_off()
    axes.set_ylabel("different answers" if judgement.paired else "rate difference")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: text_format.percent(value)))


def _ticks(bottom: float, top: float, margin: float) -> list[float]:
    """Zero, the margin, and round shares well beyond it, on either side."""
    sizes = [margin, *(size for size in ROUND_SHARES if size > 1.8 * margin)]
    ticks = {0.0, *sizes, *(-size for size in sizes)}
    return sorted(tick for tick in ticks if bottom <= tick <= top)


def _scale_requests(axes: Axes, first: int, last: int) -> None:
    end = max(float(last), 1.0)
    # Counters of a gateway that ran before the release do not begin at zero.
    begin = float(first) if first > 0.5 * end else 0.0
    axes.set_xlim(begin, end + 0.02 * (end - begin or 1))
    axes.set_xlabel("requests on both tracks")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _draw_weights(axes: Axes, evaluations: Sequence[Evaluation], first: int) -> None:
    """A line wherever the weight changed, and how; labels that would run into each other are stacked."""
    left, right = axes.get_xlim()
    labelled: list[tuple[float, int]] = []
    for requests, text in _changes(evaluations, first):
        share = (requests - left) / (right - left)
        occupied = {row for other, row in labelled if abs(other - share) < 0.17}
        row = min(set(range(len(labelled) + 1)) - occupied)
        labelled.append((share, row))
        axes.axvline(requests, color=COLOURS["mark"], lw=1, alpha=0.7)
        axes.text(
            requests,
            1.02 + 0.075 * row,
            text,
            transform=axes.get_xaxis_transform(),
            ha=label_side(share, margin=0.05),
            va="bottom",
            fontsize=8,
            color=COLOURS["mark"],
        )


def _changes(evaluations: Sequence[Evaluation], first: int) -> list[tuple[int, str]]:
    """Requests and label of each change of the weight since `first` requests, and of the end."""
    changes = [
        (before.requests, f"{before.weight} → {after.weight} %")
        for before, after in pairwise(evaluations)
        if before.weight != after.weight and before.requests >= first
    ]
    last = evaluations[-1]
    if last.kind in ("rollback", "finish"):
        goal = weight_after(last)
        change = "" if goal == last.weight else f": {last.weight} → {goal} %"
        changes.append((last.requests, f"{last.kind}{change}"))
    return changes
