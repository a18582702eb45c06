"""A model of 16 bits that rounds on a CPU as well, as it does on a GPU.

onnxruntime's CPU provider has hardly an operator of 16 bits: it computes them in float32, and drops the casts
between one and the next (core/optimizer/insert_cast_transformer.cc). What overflows on a GPU, beyond 65,504,
stays finite there. Two Identity behind each result keep its type, where no optimisation takes them away; a
single one, alone among operators of 32 bits, becomes one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

NARROW = (TensorProto.FLOAT16, TensorProto.BFLOAT16)


def with_rounding(source: Path | bytes) -> bytes:
    """The model of a file, or of its bytes, without external data, to be loaded with ORT_DISABLE_ALL.

    Within a branch or a loop's body only its own results are rounded: onnx infers no types inside.
    """
    if isinstance(source, bytes):
        model = ModelProto.FromString(source)
    else:
        model = onnx.load_model(str(source), load_external_data=False)
    model = onnx.shape_inference.infer_shapes(model)
    for graph in list(_graphs(model)):
        _round(graph)
    whole: bytes = model.SerializeToString()
    return whole


def _graphs(model: ModelProto) -> Iterator[GraphProto]:
    """The model's own graph, and every one below it and below its local functions."""
    yield model.graph
    stack = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while stack:
        for attribute in stack.pop().attribute:
            for graph in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
                yield graph
                stack += graph.node


def _round(graph: GraphProto) -> None:
    kinds = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.output)}
    nodes: list[NodeProto] = []
    for node in graph.node:
        nodes.append(node)
        for at, name in enumerate(node.output):
            if kinds.get(name) in NARROW:
                wide, between = name + "/wide", name + "/narrow"
                node.output[at] = wide
                nodes.append(onnx.helper.make_node("Identity", [wide], [between]))
                nodes.append(onnx.helper.make_node("Identity", [between], [name]))
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
