"""The picture of a changed graph as mermaid, which GitHub draws.

The boxes' words come from the model. What is not a letter, a digit or an ordinary sign is left out of them,
so they are neither markup nor a command of mermaid, nor mathematics to who draws the SVG (graph_plot.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sluicegate.ci.report.markdown_text import code, prose
from sluicegate.validators.runner.finding import Report

Arrows = Sequence[tuple[str, str]]
NEW, GONE = "+", "-"
LONGEST = 32
MOST_BOXES = 80
MOST_PICTURES = 3
"""Of one comment."""
_OTHERS = re.compile(r"[^A-Za-z0-9 ._/-]+")
_STYLES = (
    "classDef new fill:#dafbe1,stroke:#1a7f37,color:#000",
    "classDef gone fill:#ffebe9,stroke:#cf222e,color:#000,stroke-dasharray:4",
)
_SIGNS = {NEW: ("new ", "new"), GONE: ("gone ", "gone")}


def words(box: str) -> str:
    """What is written into a box: what is new or gone says so."""
    plain = _OTHERS.sub("_", box[1:])
    shown = plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 2]}.."
    return f"{_SIGNS.get(box[:1], ('', ''))[0]}{shown}"


def picture_lines(report: Report) -> list[str]:
    """Folded pictures for a comment."""
    lines: list[str] = []
    for finding in [one for one in report.findings if one.graph][:MOST_PICTURES]:
        title = f"{code(finding.model, 63)}: {prose(finding.message, 200)}"
        summary = f"<details><summary>{title.replace('`', '')}</summary>"
        lines += ["", summary, "", "```mermaid", *mermaid(finding.graph), "```", "", "</details>"]
    return lines


def mermaid(arrows: Arrows) -> list[str]:
    """A flowchart; no name of ours comes from the model."""
    known = names(arrows)
    lines = ["flowchart TD"]
    for box, name in known.items():
        kind = _SIGNS.get(box[:1], ("", ""))[1]
        lines.append(f'  {name}["{words(box)}"]{f":::{kind}" if kind else ""}')
    lines += [f"  {known[a]} --> {known[b]}" for a, b in arrows if a in known and b in known]
    return [*lines, *(f"  {style}" for style in _STYLES)]


def names(arrows: Arrows) -> dict[str, str]:
    """The boxes that are drawn, each with a name of ours."""
    boxes = dict.fromkeys(box for arrow in arrows for box in arrow)
    return {box: f"n{number}" for number, box in enumerate(list(boxes)[:MOST_BOXES])}
