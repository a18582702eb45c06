"""What a parser of protobuf lets pass is a fault here; what none can read is an error."""

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from sluicegate.validators.onnx.facts import GraphError, graph_of
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import WireError, decode

NODE = helper.make_node("Identity", ["x"], ["y"], name="same", k=[1, -2, 300], f=[0.5, 1.5], s=["a", "bc"])
GRAPH = helper.make_graph(
    [NODE],
    "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
    [helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])],
)
PLAIN = helper.make_model(GRAPH, ir_version=8).SerializeToString()


def test_a_model_of_onnx_is_read_without_fault():
    model, faults, texts = decode(PLAIN)
    assert not faults
    (node,) = model.graph.node
    by_name = {attribute.name: attribute for attribute in node.attribute}
    assert (node.op_type, node.input, node.output) == ("Identity", ["x"], ["y"])
    assert values.ints(PLAIN, by_name["k"].ints, 9) == [1, -2, 300]
    assert values.floats(PLAIN, by_name["f"].floats, 4, 9) == [0.5, 1.5]
    assert values.texts(PLAIN, by_name["s"].strings, 9) == ["a", "bc"]
    assert values.count(PLAIN, by_name["k"].ints, 0) == 3
    assert ("Node.name", "same") in texts


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (b"\xba\x3e\x06hidden", "unknown field 999 of Model"),
        (b"\x08\x08", "Model.ir_version is there twice"),
        (b"\x88\x00\x08", "a tag of Model takes more bytes than it needs"),
        (b"\x32\x02\xff\xfe", "Model.doc_string is not text in UTF-8"),
        (b"\x0a\x01\x08", "Model.ir_version is encoded as another kind of field"),
    ],
)
def test_what_one_reader_sees_and_another_does_not_is_a_fault(more, says):
    assert any(says in fault for fault in graph_of(PLAIN + more).encoding)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (PLAIN + b"\x32", "in the middle of a field"),
        (PLAIN + b"\x32\x7f", "longer than what holds it"),
        (PLAIN + b"\x33", "no kind that there is"),
        (PLAIN + b"\x08" + b"\xff" * 11, "more than ten bytes"),
        (PLAIN[:-1], "longer than what holds it"),
    ],
)
def test_what_no_parser_reads_is_an_error(data, says):
    with pytest.raises(WireError, match=says):
        decode(data)


def test_messages_that_nest_deep_end_the_walk():
    inner = b""
    for _ in range(60):  # a sequence of a sequence of ...
        kind = b"\x0a" + varint(len(inner)) + inner
        inner = b"\x22" + varint(len(kind)) + kind
    info = b"\x0a\x01z\x12" + varint(len(inner)) + inner
    graph = b"\x6a" + varint(len(info)) + info
    with pytest.raises(WireError, match="nest more than 100 deep"):
        decode(PLAIN + b"\x3a" + varint(len(graph)) + graph)


def varint(size):
    data = bytearray()
    while size > 0x7F:
        data.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*data, size])


def test_trees_of_a_million_numbers_stay_in_the_file():
    big = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n=[7] * 1_000_000)
    graph = helper.make_graph([big], "g", [], [])
    data = helper.make_model(graph, ir_version=8).SerializeToString()
    model, _, _ = decode(data)
    (attribute,) = model.graph.node[0].attribute
    assert len(attribute.ints) == 1
    assert values.count(data, attribute.ints, 0) == 1_000_000


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=6))
def test_whatever_is_changed_is_read_or_refused(at, bytes_there):
    changed = PLAIN[:at] + bytes_there + PLAIN[at + len(bytes_there) :]
    try:
        found = graph_of(changed)
    except GraphError:
        return
    try:
        theirs = onnx.ModelProto.FromString(changed)
    except Exception:  # what onnx cannot read and we can: bytes that are no UTF-8, above all
        return
    if not found.encoding:
        assert found.ir_version == theirs.ir_version
        assert sum(found.ops.values()) == len(theirs.graph.node)
