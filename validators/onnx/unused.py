"""Initializers that nothing takes: bytes that travel with a model and have no part in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sluicegate.validators.onnx.tensors import needed_bytes
from sluicegate.validators.onnx.walk import initializers, nodes, subgraphs
from sluicegate.validators.onnx.wire.messages import Graph, Model, SparseTensor


class Unused(NamedTuple):
    """An initializer that no node and no output takes."""

    name: str
    bytes: int


def unused_initializers(model: Model) -> Iterator[Unused]:
    """Of the model's own graph and of every subgraph; a name counts as taken wherever it is an input."""
    if model.graph is None:
        return
    every: list[Graph] = [model.graph]
    taken: set[str] = set()
    for body in [model.graph.node, *(function.node for function in model.functions)]:
        for node, _ in nodes(body):
            taken.update(node.input)
            every += subgraphs(node)
    for graph in every:
        taken |= {value.name for value in graph.output}
    for graph in every:
        for name, tensor in initializers(graph):
            held = tensor.values if isinstance(tensor, SparseTensor) else tensor
            if name not in taken and held is not None:
                yield Unused(name, max(0, needed_bytes(held)))
