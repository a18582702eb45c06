"""The numbers of tensors whose bytes lie in other files: read once each, block by block."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import BinaryIO

from sluicegate.validators.onnx.external import extent_of
from sluicegate.validators.onnx.facts import ExternalTensor, Graph
from sluicegate.validators.onnx.tensors import NotFinite, span_not_finite
from sluicegate.validators.onnx.wire.messages import Span
from sluicegate.validators.submission.files import ModelFiles

PIECE = 1 << 28
"""Bytes of a file that are mapped at a time; a multiple of what any number takes."""


def external_not_finite(graph: Graph, files: ModelFiles) -> Iterator[NotFinite]:
    """Tensors with NaN or infinite numbers in another file, in the files' order.

    What does not lie inside of its file is a fault of `external_faults`, and is not read.
    """
    by_file: dict[str, list[tuple[ExternalTensor, Span]]] = {}
    for tensor in graph.external_tensors:
        if not files.contains(tensor.location):
            continue
        extent = extent_of(tensor, files.entries[tensor.location].size)
        if extent is not None and extent.end > extent.start:
            by_file.setdefault(tensor.location, []).append((tensor, Span(extent.start, extent.end)))
    for location, parts in by_file.items():
        with (files.directory / location).open("rb") as stream:
            window = _Window(stream, files.entries[location].size)
            for tensor, span in sorted(parts, key=lambda part: part[1].start):
                found = [_not_finite(window, tensor, piece) for piece in _pieces(span)]
                nan, infinite = (sum(counts) for counts in zip(*found, strict=True))
                if nan or infinite:
                    yield NotFinite(tensor.name, nan, infinite)


def _pieces(span: Span) -> Iterator[Span]:
    """The span in parts: a child may not map a file of any size as a whole."""
    for start in range(span.start, span.end, PIECE):
        yield Span(start, min(start + PIECE, span.end))


class _Window:
    """A part of a file that is mapped, until something is asked for that lies outside of it."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._begin = self._end = 0
        self._buffer: mmap.mmap | None = None

    def over(self, piece: Span) -> tuple[mmap.mmap, Span]:
        """What is mapped, and where the piece lies in it."""
        if self._buffer is None or piece.start < self._begin or piece.end > self._end:
            self._begin = piece.start - piece.start % mmap.ALLOCATIONGRANULARITY
            self._end = min(max(piece.end, self._begin + PIECE), self._size)
            length = self._end - self._begin
            # The one before is unmapped with the last view of it.
            self._buffer = mmap.mmap(
                self._stream.fileno(), length, access=mmap.ACCESS_READ, offset=self._begin
            )
        return self._buffer, Span(piece.start - self._begin, piece.end - self._begin)


def _not_finite(window: _Window, tensor: ExternalTensor, piece: Span) -> tuple[int, int]:
    """(NaN, infinite) in a part of the file."""
    buffer, span = window.over(piece)
    found = span_not_finite(buffer, tensor.name, tensor.type, span)
    return (0, 0) if found is None else (found.nan, found.inf)
