"""matplotlib figures as SVG inside a page, in the colours of the page's style sheet."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

COLOURS = {
    "ink": "#010101",
    "soft": "#010102",
    "line": "#010103",
    "good": "#010104",
    "bad": "#010105",
    "open": "#010106",
    "mark": "#010107",
}
"""Colours that no figure has otherwise; each is replaced by the style sheet's variable of that name."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sluicegate",
    "font.size": 10,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["soft"],
    "xtick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["soft"],
    "ytick.color": COLOURS["line"],
    "ytick.labelcolor": COLOURS["soft"],
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_ID = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_FONT = re.compile(r"font: ([^;\"]*?)(\d+(?:\.\d+)?px) [^;\"]*")


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """A figure of that many inches, in the common style; `svg` must be called inside."""
    with mpl.rc_context(_STYLE):
        yield Figure(figsize=(width, height))


def svg(drawing: Figure, title: str, description: str, name: str) -> str:
    """An `<svg>` element with a title and a description for screen readers.

    `name` is a prefix of its ids, so that they differ from those of other figures of the page.
    """
    drawing.patch.set_alpha(0)
    for axes in drawing.axes:
        axes.patch.set_alpha(0)
    out = io.StringIO()
    with warnings.catch_warnings():
        # A glyph that the font used for measuring lacks is drawn in the reader's own.
        warnings.simplefilter("ignore", UserWarning)
        FigureCanvasSVG(drawing)
        drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    for colour, value in COLOURS.items():
        text = text.replace(value, f"var(--{colour})")
    text = _FONT.sub(r"font: \2 var(--font)", _ID.sub(rf"\g<1>{name}-", text))
    label = (
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    head, _, rest = text.partition(">")
    return f'{head} role="img" aria-labelledby="{name}-title {name}-desc">{label}{rest}'


def only_bottom_axis(axes: Axes) -> None:
    """Remove all of the axes but the one at the bottom."""
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=3)


def label_side(share: float, margin: float) -> str:
    """How to align a label at `share` of the width (0 left, 1 right), so that it stays inside the plot."""
    if share < margin:
        return "left"
    if share > 1 - margin:
        return "right"
    return "center"
