"""The ONNX files that the threats are put into: y = x * w for three columns, and whatever is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

node = helper.make_node
ADDRESS = "someone@example.com"


def tensor(name: str, values: Any, dtype: Any = np.int64) -> TensorProto:
    """A tensor of these values."""
    return numpy_helper.from_array(np.array(values, dtype), name)


def proto(nodes=(), tensors=(), functions=(), *, ir=8, opset=17, domains=()) -> ModelProto:
    """The model, to be changed."""
    graph = helper.make_graph(
        [node("Mul", ["x", "w"], ["y"]), *nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
        [tensor("w", [1.0, 2.0, 3.0], np.float32), *tensors],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(name, 1) for name in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir, functions=list(functions))


def model(*args: Any, **kwargs: Any) -> bytes:
    """The model's bytes."""
    return proto(*args, **kwargs).SerializeToString()


def only(data: bytes | ModelProto) -> dict[str, Any]:
    """A directory with this model alone."""
    return {"model.onnx": data if isinstance(data, bytes) else data.SerializeToString()}


def function(name: str, nodes: list[Any], inputs=("a",), outputs=("b",), **more: Any) -> Any:
    """A local function of the domain `local`."""
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, list(inputs), list(outputs), nodes, opsets, **more)


def external(name: str, location: str, *, dims=(4,), **said: str) -> TensorProto:
    """A tensor whose bytes are said to lie elsewhere."""
    made = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **said}.items():
        made.external_data.add(key=key, value=value)
    return made


def taking(*names: str) -> list[Any]:
    """Nodes that take these tensors."""
    return [node("Identity", [name], [f"{name}_taken"]) for name in names]
