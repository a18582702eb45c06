"""Nodes Dropout that draw: those of training (onnx/docs/Operators.md, from opset 12 on by a third input)."""

from __future__ import annotations

from sluicegate.validators.onnx.tensors import small_values
from sluicegate.validators.onnx.walk import bodies, domain, graphs, nodes
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import Model, Tensor

_TRAINING_MODE = 2
"""The index of the input."""


def drawing_dropouts(model: Model, buffer: Buffer) -> int:
    """How many have a third input that is not the constant `false`."""
    taken = [
        node.input[_TRAINING_MODE]
        for body in bodies(model)
        for node, _ in nodes(body)
        if node.op_type == "Dropout" and domain(node.domain) == "ai.onnx" and len(node.input) > _TRAINING_MODE
    ]
    if not any(taken):
        return 0
    constant = _constants(model)
    return sum(not _is_false(constant.get(name), buffer) for name in taken if name)


def _constants(model: Model) -> dict[str, Tensor]:
    found = {tensor.name: tensor for graph in graphs(model) for tensor in graph.initializer}
    for body in bodies(model):
        for node, _ in nodes(body):
            if node.op_type == "Constant" and node.output:
                name = node.output[0]
                found.update((name, one.t) for one in node.attribute if one.t is not None)
    return found


def _is_false(tensor: Tensor | None, buffer: Buffer) -> bool:
    return tensor is not None and small_values(buffer, tensor) == [0]
