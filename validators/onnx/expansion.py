"""How many nodes an ONNX model has once every local function is expanded, counted without expanding one."""

from __future__ import annotations

from collections import Counter

from sluicegate.validators.onnx.walk import domain, nodes
from sluicegate.validators.onnx.wire.messages import Model, Node

Name = tuple[str, str, str]
"""Of a local function: (domain, name, overload)."""
_MAIN: Name = ("", "", "")
"""What the model's own graph is called here."""
_MOST_NODES = 10**12


def expanded_nodes(model: Model) -> int | None:
    """Nodes after expansion, by dynamic programming over the call graph (Kahn's order), never by expanding.

    A function that calls another twice, and so on, doubles at each level: 1,150 bytes can mean
    2**30 nodes. Counting stops at 10**12.
    """
    calls, plain = _call_graph(model)
    callers: dict[Name, list[Name]] = {key: [] for key in calls}
    for key, called in calls.items():
        for callee in called:
            callers[callee].append(key)
    open_calls = {key: len(called) for key, called in calls.items()}
    ready = [key for key, count in open_calls.items() if count == 0]
    sizes: dict[Name, int] = {}
    while ready:
        key = ready.pop()
        called_nodes = sum(count * sizes[callee] for callee, count in calls[key].items())
        sizes[key] = min(plain[key] + called_nodes, _MOST_NODES)
        for caller in callers[key]:
            open_calls[caller] -= 1
            if open_calls[caller] == 0:
                ready.append(caller)
    return max(sizes.values()) if len(sizes) == len(calls) else None


def _call_graph(model: Model) -> tuple[dict[Name, Counter[Name]], dict[Name, int]]:
    """By function: how often it calls each other one, and how many of its nodes call none."""
    bodies: dict[Name, list[Node]] = {}
    for function in model.functions:
        # Two of one name count together: which of them a loader takes is its own affair.
        name = (domain(function.domain), function.name, function.overload)
        bodies.setdefault(name, []).extend(function.node)
    calls: dict[Name, Counter[Name]] = {}
    plain: dict[Name, int] = {}
    for key, body in [*bodies.items(), (_MAIN, model.graph.node if model.graph is not None else [])]:
        operators = Counter((domain(node.domain), node.op_type, node.overload) for node, _ in nodes(body))
        calls[key] = Counter({callee: count for callee, count in operators.items() if callee in bodies})
        plain[key] = operators.total() - calls[key].total()
    return calls, plain
