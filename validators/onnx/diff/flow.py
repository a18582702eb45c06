"""Which operators lie on the ways from each input of a graph to each of its outputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from sluicegate.validators.onnx.walk import domain, initializers, nodes, subgraphs
from sluicegate.validators.onnx.wire.messages import Function, Model, Node

Way = tuple[str, str]
"""An input and an output that depends on it."""
Operator = tuple[str, str]
"""Domain and name."""
MOST_WAYS = 4_096
"""Pairs of inputs and outputs that are told apart; with more, all inputs count as one."""
ANY_INPUT = "any input"

CONDITIONS = frozenset(
    {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "And", "Or", "Xor", "IsNaN", "IsInf"}
)
CHOICES = frozenset({"Where", "If", "Compress", "NonZero"})
LOOPS = frozenset({"Loop", "Scan", "SequenceMap"})
PRODUCTS = frozenset({"MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum", "MatMulInteger", "ConvInteger"})
_CLASSES = ((CONDITIONS, "conditions"), (CHOICES, "choices"), (LOOPS, "loops"), (PRODUCTS, "products"))


def operator_class(operator: Operator) -> str:
    """What an operator is for: those that tell inputs apart, choose, repeat, or multiply; else its own name.

    A trigger (Clifford et al., "ImpNet", arXiv:2210.00108) needs a condition and a choice; a product computes
    whatever it was trained to.
    """
    space, name = operator
    known = next((words for names, words in _CLASSES if space == "ai.onnx" and name in names), None)
    return known or (name if space == "ai.onnx" else f"{space}.{name}")


def ways(model: Model) -> dict[Way, frozenset[Operator]]:
    """By input and output, the operators on any way between both; a pair without a way is left out.

    Raises graphlib.CycleError where a local function calls itself.

    A node takes what its subgraphs take, and does what they and the functions that it calls do.
    """
    graph = model.graph
    if graph is None:
        return {}
    filled = {name for name, _ in initializers(graph)}
    inputs = [value.name for value in graph.input if value.name not in filled]
    outputs = [value.name for value in graph.output]
    if len(inputs) * len(outputs) > MOST_WAYS:
        sources, names = dict.fromkeys(inputs, 1), [ANY_INPUT]
    else:
        sources, names = {name: 1 << place for place, name in enumerate(inputs)}, inputs
    sinks = {name: 1 << place for place, name in enumerate(outputs)}
    functions = _functions(model.functions)
    steps = [_Step(node, functions) for node in graph.node]
    before, after = _forwards(steps, sources), _backwards(steps, sinks)
    lying: defaultdict[tuple[int, int], set[Operator]] = defaultdict(set)
    for step, reached, reaching in zip(steps, before, after, strict=True):
        if reached and reaching:
            lying[reached, reaching] |= step.operators
    found: defaultdict[Way, set[Operator]] = defaultdict(set)
    for (reached, reaching), operators in lying.items():
        for source in _chosen(names, reached):
            for sink in _chosen(outputs, reaching):
                found[source, sink] |= operators
    for name in set(inputs) & set(outputs):  # handed through, by no node
        found.setdefault((name if names is inputs else ANY_INPUT, name), set())
    return {way: frozenset(operators) for way, operators in found.items()}


class _Step:
    """A node of the graph with all that is inside of it."""

    def __init__(self, node: Node, functions: Mapping[Operator, frozenset[Operator]]) -> None:
        inner = [one for one, _ in nodes([node])]
        called = [(domain(one.domain), one.op_type) for one in inner]
        self.operators = frozenset(called) - functions.keys()
        self.operators |= {one for name in called for one in functions.get(name, ())}
        self.takes = values_taken(node)
        self.gives = node.output


def values_taken(node: Node) -> set[str]:
    """The names of all values that a node and its subgraphs take."""
    return {name for one, _ in nodes([node]) for name in one.input} | set(_handed_out(node))


def _handed_out(node: Node) -> Iterator[str]:
    """What the subgraphs of a node give: they may hand a value of the outer graph through."""
    for one, _ in nodes([node]):
        for graph in subgraphs(one):
            yield from (value.name for value in graph.output)


def _functions(functions: Iterable[Function]) -> Mapping[Operator, frozenset[Operator]]:
    """By local function, every operator of it and of those that it calls; onnx-graph refuses a cycle."""
    own = {
        (domain(one.domain), one.name): frozenset(
            (domain(node.domain), node.op_type) for node, _ in nodes(one.node)
        )
        for one in functions
    }
    calls = {name: held & own.keys() for name, held in own.items()}
    whole: dict[Operator, frozenset[Operator]] = {}
    for name in TopologicalSorter(calls).static_order():
        whole[name] = (own[name] - own.keys()).union(*(whole[called] for called in calls[name]))
    return whole


def _forwards(steps: Sequence[_Step], sources: Mapping[str, int]) -> list[int]:
    """By step, the inputs that it depends on, as bits. ONNX has the nodes in an order of computation."""
    reached = dict(sources)
    found = []
    for step in steps:
        bits = 0
        for name in step.takes:
            bits |= reached.get(name, 0)
        for name in step.gives:
            reached[name] = bits
        found.append(bits)
    return found


def _backwards(steps: Sequence[_Step], sinks: Mapping[str, int]) -> list[int]:
    """By step, the outputs that depend on it, as bits."""
    reaching = dict(sinks)
    found = []
    for step in reversed(steps):
        bits = 0
        for name in step.gives:
            bits |= reaching.get(name, 0)
        for name in step.takes:
            reaching[name] = reaching.get(name, 0) | bits
        found.append(bits)
    return found[::-1]


def _chosen(names: Sequence[str], bits: int) -> Iterator[str]:
    return (name for place, name in enumerate(names) if bits >> place & 1)
