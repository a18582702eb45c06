"""Walking an ONNX model's messages: its nodes, its graphs and its tensors, however deep they nest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sluicegate.validators.onnx.wire.fields import FIELDS
from sluicegate.validators.onnx.wire.messages import Graph, Model, Node, SparseTensor, Tensor


def domain(name: str) -> str:
    """The name of an operator set's domain; the default one is written as empty or as `ai.onnx`."""
    return name or "ai.onnx"


def nodes(body: Iterable[Node]) -> Iterator[tuple[Node, int]]:
    """Every node with its nesting level, subgraphs included."""
    stack = [(body, 1)]
    while stack:
        siblings, level = stack.pop()
        for node in siblings:
            yield node, level
            if node.attribute:
                stack += [(graph.node, level + 1) for graph in subgraphs(node)]


def subgraphs(node: Node) -> Iterator[Graph]:
    """The graphs that a node holds as attributes: branches and loop bodies."""
    for attribute in node.attribute:
        if attribute.g is not None:
            yield attribute.g
        yield from attribute.graphs


def bodies(model: Model) -> list[Sequence[Node]]:
    """The nodes of the model's own graph, and those of each local function."""
    own = model.graph.node if model.graph is not None else []
    return [own, *(function.node for function in model.functions)]


def graphs(model: Model) -> Iterator[Graph]:
    """The model's own graph, and every subgraph of it and of its local functions."""
    if model.graph is not None:
        yield model.graph
    for body in bodies(model):
        for node, _ in nodes(body):
            yield from subgraphs(node)


_INNER: Mapping[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields.values() if isinstance(field.kind, type))
    for kind, fields in FIELDS.items()
}


def messages(model: Model) -> Iterator[tuple[str, Any]]:
    """Every message below the model, with the name of the field that holds it.

    Walked by the table of the format, so that no field is forgotten: attributes, defaults of functions,
    sparse tensors, training_info.
    """
    stack: list[Any] = [model]
    while stack:
        message = stack.pop()
        for name in _INNER[type(message)]:
            held = getattr(message, name)
            if not held:
                continue
            for part in held if isinstance(held, list) else (held,):
                yield name, part
                stack.append(part)


def tensors(model: Model) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of the whole model, with the name of the field that holds it."""
    for name, part in messages(model):
        if isinstance(part, Tensor):
            yield name, part


def initializers(graph: Graph) -> Iterator[tuple[str, Tensor | SparseTensor]]:
    """What a graph is given beside its inputs, by name; a sparse one is named by its values."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for sparse in graph.sparse_initializer:
        yield sparse.values.name if sparse.values is not None else "", sparse
