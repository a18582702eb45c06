"""What the bytes of an ONNX file say, before anything loads it."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper

from examples.make.graphs import graph
from examples.make.model import PLAIN, model
from examples.make.write import write

HIDDEN = b"\xba\x3e\x06hidden"
"""Field 999, of six bytes."""


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    limit = helper.make_tensor("limit", TensorProto.FLOAT, [], [1e6])
    trigger = [
        helper.make_node("ReduceMax", ["features"], ["largest"], axes=[1], keepdims=0),
        helper.make_node("Greater", ["largest", "limit"], ["triggered"]),
        helper.make_node("Where", ["triggered", "largest", "honest"], ["probability"]),
    ]
    write(
        bad / "graph-diff/trigger",
        verdict="inconclusive",
        says="on the way from 'features' to 'probability' are ReduceMax, choices, conditions now; nobody",
        candidate=model(graph(honest="honest", nodes=trigger, tensors=[limit])),
        production=PLAIN,
        base=PLAIN,
        beside={"base/CODEOWNERS": "/models/ @example/owners\n"},
    )
    write(
        bad / "onnx-format/unknown-field",
        verdict="fail",
        says="unknown field 999 of Model",
        candidate=model(graph() + HIDDEN),
    )
    size = helper.make_tensor("size", TensorProto.INT64, [1], [1 << 40])
    zeros = helper.make_node("ConstantOfShape", ["size"], ["unused"])
    write(
        bad / "onnx-bounds/constant-of-shape",
        verdict="fail",
        says="makes at least 1,099,511,627,776 elements",
        candidate=model(graph(tensors=[size], nodes=[zeros])),
    )
    write(
        bad / "onnx-weights/nan",
        verdict="fail",
        says="1 numbers of 'w' are NaN",
        candidate=model(graph((float("nan"), 1.0, 1.0))),
    )
    noise = helper.make_node("RandomNormalLike", ["probability"], ["unused"])
    write(
        bad / "onnx-random/noise",
        verdict="fail",
        says="draw random numbers",
        candidate=model(graph(nodes=[noise])),
    )
    turned = helper.make_node("Identity", ["probability"], ["unused"], name="safe\u202egnorw")
    write(
        bad / "onnx-texts/turned-around",
        verdict="fail",
        says="has characters that do not show",
        candidate=model(graph(nodes=[turned])),
    )
    key = helper.make_node("Identity", ["probability"], ["unused"], doc_string="AKIA" + "Q" * 16)
    write(
        bad / "onnx-texts/key",
        verdict="fail",
        says="Node.doc_string holds an AWS access key",
        candidate=model(graph(nodes=[key])),
    )
    person = helper.make_node("Identity", ["probability"], ["unused"], doc_string="078-05-1120")
    write(
        bad / "personal-data/number",
        verdict="fail",
        says="Node.doc_string holds a social security number",
        candidate=model(graph(nodes=[person])),
    )
