"""Facts of an ONNX file, read from its protobuf alone: no external data is opened, no function expanded.

onnx's own loaders and checkers open the paths that a model names and expand what it calls; so everything that
they could be hurt by is counted here first. Format: onnx/onnx.proto (IR 14) and docs/ExternalData.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, ValueInfoProto

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.lfs import POINTER_START, is_pointer

DTYPES: dict[int, str] = {
    TensorProto.FLOAT: "float32",
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.INT64: "int64",
    TensorProto.INT32: "int32",
    TensorProto.INT16: "int16",
    TensorProto.INT8: "int8",
    TensorProto.UINT8: "uint8",
    TensorProto.BOOL: "bool",
    TensorProto.STRING: "string",
}
"""ONNX's element types that model.yaml has a word for."""
_PLAIN_DEFAULT = frozenset(
    {"name", "doc_string", "type", "ref_attr_name", "f", "i", "s", "floats", "ints", "strings"}
    | {"tp", "type_protos"}
)
"""What of an AttributeProto can hold no tensor, graph or node."""


class GraphError(SluiceError):
    """The file is not a readable ONNX model."""


@dataclass(frozen=True)
class Value:
    """A named input or output; a dimension is a number, a name, or None where the graph leaves it open."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True)
class ExternalTensor:
    """A tensor whose bytes lie in another file: what the model says of them, unchecked."""

    name: str
    location: str
    offset: str
    length: str
    bytes: int
    """What its dimensions and element type need; -1 when they are no sizes."""
    used: bool
    """Whether a node takes it; onnxruntime drops an unused initializer without opening its file."""


@dataclass(frozen=True)
class Graph:
    """What the checks ask of an ONNX file."""

    ir_version: int
    opsets: Mapping[str, int]
    """Version by domain; the default domain is `ai.onnx`."""
    ops: Mapping[tuple[str, str], int]
    """How many nodes, local functions' and subgraphs' included, by (domain, operator)."""
    inputs: tuple[Value, ...]
    """Without those that an initializer fills."""
    outputs: tuple[Value, ...]
    initializers: tuple[str, ...]
    external_tensors: tuple[ExternalTensor, ...]
    depth: int
    """How deep subgraphs nest: 1 for a graph without any."""
    expanded: int | None
    """Nodes once every local function is expanded; None when a function calls itself."""
    functions: frozenset[tuple[str, str]]
    training: bool
    """Whether it carries training_info, which no server runs."""
    defaults: tuple[str, ...] = ()
    """Attributes of local functions, as `function.attribute`, whose default holds a tensor or a graph."""


def read_graph(path: Path) -> Graph:
    """Read the facts. Raises GraphError for a file that is missing, a pointer, or not an ONNX model."""
    try:
        with path.open("rb") as stream:
            start = stream.read(len(POINTER_START))
        if is_pointer(start, path.stat().st_size):
            raise GraphError(
                f"{path.name} is a Git LFS pointer", "run `git lfs pull` and commit the file itself"
            )
        model = onnx.load_model(str(path), format="protobuf", load_external_data=False)
    except OSError as problem:
        raise GraphError(
            f"{path.name} cannot be read: {problem.strerror}", "commit it as a plain file"
        ) from problem
    except DecodeError as problem:
        raise GraphError(
            f"{path.name} is not an ONNX protobuf ({problem})", "export the model again"
        ) from problem
    if not model.ir_version or not model.HasField("graph"):
        raise GraphError(f"{path.name} holds no ONNX graph", "export the model again")
    return facts(model)


def facts(model: ModelProto) -> Graph:
    """The facts of a parsed model; linear in its size."""
    ops: Counter[tuple[str, str]] = Counter()
    external: list[ExternalTensor] = []
    bodies = [model.graph.node, *(function.node for function in model.functions)]
    used = {name for body in bodies for node, _ in _nodes(body) for name in node.input}
    depth = 1
    for body in bodies:
        for node, level in _nodes(body):
            depth = max(depth, level)
            ops[_domain(node.domain), node.op_type] += 1
    for graph in _graphs(model):
        used |= {value.name for value in graph.output}
    for field, tensor in _tensors(model):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            external.append(_external(tensor, field != "initializer" or tensor.name in used))
    filled = {tensor.name for tensor in _initializers(model.graph)}
    return Graph(
        ir_version=model.ir_version,
        opsets={_domain(opset.domain): opset.version for opset in model.opset_import},
        ops=dict(ops),
        inputs=tuple(_value(value) for value in model.graph.input if value.name not in filled),
        outputs=tuple(_value(value) for value in model.graph.output),
        initializers=tuple(filled),
        external_tensors=tuple(external),
        depth=depth,
        expanded=_expanded(model),
        functions=frozenset((_domain(function.domain), function.name) for function in model.functions),
        training=bool(model.training_info),
        defaults=tuple(
            f"{function.name}.{default.name}"
            for function in model.functions
            for default in function.attribute_proto
            if not {field.name for field, _ in default.ListFields()} <= _PLAIN_DEFAULT
        ),
    )


def _domain(domain: str) -> str:
    return domain or "ai.onnx"


def _nodes(body: object) -> Iterator[tuple[NodeProto, int]]:
    """Every node with its nesting level, subgraphs included."""
    stack = [(body, 1)]
    while stack:
        nodes, level = stack.pop()
        for node in nodes:  # type: ignore[attr-defined]
            yield node, level
            stack += [(graph.node, level + 1) for graph in _subgraphs(node)]


def _subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _graphs(model: ModelProto) -> Iterator[GraphProto]:
    yield model.graph
    for body in [model.graph.node, *(function.node for function in model.functions)]:
        for node, _ in _nodes(body):
            yield from _subgraphs(node)


def _tensors(model: ModelProto) -> Iterator[tuple[str, TensorProto]]:
    """Every tensor of the whole message, with the name of the field that holds it.

    Found by protobuf's own description of the format, so that no place is forgotten: attributes, defaults
    of functions, sparse tensors, training_info, and whatever a later onnx adds.
    """
    inner: dict[str, list[str]] = {}
    stack: list[Message] = [model]
    while stack:
        message = stack.pop()
        kind = message.DESCRIPTOR
        if kind.full_name not in inner:
            inner[kind.full_name] = [field.name for field in kind.fields if field.message_type is not None]
        for name in inner[kind.full_name]:
            for part in _parts(message, name):
                if isinstance(part, TensorProto):
                    yield name, part
                else:
                    stack.append(part)


def _parts(message: Message, name: str) -> Iterable[Message]:
    """The messages of a field: of a repeated one all, of a single one itself where it is set."""
    value = getattr(message, name)
    if not isinstance(value, Message):
        repeated: Iterable[Message] = value
        return repeated
    return [value] if message.HasField(name) else []


def _initializers(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
        yield sparse.indices


def _external(tensor: TensorProto, used: bool) -> ExternalTensor:
    external = {entry.key: entry.value for entry in tensor.external_data}
    try:
        width = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, TypeError, ValueError):
        width = -1
    need = -1
    if all(dim >= 0 for dim in tensor.dims) and width > 0 and tensor.data_type != TensorProto.STRING:
        need = math.prod(tensor.dims) * width
    return ExternalTensor(
        name=tensor.name,
        location=external.get("location", ""),
        offset=external.get("offset", ""),
        length=external.get("length", ""),
        bytes=need,
        used=used,
    )


def _value(value: ValueInfoProto) -> Value:
    if not value.type.HasField("tensor_type"):
        return Value(value.name, value.type.WhichOneof("value") or "nothing", None)
    tensor = value.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type, f"element type {tensor.elem_type}")
    if not tensor.HasField("shape"):
        return Value(value.name, dtype, None)
    return Value(value.name, dtype, tuple(_dimension(dim) for dim in tensor.shape.dim))


def _dimension(dim: TensorShapeProto.Dimension) -> int | str | None:
    if dim.HasField("dim_value"):
        return int(dim.dim_value)
    return str(dim.dim_param) if dim.HasField("dim_param") else None


Name = tuple[str, str, str]
"""Of a local function: (domain, name, overload)."""
_MAIN: Name = ("", "", "")
"""What the model's own graph is called here."""
_MOST_NODES = 10**12


def _expanded(model: ModelProto) -> int | None:
    """Nodes after expansion, by dynamic programming over the call graph (Kahn's order), never by expanding.

    A function that calls another twice, and so on, doubles at each level: 1,150 bytes can stand for
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


def _call_graph(model: ModelProto) -> tuple[dict[Name, Counter[Name]], dict[Name, int]]:
    """By function: how often it calls each other one, and how many of its nodes call none."""
    bodies: dict[Name, list[NodeProto]] = {}
    for function in model.functions:
        # Two of one name count together: which of them a loader takes is its own affair.
        name = (_domain(function.domain), function.name, function.overload)
        bodies.setdefault(name, []).extend(function.node)
    calls: dict[Name, Counter[Name]] = {}
    plain: dict[Name, int] = {}
    for key, body in [*bodies.items(), (_MAIN, model.graph.node)]:
        operators = Counter((_domain(node.domain), node.op_type, node.overload) for node, _ in _nodes(body))
        calls[key] = Counter({callee: count for callee, count in operators.items() if callee in bodies})
        plain[key] = operators.total() - calls[key].total()
    return calls, plain
