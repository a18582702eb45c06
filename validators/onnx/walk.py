"""Walking an ONNX model's protobuf: its nodes, its graphs and its tensors, however deep they nest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from google.protobuf.message import Message  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, NodeProto, TensorProto


def domain(name: str) -> str:
    """The name of an operator set's domain; the default one is written as empty or as `ai.onnx`."""
    return name or "ai.onnx"


def nodes(body: Iterable[NodeProto]) -> Iterator[tuple[NodeProto, int]]:
    """Every node with its nesting level, subgraphs included."""
    stack = [(body, 1)]
    while stack:
        siblings, level = stack.pop()
        for node in siblings:
            yield node, level
            stack += [(graph.node, level + 1) for graph in subgraphs(node)]


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs that a node holds as attributes: branches and loop bodies."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def graphs(model: ModelProto) -> Iterator[GraphProto]:
    """The model's own graph, and every subgraph of it and of its local functions."""
    yield model.graph
    for body in [model.graph.node, *(function.node for function in model.functions)]:
        for node, _ in nodes(body):
            yield from subgraphs(node)


def tensors(model: ModelProto) -> Iterator[tuple[str, TensorProto]]:
    """Every tensor of the whole message, with the name of the field that holds it.

    Walked by protobuf's own description of the format, so that no field is forgotten: attributes, defaults
    of functions, sparse tensors, training_info, and whatever a later onnx adds.
    """
    inner: dict[str, list[str]] = {}
    stack: list[Message] = [model]
    while stack:
        message = stack.pop()
        kind = message.DESCRIPTOR
        if kind.full_name not in inner:
            inner[kind.full_name] = [field.name for field in kind.fields if field.message_type is not None]
        for name in inner[kind.full_name]:
            for part in _parts(message, name):
                if isinstance(part, TensorProto):
                    yield name, part
                else:
                    stack.append(part)


def _parts(message: Message, name: str) -> Iterable[Message]:
    """The messages of a field: of a repeated one all, of a single one itself where it is set."""
    value = getattr(message, name)
    if not isinstance(value, Message):
        repeated: Iterable[Message] = value
        return repeated
    return [value] if message.HasField(name) else []
