"""What a model computes is bounded, as far as its constants decide it."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.submission.fault import Fault


def bounds(graph: Graph) -> Iterator[Fault]:
    """Tensors that are too large and loops that turn too often, whatever is asked."""
    for words in graph.oversize:
        yield Fault("size", words)
