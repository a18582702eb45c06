"""What one call of a model costs, by its shapes alone: floating-point operations, and memory of activations.

Shapes are inferred by onnx from the file without its weights; nothing runs. A product of m x k and k x n
counts 2mkn, a multiplication and an addition each one; each function of an element counts one. Memory is what
values between operators take when each is freed after its last use, in the file's order: an engine that fuses
or reuses takes less, one that needs room to work takes more.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.validators.onnx.outline import write_outline

Shape = tuple[int, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MOVES = frozenset(
    _names(
        """
        Cast Concat Constant ConstantOfShape DepthToSpace Dropout Expand Flatten Gather GatherElements
        GatherND Identity Pad Range Reshape Shape Size Slice SpaceToDepth Split Squeeze Tile
        Transpose Unsqueeze
        """
    )
)
"""Operators that compute no number: they copy, or look at shapes."""
_ONE = _names(
    """
    Abs Add And BitShift Ceil Clip Cos DequantizeLinear Div Elu Equal Erf Exp Floor Gelu Greater
    GreaterOrEqual HardSigmoid LeakyRelu Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Or PRelu Pow
    QuantizeLinear Reciprocal Relu Round Selu Sigmoid Sign Sin Softplus Sqrt Sub Sum Tan Tanh
    ThresholdedRelu Where Xor
    """
)
ELEMENTS = {
    **dict.fromkeys(_ONE, 1),
    "BatchNormalization": 2,
    "HardSwish": 3,
    "Softmax": 4,
    "LogSoftmax": 5,
    "LayerNormalization": 7,
    "InstanceNormalization": 7,
}
"""Operations for each element of the first output."""
REDUCTIONS = frozenset(
    _names(
        """
        ArgMax ArgMin CumSum GlobalAveragePool GlobalMaxPool ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin
        ReduceProd ReduceSum ReduceSumSquare
        """
    )
)
"""One operation for each element of the first input."""


@dataclass(frozen=True)
class Cost:
    """Of one call."""

    flop: int
    """Floating-point operations, a multiplication and an addition each one."""
    peak: int
    """Bytes of activations that are there at the same time, at most; without weights."""
    uncounted: tuple[str, ...]
    """Operators without a rule, or without a shape: then both figures are at least these."""


def static_cost(path: Path, by_row: Collection[str], rows: int) -> Cost:
    """The cost of one call of so many rows; `by_row` are the inputs of which the first dimension is the rows.

    Raises onnx.shape_inference.InferenceError for shapes that contradict each other, WireError, OSError.
    """
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        model = onnx.load(str(write_outline(path, Path(folder))), load_external_data=False)
    _set_rows(model.graph.input, by_row, rows)
    for value in (*model.graph.output, *model.graph.value_info):
        value.type.tensor_type.ClearField("shape")  # of the batch that the exporter saw
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    return _cost(inferred.graph)


def _set_rows(inputs: Iterable[Any], by_row: Collection[str], rows: int) -> None:
    """Give the rows' dimension its length, wherever its name is; one that is a number stays."""
    names = set()
    for value in inputs:
        dimensions = value.type.tensor_type.shape.dim
        if value.name in by_row and dimensions and dimensions[0].dim_value <= 0:
            names.add(dimensions[0].dim_param)
            dimensions[0].dim_value = rows
    for value in inputs:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param and dimension.dim_param in names:
                dimension.dim_value = rows


def _cost(graph: Any) -> Cost:
    sizes = {
        value.name: (_shape(value), _width(value.type.tensor_type.elem_type))
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    shapes = {**{name: shape for name, (shape, _) in sizes.items()}, **weights}
    flop, uncounted = 0, Counter[str]()
    for node in graph.node:
        counted = operations(node, shapes)
        flop += counted or 0
        uncounted[node.op_type] += counted is None
    held = {name: math.prod(shape) * width for name, (shape, width) in sizes.items() if shape is not None}
    for node in graph.node:
        uncounted[node.op_type] += any(name and name not in held for name in node.output)
    inputs = [value.name for value in graph.input if value.name not in weights]
    peak = _peak(graph.node, inputs, {value.name for value in graph.output}, held)
    return Cost(flop, peak, tuple(sorted(name for name, count in uncounted.items() if count)))


def _peak(nodes: Sequence[Any], inputs: Sequence[str], outputs: set[str], held: Mapping[str, int]) -> int:
    last = {name: place for place, node in enumerate(nodes) for name in node.input}
    live = {name: held.get(name, 0) for name in inputs}
    peak = sum(live.values())
    for place, node in enumerate(nodes):
        live |= {name: held.get(name, 0) for name in node.output if name}
        peak = max(peak, sum(live.values()))
        for name in (*node.input, *node.output):
            if last.get(name, -1) <= place and name not in outputs:
                live.pop(name, None)
    return peak


def operations(node: Any, shapes: Mapping[str, Shape | None]) -> int | None:
    """Floating-point operations of one node; None where there is no rule, or a shape is not known."""
    if node.domain not in ("", "ai.onnx"):
        return None
    if node.op_type in MOVES:
        return 0
    taken = [shapes.get(name) for name in node.input]
    made = shapes.get(node.output[0])
    if made is None or not taken or taken[0] is None:
        return None
    if node.op_type in ELEMENTS:
        return ELEMENTS[node.op_type] * math.prod(made)
    if node.op_type in REDUCTIONS:
        return math.prod(taken[0])
    rule = _RULES.get(node.op_type)
    return None if rule is None else rule(node, taken, made)


def _matmul(_node: Any, taken: Sequence[Shape | None], made: Shape) -> int | None:
    first = taken[0]
    return 2 * math.prod(made) * first[-1] if first else None


def _gemm(node: Any, taken: Sequence[Shape | None], made: Shape) -> int | None:
    first = taken[0]
    if first is None or len(first) != 2:
        return None
    transposed = any(one.name == "transA" and one.i for one in node.attribute)
    bias = math.prod(made) if len(taken) > 2 else 0
    return 2 * math.prod(made) * first[0 if transposed else 1] + bias


def _conv(_node: Any, taken: Sequence[Shape | None], made: Shape) -> int | None:
    kernel = taken[1] if len(taken) > 1 else None
    if kernel is None:
        return None
    bias = math.prod(made) if len(taken) > 2 else 0
    return 2 * math.prod(made) * math.prod(kernel[1:]) + bias


def _conv_transpose(_node: Any, taken: Sequence[Shape | None], made: Shape) -> int | None:
    first, kernel = taken[0], taken[1] if len(taken) > 1 else None
    if first is None or kernel is None:
        return None
    bias = math.prod(made) if len(taken) > 2 else 0
    return 2 * math.prod(first) * math.prod(kernel[1:]) + bias


def _pool(node: Any, _taken: Sequence[Shape | None], made: Shape) -> int | None:
    kernel = next((tuple(one.ints) for one in node.attribute if one.name == "kernel_shape"), None)
    return None if kernel is None else math.prod(made) * math.prod(kernel)


_RULES: Mapping[str, Callable[[Any, Sequence[Shape | None], Shape], int | None]] = {
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "AveragePool": _pool,
    "MaxPool": _pool,
}


def _shape(value: Any) -> Shape | None:
    kind = value.type.tensor_type
    if not kind.HasField("shape") or not all(one.HasField("dim_value") for one in kind.shape.dim):
        return None
    return tuple(one.dim_value for one in kind.shape.dim)


def _width(kind: int) -> int:
    """Bytes of one element; text counts none, as its length is not known."""
    import onnx

    if kind in (onnx.TensorProto.UNDEFINED, onnx.TensorProto.STRING):
        return 0
    return int(onnx.helper.tensor_dtype_to_np_dtype(kind).itemsize)


def words(new: Cost, old: Cost, rows: int) -> Iterator[str]:
    """A call of one version beside production's, for a reader."""
    least = "at least " if new.uncounted or old.uncounted else ""
    computes = f"a call of {rows:,} rows computes {least}{new.flop:,} floating-point operations"
    yield f"{computes}, {old.flop:,} in production"
    yield f"its activations take {least}{new.peak:,} bytes at once, {old.peak:,} in production"
    if names := sorted({*new.uncounted, *old.uncounted}):
        yield f"not counted in that: {', '.join(names[:10])}{' and others' if len(names) > 10 else ''}"
