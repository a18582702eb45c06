"""The first rules of `quality`: what the model reaches now, and how far a later version may fall behind."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sluicegate.ci.scaffold.score import LIMITS
from sluicegate.specs.values import ClassName
from sluicegate.validators.evaluation.estimates import Estimate
from sluicegate.validators.evaluation.first_figure import FIRST_METRICS, first_figure
from sluicegate.validators.evaluation.metrics.base import metrics
from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable

MARGIN = 0.01
"""Of a metric without a unit, where nothing was measured."""
TOLERATED = 0.01
"""The share of rows that may be decided otherwise, as where scores are tied."""
WITHOUT_UNIT = {"mae": "r2"}
"""What takes a metric's place where nothing was measured: a margin in the target's unit cannot be guessed."""


@dataclass(frozen=True)
class Measured:
    """What the model reaches on the evaluation rows."""

    figure: Estimate
    """Of the task's first metric."""
    own: str = ""
    """The output that says a class itself; empty without one."""
    other: float = 0.0
    """The share of rows in which it says another class than the evaluated one."""


def measured(inputs: Inputs) -> Measured:
    """What the contained child that runs the model finds. Raises Unavailable."""
    text = computed(first_figure, inputs, {}, LIMITS)
    try:
        value, lower, upper, own, other = json.loads(text)
        found = Measured(Estimate(float(value), float(lower), float(upper)), str(own), float(other))
    except (ValueError, TypeError, RecursionError) as problem:
        raise Unavailable(
            f"the process that runs the model returned an invalid figure: {problem}"
        ) from problem
    figure = found.figure
    if not all(map(math.isfinite, (figure.value, figure.lower, figure.upper))):
        raise Unavailable("the figure is not a finite number")
    return found


def doubts(task: str, classes: Sequence[ClassName], found: Measured) -> Iterator[str]:
    """What speaks against the figure: another class than the graph's own, or scores the wrong way round."""
    if found.other > TOLERATED:
        yield (
            f"in {found.other:.0%} of the rows the evaluated class is not the one that {found.own!r} says: "
            "check the order of the classes (--classes), and that the output has no distances"
        )
    if task == "binary-classification" and found.figure.upper < 0.5:
        no, yes = map(str, classes or (0, 1))
        yield (
            f"roc_auc is {found.figure.value:.3f}, worse than chance: the score is low where the label is "
            f"{yes}. If it means {no}, write --classes {yes},{no}; else the export is another model"
        )


def quality_lines(task: str, figure: Estimate | None) -> list[str]:
    """The section `quality` of model.yaml, line by line.

    The margin is the width of the figure's interval: within half of it these rows hardly show that a version
    as good is no worse. The level, for the first version too, is half a width beyond the interval's bad end.
    """
    metric = FIRST_METRICS[task]
    if figure is None:
        metric = WITHOUT_UNIT.get(metric, metric)
        what = "at_most" if metrics()[metric].lower_is_better else "at_least"
        return [
            f"  quality:    # add what it must reach: {{metric: {metric}, {what}: ...}}",
            f"    - {{metric: {metric}, not_worse_than: production, margin: {MARGIN}}}",
        ]
    half = float(f"{(figure.upper - figure.lower) / 2:.1g}")
    margin = 2 * half or MARGIN
    shown = f"{figure.value:.4g} ({figure.lower:.4g} to {figure.upper:.4g})"
    level = _level(figure, half or MARGIN, lower_is_better=metrics()[metric].lower_is_better)
    return [
        f"  quality:    # {metric} on the evaluation rows is {shown}; the margin is that width",
        *([f"    - {{metric: {metric}, {level}}}"] if level else []),
        f"    - {{metric: {metric}, not_worse_than: production, margin: {margin:.15g}}}",
    ]


def _level(figure: Estimate, half: float, *, lower_is_better: bool) -> str:
    """The least, or the most, that it must be; empty where any figure from 0 to 1 would do."""
    step = 10.0 ** (math.floor(math.log10(half)) - 1)
    if lower_is_better:
        most = math.ceil((figure.upper + half) / step) * step
        return f"at_most: {most:.10g}"
    least = math.floor((figure.lower - half) / step) * step
    return f"at_least: {least:.10g}" if least > 0 else ""
