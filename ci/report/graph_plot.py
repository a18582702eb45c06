"""The picture of a changed graph as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from matplotlib.axes import Axes

from sluicegate.ci.report.graph_picture import GONE, NEW, names, words
from sluicegate.ci.report.svg_plot import COLOURS, figure, svg
from sluicegate.validators.runner.finding import Finding


def graph_plot(finding: Finding, name: str) -> Markup:
    """The finding's picture, from top to bottom; `name` is a prefix of its ids."""
    boxes = list(names(finding.graph))
    arrows = [(a, b) for a, b in finding.graph if a in boxes and b in boxes]
    places = _places(boxes, arrows)
    width = max(x for x, _ in places.values()) + 1
    height = max(y for _, y in places.values()) + 1
    with figure(max(6.2, 2.6 * width), 0.7 * height) as drawing:
        axes = drawing.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_ylim(height - 0.5, -0.5)
        for a, b in arrows:
            _arrow(axes, places[a], places[b])
        for box, (x, y) in places.items():
            _draw_box(axes, box, x, y)
        described = "; ".join(f"{words(a)} to {words(b)}" for a, b in arrows)
        return Markup(svg(drawing, "What changed in the graph", described, name))  # noqa: S704


def _draw_box(axes: Axes, box: str, x: float, y: float) -> None:
    colour = COLOURS[{NEW: "good", GONE: "bad"}.get(box[:1], "soft")]
    frame = {"boxstyle": "round", "facecolor": "white", "edgecolor": colour}
    axes.text(x, y, words(box), ha="center", va="center", fontsize=8, color=COLOURS["ink"], bbox=frame)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "->", "color": COLOURS["line"], "shrinkA": 12, "shrinkB": 12}
    axes.annotate("", xy=end, xytext=start, arrowprops=look)


def _places(boxes: Sequence[str], arrows: Iterable[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """A row below all that lead to a box; a circle, which no graph has, ends at as many rows as boxes."""
    rows = dict.fromkeys(boxes, 0)
    arrows = list(arrows)
    for _ in boxes:
        for a, b in arrows:
            rows[b] = min(max(rows[b], rows[a] + 1), len(boxes))
    filled: dict[int, int] = {}
    places = {}
    for box, row in rows.items():
        places[box] = (float(filled.get(row, 0)), float(row))
        filled[row] = filled.get(row, 0) + 1
    return places
