"""The plot that is committed with a decision's evidence: each gate's interval, its margin, and 0.

Written by hand as SVG, a few kB: the same bytes on every machine, without a font or a library in it, light
and dark as the reader's browser is. Nothing in it is a script or a link.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from sluicegate.ci.report.rollout.weights import margin_factors
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Judgement
from sluicegate.gate.core.evaluation import Evaluation

MOST_GATES = 8
WIDTH = 720
ROW = 92
LEFT = 190
RIGHT = WIDTH - 16
HEAD = 26
CLOSE = 34
"""Units between two labels at least."""
HALF = 34
"""Units from 0 to the end of a row's scale."""
DECADES = 1.5
"""The scale is linear within the margin, and ends so many decades beyond it."""
STYLE = (
    "svg{font:12px system-ui,sans-serif;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;"
    "--good:#1a7f37;--bad:#cf222e;--open:#0969da}"
    "@media (prefers-color-scheme:dark){svg{--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;"
    "--good:#3fb950;--bad:#f85149;--open:#4493f8}}"
)


def picture(evaluations: Sequence[Evaluation]) -> bytes:
    """An SVG document of one row for each gate of the last evaluation, at most MOST_GATES."""
    names = [judgement.gate for judgement in evaluations[-1].judgements][:MOST_GATES]
    scale = _Requests(evaluations)
    rows = [line for at, name in enumerate(names) for line in _row(evaluations, name, HEAD + at * ROW, scale)]
    height = HEAD + ROW * len(names) + 22
    title = "; ".join(clean(one.reason, 200) for one in evaluations[-1].judgements[:MOST_GATES])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        *_weights(evaluations, scale, height - 22),
        *rows,
        _text(LEFT, height - 6, f"{scale.first:,} requests", "soft"),
        _text(RIGHT, height - 6, f"{scale.last:,} requests on both tracks", "soft", "end"),
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


class _Requests:
    """Where a number of requests is from left to right."""

    def __init__(self, evaluations: Sequence[Evaluation]) -> None:
        self.first = evaluations[0].requests
        self.last = evaluations[-1].requests

    def x(self, requests: int) -> float:
        if self.last == self.first:
            return RIGHT
        return LEFT + (RIGHT - LEFT) * (requests - self.first) / (self.last - self.first)


def _y(share: float, margin: float, middle: float) -> float:
    """Where a rate difference is: linear to half of the scale within the margin, logarithmic beyond it."""
    size = abs(share) / margin
    part = size if size <= 1 else 1 + min(math.log10(size) if math.isfinite(size) else DECADES, DECADES)
    return middle - math.copysign(HALF * part / (1 + DECADES), share)


def _row(evaluations: Sequence[Evaluation], gate: str, top: float, scale: _Requests) -> Iterator[str]:
    points = [
        (one, judgement) for one in evaluations for judgement in one.judgements if judgement.gate == gate
    ]
    last = points[-1][1]
    margin = last.margin
    middle = top + ROW / 2
    verdict = verdict_of(last)
    colour = {"harmful": "bad", "within": "good"}.get(verdict, "open")
    yield _text(8, middle - 12, clean(gate, 28), "ink")
    yield _text(8, middle + 4, text_format.bounds(last.rate_difference), "soft")
    yield _text(8, middle + 20, f"margin {text_format.percent(margin)}, {verdict}", colour)
    yield _line((LEFT, middle), (RIGHT, middle), "line")
    yield _text(LEFT - 6, middle + 4, "0", "soft", "end")
    upper = [(scale.x(one.requests), _y(it.rate_difference.upper, margin, middle)) for one, it in points]
    lower = [(scale.x(one.requests), _y(it.rate_difference.lower, margin, middle)) for one, it in points]
    if len(points) == 1:
        x = upper[0][0]
        upper, lower = ([(x - 6, ends[0][1]), (x, ends[0][1])] for ends in (upper, lower))
    band = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *reversed(lower)])
    yield f'<polygon points="{band}" style="fill:var(--{colour});fill-opacity:.2;stroke:var(--{colour})"/>'
    yield from _margins(evaluations, points, scale, middle)


def verdict_of(judgement: Judgement) -> str:
    """One gate's conclusion in a word; where nothing could be compared, nothing was found to be within."""
    if judgement.harmful:
        return "harmful"
    if not judgement.non_inferior:
        return "undecided"
    return "within" if judgement.rate_difference.is_known else "not compared"


def _margins(
    evaluations: Sequence[Evaluation],
    points: Sequence[tuple[Evaluation, Judgement]],
    scale: _Requests,
    middle: float,
) -> Iterator[str]:
    """The largest difference that the next weight allows, dashed; on both sides where both are judged."""
    factors = margin_factors(evaluations)
    margin = points[-1][1].margin
    start = float(LEFT)
    for one, judgement in points:
        end = scale.x(one.requests)
        factor = 1.0 if judgement.paired else factors.get(evaluations.index(one))
        if factor is not None and (end > start or len(points) == 1):
            for sign in (1, -1) if judgement.edge is not None else (1,):
                y = _y(sign * margin * factor, margin, middle)
                yield _line((min(start, end - 6), y), (end, y), "ink", "stroke-dasharray:5 3")
        start = end


def _weights(evaluations: Sequence[Evaluation], scale: _Requests, bottom: float) -> Iterator[str]:
    """The weight at the beginning, and a line where it changed; of close labels the later stays."""
    labels = [(float(LEFT), evaluations[0].weight)]
    for before, after in pairwise(evaluations):
        if before.weight == after.weight:
            continue
        x = scale.x(before.requests)
        yield _line((x, HEAD - 4), (x, bottom), "line")
        if x - labels[-1][0] < CLOSE:
            labels[-1] = (labels[-1][0], after.weight)
        else:
            labels.append((x, after.weight))
    for x, weight in labels:
        yield _text(x, 16, f"{weight} %", "soft")


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, more: str = "") -> str:
    at = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line {at} style="stroke:var(--{colour});{more}"/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    style = f"fill:var(--{colour});text-anchor:{anchor}"
    return f'<text x="{x:.1f}" y="{y:.1f}" style="{style}">{escape(text)}</text>'
