"""A model in 16 bits, by onnxruntime's own tool, and what has to be put right before and after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto

from sluicegate.validators.onnx.engine import load

LARGEST_FP16 = 65_504.0
SMALLEST_FP16 = 2.0**-24


def to_float16(path: Path, target: Path) -> list[str]:
    """Weights and results of all operators that take them in 16 bits; inputs and outputs stay as they are."""
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    model = onnx.load_model(str(path))
    notes = _clipped(model)
    present = {node.op_type for node in model.graph.node}
    wide = sorted(present & set(DEFAULT_OP_BLOCK_LIST))
    if wide:
        notes.append(f"computed in fp32 as before: {', '.join(wide)}")
    _declare_types(model)
    made = convert_float_to_float16(model, keep_io_types=True)
    _remove_detours(made)
    OnnxModel(made).topological_sort()
    onnx.save_model(made, str(target))
    return notes


def _declare_types(model: ModelProto) -> None:
    """Write into the graph which results are fp32: the tool casts only those whose type it knows.

    onnx infers none for some operators of ai.onnx.ml; onnxruntime knows all of them once it is loaded.
    """
    typed = onnx.shape_inference.infer_shapes(model).graph
    known = {value.name for value in (*typed.value_info, *typed.output)}
    results = [name for node in model.graph.node for name in node.output if name and name not in known]
    shown = ModelProto.FromString(model.SerializeToString())
    shown.graph.output.extend(onnx.ValueInfoProto(name=name) for name in results)
    for value in load(shown.SerializeToString()).get_outputs():
        if value.name in results and value.type == "tensor(float)":
            info = onnx.helper.make_tensor_value_info(value.name, onnx.TensorProto.FLOAT, None)
            model.graph.value_info.append(info)


def _remove_detours(model: ModelProto) -> None:
    """Let what stays in fp32 pass its numbers on in fp32, and remove what the tool writes twice.

    Between two operators that it leaves alone, and behind each input, it narrows and widens again: a
    distance of 4,983 would be 4,984. It widens once for each operator that takes a result, under one name.
    """
    inputs = {value.name for value in model.graph.input}
    casts = [node for node in model.graph.node if node.op_type == "Cast"]
    narrowed = {
        node.output[0]: node.input[0]
        for node in casts
        if node.input[0] in inputs or node.input[0] == f"{node.output[0]}_cast_to_fp16"
    }
    widened = {
        node.output[0]: narrowed[node.input[0]]
        for node in casts
        if node.input[0] in narrowed and node.output[0] == f"{node.input[0]}_cast_to_fp32"
    }
    kept = []
    seen: set[str] = set()
    for node in model.graph.node:
        if node.output[0] in widened or node.output[0] in seen:
            continue
        seen.add(node.output[0])
        for at, name in enumerate(node.input):
            node.input[at] = widened.get(name, name)
        kept.append(onnx.NodeProto.FromString(node.SerializeToString()))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    values = {
        value.name: onnx.ValueInfoProto.FromString(value.SerializeToString())
        for value in model.graph.value_info
    }
    del model.graph.value_info[:]
    model.graph.value_info.extend(value for name, value in values.items() if name not in widened)


def _clipped(model: ModelProto) -> list[str]:
    """Which weights 16 bits cannot hold."""
    large = small = 0
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            sizes = np.abs(onnx.numpy_helper.to_array(tensor))
            large += int((sizes > LARGEST_FP16).sum())
            small += int(((sizes > 0) & (sizes < SMALLEST_FP16)).sum())
    notes = []
    if large:
        notes.append(f"{large:,} weights beyond {LARGEST_FP16:,.0f} were cut to it")
    if small:
        notes.append(f"{small:,} weights too small for 16 bits were raised to the smallest")
    return notes
