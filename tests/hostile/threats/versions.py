"""Models that the engine of the servers does not load."""

from onnx import helper

from hostile.models import model, only, proto

THREAT = "versions that the engine does not load, or that are two at once"


def cases():
    yield "IR 14", only(model(ir=14)), "onnx-graph", "IR version 14"
    yield "opset 27", only(model(opset=27)), "onnx-graph", "opset 27 of ai.onnx"
    made = proto()
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 6))
    yield "opset 6 of ai.onnx.ml", only(made), "onnx-graph", "opset 6 of ai.onnx.ml"
    for name in ("", "ai.onnx"):
        made = proto()
        made.opset_import.append(helper.make_opsetid(name, 11))
        yield f"two opsets, {name or 'without a name'}", only(made), "onnx-format", "names ai.onnx twice"
