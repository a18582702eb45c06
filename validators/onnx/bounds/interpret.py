"""A graph followed node by node with what is known of its tensors: what it makes at least, and how often.

Loops, branches and calls of local functions are followed; of a loop as many turns as change anything, at
most TURNS. Followed are at most STEPS nodes: what lies behind them is left to the limits of the process.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sluicegate.validators.onnx.bounds.given import WrongType
from sluicegate.validators.onnx.bounds.intervals import (
    DIMENSION,
    UNKNOWN,
    Interval,
    Known,
    exactly,
)
from sluicegate.validators.onnx.bounds.operators import RULES
from sluicegate.validators.onnx.tensors import STRING, attribute_values, small_values
from sluicegate.validators.onnx.walk import domain, initializers
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import (
    Attribute,
    Function,
    Graph,
    Model,
    Node,
    SparseTensor,
    ValueInfo,
)

LONGEST_TEXT = 1_000
"""Bytes of an attribute that is read as words: an equation, a direction."""
MAX_ELEMENTS = 1 << 29
"""Elements of one tensor: 2 GiB of float32, half of what a model's process may use."""
MAX_WORK = 1 << 36
"""Elements that are computed in one call, each node counted as at least NODE: about a minute of one core."""
NODE = 256
"""What one node costs at least, in elements."""
STEPS = 100_000
TURNS = 64
MAX_CALLS = 100
"""How deep calls of local functions are followed."""
_ENDLESS = 1 << 64
_FEWEST_MATRIX = 2
_CONTROL = ("If", "Loop", "Scan")


@dataclass
class _Scope:
    """What is known in a graph or a function's body."""

    known: MutableMapping[str, Known] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    """Those that a caller gives to a function, by name."""
    true: frozenset[str] = frozenset()
    """Names that are the condition of the loop around, unchanged."""
    calls: int = 0
    """How many calls of local functions led here."""

    def inner(self) -> _Scope:
        return _Scope(ChainMap({}, self.known), self.attributes, self.true, self.calls)


def oversize(model: Model, buffer: Buffer) -> tuple[str, ...]:
    """What the graph makes too large, or too often, whatever is asked of it: in words."""
    if model.graph is None:
        return ()
    run = _Run(model, buffer)
    work = run.graph(model.graph, _Scope(), [_declared(value) for value in model.graph.input])[1]
    if work > MAX_WORK and not run.faults:
        run.fault(f"one call computes at least {_shown(work)} elements; at most {MAX_WORK:,} are allowed")
    return tuple(run.faults)


def _shown(number: float) -> str:
    return f"{int(number):,}" if number < 10**15 else f"{float(number):.2g}"


def _declared(value: ValueInfo) -> Known:
    declared = None if value.type is None else value.type.tensor_type
    if declared is None:
        return UNKNOWN
    characters = _characters(declared.elem_type)
    if declared.shape is None:
        return Known(characters=characters)
    dims = declared.shape.dim
    lengths = (dim.dim_value if dim.dim_value is not None and dim.dim_value > 0 else None for dim in dims)
    shape = tuple(DIMENSION if length is None else exactly(length) for length in lengths)
    return Known(shape, characters=characters)


def _characters(data_type: int | None) -> int:
    return 1 if data_type == STRING else 0


class _Run:
    def __init__(self, model: Model, buffer: Buffer) -> None:
        self.buffer = buffer
        self.functions: dict[tuple[str, str, str], Function] = {
            (domain(one.domain), one.name, one.overload): one for one in model.functions
        }
        self.faults: dict[str, None] = {}
        self.steps = STEPS

    def fault(self, words: str) -> None:
        self.faults[words] = None

    def graph(self, graph: Graph, scope: _Scope, given: Sequence[Known]) -> tuple[list[Known], int]:
        """What is known of a graph's outputs, and what it costs."""
        for value, known in zip(graph.input, given, strict=False):
            scope.known[value.name] = known
        for name, tensor in initializers(graph):
            shape = tuple(exactly(dim) for dim in tensor.dims)
            values = None if isinstance(tensor, SparseTensor) else small_values(self.buffer, tensor)
            scope.known[name] = Known(
                shape,
                None if values is None else tuple(map(exactly, values)),
                characters=0 if isinstance(tensor, SparseTensor) else _characters(tensor.data_type),
            )
        work = self.nodes(graph.node, scope)
        return [scope.known.get(value.name, UNKNOWN) for value in graph.output], work

    def nodes(self, nodes: Iterable[Node], scope: _Scope) -> int:
        work = 0
        for node in nodes:
            self.steps -= 1
            if self.steps < 0:
                return work
            inputs = [scope.known.get(name, UNKNOWN) for name in node.input]
            outputs, cost = self.node(node, inputs, scope)
            work += cost
            for name, known in zip(node.output, outputs, strict=False):
                scope.known[name] = known
                work += known.least
                if known.least > MAX_ELEMENTS:
                    self.fault(
                        f"{_named(node)} makes at least {_shown(known.least)} elements; at most "
                        f"{MAX_ELEMENTS:,} are allowed"
                    )
                if known.characters > MAX_ELEMENTS:
                    self.fault(
                        f"{_named(node)} makes texts of at least {_shown(known.characters)} characters; at "
                        f"most {MAX_ELEMENTS:,} are allowed"
                    )
            if node.op_type == "Identity" and node.input[:1] and node.input[0] in scope.true:
                scope.true |= {*node.output}
        return work

    def node(self, node: Node, inputs: list[Known], scope: _Scope) -> tuple[list[Known], int]:
        """What is known of a node's outputs, and what it costs beside their elements."""
        function = self.functions.get((domain(node.domain), node.op_type, node.overload))
        attributes = {
            one.name: scope.attributes.get(one.ref_attr_name, one) if one.ref_attr_name else one
            for one in node.attribute
        }
        if function is not None:
            return self._call(function, attributes, inputs, scope)
        if domain(node.domain) != "ai.onnx":
            return [], NODE
        if node.op_type in _CONTROL:
            return self._control(node, attributes, inputs, scope)
        if node.op_type == "Constant":
            return [_constant(self.buffer, attributes)], NODE
        rule = RULES.get(node.op_type)
        if rule is None:
            return [], NODE
        every = {name: _value(self.buffer, one) for name, one in attributes.items()}
        given = {name: value for name, value in every.items() if value is not None}
        try:
            made = rule(inputs, given)
        except WrongType as wrong:
            self.fault(f"{_named(node)}: {wrong}")
            made = UNKNOWN
        return [made], NODE + _inner_product(node, inputs)

    def _call(
        self, function: Function, attributes: Mapping[str, Attribute], inputs: list[Known], scope: _Scope
    ) -> tuple[list[Known], int]:
        if scope.calls >= MAX_CALLS:
            return [], NODE
        inner = _Scope(attributes={**_defaults(function), **attributes}, calls=scope.calls + 1)
        inner.known = dict(zip(function.input, inputs, strict=False))
        work = self.nodes(function.node, inner)
        return [inner.known.get(name, UNKNOWN) for name in function.output], work

    def _control(
        self, node: Node, attributes: Mapping[str, Attribute], inputs: list[Known], scope: _Scope
    ) -> tuple[list[Known], int]:
        bodies = {name: one.g for name, one in attributes.items() if one.g is not None}
        if node.op_type == "If":
            return self._if(bodies, scope)
        body = bodies.get("body")
        if body is None:
            return [], NODE
        if node.op_type == "Loop":
            return self._loop(node, body, inputs, scope)
        scanned = attributes.get("num_scan_inputs")
        return self._scan(node, body, inputs, scope, scanned.i if scanned is not None else None)

    def _if(self, bodies: Mapping[str, Graph], scope: _Scope) -> tuple[list[Known], int]:
        """Either branch may be taken, so both are followed; the cheaper one is what is certain."""
        costs = [self.graph(body, scope.inner(), [])[1] for body in bodies.values()]
        return [], min(costs, default=0)

    def _loop(self, node: Node, body: Graph, inputs: list[Known], scope: _Scope) -> tuple[list[Known], int]:
        trips = self._trips(node, body, inputs, scope)
        carried = inputs[2:]
        scanned: list[Known] = []
        work = 0
        for _ in range(int(min(max(trips, 1), TURNS))):
            inner = scope.inner()
            inner.true = scope.true | {value.name for value in body.input[1:2]}
            outputs, work = self.graph(body, inner, [UNKNOWN, UNKNOWN, *carried])
            before, carried = carried, outputs[1 : 1 + len(carried)]
            scanned = outputs[1 + len(carried) :]
            if before == carried or self.faults:
                break
        if trips * max(work, NODE) > MAX_WORK:
            self.fault(
                f"{_named(node)} turns at least {_shown(trips)} times, of at least {_shown(work)} elements "
                f"each; at most {MAX_WORK:,} in all are allowed"
            )
        return [*carried, *(_stacked(one, trips) for one in scanned)], int(trips * work)

    def _trips(self, node: Node, body: Graph, inputs: list[Known], scope: _Scope) -> float:
        """How often a loop turns at least: its trip count, unless a condition can end it."""
        condition = inputs[1].single if node.input[1:2] and node.input[1] else exactly(1)
        if condition is None or condition.low <= 0 or not self._goes_on(body, scope):
            return 0
        count = inputs[0].single if node.input[:1] and node.input[0] else exactly(_ENDLESS)
        return max(0, count.low) if count is not None else 0

    def _goes_on(self, body: Graph, scope: _Scope) -> bool:
        """Whether the body's condition is the one it was given, or always true."""
        inner = scope.inner()
        inner.true = frozenset(value.name for value in body.input[1:2])
        before = dict(self.faults)
        outputs, _ = self.graph(body, inner, [])
        self.faults = before
        name = body.output[0].name if body.output else ""
        said = outputs[0].single if outputs else None
        return name in inner.true or (said is not None and said.low > 0)

    def _scan(
        self, node: Node, body: Graph, inputs: list[Known], scope: _Scope, scanned: int | None
    ) -> tuple[list[Known], int]:
        first = len(inputs) - (scanned or 0)
        states, lists = inputs[:first], inputs[first:]
        trips = max((one.shape[0].low for one in lists if one.shape), default=1)
        slices = [Known(one.shape[1:]) if one.shape else UNKNOWN for one in lists]
        outputs, work = self.graph(body, scope.inner(), [*states, *slices])
        if trips * max(work, NODE) > MAX_WORK:
            self.fault(f"{_named(node)} turns at least {_shown(trips)} times")
        stacked = [_stacked(one, trips) for one in outputs[len(states) :]]
        return [*outputs[: len(states)], *stacked], int(trips * work)


def _defaults(function: Function) -> dict[str, Attribute]:
    return {one.name: one for one in function.attribute_proto}


def _stacked(one: Known, trips: float) -> Known:
    if one.shape is None:
        return Known((Interval(trips, math.inf),))
    return Known((Interval(trips, math.inf), *one.shape))


def _inner_product(node: Node, inputs: Sequence[Known]) -> int:
    """What multiplying matrices costs beside writing the result, in elements of eight products each."""
    if node.op_type not in ("MatMul", "Gemm") or len(inputs) < _FEWEST_MATRIX:
        return 0
    one, other = inputs[0].shape, inputs[1].shape
    if not one or not other or len(other) < _FEWEST_MATRIX:
        return 0
    columns = math.prod(int(length.low) for length in other[-1:])
    return inputs[0].least * columns // 8


def _constant(buffer: Buffer, attributes: Mapping[str, Attribute]) -> Known:
    for one in attributes.values():
        if one.t is not None:
            values = small_values(buffer, one.t)
            shape = tuple(exactly(dim) for dim in one.t.dims)
            known = None if values is None else tuple(map(exactly, values))
            return Known(shape, known, characters=_characters(one.t.data_type))
        given = attribute_values(buffer, one)
        if isinstance(given, list):
            return Known((exactly(len(given)),), tuple(map(exactly, given)))
        if given is not None:
            return Known((), (exactly(given),))
    return UNKNOWN


def _value(buffer: Buffer, one: Attribute) -> Any:
    if one.s is not None and one.s.size <= LONGEST_TEXT:
        return buffer[one.s.start : one.s.end].decode("utf-8", "replace")
    return small_values(buffer, one.t) if one.t is not None else attribute_values(buffer, one)


def _named(node: Node) -> str:
    return f"{node.op_type} {node.name[:80]!r}" if node.name else f"{node.op_type} of {node.output[:1]}"
