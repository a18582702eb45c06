"""Local functions that expand to more than any loader survives."""

from hostile.models import function, model, node, only, proto, tensor

THREAT = "functions that call each other into millions of nodes"


def call(name, source="x", result="r"):
    return node(name, [source], [result], domain="local")


def doubling(levels):
    made = [function("f0", [node("Neg", ["a"], ["b"])])]
    for level in range(1, levels):
        twice = [call(f"f{level - 1}", "a", "m"), call(f"f{level - 1}", "m", "b")]
        made.append(function(f"f{level}", twice))
    return made


def cases():
    for levels in (21, 24, 32, 64, 200):
        data = model([call(f"f{levels - 1}")], functions=doubling(levels))
        yield f"{levels} levels", only(data), "onnx-graph", "expand to more than"
    itself = [function("f", [call("f", "a", "b")])]
    yield "calls itself", only(model([call("f")], functions=itself)), "onnx-graph", "calls itself"
    pair = [function("f", [call("g", "a", "b")]), function("g", [call("f", "a", "b")])]
    yield "call each other", only(model([call("f")], functions=pair)), "onnx-graph", "calls itself"
    from onnx import helper

    for name, value in {
        "graph": helper.make_graph([], "g", [], []),
        "tensor": tensor("t", [1]),
        "tensors": [tensor("t", [1])],
    }.items():
        hidden = function(
            "f", [node("Neg", ["a"], ["b"])], attribute_protos=[helper.make_attribute("k", value)]
        )
        data = model([call("f")], functions=[hidden])
        yield f"default with a {name}", only(data), "onnx-graph", "default of f.k holds"
    training = proto()
    training.training_info.add().algorithm.name = "t"
    yield "training", only(training), "onnx-graph", "training_info"
    for domain, name in {"": "Relu", "ai.onnx.ml": "Scaler", "com.microsoft": "Gelu"}.items():
        posing = function(name, [node("Neg", ["a"], ["b"])])
        posing.domain = domain
        data = model(
            [node(name, ["x"], ["r"], domain=domain)], functions=[posing], domains=filter(None, [domain])
        )
        yield f"poses as the engine's {name}", only(data), "onnx-graph", "which is the engine's own"
