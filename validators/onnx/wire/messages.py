"""ONNX's messages as data, and the number and kind of each of their fields.

From onnx/onnx.proto (onnx 1.23, IR 14); a test holds the table against onnx's own descriptors. What only a
trainer or a scheduler of devices reads is there as far as its fields are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

INT, FLOAT, DOUBLE, TEXT, BYTES = "int", "float", "double", "text", "bytes"
"""Kinds of scalar fields; `int` is every kind of varint."""


class Span(NamedTuple):
    """Bytes of the file, from `start` to before `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


class Run(NamedTuple):
    """A stretch of a repeated scalar field: packed, or each value behind its own tag of one byte."""

    span: Span
    tagged: bool


class Field(NamedTuple):
    """A field of a message: the attribute that holds it, and what it is."""

    name: str
    kind: Any
    """One of the kinds above, or the class of a message."""
    repeated: bool = False
    run: bool = False
    """Whether its values are left in the file, as runs."""


@dataclass(slots=True)
class Entry:
    """StringStringEntryProto."""

    key: str = ""
    value: str = ""


@dataclass(slots=True)
class Opset:
    """OperatorSetIdProto."""

    domain: str = ""
    version: int = 0


@dataclass(slots=True)
class Segment:
    """TensorProto.Segment."""

    begin: int = 0
    end: int = 0


@dataclass(slots=True)
class Tensor:
    """TensorProto."""

    dims: Sequence[int] = ()
    data_type: int = 0
    segment: Segment | None = None
    float_data: Sequence[Run] = ()
    int32_data: Sequence[Run] = ()
    string_data: Sequence[Run] = ()
    int64_data: Sequence[Run] = ()
    name: str = ""
    doc_string: str = ""
    raw_data: Span | None = None
    external_data: Sequence[Entry] = ()
    data_location: int = 0
    double_data: Sequence[Run] = ()
    uint64_data: Sequence[Run] = ()
    metadata_props: Sequence[Entry] = ()


@dataclass(slots=True)
class SparseTensor:
    """SparseTensorProto."""

    values: Tensor | None = None
    indices: Tensor | None = None
    dims: Sequence[int] = ()


@dataclass(slots=True)
class Dimension:
    """TensorShapeProto.Dimension."""

    dim_value: int | None = None
    dim_param: str | None = None
    denotation: str = ""


@dataclass(slots=True)
class Shape:
    """TensorShapeProto."""

    dim: Sequence[Dimension] = ()


@dataclass(slots=True)
class TensorType:
    """TypeProto.Tensor, and TypeProto.SparseTensor, which has the same fields."""

    elem_type: int = 0
    shape: Shape | None = None


@dataclass(slots=True)
class Inner:
    """TypeProto.Sequence and TypeProto.Optional."""

    elem_type: Type | None = None


@dataclass(slots=True)
class MapType:
    """TypeProto.Map."""

    key_type: int = 0
    value_type: Type | None = None


@dataclass(slots=True)
class Opaque:
    """TypeProto.Opaque."""

    domain: str = ""
    name: str = ""


@dataclass(slots=True)
class Type:
    """TypeProto."""

    tensor_type: TensorType | None = None
    sequence_type: Inner | None = None
    map_type: MapType | None = None
    optional_type: Inner | None = None
    sparse_tensor_type: TensorType | None = None
    opaque_type: Opaque | None = None
    denotation: str = ""


@dataclass(slots=True)
class ValueInfo:
    """ValueInfoProto."""

    name: str = ""
    type: Type | None = None
    doc_string: str = ""
    metadata_props: Sequence[Entry] = ()


@dataclass(slots=True)
class Attribute:
    """AttributeProto."""

    name: str = ""
    ref_attr_name: str = ""
    doc_string: str = ""
    type: int = 0
    f: float | None = None
    i: int | None = None
    s: Span | None = None
    t: Tensor | None = None
    g: Graph | None = None
    sparse_tensor: SparseTensor | None = None
    tp: Type | None = None
    floats: Sequence[Run] = ()
    ints: Sequence[Run] = ()
    strings: Sequence[Run] = ()
    tensors: Sequence[Tensor] = ()
    graphs: Sequence[Graph] = ()
    sparse_tensors: Sequence[SparseTensor] = ()
    type_protos: Sequence[Type] = ()


@dataclass(slots=True)
class IntInts:
    """IntIntListEntryProto."""

    key: int = 0
    value: Sequence[int] = ()


@dataclass(slots=True)
class SimpleSharding:
    """SimpleShardedDimProto."""

    dim_value: int | None = None
    dim_param: str | None = None
    num_shards: int = 0


@dataclass(slots=True)
class ShardedDim:
    """ShardedDimProto."""

    axis: int = 0
    simple_sharding: Sequence[SimpleSharding] = ()


@dataclass(slots=True)
class Sharding:
    """ShardingSpecProto."""

    tensor_name: str = ""
    device: Sequence[int] = ()
    index_to_device_group_map: Sequence[IntInts] = ()
    sharded_dim: Sequence[ShardedDim] = ()


@dataclass(slots=True)
class NodeDevice:
    """NodeDeviceConfigurationProto."""

    configuration_id: str = ""
    sharding_spec: Sequence[Sharding] = ()
    pipeline_stage: int = 0


@dataclass(slots=True)
class Node:
    """NodeProto."""

    input: Sequence[str] = ()
    output: Sequence[str] = ()
    name: str = ""
    op_type: str = ""
    domain: str = ""
    overload: str = ""
    attribute: Sequence[Attribute] = ()
    doc_string: str = ""
    metadata_props: Sequence[Entry] = ()
    device_configurations: Sequence[NodeDevice] = ()


@dataclass(slots=True)
class Annotation:
    """TensorAnnotation."""

    tensor_name: str = ""
    quant_parameter_tensor_names: Sequence[Entry] = ()


@dataclass(slots=True)
class Graph:
    """GraphProto."""

    node: Sequence[Node] = ()
    name: str = ""
    initializer: Sequence[Tensor] = ()
    sparse_initializer: Sequence[SparseTensor] = ()
    doc_string: str = ""
    input: Sequence[ValueInfo] = ()
    output: Sequence[ValueInfo] = ()
    value_info: Sequence[ValueInfo] = ()
    quantization_annotation: Sequence[Annotation] = ()
    metadata_props: Sequence[Entry] = ()


@dataclass(slots=True)
class Function:
    """FunctionProto."""

    name: str = ""
    input: Sequence[str] = ()
    output: Sequence[str] = ()
    attribute: Sequence[str] = ()
    attribute_proto: Sequence[Attribute] = ()
    node: Sequence[Node] = ()
    doc_string: str = ""
    opset_import: Sequence[Opset] = ()
    domain: str = ""
    overload: str = ""
    value_info: Sequence[ValueInfo] = ()
    metadata_props: Sequence[Entry] = ()


@dataclass(slots=True)
class Training:
    """TrainingInfoProto."""

    initialization: Graph | None = None
    algorithm: Graph | None = None
    initialization_binding: Sequence[Entry] = ()
    update_binding: Sequence[Entry] = ()


@dataclass(slots=True)
class Device:
    """DeviceConfigurationProto."""

    name: str = ""
    num_devices: int = 0
    device: Sequence[str] = ()


@dataclass(slots=True)
class Model:
    """ModelProto."""

    ir_version: int = 0
    opset_import: Sequence[Opset] = ()
    producer_name: str = ""
    producer_version: str = ""
    domain: str = ""
    model_version: int = 0
    doc_string: str = ""
    graph: Graph | None = None
    metadata_props: Sequence[Entry] = ()
    training_info: Sequence[Training] = ()
    functions: Sequence[Function] = ()
    configuration: Sequence[Device] = ()


def _one(**fields: tuple[int, Any]) -> dict[int, Field]:
    return {number: Field(name, kind) for name, (number, kind) in fields.items()}


def _many(**fields: tuple[int, Any]) -> dict[int, Field]:
    return {number: Field(name, kind, repeated=True) for name, (number, kind) in fields.items()}


def _runs(**fields: tuple[int, Any]) -> dict[int, Field]:
    return {number: Field(name, kind, repeated=True, run=True) for name, (number, kind) in fields.items()}


FIELDS: Mapping[type, Mapping[int, Field]] = {
    Entry: _one(key=(1, TEXT), value=(2, TEXT)),
    Opset: _one(domain=(1, TEXT), version=(2, INT)),
    Segment: _one(begin=(1, INT), end=(2, INT)),
    Tensor: {
        **_one(data_type=(2, INT), segment=(3, Segment), name=(8, TEXT), raw_data=(9, BYTES)),
        **_one(doc_string=(12, TEXT), data_location=(14, INT)),
        **_many(dims=(1, INT), external_data=(13, Entry), metadata_props=(16, Entry)),
        **_runs(float_data=(4, FLOAT), int32_data=(5, INT), string_data=(6, BYTES), int64_data=(7, INT)),
        **_runs(double_data=(10, DOUBLE), uint64_data=(11, INT)),
    },
    SparseTensor: {**_one(values=(1, Tensor), indices=(2, Tensor)), **_many(dims=(3, INT))},
    Dimension: _one(dim_value=(1, INT), dim_param=(2, TEXT), denotation=(3, TEXT)),
    Shape: _many(dim=(1, Dimension)),
    TensorType: _one(elem_type=(1, INT), shape=(2, Shape)),
    Inner: _one(elem_type=(1, Type)),
    MapType: _one(key_type=(1, INT), value_type=(2, Type)),
    Opaque: _one(domain=(1, TEXT), name=(2, TEXT)),
    Type: {
        **_one(tensor_type=(1, TensorType), sequence_type=(4, Inner), map_type=(5, MapType)),
        **_one(optional_type=(9, Inner), sparse_tensor_type=(8, TensorType), opaque_type=(7, Opaque)),
        **_one(denotation=(6, TEXT)),
    },
    ValueInfo: {
        **_one(name=(1, TEXT), type=(2, Type), doc_string=(3, TEXT)),
        **_many(metadata_props=(4, Entry)),
    },
    Attribute: {
        **_one(name=(1, TEXT), ref_attr_name=(21, TEXT), doc_string=(13, TEXT), type=(20, INT)),
        **_one(f=(2, FLOAT), i=(3, INT), s=(4, BYTES), t=(5, Tensor), g=(6, Graph)),
        **_one(sparse_tensor=(22, SparseTensor), tp=(14, Type)),
        **_runs(floats=(7, FLOAT), ints=(8, INT), strings=(9, BYTES)),
        **_many(tensors=(10, Tensor), graphs=(11, Graph), sparse_tensors=(23, SparseTensor)),
        **_many(type_protos=(15, Type)),
    },
    IntInts: {**_one(key=(1, INT)), **_many(value=(2, INT))},
    SimpleSharding: _one(dim_value=(1, INT), dim_param=(2, TEXT), num_shards=(3, INT)),
    ShardedDim: {**_one(axis=(1, INT)), **_many(simple_sharding=(2, SimpleSharding))},
    Sharding: {
        **_one(tensor_name=(1, TEXT)),
        **_many(device=(2, INT), index_to_device_group_map=(3, IntInts), sharded_dim=(4, ShardedDim)),
    },
    NodeDevice: {
        **_one(configuration_id=(1, TEXT), pipeline_stage=(3, INT)),
        **_many(sharding_spec=(2, Sharding)),
    },
    Node: {
        **_many(input=(1, TEXT), output=(2, TEXT), attribute=(5, Attribute), metadata_props=(9, Entry)),
        **_many(device_configurations=(10, NodeDevice)),
        **_one(name=(3, TEXT), op_type=(4, TEXT), domain=(7, TEXT), overload=(8, TEXT)),
        **_one(doc_string=(6, TEXT)),
    },
    Annotation: {**_one(tensor_name=(1, TEXT)), **_many(quant_parameter_tensor_names=(2, Entry))},
    Graph: {
        **_many(node=(1, Node), initializer=(5, Tensor), sparse_initializer=(15, SparseTensor)),
        **_many(input=(11, ValueInfo), output=(12, ValueInfo), value_info=(13, ValueInfo)),
        **_many(quantization_annotation=(14, Annotation), metadata_props=(16, Entry)),
        **_one(name=(2, TEXT), doc_string=(10, TEXT)),
    },
    Function: {
        **_one(name=(1, TEXT), doc_string=(8, TEXT), domain=(10, TEXT), overload=(13, TEXT)),
        **_many(input=(4, TEXT), output=(5, TEXT), attribute=(6, TEXT), attribute_proto=(11, Attribute)),
        **_many(node=(7, Node), opset_import=(9, Opset), value_info=(12, ValueInfo)),
        **_many(metadata_props=(14, Entry)),
    },
    Training: {
        **_one(initialization=(1, Graph), algorithm=(2, Graph)),
        **_many(initialization_binding=(3, Entry), update_binding=(4, Entry)),
    },
    Device: {**_one(name=(1, TEXT), num_devices=(2, INT)), **_many(device=(3, TEXT))},
    Model: {
        **_one(ir_version=(1, INT), producer_name=(2, TEXT), producer_version=(3, TEXT), domain=(4, TEXT)),
        **_one(model_version=(5, INT), doc_string=(6, TEXT), graph=(7, Graph)),
        **_many(opset_import=(8, Opset), metadata_props=(14, Entry), training_info=(20, Training)),
        **_many(functions=(25, Function), configuration=(26, Device)),
    },
}
"""Of each message its fields, by number."""
