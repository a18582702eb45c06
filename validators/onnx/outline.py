"""A model without its large tensors, for tools that would read them all: their places are left open."""

from __future__ import annotations

import mmap
from pathlib import Path

from sluicegate.validators.onnx.tensors import is_external
from sluicegate.validators.onnx.walk import tensors
from sluicegate.validators.onnx.wire.decode import Buffer, decode, fields, varint
from sluicegate.validators.onnx.wire.messages import (
    Attribute,
    Function,
    Graph,
    Model,
    Node,
    SparseTensor,
    Tensor,
    Training,
)

LARGE = 1 << 16
"""Bytes of values above which a tensor is left out: shapes are inferred from smaller ones."""
WEIGHTS = "weights"
"""The file that the tensors are said to lie in; it is there and has nothing in it."""

_HOLDERS = (Attribute, Function, Graph, Node, SparseTensor, Tensor, Training)
"""Messages that are a tensor, or can hold one."""
_VALUES = frozenset({"raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data"})


def write_outline(path: Path, folder: Path) -> Path:
    """Write the outline of a model that decodes into this folder, and say where."""
    (folder / WEIGHTS).write_bytes(b"\0")
    target = folder / path.name
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        target.write_bytes(outline(buffer))
    return target


def outline(buffer: Buffer) -> bytes:
    """The bytes of the model, every large or external tensor replaced by a reference to WEIGHTS."""
    model, _, _ = decode(buffer)
    external = any(is_external(tensor) for _, tensor in tensors(model))
    return _message(Model, buffer, 0, len(buffer), external=external)


def _message(kind: type, buffer: Buffer, at: int, end: int, *, external: bool) -> bytes:
    """A message anew; parts that are small and hold no external tensor are copied as they are."""
    if kind is Tensor and (replaced := _reference(buffer, at, end)) is not None:
        return replaced
    parts = []
    for known, opened, start, stop, _ in fields(buffer, kind, at, end, _pass_over):
        inner = known.field.kind
        if inner in _HOLDERS and (external or stop - start > LARGE):
            body = _message(inner, buffer, start, stop, external=external)
            tag = buffer[opened : _tag_end(buffer, opened)]
            parts += [tag, _length(len(body)), body]
        else:
            parts.append(buffer[opened:stop])
    return b"".join(parts)


def _reference(buffer: Buffer, at: int, end: int) -> bytes | None:
    """A tensor that lies in WEIGHTS, in place of a large or an external one; None for any other."""
    kept, size, outside = [], 0, False
    for known, opened, start, stop, _ in fields(buffer, Tensor, at, end, _pass_over):
        name = known.field.name
        if name in ("dims", "data_type", "name"):
            kept.append(buffer[opened:stop])
        elif name in _VALUES:
            size += stop - start
        outside = outside or name in ("data_location", "external_data")
    if not outside and size <= LARGE:
        return None
    entry = _text(1, "location") + _text(2, WEIGHTS)
    return b"".join([*kept, b"\x70\x01", b"\x6a", _length(len(entry)), entry])


def _text(number: int, text: str) -> bytes:
    data = text.encode()
    return bytes([number << 3 | 2]) + _length(len(data)) + data


def _length(size: int) -> bytes:
    """A number as a varint."""
    data = bytearray()
    while size > 0x7F:
        data.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*data, size])


def _tag_end(buffer: Buffer, at: int) -> int:
    return varint(buffer, at)[1]


def _pass_over(fault: str) -> None:
    """What the encoding is at fault for is left out; onnx-format has reported it."""
