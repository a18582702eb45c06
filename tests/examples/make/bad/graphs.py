"""The ONNX file."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper

from examples.make.graphs import bomb, default, graph, outside
from examples.make.model import model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "onnx-graph/too-new",
        verdict="fail",
        says="onnxruntime loads up to",
        candidate=model(graph(opset=28, ir=14)),
    )
    hidden = helper.make_graph([helper.make_node("Neg", [], ["h"])], "hidden", [], [])
    write(
        bad / "onnx-graph/function-default-bomb",
        verdict="fail",
        says="the default of f.body holds a tensor or a graph",
        candidate=model(graph(**default(body=hidden))),
    )
    write(
        bad / "onnx-graph/billion-laughs",
        verdict="fail",
        says="expand to more than",
        candidate=model(graph(**bomb(24))),
    )
    foreign = helper.make_node("EPContext", ["probability"], ["unused"], domain="com.microsoft")
    write(
        bad / "onnx-graph/foreign-operator",
        verdict="fail",
        says="EPContext",
        candidate=model(graph(nodes=[foreign], domains=["com.microsoft"])),
    )
    write(
        bad / "onnx-graph/no-model",
        verdict="fail",
        says="not an ONNX",
        candidate=model(b"not a model at all"),
    )
    cast = [
        helper.make_node("Cast", ["all"], ["wide"], to=TensorProto.DOUBLE),
        helper.make_node("Acosh", ["wide"], ["unused"]),
    ]
    write(
        bad / "onnx-loads/no-kernel",
        verdict="fail",
        says="does not load it",
        candidate=model(graph(nodes=cast)),
    )
    write(
        bad / "onnx-signature/other-output",
        verdict="fail",
        says="'score' of the graph is not declared",
        candidate=model(graph(output="score")),
    )

    write(
        bad / "external-data-escape/parent",
        verdict="fail",
        says="leads out of the model's directory",
        candidate=model(graph(tensors=[outside("../../../etc/passwd")])),
    )
    write(
        bad / "external-data-escape/function-default",
        verdict="fail",
        says="'spare' lies in '../../../etc/passwd', which leads out of the model's directory",
        candidate=model(graph(**default(value=outside("../../../etc/passwd")))),
    )
    write(
        bad / "external-data-escape/not-there",
        verdict="fail",
        says="is not there",
        candidate=model(graph(tensors=[outside("weights.bin")])),
    )
