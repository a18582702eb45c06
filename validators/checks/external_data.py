"""Where the tensors of a model may point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.onnx.facts import Graph


@check(
    "external-data-escape",
    family="security",
    static=True,
    remedy="Pin the file in artifact.files, or keep every tensor's bytes in the ONNX file "
    "(onnx.save_model, save_as_external_data=False).",
)
def external_data_escape(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """External data stays inside the model's directory, inside its file, and under a digest.

    onnxruntime opens the path that the model names; one that leads out reads, or maps, any file of the
    server. A range beyond the file's end, or one laid over another, makes it read what nobody judged.
    """
    from sluicegate.validators.onnx.external import external_faults
    from sluicegate.validators.submission.fault import grouped

    at = files.position(spec.artifact.path)
    faults = list(grouped(fault for _, fault in external_faults(graph, files)))
    yield from (fail(fault.words, at) for fault in faults)
    if not faults:
        elsewhere = len({tensor.location for tensor in graph.external_tensors})
        places = f"the ONNX file and {elsewhere} pinned files" if elsewhere else "the ONNX file itself"
        yield passed(f"every tensor's bytes lie in {places}", at)
