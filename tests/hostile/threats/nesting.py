"""Messages in messages, until a reader's stack ends."""

from onnx import TensorProto, helper

from hostile.models import model, node, only

THREAT = "subgraphs and types that nest deep"


def nested(depth):
    inner = node("Identity", ["x"], ["z"])
    for _ in range(depth):
        result = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
        body = helper.make_graph([inner], "b", [], [result])
        inner = helper.make_node("If", ["k"], ["z"], then_branch=body)
    return inner


def size(number):
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])


def field(number, data):
    return size(number << 3 | 2) + size(len(data)) + data


def cases():
    for depth in (8, 20, 30):
        yield f"If {depth} deep", only(model([nested(depth)])), "onnx-graph", "deep"
    for depth in (60, 5_000):
        kind = b""
        for _ in range(depth):
            kind = field(4, field(1, kind))
        value = field(13, field(1, b"z") + field(2, kind))
        yield f"type {depth} deep", only(model() + field(7, value)), "onnx-graph", "nest more than 100 deep"
