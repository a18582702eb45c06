"""The ONNX file: its facts, and the model loaded into the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.placement import CUDA
from sluicegate.validators.runner.inputs import Unavailable, about, provides
from sluicegate.validators.submission.candidate import Production
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.onnx.engine_options import EngineOptions
    from sluicegate.validators.onnx.facts import Graph


@provides("graph")
def graph(files: ModelFiles, spec: ModelSpec) -> Graph:
    """Facts of the ONNX file, read without opening external data."""
    from sluicegate.validators.onnx.facts import GraphError, read_graph

    at = files.position(spec.artifact.path)
    fault = files.fault(spec.artifact.path)
    if fault is not None:
        raise Unavailable(f"{spec.artifact.path} {fault}", "artifact-digests", at=at)
    try:
        return read_graph(files.directory / spec.artifact.path)
    except GraphError as problem:
        raise Unavailable(problem.message, "onnx-graph", _sentence(problem.remedy), at=at) from problem


@provides("session")
def session(graph: Graph, files: ModelFiles, spec: ModelSpec) -> InferenceSession:
    """The model, loaded into onnxruntime; only if nothing that loading it opens or expands is at fault."""
    from sluicegate.validators.onnx.engine import open_session

    with about(files.position(spec.artifact.path)):
        return open_session(graph, files, spec)


@provides("production_session")
def production_session(production: Production | None) -> tuple[InferenceSession, ModelSpec] | None:
    """The version that runs now, loaded likewise, with its spec; None for a first release."""
    from sluicegate.validators.onnx.engine_options import ON_ONE_THREAD

    return None if production is None else (_of_production(production, ON_ONE_THREAD), production.spec)


@provides("gpu_session")
def gpu_session(
    graph: Graph, files: ModelFiles, spec: ModelSpec, engine_options: EngineOptions
) -> InferenceSession | None:
    """The model as it is served on a GPU, where it has one and this machine as well; None elsewhere."""
    from sluicegate.validators.onnx.engine import open_session

    if not engine_options.cuda:
        return None
    with about(files.position(spec.artifact.path)):
        served = open_session(graph, files, spec, engine_options)
    return served if CUDA in served.get_providers() else None


# Loaded a second time even with the same options: the first session has been dropped by then, so that
# memory never holds two.
@provides("timed_session")
def timed_session(
    graph: Graph,
    files: ModelFiles,
    spec: ModelSpec,
    engine_options: EngineOptions,
    gpu_session: InferenceSession | None,
) -> InferenceSession:
    """The model as it is served: on its threads, on a GPU where it has one and this machine as well."""
    from sluicegate.validators.onnx.engine import open_session

    if gpu_session is not None:
        return gpu_session
    with about(files.position(spec.artifact.path)):
        return open_session(graph, files, spec, engine_options)


@provides("timed_production")
def timed_production(
    production: Production | None, engine_options: EngineOptions
) -> tuple[InferenceSession, ModelSpec] | None:
    """The version that runs now, likewise."""
    return None if production is None else (_of_production(production, engine_options), production.spec)


def _of_production(production: Production, how: EngineOptions) -> InferenceSession:
    """The version that runs now, loaded. Raises Unavailable, which is never the candidate's fault."""
    from sluicegate.validators.onnx.engine import open_session
    from sluicegate.validators.onnx.facts import GraphError, read_graph

    files, old = production.files, production.spec
    try:
        return open_session(read_graph(files.directory / old.artifact.path), files, old, how)
    except GraphError as problem:
        reason = f"production's version cannot be loaded: {problem.message}"
        raise Unavailable(reason, remedy=_sentence(problem.remedy)) from problem
    except Unavailable as problem:
        reason = f"production's version cannot be loaded: {problem.reason}"
        raise Unavailable(reason, remedy=problem.remedy, tool=problem.tool) from problem


def _sentence(remedy: str) -> str:
    return f"{remedy[:1].upper()}{remedy[1:]}."
