"""What a tensor holds, told from its message: its element type, its size, and the numbers of a small one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sluicegate.validators.onnx.bounds.intervals import MAX_VALUES
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import Attribute, Run, Span, Tensor

ELEMENTS: dict[int, tuple[str, int]] = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    8: ("string", 0),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8e4m3fn", 8),
    18: ("float8e4m3fnuz", 8),
    19: ("float8e5m2", 8),
    20: ("float8e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4e2m1", 4),
    24: ("float8e8m0", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
    27: ("float6e2m3", 0),
    28: ("float6e3m2", 0),
}
"""Of each of TensorProto.DataType its name here, and the bits of one element.

0 for text, and for what no engine reads yet."""
STRING = 8
"""TensorProto.DataType: text."""
EXTERNAL = 1
"""TensorProto.DataLocation: the bytes lie in another file."""
_FLOATS = {1: 4, 11: 8}
_HALVES = {10: 0x7C00, 16: 0x7F80}
"""By 16-bit type, the bits that make up infinity: above them is NaN (IEEE 754; bfloat16)."""
_RAW = {1: "<f4", 2: "u1", 3: "i1", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8", 12: "<u4", 13: "<u8"}
_FIELDS = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")
_VALUE_BYTES = {"float_data": 4, "double_data": 8}


def dtype(kind: int) -> str:
    """An element type by its name."""
    return ELEMENTS[kind][0] if kind in ELEMENTS else f"element type {kind}"


def elements(tensor: Tensor) -> int:
    """How many elements its dimensions make; -1 where they are no sizes."""
    if any(dim < 0 for dim in tensor.dims) or len(tensor.dims) > 64:
        return -1
    return math.prod(tensor.dims)


def needed_bytes(tensor: Tensor) -> int:
    """Bytes that its elements take; -1 where that cannot be said."""
    bits = ELEMENTS.get(tensor.data_type, ("", 0))[1]
    number = elements(tensor)
    return -1 if number < 0 or bits == 0 else -(-number * bits // 8)


def is_external(tensor: Tensor) -> bool:
    """Whether it names another file."""
    return tensor.data_location == EXTERNAL or bool(tensor.external_data)


def faults(buffer: Buffer, tensor: Tensor) -> Iterator[str]:
    """What does not fit together in a tensor: its type, its dimensions, what holds its values."""
    held = [name for name in _FIELDS if getattr(tensor, name)]
    if tensor.raw_data is not None:
        held.append("raw_data")
    if tensor.data_type not in ELEMENTS:
        yield f"has element type {tensor.data_type}, which ONNX does not know"
        return
    if elements(tensor) < 0:
        yield f"has dimensions {tensor.dims[:8]}, which are no sizes"
        return
    if tensor.segment is not None:
        yield "is a segment of a tensor, which no engine reads"
    if is_external(tensor):
        if held:
            yield f"names another file, and has values in {', '.join(held)} as well"
        return
    if len(held) > 1:
        yield f"has values in {' and '.join(held)}: which of them is read, a loader decides"
    elif tensor.raw_data is not None:
        if needed_bytes(tensor) not in (-1, tensor.raw_data.size):
            yield f"has {tensor.raw_data.size:,} bytes, and its dimensions need {needed_bytes(tensor):,}"
    elif held and held[0] in _VALUE_BYTES and tensor.data_type in _FLOATS:
        number = values.count(buffer, getattr(tensor, held[0]), _VALUE_BYTES[held[0]])
        if number != elements(tensor):
            yield f"has {number:,} values, and its dimensions need {elements(tensor):,}"
    elif not held and elements(tensor):
        yield f"has no values, and its dimensions need {elements(tensor):,}"


@dataclass(frozen=True)
class NotFinite:
    """How many numbers of a tensor or an attribute are none (`nan`), and how many infinite (`inf`)."""

    name: str
    nan: int
    inf: int


def not_finite(buffer: Buffer, tensor: Tensor) -> NotFinite | None:
    """Count them block by block; None where there are none, or the numbers lie in another file."""
    if is_external(tensor):
        return None
    raw = [] if tensor.raw_data is None else [Run(tensor.raw_data, tagged=False)]
    nan = inf = 0
    if tensor.data_type in _FLOATS:
        width = _FLOATS[tensor.data_type]
        usable = [run for run in raw if run.span.size % width == 0]
        nan, inf = floats_not_finite(buffer, usable, width)
        for name, bytes_each in _VALUE_BYTES.items():
            more = floats_not_finite(buffer, getattr(tensor, name), bytes_each)
            nan, inf = nan + more[0], inf + more[1]
    elif tensor.data_type in _HALVES and tensor.raw_data is not None:
        nan, inf = _halves_not_finite(buffer, tensor.raw_data, _HALVES[tensor.data_type])
    return NotFinite(tensor.name, nan, inf) if nan or inf else None


def span_not_finite(buffer: Buffer, name: str, kind: int, span: Span) -> NotFinite | None:
    """Likewise of a tensor of this element type whose numbers are these bytes of a file."""
    nan = inf = 0
    if kind in _FLOATS and span.size % _FLOATS[kind] == 0:
        nan, inf = floats_not_finite(buffer, [Run(span, tagged=False)], _FLOATS[kind])
    elif kind in _HALVES:
        nan, inf = _halves_not_finite(buffer, span, _HALVES[kind])
    return NotFinite(name, nan, inf) if nan or inf else None


def floats_not_finite(buffer: Buffer, runs: Sequence[Run], width: int) -> tuple[int, int]:
    """(NaN, infinite) among floating-point numbers of `width` bytes.

    A block's maximum is NaN where any number is; with its minimum it tells most blocks apart in one pass.
    """
    nan = inf = 0
    for run in runs:
        for block in values.blocks(buffer, run, width):
            with np.errstate(over="ignore"):  # large numbers are told from none below
                square = float(np.dot(block, block)) if block.size else 0.0
            if math.isfinite(square):
                continue
            finite = int(np.count_nonzero(np.isfinite(block)))
            if finite < block.size:
                none = int(np.count_nonzero(np.isnan(block)))
                nan, inf = nan + none, inf + block.size - finite - none
    return nan, inf


def _halves_not_finite(buffer: Buffer, span: Span, infinity: int) -> tuple[int, int]:
    nan = inf = 0
    for start in range(span.start, span.end - 1, values.BLOCK):
        size = min(values.BLOCK, span.end - start) // 2
        bits = np.frombuffer(buffer, "<u2", size, start) & np.uint16(0x7FFF)
        nan += int(np.count_nonzero(bits > infinity))
        inf += int(np.count_nonzero(bits == infinity))
        values.let_go(buffer, Span(start, start + 2 * size))
    return nan, inf


def small_values(buffer: Buffer, tensor: Tensor) -> list[float] | None:
    """The numbers of a tensor of at most MAX_VALUES; None of a larger one, or of one without any here."""
    if is_external(tensor) or not 0 <= elements(tensor) <= MAX_VALUES:
        return None
    if tensor.raw_data is not None:
        kind = _RAW.get(tensor.data_type)
        if kind is None or tensor.raw_data.size != needed_bytes(tensor):
            return None
        return list(np.frombuffer(buffer, kind, elements(tensor), tensor.raw_data.start).tolist())
    for runs in (tensor.int64_data, tensor.int32_data, tensor.uint64_data):
        if runs:
            return list(values.ints(buffer, runs, MAX_VALUES) or ()) or None
    for name, width in _VALUE_BYTES.items():
        if getattr(tensor, name):
            return values.floats(buffer, getattr(tensor, name), width, MAX_VALUES)
    return [] if elements(tensor) == 0 else None


def attribute_values(buffer: Buffer, attribute: Attribute) -> float | list[float] | None:
    """The number or the numbers of an attribute; None where it holds something else, or many."""
    if attribute.ints:
        return list(values.ints(buffer, attribute.ints, MAX_VALUES) or ()) or None
    if attribute.floats:
        return values.floats(buffer, attribute.floats, 4, MAX_VALUES)
    return attribute.i if attribute.i is not None else attribute.f
