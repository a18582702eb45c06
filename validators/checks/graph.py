"""The ONNX graph: well-formed, loadable by the engine, and what model.yaml says it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.onnx.facts import Graph, Value

CHECKER = (
    "Correct what is named; run onnx.checker.check_model(path, full_check=True) until it raises nothing."
)
SHAPES = (
    "A declared shape is not the one that the graph computes, as of skl2onnx's `label` of several a row: "
    "correct it, or leave that output out with onnx.utils.extract_model."
)


@check(
    "onnx-graph",
    family="graph",
    static=True,
    remedy="Export the model again for the engine's opset and IR version.",
)
def onnx_graph(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The graph is well-formed, and the engine can load it without harm.

    First what would hurt a loader is counted without expanding anything: operators that are not allowed by
    name (those of foreign domains load native code; of onnxruntime's own, those that only compute are
    allowed), local functions that call each other into millions of nodes or hold tensors or graphs as
    defaults, subgraphs nested too deep. Then opset and IR version are checked against onnxruntime's, and
    onnx.checker reads the graph in full, its large tensors left out: their sizes are onnx-format's.
    """
    from sluicegate.validators.onnx.checker import checker_fault
    from sluicegate.validators.onnx.rules.loading import harmful
    from sluicegate.validators.onnx.rules.structure import structure, versions
    from sluicegate.validators.submission.fault import grouped

    at = files.position(spec.artifact.path)
    faults = list(grouped([*structure(graph), *versions(graph)]))
    yield from (fail(fault.words, at, remedy=fault.remedy) for fault in faults)
    other = next((check for check, _ in harmful(graph)), None)
    if faults:
        return
    if other is not None:
        message = f"onnx.checker was not run: {other} refuses the file"
        yield inconclusive(message, at, remedy=f"Correct what {other} reports; the graph is judged then.")
        return
    problem = checker_fault(files.directory / spec.artifact.path)
    if problem is not None:
        remedy = SHAPES if "ShapeInferenceError" in problem else CHECKER
        yield fail(f"onnx.checker: {problem}", at, remedy=remedy)
    else:
        opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
        yield passed(f"{sum(graph.ops.values())} nodes, opset {opsets}, IR {graph.ir_version}", at)


@check(
    "onnx-loads",
    family="graph",
    isolated=True,
    remedy="Export the model again, and load it with onnxruntime before you commit it.",
)
def onnx_loads(session: InferenceSession, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The engine loads the model.

    A well-formed graph can still use an operator or a type that the engine has no kernel for.
    """
    from sluicegate.validators.onnx.engine import runtime

    where = ", ".join(session.get_providers())
    yield passed(f"onnxruntime {runtime().__version__}, {where}", files.position(spec.artifact.path))


@check(
    "onnx-signature",
    family="graph",
    static=True,
    remedy="Make spec.signature and the graph's inputs and outputs the same; cut what nobody declared.",
)
def onnx_signature(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The graph's inputs and outputs are those of model.yaml: names, types, ranks and fixed lengths.

    Clients and the server go by model.yaml; a graph that differs fails on the first request, or answers
    nonsense.
    """
    at = files.position(spec.artifact.path)
    pairs = (
        ("input", spec.signature.inputs, graph.inputs),
        ("output", spec.signature.outputs, graph.outputs),
    )
    faults = [fault for kind, declared, actual in pairs for fault in _differences(kind, declared, actual)]
    yield from (fail(fault, at) for fault in faults)
    if not faults:
        names = ", ".join(value.name for value in (*graph.inputs, *graph.outputs))
        yield passed(f"as declared: {names}", at)


def _differences(kind: str, declared: tuple[Tensor, ...], actual: tuple[Value, ...]) -> Iterator[str]:
    undeclared = {value.name: value for value in actual}
    for tensor in declared:
        value = undeclared.pop(tensor.name, None)
        if value is None:
            yield f"{kind} {tensor.name!r} is declared, and the graph has none of that name"
        elif value.dtype != tensor.dtype:
            yield f"{kind} {tensor.name!r} is declared {tensor.dtype}, and is {value.dtype} in the graph"
        elif value.shape is not None and not _fits(tensor.shape, value.shape):
            shapes = f"is declared {list(tensor.shape)}, and is {list(value.shape)} in the graph"
            yield f"{kind} {tensor.name!r} {shapes}"
    yield from (f"{kind} {name!r} of the graph is not declared" for name in undeclared)


def _fits(declared: tuple[int | str, ...], actual: tuple[int | str | None, ...]) -> bool:
    """Whether every fixed length of either side is the same fixed length, or open, on the other."""
    if len(declared) != len(actual):
        return False
    return all(_fits_dimension(*pair) for pair in zip(declared, actual, strict=True))


def _fits_dimension(declared: int | str, actual: int | str | None) -> bool:
    if not isinstance(actual, int):
        return True
    return declared == actual
