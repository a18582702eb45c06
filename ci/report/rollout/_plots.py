"""The plot of a gate: its excess's interval over the requests, and the margin that the next weight allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sluicegate.ci.report._plot import COLOURS, figure, svg
from sluicegate.ci.report.rollout import Look
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Interval, Judgement

Array = npt.NDArray[Any]
Seen = tuple[Look, Judgement, float | None]
"""A look, what one gate said at it, and the most excess that the next weight allows."""


def plots(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """For each gate that was judged: its name, a caption and the SVG."""
    names = list(dict.fromkeys(j.gate for look in looks for j in look.judgements))
    return [_plot(looks, gate, f"gate-{position}") for position, gate in enumerate(names)]


def _plot(looks: Sequence[Look], gate: str, name: str) -> dict[str, Any]:
    factors = _allowed(looks)
    seen = [
        (look, j, j.margin * factors[position] if position in factors else None)
        for position, look in enumerate(looks)
        for j in look.judgements
        if j.gate == gate
    ]
    last = seen[-1][1]
    harm = last.harmful
    colour = COLOURS["bad" if harm else "good" if last.non_inferior else "open"]
    requests = np.array([look.requests for look, _, _ in seen], dtype=float)
    lower = np.array([j.rate_difference.lower for _, j, _ in seen])
    upper = np.array([j.rate_difference.upper for _, j, _ in seen])
    two_sided = last.edge is not None
    bottom, top = _window(seen, two_sided)
    linear = last.margin
    with figure(9.6, 3.0) as drawn:
        drawn.set_layout_engine("constrained")
        axes = drawn.add_subplot()
        axes.axhline(0, color=COLOURS["line"], lw=1)
        _band(
            axes,
            requests,
            np.clip(lower, bottom, top),
            np.clip(upper, bottom, top),
            np.isfinite(upper),
            colour=colour,
        )
        _margins(axes, seen, two_sided)
        if harm:
            at = max(lower[-1], bottom) if lower[-1] > 0 else min(upper[-1], top)
            axes.plot([requests[-1]], [at], "v", color=colour, ms=9)
        axes.set_yscale("symlog", linthresh=linear, linscale=1.0)
        axes.set_ylim(bottom, top)
        axes.set_yticks(_ticks(bottom, top, linear))
        axes.minorticks_off()
        end = max(float(looks[-1].requests), 1.0)
        # Counters of a gateway that ran before the release do not begin at zero.
        begin = requests[0] if requests[0] > 0.5 * end else 0.0
        axes.set_xlim(begin, end + 0.02 * (end - begin or 1))
        _steps(axes, looks, float(requests[0]))
        axes.set_xlabel("requests on both tracks")
        axes.set_ylabel("rate difference")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: text_format.percent(v)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
        title = f"{clean(gate, 80)}: {text_format.rate_difference(last.rate_difference)}"
        drawing = Markup(svg(drawn, title, clean(last.reason), name))  # noqa: S704
    return {"gate": clean(gate, 80), "caption": clean(last.reason), "svg": drawing}


def _band(axes: Axes, requests: Array, low: Array, high: Array, known: Array, *, colour: str) -> None:
    """The interval over the looks that have one, and a cross above each look that could prove nothing.

    The band goes straight on past such a look: the interval of an earlier look holds for later ones as well.
    """
    shown = known if known.any() else np.ones_like(known)
    at, below, above = requests[shown], low[shown], high[shown]
    axes.fill_between(at, below, above, color=colour, alpha=0.22, lw=0)
    axes.plot(at, below, color=colour, lw=1.4)
    axes.plot(at, above, color=colour, lw=1.4)
    if len(at) == 1:
        axes.vlines(at, below, above, color=colour, lw=3)
    if not known.all():
        blind = requests[~known]
        edge = axes.get_xaxis_transform()
        axes.plot(blind, np.full(len(blind), 0.97), "x", color=COLOURS["soft"], ms=4, transform=edge)


def _allowed(looks: Sequence[Look]) -> dict[int, float]:
    """By a look's place: the most excess that keeps all traffic within one unit of margin at the next weight.

    The next weight is the one that the look names, else the one that a later look moved to, else unknown.
    """
    factors: dict[int, float] = {}
    following: int | None = None
    for position in range(len(looks) - 1, -1, -1):
        look = looks[position]
        named = 100 if look.kind == "finish" else look.next_weight
        if named is not None and named > look.weight:
            following = named
        if following is not None and following > look.weight:
            factors[position] = 100 / following
        if position and looks[position - 1].weight < look.weight:
            following = look.weight
    return factors


def _window(seen: Sequence[Seen], two_sided: bool) -> tuple[float, float]:
    """The stretch of excess that is shown: what intervals and margin lines reach, within what is possible.

    The axis is linear within the margin and logarithmic beyond, so that 100 % and 0.1 % can be told apart.
    """
    limits = [limit for _, _, limit in seen if limit is not None]
    known = [j.rate_difference for _, j, _ in seen if math.isfinite(j.rate_difference.upper)]
    if not known:
        known = [Interval(-1.0, 1.0)]
    upper = [interval.upper for interval in known]
    lower = [interval.lower if math.isfinite(interval.lower) else -1.0 for interval in known]
    margin = seen[-1][1].margin
    reach = [-limit for limit in limits] if two_sided else []
    return (
        max(1.3 * min(-margin, *lower, *reach), -1.2),
        min(1.3 * max(margin, *upper, *limits), 1.2),
    )


def _ticks(bottom: float, top: float, linear: float) -> list[float]:
    """Zero, and round shares beyond the margin on either side; the margin itself where none is near."""
    sizes = [s for s in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0) if s > 1.8 * linear]
    sizes = [linear, *sizes]
    return sorted({v for s in sizes for v in (s, -s) if bottom <= v <= top} | {0.0})


def _margins(axes: Axes, seen: Sequence[Seen], two_sided: bool) -> None:
    """A dashed stretch for each weight that was to be proven."""
    stretches: list[tuple[float, float, float]] = []
    start = 0.0
    for look, _, limit in seen:
        end = float(look.requests)
        if limit is not None:
            if stretches and stretches[-1][2] == limit:
                stretches[-1] = (stretches[-1][0], end, limit)
            else:
                stretches.append((start, end, limit))
        start = end
    for left, right, limit in stretches:
        for value in (limit, -limit) if two_sided else (limit,):
            axes.plot([left, right], [value, value], color=COLOURS["ink"], lw=1.3, ls=(0, (5, 3)))


def _steps(axes: Axes, looks: Sequence[Look], first: float) -> None:
    """A line wherever the weight moved, and how; labels that would run into each other are stacked."""
    moves = [
        (before.requests, f"{before.weight} → {after.weight} %")
        for before, after in pairwise(looks)
        if before.weight != after.weight and before.requests >= first
    ]
    last = looks[-1]
    if last.kind in ("rollback", "finish"):
        goal = 0 if last.kind == "rollback" else 100
        moved = f": {last.weight} → {goal} %" if last.weight != goal else ""
        moves.append((last.requests, f"{last.kind}{moved}"))
    left, right = axes.get_xlim()
    placed: list[tuple[float, int]] = []
    for at, text in moves:
        share = (at - left) / (right - left)
        taken = {row for other, row in placed if abs(other - share) < 0.17}
        row = min(set(range(len(placed) + 1)) - taken)
        placed.append((share, row))
        axes.axvline(at, color=COLOURS["mark"], lw=1, alpha=0.7)
        axes.text(
            at,
            1.02 + 0.075 * row,
            text,
            transform=axes.get_xaxis_transform(),
            ha="left" if share < 0.05 else "right" if share > 0.95 else "center",
            va="bottom",
            fontsize=8,
            color=COLOURS["mark"],
        )
