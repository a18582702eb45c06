import onnx
import pytest
from onnx import TensorProto, helper

from sluicegate.validators.onnx.facts import GraphError, graph_of, read_graph


def facts(model):
    """The facts of an onnx.ModelProto."""
    return graph_of(model.SerializeToString())


def model(nodes, *, tensors=(), functions=(), opset=17):
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        list(nodes),
        "g",
        [value("x", TensorProto.FLOAT, ["batch", 3])],
        [value("y", TensorProto.DOUBLE, None)],
        list(tensors),
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=8)


def call(name):
    return helper.make_node(name, ["x"], ["y"], domain="local")


def nested(depth):
    node = helper.make_node("Identity", ["x"], ["z"])
    for _ in range(depth - 1):
        body = helper.make_graph([node], "b", [], [])
        node = helper.make_node("If", ["c"], ["z"], then_branch=body, else_branch=body)
    return node


def external(name, **said):
    tensor = TensorProto(
        name=name, data_type=TensorProto.FLOAT, dims=[2, 3], data_location=TensorProto.EXTERNAL
    )
    for key, text in said.items():
        tensor.external_data.add(key=key, value=text)
    return tensor


def test_signature_opset_and_operators():
    found = facts(model([helper.make_node("Neg", ["x"], ["y"])]))
    assert [(value.name, value.dtype, value.shape) for value in (*found.inputs, *found.outputs)] == [
        ("x", "float32", ("batch", 3)),
        ("y", "float64", None),
    ]
    assert (found.opsets, found.ir_version) == ({"ai.onnx": 17, "local": 1}, 8)
    assert (dict(found.ops), found.depth, found.expanded) == ({("ai.onnx", "Neg"): 1}, 1, 1)


def test_subgraphs_are_counted_by_their_depth():
    found = facts(model([nested(9)]))
    assert found.depth == 9
    assert found.ops[("ai.onnx", "Identity")] == 2**8


def test_external_tensors_are_found_wherever_they_hide():
    body = helper.make_graph(
        [helper.make_node("Neg", ["deep"], ["z"])], "b", [], [], [external("deep", location="d")]
    )
    constant = helper.make_node("Constant", [], ["k"], value=external("value", location="c"))
    nodes = [
        helper.make_node("Add", ["x", "used"], ["y"]),
        helper.make_node("If", ["c"], ["z"], then_branch=body, else_branch=body),
    ]
    tensors = [external("used", location="a", offset="4", length="24"), external("spare", location="b")]
    hidden = helper.make_function("local", "f", [], ["k"], [constant], [helper.make_opsetid("", 17)])
    found = {t.name: t for t in facts(model(nodes, tensors=tensors, functions=[hidden])).external_tensors}
    assert {name: (t.location, t.used) for name, t in found.items()} == {
        "used": ("a", True),
        "spare": ("b", False),
        "deep": ("d", True),
        "value": ("c", True),
    }
    assert (found["used"].offset, found["used"].length, found["used"].bytes) == ("4", "24", 24)


def with_default(**value):
    (name,) = value
    return helper.make_function(
        "local",
        "f",
        ["a"],
        ["b"],
        [helper.make_node("Neg", ["a"], ["b"])],
        [helper.make_opsetid("", 17)],
        attribute_protos=[helper.make_attribute(name, value[name])],
    )


def sparse(name):
    return onnx.SparseTensorProto(values=external(f"{name}v", location="s"), indices=external(f"{name}i"))


@pytest.mark.parametrize(
    ("value", "heavy", "tensors"),
    [
        (1.5, False, set()),
        ([1, 2], False, set()),
        ("text", False, set()),
        (external("t", location="a"), True, {"t"}),
        ([external("t"), external("u")], True, {"t", "u"}),
        (sparse("s"), True, {"sv", "si"}),
        (helper.make_graph([], "g", [], [], [external("deep")]), True, {"deep"}),
    ],
)
def test_defaults_of_functions_are_seen(value, heavy, tensors):
    found = facts(model([call("f")], functions=[with_default(what=value)]))
    assert found.defaults == (("f.what",) if heavy else ())
    assert {t.name for t in found.external_tensors if t.used or t.name == "deep"} == tensors


def test_a_default_is_judged_by_what_it_holds_not_by_the_type_it_names():
    lying = with_default(what=1)
    lying.attribute_proto[0].g.CopyFrom(helper.make_graph([], "g", [], []))
    assert facts(model([call("f")], functions=[lying])).defaults == ("f.what",)


def test_external_tensors_of_sparse_initializers_and_training_graphs_are_found():
    whole = model([helper.make_node("Neg", ["x"], ["y"])])
    whole.graph.sparse_initializer.append(sparse("s"))
    node = helper.make_node("Constant", [], ["k"], value=external("trained"))
    whole.training_info.add().algorithm.CopyFrom(helper.make_graph([node], "t", [], []))
    found = facts(whole)
    assert found.training
    assert {t.name for t in found.external_tensors} == {"sv", "si", "trained"}


def test_a_tensor_that_names_a_place_is_external_whatever_it_says_of_itself():
    tensor = external("w", location="a")
    tensor.data_location = TensorProto.DEFAULT
    assert [t.name for t in facts(model([], tensors=[tensor])).external_tensors] == ["w"]


def test_reading_opens_no_external_file(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(model([], tensors=[external("w", location="/etc/passwd")]).SerializeToString())
    assert read_graph(path).external_tensors[0].location == "/etc/passwd"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\x00" * 100, "not an ONNX protobuf"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (onnx.ModelProto(ir_version=8).SerializeToString(), "holds no ONNX graph"),
        (model([]).SerializeToString()[:-7], "not an ONNX protobuf"),
    ],
)
def test_what_is_no_model_is_named_with_a_remedy(data, says, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(GraphError, match=f"{says}.*;") as found:
        read_graph(path)
    assert str(found.value).startswith("m.onnx")
    with pytest.raises(GraphError, match="cannot be read"):
        read_graph(tmp_path / "none.onnx")


def test_nan_is_counted_but_where_it_separates_sets():
    split = helper.make_tensor("s", TensorProto.FLOAT, [2], [1.0, float("nan")])
    tree = helper.make_node("TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", membership_values=split)
    assert not facts(model([tree])).not_finite
    constant = helper.make_node("Constant", [], ["y"], value=split)
    assert [(one.name, one.nan) for one in facts(model([constant])).not_finite] == [("s", 1)]
