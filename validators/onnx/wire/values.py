"""The values of a repeated scalar field, taken from the file: a few as Python's own, or all by blocks."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.validators.onnx.wire.messages import Run, Span

if TYPE_CHECKING:
    from sluicegate.validators.onnx.wire.decode import Buffer

BLOCK = 1 << 20
"""Bytes of a block, a multiple of every element's size."""


def ints(buffer: Buffer, runs: Sequence[Run], most: int) -> list[int] | None:
    """Signed whole numbers; None where there are more than `most`."""
    if sum(run.span.size for run in runs) > 11 * most:
        return None
    numbers: list[int] = []
    for run in runs:
        at = run.span.start
        while at < run.span.end:
            if run.tagged:
                at += 1
            number = shift = 0
            while True:
                byte = buffer[at]
                at += 1
                number |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 or shift > 63:
                    break
            number &= (1 << 64) - 1
            numbers.append(number - (1 << 64) if number >> 63 else number)
    return numbers if len(numbers) <= most else None


def texts(buffer: Buffer, runs: Sequence[Run], most: int) -> list[str] | None:
    """Byte strings as text; None where there are more than `most`, or one that is long."""
    found: list[str] = []
    for run in runs:
        at = run.span.start
        while at < run.span.end:
            size = run.span.size
            if run.tagged:
                size = buffer[at + 1]
                at += 2
            if len(found) == most or size > BLOCK:
                return None
            found.append(buffer[at : at + size].decode("utf-8", "replace"))
            at += size
    return found


def floats(buffer: Buffer, runs: Sequence[Run], width: int, most: int) -> list[float] | None:
    """Floating-point numbers of `width` bytes; None where there are more than `most`."""
    if sum(run.span.size for run in runs) > (width + 1) * most:
        return None
    return [float(value) for run in runs for block in blocks(buffer, run, width) for value in block]


def count(buffer: Buffer, runs: Sequence[Run], width: int) -> int:
    """How many numbers: of `width` bytes each, or of varints for 0."""
    total = 0
    for run in runs:
        if width:
            total += run.span.size // (width + run.tagged)
        elif run.tagged or run.span.size < BLOCK:
            total += _varints(buffer[run.span.start : run.span.end], run.tagged)
        else:
            parts = _parts(run.span, BLOCK)
            total += sum(_varints(buffer[part.start : part.end], tagged=False) for part in parts)
    return total


def _varints(data: bytes, tagged: bool) -> int:
    ends = int(np.count_nonzero(np.frombuffer(data, np.uint8) < 0x80))
    return ends // 2 if tagged else ends


def blocks(buffer: Buffer, run: Run, width: int) -> Iterator[NDArray[Any]]:
    """Floating-point numbers of `width` bytes, in arrays of at most BLOCK bytes that lie in the file."""
    kind = {2: "<f2", 4: "<f4", 8: "<f8"}[width]
    if not run.tagged:
        for part in _parts(run.span, BLOCK):
            block = np.frombuffer(buffer, kind, (part.end - part.start) // width, part.start)
            # BLAS takes aligned numbers alone; others are ten times as slow.
            yield block if block.flags.aligned else block.copy()
            let_go(buffer, part)
        return
    stride = width + 1
    for part in _parts(run.span, stride * (BLOCK // width)):
        rows = np.frombuffer(buffer, np.uint8, part.size, part.start).reshape(-1, stride)
        yield np.ascontiguousarray(rows[:, 1:]).view(kind).reshape(-1)
        let_go(buffer, part)


def let_go(buffer: Buffer, part: Span) -> None:
    """Let the system drop the pages that were read: else a mapped file counts as this process's memory."""
    start = -(-part.start // mmap.PAGESIZE) * mmap.PAGESIZE
    length = part.end // mmap.PAGESIZE * mmap.PAGESIZE - start
    if length > 0 and isinstance(buffer, mmap.mmap):
        buffer.madvise(mmap.MADV_DONTNEED, start, length)


def _parts(span: Span, size: int) -> Iterator[Span]:
    for start in range(span.start, span.end, size):
        yield Span(start, min(start + size, span.end))


def number(buffer: Buffer, span: Span, form: str) -> float | int:
    """One number, as `struct` has it."""
    value: float | int = struct.unpack_from(form, buffer, span.start)[0]
    return value
