"""The numbers that a model holds are numbers, and have a part in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.onnx.tensors import NotFinite
from sluicegate.validators.submission.fault import Fault

MAX_UNUSED = 1 << 16
"""Bytes of initializers that nothing takes; exporters leave small ones behind."""


def weights(graph: Graph) -> Iterator[Fault]:
    """NaN is refused and infinite numbers are reported: masks of attention are made of them."""
    yield from not_finite_faults(graph.not_finite)
    total = sum(one.bytes for one in graph.unused)
    if total > MAX_UNUSED:
        largest = max(graph.unused, key=lambda one: one.bytes)
        yield Fault(
            "unused",
            f"{len(graph.unused):,} initializers of {total:,} bytes are taken by no node, "
            f"the largest {largest.name[:80]!r}",
            "Remove them: onnxruntime drops them unread, and nobody judges what they hold.",
        )


def not_finite_faults(found: Iterable[NotFinite]) -> Iterator[Fault]:
    """NaN, and what is infinite, of these tensors and attributes."""
    for one in found:
        if one.nan:
            yield Fault("nan", f"{one.nan:,} numbers of {one.name[:80]!r} are NaN")
        else:
            yield Fault("infinite", f"{one.inf:,} numbers of {one.name[:80]!r} are infinite", refuses=False)
