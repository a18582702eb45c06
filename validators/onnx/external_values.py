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
            for tensor, span in sorted(parts, key=lambda part: part[1].start):
                found = [_not_finite(stream, tensor, piece) for piece in _pieces(span)]
                nan, infinite = (sum(counts) for counts in zip(*found, strict=True))
                if nan or infinite:
                    yield NotFinite(tensor.name, nan, infinite)


def _pieces(span: Span) -> Iterator[Span]:
    """The span in parts: a child may not map a file of any size as a whole."""
    for start in range(span.start, span.end, PIECE):
        yield Span(start, min(start + PIECE, span.end))


def _not_finite(stream: BinaryIO, tensor: ExternalTensor, piece: Span) -> tuple[int, int]:
    """(NaN, infinite) in a part of the file."""
    begin = piece.start - piece.start % mmap.ALLOCATIONGRANULARITY
    size = piece.end - begin
    with mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ, offset=begin) as buffer:
        found = span_not_finite(buffer, tensor.name, tensor.type, Span(piece.start - begin, size))
        return (0, 0) if found is None else (found.nan, found.inf)
