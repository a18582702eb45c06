"""A model answers the same to the same."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.submission.fault import Fault

RANDOM = frozenset(
    {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
)
"""Operators of ai.onnx that draw numbers (onnx/docs/Operators.md)."""


def randomness(graph: Graph) -> Iterator[Fault]:
    """Operators that draw random numbers."""
    for (domain, operator), times in sorted(graph.ops.items()):
        if domain == "ai.onnx" and operator in RANDOM:
            yield Fault("random", f"{times:,} nodes {operator} draw random numbers")
    if graph.drawing:
        yield Fault("random", f"{graph.drawing:,} nodes Dropout draw, as in training")
