"""Facts of an ONNX file, from one walk over its bytes: no external data is opened, no function expanded.

onnx's own loaders and checkers open the paths that a model names and expand what it calls; so everything that
they could be hurt by is counted here first, where the file lies and without onnx. Format: onnx/onnx.proto
(IR 14) and docs/ExternalData.md.
"""

from __future__ import annotations

import math
import mmap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.lfs import POINTER_START, is_pointer
from sluicegate.validators.onnx.bounds.interpret import oversize
from sluicegate.validators.onnx.expansion import expanded_nodes
from sluicegate.validators.onnx.sparse import sparse_faults
from sluicegate.validators.onnx.tensors import (
    NotFinite,
    dtype,
    elements,
    faults,
    floats_not_finite,
    is_external,
    needed_bytes,
    not_finite,
)
from sluicegate.validators.onnx.texts import Text, texts_of
from sluicegate.validators.onnx.training import drawing_dropouts
from sluicegate.validators.onnx.trees import tree_faults
from sluicegate.validators.onnx.unused import Unused, unused_initializers
from sluicegate.validators.onnx.walk import bodies, domain, graphs, messages, nodes, tensors
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import Buffer, WireError, decode
from sluicegate.validators.onnx.wire.messages import (
    Attribute,
    Dimension,
    Function,
    Model,
    SparseTensor,
    Tensor,
    ValueInfo,
)

MAX_DEPTH = 8
"""How deep subgraphs (If, Loop, Scan) may nest."""
MAX_NODES = 1_000_000
"""How many nodes a graph may have once its local functions are expanded."""
MAX_CLASSES = 100_000
SEPARATED = frozenset({"membership_values", "nodes_splits"})
"""Attributes of ai.onnx.ml's TreeEnsemble that NaN is a separator in, of sets (onnx/docs/Operators-ml.md)."""
MISSING = frozenset({"replaced_value_float", "default_float"})
"""Attributes of ai.onnx.ml's Imputer and LabelEncoder in which NaN is a missing value."""
_HOLDERS = ("t", "g", "sparse_tensor", "tensors", "graphs", "sparse_tensors")
"""What of an AttributeProto holds a tensor, a graph or a node."""


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
    """As one way leads there: `./a//b` is `a/b`."""
    offset: str
    length: str
    bytes: int
    """What its dimensions and element type need; -1 when they are not sizes."""
    used: bool
    """Whether a node takes it; onnxruntime drops an unused initializer without opening its file."""
    type: int = 0
    """The element type, as TensorProto numbers it."""


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
    encoding: tuple[str, ...] = ()
    """What its encoding has that no exporter writes: unknown fields, fields twice, texts that are none."""
    tensor_faults: tuple[str, ...] = ()
    """Tensors whose type, dimensions and values do not fit together."""
    not_finite: tuple[NotFinite, ...] = ()
    """Tensors and attributes with NaN or infinite numbers."""
    oversize: tuple[str, ...] = ()
    """What it computes that is too large whatever is asked of it."""
    unused: tuple[Unused, ...] = ()
    """Initializers that no node takes."""
    texts: tuple[Text, ...] = ()
    """Every text of it, each once."""
    drawing: int = 0
    """Nodes Dropout that may draw: their third input is no constant `false`."""
    tree_faults: tuple[str, ...] = ()
    """What is wrong with ensembles of trees, which the engine follows without looking."""

    @property
    def parameters(self) -> int:
        """How many numbers its tensors hold."""
        return sum(self.numbers.values())


def read_graph(path: Path) -> Graph:
    """Read the facts. Raises GraphError for a file that is missing, a pointer, or not an ONNX model."""
    try:
        with path.open("rb") as stream:
            start = stream.read(len(POINTER_START))
            size = path.stat().st_size
            if is_pointer(start, size):
                raise GraphError(
                    f"{path.name} is a Git LFS pointer", "run `git lfs pull` and commit the file itself"
                )
            if not size:
                raise GraphError(f"{path.name} is empty", "export the model again")
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
                return graph_of(buffer, path.name)
    except OSError as problem:
        raise GraphError(
            f"{path.name} cannot be read: {problem.strerror}", "commit it as a plain file"
        ) from problem


def graph_of(buffer: Buffer, name: str = "the model") -> Graph:
    """The facts of a model's bytes; linear in their number. Raises GraphError, which calls it `name`."""
    try:
        model, encoding, texts = decode(buffer)
    except WireError as problem:
        raise GraphError(
            f"{name} is not an ONNX protobuf that can be read: {problem.message}", problem.remedy
        ) from problem
    if not model.ir_version or model.graph is None:
        raise GraphError(f"{name} holds no ONNX graph", "export the model again")
    return _facts(model, buffer, encoding, texts)


def _facts(
    model: Model, buffer: Buffer, encoding: tuple[str, ...], texts: tuple[tuple[str, str], ...]
) -> Graph:
    ops: Counter[tuple[str, str]] = Counter()
    external: list[ExternalTensor] = []
    numbers: Counter[str] = Counter()
    used: set[str] = set()
    depth = 1
    for body in bodies(model):
        for node, level in nodes(body):
            depth = max(depth, level)
            ops[domain(node.domain), node.op_type] += 1
            used.update(node.input)
    for graph in graphs(model):
        used |= {value.name for value in graph.output}
    held_tensors = list(tensors(model))
    for held_by, tensor in held_tensors:
        numbers[dtype(tensor.data_type)] += max(0, elements(tensor))
        if is_external(tensor):
            external.append(_external(tensor, held_by != "initializer" or tensor.name in used))
    filled = {tensor.name for tensor in _initializers(model)}
    expanded = expanded_nodes(model)
    followed = expanded is not None and expanded <= MAX_NODES and depth <= MAX_DEPTH
    graph_inputs = model.graph.input if model.graph is not None else []
    graph_outputs = model.graph.output if model.graph is not None else []
    return Graph(
        ir_version=model.ir_version,
        opsets={domain(opset.domain): opset.version for opset in model.opset_import},
        ops=dict(ops),
        inputs=tuple(_value(value) for value in graph_inputs if value.name not in filled),
        outputs=tuple(_value(value) for value in graph_outputs),
        initializers=tuple(filled),
        external_tensors=tuple(external),
        depth=depth,
        expanded=expanded,
        functions=frozenset((domain(function.domain), function.name) for function in model.functions),
        training=bool(model.training_info),
        classes=_classes(model, buffer),
        defaults=tuple(_defaults(model.functions)),
        numbers=dict(numbers),
        encoding=(*encoding, *_twice(model)),
        tensor_faults=tuple(_tensor_faults(model, buffer, held_tensors)),
        not_finite=tuple(_not_finite(model, buffer, held_tensors)),
        oversize=oversize(model, buffer) if followed else (),
        unused=tuple(unused_initializers(model)),
        texts=tuple(texts_of(model, buffer, texts)),
        drawing=drawing_dropouts(model, buffer),
        tree_faults=tuple(tree_faults(model, buffer)),
    )


def _twice(model: Model) -> Iterator[str]:
    """Fields of which the format allows one, with two set."""
    for _, part in messages(model):
        if isinstance(part, Dimension) and part.dim_value is not None and part.dim_param is not None:
            yield "a dimension is a number and a name at once"
            break
    versions: dict[str, int] = {}
    for opset in model.opset_import:
        if versions.setdefault(domain(opset.domain), opset.version) != opset.version:
            yield f"opset_import names {domain(opset.domain)} twice, with other versions"


def _tensor_faults(model: Model, buffer: Buffer, held: list[tuple[str, Tensor]]) -> Iterator[str]:
    for _, tensor in held:
        for words in faults(buffer, tensor):
            yield f"tensor {tensor.name[:80]!r} {words}"
    for _, part in messages(model):
        if isinstance(part, SparseTensor):
            yield from sparse_faults(buffer, part)


def _not_finite(model: Model, buffer: Buffer, held: list[tuple[str, Tensor]]) -> Iterator[NotFinite]:
    separated = {
        id(part.t) for _, part in messages(model) if isinstance(part, Attribute) and part.name in SEPARATED
    }
    for _, tensor in held:
        found = None if id(tensor) in separated else not_finite(buffer, tensor)
        if found is not None:
            yield found
    for _, part in messages(model):
        if isinstance(part, Attribute) and part.floats:
            nan, inf = floats_not_finite(buffer, part.floats, 4)
            if nan or inf:
                yield NotFinite(part.name, nan, inf)
        elif isinstance(part, Attribute) and part.f is not None and part.name not in MISSING:
            nan, inf = int(math.isnan(part.f)), int(math.isinf(part.f))
            if nan or inf:
                yield NotFinite(part.name, nan, inf)


def _classes(model: Model, buffer: Buffer) -> tuple[str | int, ...]:
    """From the first node that has them: a classifier, or the ZipMap behind it (onnx/defs/traditionalml)."""
    for node, _ in nodes(model.graph.node if model.graph is not None else []):
        if domain(node.domain) != "ai.onnx.ml":
            continue
        for attribute in node.attribute:
            if attribute.name.startswith("classlabels_int64s") or attribute.name == "classlabels_ints":
                return tuple(values.ints(buffer, attribute.ints, MAX_CLASSES) or ())
            if attribute.name.startswith("classlabels_strings"):
                return tuple(values.texts(buffer, attribute.strings, MAX_CLASSES) or ())
    return ()


def _defaults(functions: Sequence[Function]) -> Iterator[str]:
    for function in functions:
        for default in function.attribute_proto:
            if any(getattr(default, name) for name in _HOLDERS):
                yield f"{function.name}.{default.name}"


def _initializers(model: Model) -> Iterator[Tensor]:
    if model.graph is None:
        return
    yield from model.graph.initializer
    for sparse in model.graph.sparse_initializer:
        yield from (part for part in (sparse.values, sparse.indices) if part is not None)


def _external(tensor: Tensor, used: bool) -> ExternalTensor:
    said = {entry.key: entry.value for entry in tensor.external_data}
    return ExternalTensor(
        name=tensor.name,
        location=_one_way(said.get("location", "")),
        offset=said.get("offset", ""),
        length=said.get("length", ""),
        bytes=needed_bytes(tensor),
        used=used,
        type=tensor.data_type,
    )


def _one_way(location: str) -> str:
    return PurePosixPath(location).as_posix() if location else ""


def _value(value: ValueInfo) -> Value:
    kind = value.type
    if kind is None or kind.tensor_type is None:
        held = "nothing"
        for name in ("sequence_type", "map_type", "optional_type", "sparse_tensor_type", "opaque_type"):
            if kind is not None and getattr(kind, name) is not None:
                held = name
        return Value(value.name, held, None)
    tensor = kind.tensor_type
    if tensor.shape is None:
        return Value(value.name, dtype(tensor.elem_type), None)
    return Value(value.name, dtype(tensor.elem_type), tuple(_dimension(dim) for dim in tensor.shape.dim))


def _dimension(dim: Dimension) -> int | str | None:
    if dim.dim_value is not None:
        # Some exporters write -1 for what varies.
        return dim.dim_value if dim.dim_value >= 0 else None
    return dim.dim_param
