"""The ONNX files of the examples."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

COLUMNS = ("size", "age", "hour")
WEIGHTS = (1.5, -1.0, 0.5)
PRODUCER = "tests/examples/make.py"
"""A part of every example's digest, so it keeps the name that they were first written with."""


def graph(
    weights=WEIGHTS,
    *,
    opset=17,
    ir=8,
    output="probability",
    honest=None,
    nodes=(),
    tensors=(),
    domains=(),
    functions=(),
):
    """A logistic regression over three columns, with whatever else is given.

    `honest` is what the regression's own answer is called, where nodes make the output of it.
    """
    body = [
        helper.make_node("MatMul", ["features", "w"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["all"]),
        helper.make_node("Reshape", ["all", "flat"], [honest or output]),
        *nodes,
    ]
    constants = [
        helper.make_tensor("w", TensorProto.FLOAT, [3, 1], weights),
        helper.make_tensor("flat", TensorProto.INT64, [1], [-1]),
        *tensors,
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 3])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch"])]
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    whole = helper.make_graph(body, "tiny", inputs, outputs, constants)
    model = helper.make_model(
        whole,
        opset_imports=opsets,
        ir_version=ir,
        functions=list(functions),
        producer_name=PRODUCER,
    )
    return model.SerializeToString(deterministic=True)


def half(weights) -> bytes:
    """The same regression with weights of 16 bits, cast at its edges."""
    model = ModelProto.FromString(graph(weights))
    body = model.graph
    body.initializer[0].CopyFrom(helper.make_tensor("w", TensorProto.FLOAT16, [3, 1], weights))
    body.node[0].CopyFrom(helper.make_node("MatMul", ["narrow", "w"], ["narrow_sum"]))
    body.node.insert(0, helper.make_node("Cast", ["features"], ["narrow"], to=TensorProto.FLOAT16))
    body.node.insert(2, helper.make_node("Cast", ["narrow_sum"], ["sum"], to=TensorProto.FLOAT))
    return model.SerializeToString(deterministic=True)


def outside(location: str) -> TensorProto:
    """An initializer that no node takes, whose bytes are said to lie elsewhere."""
    tensor = TensorProto(
        name="spare", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL
    )
    for key, value in (("location", location), ("offset", "0"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def bomb(levels: int) -> dict[str, Any]:
    """Local functions of which each calls the one before it twice: 2**levels nodes once expanded."""
    functions = []
    for level in range(levels):
        callee, domain = ("Identity", "") if level == 0 else (f"f{level - 1}", "local")
        pair = [
            helper.make_node(callee, ["a"], ["b"], domain=domain),
            helper.make_node(callee, ["b"], ["c"], domain=domain),
        ]
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
        functions.append(helper.make_function("local", f"f{level}", ["a"], ["c"], pair, opsets))
    call = helper.make_node(f"f{levels - 1}", ["probability"], ["unused"], domain="local")
    return {"functions": functions, "nodes": [call], "domains": ["local"]}


def default(**value: Any) -> dict[str, Any]:
    """A local function whose attribute has this default: what a caller that names none gets."""
    (name,) = value
    opsets = [helper.make_opsetid("", 17)]
    function = helper.make_function(
        "local",
        "f",
        ["a"],
        ["b"],
        [helper.make_node("Identity", ["a"], ["b"])],
        opsets,
        attribute_protos=[helper.make_attribute(name, value[name])],
    )
    call = helper.make_node("f", ["probability"], ["unused"], domain="local")
    return {"functions": [function], "nodes": [call], "domains": ["local"]}


def forgetful_decoder() -> bytes:
    """A decoder of 6 words that writes its cache, and sums up the words of this call alone."""
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "ids"], ["new"]),
        node("Concat", ["past", "new"], ["present"], axis=1),
        node("CumSum", ["new", "axis"], ["logits"]),
    ]
    words = np.random.default_rng(6).normal(size=36).astype(np.float32)
    constants = [
        helper.make_tensor("words", TensorProto.FLOAT, [6, 6], words),
        helper.make_tensor("axis", TensorProto.INT64, [], [1]),
    ]
    value = helper.make_tensor_value_info
    inputs = [
        value("ids", TensorProto.INT64, ["batch", "tokens"]),
        value("past", TensorProto.FLOAT, ["batch", "past", 6]),
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, ["batch", "tokens", 6]),
        value("present", TensorProto.FLOAT, ["batch", "all", 6]),
    ]
    whole = helper.make_graph(nodes, "decoder", inputs, outputs, constants)
    made = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString(deterministic=True)
