"""What must not be in a file that is loaded into an engine, whichever checks are run."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.onnx.rules.bounds import bounds
from sluicegate.validators.onnx.rules.encoding import encoding
from sluicegate.validators.onnx.rules.structure import structure
from sluicegate.validators.submission.fault import Fault

HARMFUL = {"onnx-format": encoding, "onnx-graph": structure, "onnx-bounds": bounds}
"""The rules by the check that reports them."""


def harmful(graph: Graph) -> Iterator[tuple[str, Fault]]:
    """Faults that would hurt a loader, each with the check that reports it."""
    for check, rule in HARMFUL.items():
        for fault in rule(graph):
            yield check, fault
