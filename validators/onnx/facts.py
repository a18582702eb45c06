"""Facts of an ONNX file, read from its protobuf alone: no external data is opened, no function expanded.

onnx's own loaders and checkers open the paths that a model names and expand what it calls; so everything that
they could be hurt by is counted here first. Format: onnx/onnx.proto (IR 14) and docs/ExternalData.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, TensorProto, TensorShapeProto, ValueInfoProto

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.lfs import POINTER_START, is_pointer
from sluicegate.validators.onnx.expansion import expanded_nodes
from sluicegate.validators.onnx.walk import domain, graphs, nodes, tensors

DTYPES: dict[int, str] = {
    TensorProto.FLOAT: "float32",
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.INT64: "int64",
    TensorProto.INT32: "int32",
    TensorProto.INT16: "int16",
    TensorProto.INT8: "int8",
    TensorProto.UINT8: "uint8",
    TensorProto.UINT16: "uint16",
    TensorProto.UINT32: "uint32",
    TensorProto.UINT64: "uint64",
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
    """What its dimensions and element type need; -1 when they are not sizes."""
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
    """Whether it contains training_info, which inference does not use."""
    classes: tuple[str | int, ...] = ()
    """The class labels that a classifier's node of ai.onnx.ml names, in order; empty where none does."""
    defaults: tuple[str, ...] = ()
    """Attributes of local functions, as `function.attribute`, whose default holds a tensor or a graph."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """How many numbers the tensors hold, by element type."""


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
    numbers: Counter[str] = Counter()
    bodies = [model.graph.node, *(function.node for function in model.functions)]
    used = {name for body in bodies for node, _ in nodes(body) for name in node.input}
    depth = 1
    for body in bodies:
        for node, level in nodes(body):
            depth = max(depth, level)
            ops[domain(node.domain), node.op_type] += 1
    for graph in graphs(model):
        used |= {value.name for value in graph.output}
    for held_by, tensor in tensors(model):
        numbers[_dtype(tensor.data_type)] += math.prod(tensor.dims)
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            external.append(_external(tensor, held_by != "initializer" or tensor.name in used))
    filled = {tensor.name for tensor in _initializers(model.graph)}
    return Graph(
        ir_version=model.ir_version,
        opsets={domain(opset.domain): opset.version for opset in model.opset_import},
        ops=dict(ops),
        inputs=tuple(_value(value) for value in model.graph.input if value.name not in filled),
        outputs=tuple(_value(value) for value in model.graph.output),
        initializers=tuple(filled),
        external_tensors=tuple(external),
        depth=depth,
        expanded=expanded_nodes(model),
        functions=frozenset((domain(function.domain), function.name) for function in model.functions),
        training=bool(model.training_info),
        classes=_classes(model),
        defaults=tuple(
            f"{function.name}.{default.name}"
            for function in model.functions
            for default in function.attribute_proto
            if not {part.name for part, _ in default.ListFields()} <= _PLAIN_DEFAULT
        ),
        numbers=dict(numbers),
    )


def _classes(model: ModelProto) -> tuple[str | int, ...]:
    """From the first node that has them: a classifier, or the ZipMap behind it (onnx/defs/traditionalml)."""
    for node, _ in nodes(model.graph.node):
        if domain(node.domain) != "ai.onnx.ml":
            continue
        for attribute in node.attribute:
            if attribute.name.startswith("classlabels_int64s"):
                return tuple(attribute.ints)
            if attribute.name.startswith("classlabels_strings"):
                return tuple(text.decode("utf-8", "replace") for text in attribute.strings)
            if attribute.name == "classlabels_ints":
                return tuple(attribute.ints)
    return ()


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
    dtype = _dtype(tensor.elem_type)
    if not tensor.HasField("shape"):
        return Value(value.name, dtype, None)
    return Value(value.name, dtype, tuple(_dimension(dim) for dim in tensor.shape.dim))


def _dtype(kind: int) -> str:
    """An element type as model.yaml calls it, or by ONNX's own name where model.yaml has none."""
    if kind in DTYPES:
        return DTYPES[kind]
    known: dict[str, int] = dict(TensorProto.DataType.items())
    return next((name.lower() for name, value in known.items() if value == kind), f"element type {kind}")


def _dimension(dim: TensorShapeProto.Dimension) -> int | str | None:
    if dim.HasField("dim_value"):
        # Some exporters write -1 for what varies.
        return int(dim.dim_value) if dim.dim_value >= 0 else None
    return str(dim.dim_param) if dim.HasField("dim_param") else None
