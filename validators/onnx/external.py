"""Where a model says that its tensors lie outside of the ONNX file, and whether those bytes are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sluicegate.validators.onnx.facts import ExternalTensor, Graph
from sluicegate.validators.submission.fault import Fault
from sluicegate.validators.submission.files import ModelFiles


def external_faults(graph: Graph, files: ModelFiles) -> Iterator[tuple[ExternalTensor, Fault]]:
    """What is wrong with where tensors say their bytes lie (onnx/docs/ExternalData.md).

    Bytes in a file that model.yaml does not pin in `artifact.files` are a fault, wherever it lies: nobody
    checks them.
    """
    ranges: dict[str, list[Range]] = {}
    for tensor in graph.external_tensors:
        fault = files.fault(tensor.location)
        if fault is not None:
            words = f"tensor {tensor.name!r} lies in {tensor.location!r}, which {fault}"
            yield tensor, Fault(f"place {tensor.location}", words)
            continue
        if tensor.location.lower().endswith(".onnx"):
            words = f"tensor {tensor.name!r} lies in {tensor.location}, an ONNX file itself"
            yield tensor, Fault(f"place {tensor.location}", words)
        fault, extent = _extent(tensor, files.entries[tensor.location].size)
        if fault is not None:
            yield tensor, Fault(f"range {tensor.location}", fault)
        if extent is not None:
            ranges.setdefault(tensor.location, []).append(extent)
        if tensor.location not in files.pinned:
            words = f"tensor {tensor.name!r} lies in {tensor.location}, and model.yaml pins it by no digest"
            yield tensor, Fault(f"digest {tensor.location}", words)
    for location, parts in ranges.items():
        for before, after in pairwise(sorted(parts, key=lambda part: (part.start, part.end))):
            if after.start < before.end:
                names = f"{before.tensor.name!r} and {after.tensor.name!r}"
                yield after.tensor, Fault(f"overlap {location}", f"tensors {names} overlap in {location}")


@dataclass(frozen=True)
class Range:
    """The bytes of a file that a tensor takes: from `start` to before `end`."""

    start: int
    end: int
    tensor: ExternalTensor


def extent_of(tensor: ExternalTensor, size: int) -> Range | None:
    """Where a tensor's bytes lie in a file of `size` bytes; None where they do not."""
    return _extent(tensor, size)[1]


def _extent(tensor: ExternalTensor, size: int) -> tuple[str | None, Range | None]:
    """What is wrong with the bytes that a tensor names in a file of `size` bytes, or where they are."""
    if not _is_size(tensor.offset) or not _is_size(tensor.length):
        return f"tensor {tensor.name!r} has offset {tensor.offset!r}, length {tensor.length!r}", None
    start = int(tensor.offset or 0)
    length = int(tensor.length) if tensor.length else tensor.bytes
    end = start + length
    if tensor.bytes < 0 or length != tensor.bytes:
        return f"tensor {tensor.name!r} needs {tensor.bytes} bytes, and names {length}", None
    if end > size:
        return f"tensor {tensor.name!r} ends at byte {end} of {tensor.location}, of {size}", None
    return None, Range(start, end, tensor)


def _is_size(text: str) -> bool:
    """Whether this is a number of bytes that can be meant, or left out."""
    return not text or (text.isascii() and text.isdecimal() and len(text) < 20)
