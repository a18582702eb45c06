"""onnxruntime, and what must be true of a model before it is loaded into it."""

from __future__ import annotations

import contextlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.placement import CUDA as GPU_PROVIDER
from sluicegate.specs.placement import FULL_FP32, RECORD, TF32
from sluicegate.validators.onnx.engine_options import ON_ONE_THREAD, EngineOptions
from sluicegate.validators.onnx.external import external_faults
from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.onnx.rules.loading import harmful
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NO_LOCALE = (
    "Export its StringNormalizer with the locale C (skl2onnx: options={TfidfVectorizer: {'locale': 'C'}}), "
    "or install the locale that it names, en_US.UTF-8 by default, here and in the image."
)
"""What a text model needs where no locale but C is installed, as in slim images."""
PROVIDER = "CPUExecutionProvider"
"""Judged on the CPU: the same numbers on a laptop and in CI; the report names it."""


def runtime() -> Any:
    """The module onnxruntime. Raises Unavailable where neither extra is installed, or both are."""
    installed = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            installed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    if len(installed) > 1:
        raise Unavailable(
            f"{' and '.join(installed)} are installed at once, and are one module that overwrites itself",
            remedy="Uninstall both, then install `sluicegate[cpu]` or `sluicegate[gpu]`, not both.",
        )
    if not installed:
        raise Unavailable(
            "onnxruntime is not installed",
            remedy="Install `sluicegate[cpu]` or `sluicegate[gpu]`.",
            tool="onnxruntime",
        )
    import onnxruntime

    return onnxruntime


def open_session(
    graph: Graph, files: ModelFiles, spec: ModelSpec, how: EngineOptions = ON_ONE_THREAD
) -> InferenceSession:
    """The model in onnxruntime. Raises Unavailable when loading would hurt, or fails.

    What cannot run by CUDA on this machine runs on the CPU; the session's providers say which it is.
    """
    for check, problem in harmful(graph):
        raise Unavailable(f"not loaded: {problem.words}", check, problem.remedy)
    for tensor, fault in external_faults(graph, files):
        if tensor.used:
            raise Unavailable(f"not loaded: {fault.words}", "external-data-escape")
    return load(files.directory / spec.artifact.path, how)


def load(source: Path | bytes, how: EngineOptions = ON_ONE_THREAD) -> InferenceSession:
    """A file, or the bytes of one, in onnxruntime. Raises Unavailable where it does not take it."""
    ort = runtime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = how.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if how.threads > 1:  # as the server: threads that wait by spinning would slow whatever runs beside them
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if how.cuda:
        options.add_session_config_entry(*RECORD)
    try:
        if how.rounded:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
            from sluicegate.validators.onnx.rounding import with_rounding

            source = with_rounding(source)
        model = str(source) if isinstance(source, Path) else source
        return ort.InferenceSession(model, options, providers=_providers(ort, how))
    except Exception as problem:
        remedy = NO_LOCALE if "locale name not valid" in str(problem) else None
        raise Unavailable(
            f"onnxruntime {ort.__version__} does not load it: {problem}", "onnx-loads", remedy
        ) from problem


def _providers(ort: Any, how: EngineOptions) -> list[Any]:
    if not how.cuda or GPU_PROVIDER not in ort.get_available_providers():
        return [PROVIDER]
    with contextlib.redirect_stdout(sys.stderr):
        ort.preload_dlls()
    return [(GPU_PROVIDER, TF32 if how.tf32 else FULL_FP32), PROVIDER]
