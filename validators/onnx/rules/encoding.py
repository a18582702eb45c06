"""The encoding: nothing that one reader sees and another does not."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.submission.fault import Fault

EXPORT = "Export the model again with its framework's exporter; write it with onnx.save."


def encoding(graph: Graph) -> Iterator[Fault]:
    """Unknown fields, fields set twice, text that is none, and tensors that contradict themselves."""
    for words in graph.encoding:
        yield Fault("encoding", words, EXPORT)
    for words in graph.tensor_faults:
        yield Fault("tensor", words, EXPORT)
