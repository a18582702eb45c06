"""The numbers of tensors whose bytes lie in other files: read once each, block by block."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import ExitStack

from sluicegate.validators.onnx.external import extent_of
from sluicegate.validators.onnx.facts import ExternalTensor, Graph
from sluicegate.validators.onnx.tensors import NotFinite, span_not_finite
from sluicegate.validators.onnx.wire.messages import Span
from sluicegate.validators.submission.files import ModelFiles


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
        with ExitStack() as stack:
            stream = stack.enter_context((files.directory / location).open("rb"))
            buffer = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            for tensor, span in sorted(parts, key=lambda part: part[1].start):
                found = span_not_finite(buffer, tensor.name, tensor.type, span)
                if found is not None:
                    yield found
