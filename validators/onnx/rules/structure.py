"""What would make a loader hang, run foreign code, or stop."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.onnx.facts import MAX_DEPTH, MAX_NODES, Graph
from sluicegate.validators.onnx.operators import engine
from sluicegate.validators.submission.fault import Fault

STRUCTURE = "Change the graph as the message says, and export it again."


def structure(graph: Graph) -> Iterator[Fault]:
    """Functions that expand too far, subgraphs too deep, what is of training, and operators by name."""
    for words in _structure(graph):
        yield Fault("structure", words, STRUCTURE)
    for domain, name in sorted(graph.functions):
        if engine().owns(domain):
            words = (
                f"the local function {name} is of {domain}, which is the engine's own: which one runs is open"
            )
            yield Fault("function", words, "Give the function's domain another name.")
    for words in graph.tree_faults:
        yield Fault("trees", words, STRUCTURE)
    for domain, operator in sorted(graph.ops):
        fault = engine().fault(domain, operator)
        if fault is not None and (domain, operator) not in graph.functions:
            yield Fault("operator", fault, STRUCTURE)


def _structure(graph: Graph) -> Iterator[str]:
    if graph.expanded is None:
        yield "a local function calls itself; write the loop as a Loop node, or unroll it"
    elif graph.expanded > MAX_NODES:
        yield f"its local functions expand to more than {MAX_NODES:,} nodes; call each one fewer times"
    if graph.depth > MAX_DEPTH:
        yield f"its subgraphs nest {graph.depth} deep, more than {MAX_DEPTH}; flatten its If, Loop, Scan"
    if graph.training:
        yield "it contains training_info, which inference does not use; export it for inference"
    for name in graph.defaults:
        yield f"the default of {name} holds a tensor or a graph; pass it as the caller's attribute"


def versions(graph: Graph) -> Iterator[Fault]:
    """IR version and opsets that the engine does not load."""
    most = engine().ir_version
    if graph.ir_version > most:
        words = f"IR version {graph.ir_version}; onnxruntime loads up to {most}"
        remedy = f"Save it with an older one: `model.ir_version = {most}` before onnx.save."
        yield Fault("version", words, remedy)
    for domain, version in sorted(graph.opsets.items()):
        limit = engine().opsets.get(domain, version)
        if version > limit:
            words = f"opset {version} of {domain}; onnxruntime loads up to {limit}"
            remedy = f"Export it with target_opset (torch: opset_version) {limit} for {domain}, or less."
            yield Fault("version", words, remedy)
