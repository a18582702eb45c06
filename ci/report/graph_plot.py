"""The picture of a changed graph as SVG: boxes in rows, arrows that pass between them.

Where an arrow leads past a row, it has a place of its own there, so that it runs through no box; each row is
ordered by where its arrows come from (Sugiyama, Tagawa, Toda 1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup
from matplotlib.axes import Axes

from sluicegate.ci.report.graph_picture import GONE, NEW, names, words
from sluicegate.ci.report.svg_plot import COLOURS, figure, svg
from sluicegate.validators.runner.finding import Finding

Place = tuple[str, int]
"""A box, or an arrow ("FROM\\0TO"), in a row."""
Point = tuple[float, float]


def graph_plot(finding: Finding, name: str) -> Markup:
    """The finding's picture, from top to bottom; `name` is a prefix of its ids."""
    boxes = list(names(finding.graph))
    arrows = [(a, b) for a, b in finding.graph if a in boxes and b in boxes]
    rows = _rows(boxes, arrows)
    paths = [_path(a, b, rows) for a, b in arrows]
    points = _points([(box, rows[box]) for box in boxes], paths)
    width = max(x for x, _ in points.values()) + 1
    height = max(rows.values()) + 1
    with figure(max(6.2, 2.2 * width), 0.7 * height) as drawing:
        axes = drawing.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_ylim(height - 0.5, -0.5)
        for path in paths:
            _draw_arrow(axes, [points[place] for place in path])
        for box in boxes:
            _draw_box(axes, box, points[box, rows[box]])
        described = "; ".join(f"{words(a)} to {words(b)}" for a, b in arrows)
        return Markup(svg(drawing, "What changed in the graph", described, name))  # noqa: S704


def _draw_box(axes: Axes, box: str, at: Point) -> None:
    colour = COLOURS[{NEW: "good", GONE: "bad"}.get(box[:1], "soft")]
    frame = {"boxstyle": "round", "facecolor": "white", "edgecolor": colour}
    axes.text(*at, words(box), ha="center", va="center", fontsize=8, color=COLOURS["ink"], bbox=frame)


def _draw_arrow(axes: Axes, points: Sequence[Point]) -> None:
    """Through its places; it ends above its box."""
    *before, (x, y) = points
    line = [*before, (x, y - 0.22)]
    axes.plot(*zip(*line, strict=True), color=COLOURS["soft"], linewidth=0.8)
    axes.plot([x], [y - 0.22], marker="v", markersize=4, color=COLOURS["soft"])


def _rows(boxes: Sequence[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """A row below all that lead to a box; a circle, which no graph has, ends at as many rows as boxes."""
    rows = dict.fromkeys(boxes, 0)
    for _ in boxes:
        for a, b in arrows:
            rows[b] = min(max(rows[b], rows[a] + 1), len(boxes))
    return rows


def _path(a: str, b: str, rows: Mapping[str, int]) -> list[Place]:
    """From box to box, with a place in every row between."""
    between = [(f"{a}\0{b}", row) for row in range(rows[a] + 1, rows[b])]
    return [(a, rows[a]), *between, (b, rows[b])]


def _points(boxes: Sequence[Place], paths: Sequence[Sequence[Place]]) -> dict[Place, Point]:
    """Every place's point: x in its row by the mean of those that lead to it, in the order of the arrows."""
    places = dict.fromkeys([*boxes, *(place for path in paths for place in path)])
    above: dict[Place, list[Place]] = {place: [] for place in places}
    for path in paths:
        for upper, lower in pairwise(path):
            above[lower].append(upper)
    points: dict[Place, Point] = {}
    for row in sorted({row for _, row in places}):
        wanted = {
            place: sum(points[one][0] for one in above[place] if one in points) / max(1, len(above[place]))
            for place in places
            if place[1] == row
        }
        for x, place in enumerate(sorted(wanted, key=wanted.__getitem__)):
            points[place] = (float(x), float(row))
    return points
