"""Names that show as something else in a report, a log or a terminal."""

from onnx import helper

from hostile.models import node, only, proto

THREAT = "names that mislead"
NAMES = {
    "terminal": ("\x1b[2Jgone", "do not show"),
    "line feed": ("a\n::stop-commands::x", "do not show"),
    "turned around": ("safe\u202egnp.exe", "do not show"),
    "isolated": ("a\u2066b", "do not show"),
    "no width": ("w\u200beights", "do not show"),
    "byte order": ("\ufeffw", "do not show"),
    "soft hyphen": ("w\u00adeights", "do not show"),
    "script": ("<script>x()</script>", "is markup"),
    "closing tag": ("</details>", "is markup"),
    "comment": ("<!-- sluice -->", "is markup"),
    "link": ("[x](javascript:x)", "is markup"),
    "command": ("/promote 100%", "is markup"),
    "long": ("n" * 5_000, "characters"),
}


def cases():
    for kind, (name, says) in NAMES.items():
        yield f"{kind}, node", only(proto([node("Identity", ["x"], ["r"], name=name)])), "onnx-texts", says
        result = only(proto([node("Identity", ["x"], [name])]))
        yield f"{kind}, output of a node", result, "onnx-texts", says
        shaped = proto()
        shaped.graph.input[0].type.tensor_type.shape.dim[0].dim_param = name
        yield f"{kind}, dimension", only(shaped), "onnx-texts", says
    graph = helper.make_graph([], "g\x07", [], [])
    bell = proto()
    bell.graph.name = graph.name
    yield "bell, graph", only(bell), "onnx-texts", "do not show"
    for kind, (name, says) in {
        "turned around": NAMES["turned around"],
        "terminal": NAMES["terminal"],
    }.items():
        noted = proto()
        noted.graph.input[0].type.denotation = name
        yield f"{kind}, denotation", only(noted), "onnx-texts", says
        noted = proto()
        noted.producer_name = name
        yield f"{kind}, producer", only(noted), "onnx-texts", says
