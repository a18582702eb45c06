"""Files that are no model, or not all of one."""

import pickle

from hostile.models import model, only
from hostile.threats.nesting import field

THREAT = "files that are no readable model"
PLAIN = model()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


def cases():
    yield "empty", only(b""), "onnx-graph", "is empty"
    yield "pointer of Git LFS", only(POINTER), "onnx-graph", "Git LFS pointer"
    yield "zeros", only(b"\0" * 1_000), "onnx-graph", "not an ONNX protobuf"
    yield "text", only(b"not a model\n"), "onnx-graph", "not an ONNX protobuf"
    yield "no graph", only(b"\x08\x08"), "onnx-graph", "holds no ONNX graph"
    yield "no version", only(field(7, b"")), "onnx-graph", "holds no ONNX graph"
    yield "a long number", only(PLAIN + b"\x08" + b"\xff" * 20), "onnx-graph", "more than ten bytes"
    yield "a group", only(PLAIN + b"\x33"), "onnx-graph", "no kind that there is"
    yield "a long field", only(PLAIN + b"\x32\xff\xff\xff\xff\x0f"), "onnx-graph", "longer than what holds it"
    for cut in (1, 3, 10, 40, len(PLAIN) // 2):
        yield f"without its last {cut} bytes", only(PLAIN[:-cut]), "onnx-graph", "not an ONNX protobuf"
    many = field(7, field(1, b"")) * 10 + field(7, field(1, b"") * 1_100_000)
    yield "millions of fields", only(b"\x08\x08" + many), "onnx-graph", "more than 1,000,000 fields"
    for protocol in range(6):
        data = pickle.dumps(print, protocol)
        yield f"pickle {protocol} as a model", only(data), "onnx-graph", "ONNX"
