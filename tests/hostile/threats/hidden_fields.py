"""What protobuf keeps and no reader of ONNX shows."""

from hostile.models import function, node, only, proto, tensor
from hostile.threats.nesting import field

THREAT = "payload in fields that ONNX does not have, or twice"
HIDDEN = field(999, b"payload" * 9)


def whole():
    call = node("f", ["x"], ["r"], domain="local")
    made = proto([call], [tensor("k", [1])], [function("f", [node("Neg", ["a"], ["b"])])])
    made.graph.node.append(node("Identity", ["k"], ["k2"], mode="m"))
    made.metadata_props.add(key="k", value="v")
    return made


PLACES = {
    "model": lambda made: made,
    "graph": lambda made: made.graph,
    "node": lambda made: made.graph.node[0],
    "attribute": lambda made: made.graph.node[-1].attribute[0],
    "tensor": lambda made: made.graph.initializer[0],
    "input": lambda made: made.graph.input[0],
    "type": lambda made: made.graph.input[0].type,
    "shape": lambda made: made.graph.input[0].type.tensor_type.shape,
    "dimension": lambda made: made.graph.input[0].type.tensor_type.shape.dim[0],
    "function": lambda made: made.functions[0],
    "node of a function": lambda made: made.functions[0].node[0],
    "opset": lambda made: made.opset_import[0],
    "metadata": lambda made: made.metadata_props[0],
}


def cases():
    for name, place in PLACES.items():
        made = whole()
        place(made).MergeFromString(HIDDEN)
        yield f"unknown field of {name}", only(made), "onnx-format", "unknown field 999"
    plain = whole().SerializeToString()
    yield "a second graph", only(plain + field(7, b"")), "onnx-format", "Model.graph is there twice"
    yield "a second version", only(plain + b"\x08\x09"), "onnx-format", "Model.ir_version is there twice"
    yield "a long tag", only(plain + b"\xb2\x00\x01x"), "onnx-format", "more bytes than it needs"
    yield "another kind", only(plain + b"\x30\x01"), "onnx-format", "another kind of field"
    yield "no text", only(plain + field(6, b"\xff\xfe")), "onnx-format", "not text in UTF-8"
    yield "a long text", only(plain + field(6, b"x" * (2 << 20))), "onnx-format", "more than 1,048,576"
    both = proto()
    data = both.SerializeToString()
    dimension = field(1, b"\x08\x02" + field(2, b"n"))
    value = field(11, field(1, b"z") + field(2, field(1, b"\x08\x01" + field(2, dimension))))
    yield "a dimension of two", only(data + field(7, value)), "onnx-format", "twice"
