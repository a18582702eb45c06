"""The number and kind of each field of ONNX's messages; a test holds them against onnx's own descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sluicegate.validators.onnx.wire.messages import (
    Annotation,
    Attribute,
    Device,
    Dimension,
    Entry,
    Function,
    Graph,
    Inner,
    IntInts,
    MapType,
    Model,
    Node,
    NodeDevice,
    Opaque,
    Opset,
    Segment,
    Shape,
    ShardedDim,
    Sharding,
    SimpleSharding,
    SparseTensor,
    Tensor,
    TensorType,
    Training,
    Type,
    ValueInfo,
)

INT, FLOAT, DOUBLE, TEXT, BYTES = "int", "float", "double", "text", "bytes"
"""Kinds of scalar fields; `int` is every kind of varint."""


class Field(NamedTuple):
    """A field of a message: the attribute that holds it, and what it is."""

    name: str
    kind: Any
    """One of the kinds above, or the class of a message."""
    repeated: bool = False
    run: bool = False
    """Whether its values are left in the file, as runs."""


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
