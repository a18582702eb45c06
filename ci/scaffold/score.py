"""The score of a new model: the number that it is judged by, with edges from its answers to the reference."""

from __future__ import annotations

import json
from typing import Any

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import Selection, numbers_a_row
from sluicegate.validators.evaluation.score import reference_edges
from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.limits import Limits

LIMITS = Limits(wall_s=120, total_s=120)
"""Of the child that runs the model."""


def decision_of(spec: ModelSpec, selection: Selection) -> dict[str, Any]:
    """What `decision` says: nothing where the model has one output of one number."""
    if len(spec.signature.outputs) == 1 and selection.column is None:
        return {}
    if selection.column is None:
        return {"output": selection.output.name}
    return {"output": selection.output.name, "column": selection.column}


def score_of(selection: Selection) -> dict[str, Any]:
    """What `score` says: the number that is judged, or the largest of several."""
    if selection.column is not None:
        return {"output": selection.output.name, "column": selection.column}
    if numbers_a_row(selection.output) == 1:
        return {"output": selection.output.name}
    return {"output": selection.output.name, "reduce": "max"}


def edges_of(inputs: Inputs) -> list[float]:
    """Deciles of the scores, from the contained child that runs the model. Raises Unavailable."""
    text = computed(reference_edges, inputs, {}, LIMITS)
    try:
        edges = [float(edge) for edge in json.loads(text)]
    except (ValueError, TypeError, RecursionError) as problem:
        raise Unavailable(f"the process that runs the model returned invalid edges: {problem}") from problem
    return edges
