"""ONNX's messages as data. `fields.py` has the number and kind of each field.

From onnx/onnx.proto (onnx 1.23, IR 14). What only a trainer or a scheduler of devices reads is there as far
as its fields are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


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
