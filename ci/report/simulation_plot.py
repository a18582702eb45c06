"""Plots of simulated rollouts, as pages of their own: SVG with the colours inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sluicegate.ci.report.svg_plot import figure, svg
from sluicegate.gate.simulate.benchmark import SLUICE
from sluicegate.gate.simulate.score import Score

STYLE = (
    "svg { --ink: #1a1a1a; --soft: #555; --line: #bbb; --good: #1a7f37; --bad: #c62828; --open: #9a6700; "
    "--mark: #0550ae; --font: sans-serif; background: #fff }"
)
HEIGHT = 0.17
"""Inches of one bar."""


def plots(scores: Sequence[Score]) -> dict[str, str]:
    """SVG documents by file name: errors by scenario and rule, and how late a rule is where it is right."""
    drawn = {}
    for error, name, title in (
        ("rollback", "false-rollbacks", "Sound versions rolled back, with the upper bound"),
        ("promotion", "false-promotions", "Versions at or beyond the margin promoted, with the upper bound"),
    ):
        erring = [score for score in scores if score.error == error]
        if erring:
            drawn[f"{name}.svg"] = _errors(erring, title, name)
    found = [score for score in scores if score.error == "promotion" and score.to_rollback is not None]
    if found:
        drawn["delay.svg"] = _delays(found)
    return drawn


def _errors(scores: Sequence[Score], title: str, name: str) -> str:
    with figure(9, 1 + HEIGHT * len(scores)) as drawing:
        axes = _bars(drawing, scores)
        for at, score in enumerate(scores):
            share = score.false
            if share is None:
                continue
            axes.barh(at, 100 * share.share, color=_colour(score), height=0.8)
            axes.plot([100 * share.share, 100 * share.upper], [at, at], color="#555555", linewidth=1)
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of rollouts")
        axes.set_title(title, loc="left")
        return _document(svg(drawing, title, _described(scores), name))


def _delays(scores: Sequence[Score]) -> str:
    title = "Canary requests until a harmful version is rolled back, median"
    with figure(9, 1 + HEIGHT * len(scores)) as drawing:
        axes = _bars(drawing, scores)
        for at, score in enumerate(scores):
            if score.to_rollback is not None:
                axes.barh(at, max(score.to_rollback.canary, 1), color=_colour(score), height=0.8)
        axes.set_xscale("log")
        axes.set_xlabel("canary requests")
        axes.set_title(title, loc="left")
        return _document(svg(drawing, title, _described(scores), "delay"))


def _bars(drawing: Any, scores: Sequence[Score]) -> Any:
    axes = drawing.add_axes(
        (0.36, 0.5 / (1 + HEIGHT * len(scores)), 0.62, 0.9 - 0.6 / (1 + HEIGHT * len(scores)))
    )
    axes.set_yticks(range(len(scores)), [f"{score.scenario}  {score.rule}" for score in scores], fontsize=7)
    axes.set_ylim(len(scores) - 0.4, -0.6)
    return axes


def _colour(score: Score) -> str:
    return "#1a7f37" if score.rule == SLUICE else "#9aa4ae"


def _described(scores: Sequence[Score]) -> str:
    return "; ".join(
        f"{score.scenario}, {score.rule}: {100 * score.finished.share:.1f} % finished, "
        f"{100 * score.rolled_back.share:.1f} % rolled back"
        for score in scores
    )


def _document(element: str) -> str:
    head, _, rest = element.partition(">")
    return f"{head}><style>{STYLE}</style>{rest}\n"
