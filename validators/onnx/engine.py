"""onnxruntime, and what must be true of a model before it is loaded into it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.placement import CUDA as GPU_PROVIDER
from sluicegate.specs.placement import FULL_FP32, RECORD, TF32
from sluicegate.validators.onnx.facts import ExternalTensor, Graph
from sluicegate.validators.onnx.rounding import with_rounding
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MAX_OPSETS = {"ai.onnx": 26, "ai.onnx.ml": 5}
"""The domains that are allowed, and the newest opset of each that onnxruntime 1.31.1 loads."""
CONTRIB = "com.microsoft"
"""onnxruntime's own operators beside the standard's, built into it (docs/ContribOperators.md)."""
CONTRIB_OPERATORS = frozenset(
    {
        "Attention",
        "BiasGelu",
        "DequantizeLinear",
        "DynamicQuantizeLSTM",
        "DynamicQuantizeMatMul",
        "EmbedLayerNormalization",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "GroupQueryAttention",
        "MatMulInteger16",
        "MatMulIntegerToFloat",
        "MatMulNBits",
        "MultiHeadAttention",
        "NGramRepeatBlock",
        "QAttention",
        "QEmbedLayerNormalization",
        "QGemm",
        "QLinearAdd",
        "QLinearAveragePool",
        "QLinearConcat",
        "QLinearGlobalAveragePool",
        "QLinearLeakyRelu",
        "QLinearMul",
        "QLinearSigmoid",
        "QLinearSoftmax",
        "QuantizeLinear",
        "QuickGelu",
        "RotaryEmbedding",
        "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization",
        "Tokenizer",
    }
)
"""Those that only compute: optimised transformers, quantised models, text. EPContext, say, opens files."""
MAX_IR = 13
"""The newest IR version that onnxruntime 1.31.1 loads."""
MAX_DEPTH = 8
"""How deep subgraphs (If, Loop, Scan) may nest."""
MAX_NODES = 1_000_000
"""How many nodes a graph may have once its local functions are expanded."""
NO_LOCALE = (
    "Export its StringNormalizer with the locale C (skl2onnx: options={TfidfVectorizer: {'locale': 'C'}}), "
    "or install the locale that it names, en_US.UTF-8 by default, here and in the image."
)
"""What a text model needs where no locale but C is installed, as in slim images."""
PROVIDER = "CPUExecutionProvider"
"""Judged on the CPU: the same numbers on a laptop and in CI; the report names it."""


@dataclass(frozen=True)
class EngineOptions:
    """How a session computes: on so many threads within an operator, on a GPU by CUDA where there is one."""

    threads: int = 1
    cuda: bool = False
    where: str = ""
    """The environment that it is served so in."""
    tf32: bool = False
    """A GPU may multiply fp32 by 10 bits, as Triton's onnxruntime does; onnx-server's does not."""
    without_gpu: bool = False
    """It is served on a GPU, and this machine has none."""
    rounded: bool = False
    """Each result of 16 bits is rounded to them, as on a GPU."""


ON_ONE_THREAD = EngineOptions()


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
    for fault in structure_faults(graph):
        raise Unavailable(f"not loaded: {fault}", "onnx-graph")
    for tensor, fault in external_faults(graph, files):
        if tensor.used:
            raise Unavailable(f"not loaded: {fault}", "external-data-escape")
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


def structure_faults(graph: Graph) -> Iterator[str]:
    """What would make a loader hang, run foreign code, or stop: in words that name the limit."""
    if graph.expanded is None:
        yield "a local function calls itself; write the loop as a Loop node, or unroll it"
    elif graph.expanded > MAX_NODES:
        yield f"its local functions expand to more than {MAX_NODES:,} nodes; call each one fewer times"
    if graph.depth > MAX_DEPTH:
        yield f"its subgraphs nest {graph.depth} deep, more than {MAX_DEPTH}; flatten its If, Loop, Scan"
    if graph.training:
        yield "it contains training_info, which inference does not use; export it for inference"
    for name in graph.defaults:
        yield f"the default of {name} holds a tensor or a graph; pass it as the caller's attribute"
    for (domain, operator), _ in sorted(graph.ops.items()):
        if domain == CONTRIB and operator in CONTRIB_OPERATORS:
            continue
        if domain not in MAX_OPSETS and (domain, operator) not in graph.functions:
            allowed = " and ".join(MAX_OPSETS)
            yield f"operator {operator} belongs to domain {domain}, which is not allowed; use {allowed}"


def external_faults(graph: Graph, files: ModelFiles) -> Iterator[tuple[ExternalTensor, str]]:
    """What is wrong with where tensors say their bytes lie (onnx/docs/ExternalData.md).

    Bytes in a file that model.yaml does not pin in `artifact.files` are a fault, wherever it lies: nobody
    checks them.
    """
    ranges: dict[str, list[Range]] = {}
    for tensor in graph.external_tensors:
        fault = files.fault(tensor.location)
        if fault is not None:
            yield tensor, f"tensor {tensor.name!r} lies in {tensor.location!r}, which {fault}"
            continue
        fault, extent = _extent(tensor, files.entries[tensor.location].size)
        if fault is not None:
            yield tensor, fault
        if extent is not None:
            ranges.setdefault(tensor.location, []).append(extent)
        if tensor.location not in files.pinned:
            yield (
                tensor,
                f"tensor {tensor.name!r} lies in {tensor.location}, and model.yaml pins it by no digest",
            )
    for location, parts in ranges.items():
        for before, after in pairwise(sorted(parts, key=lambda part: (part.start, part.end))):
            if after.start < before.end:
                names = f"{before.tensor.name!r} and {after.tensor.name!r}"
                yield after.tensor, f"tensors {names} overlap in {location}"


@dataclass(frozen=True)
class Range:
    """The bytes of a file that a tensor takes: from `start` to before `end`."""

    start: int
    end: int
    tensor: ExternalTensor


def _extent(tensor: ExternalTensor, size: int) -> tuple[str | None, Range | None]:
    """What is wrong with the bytes that a tensor names in a file of `size` bytes, or where they are."""
    if not _is_size(tensor.offset) or not _is_size(tensor.length):
        return f"tensor {tensor.name!r} has offset {tensor.offset!r}, length {tensor.length!r}", None
    start = int(tensor.offset or 0)
    length = int(tensor.length) if tensor.length else tensor.bytes
    end = start + length
    if tensor.bytes < 0 or length != tensor.bytes:
        return f"tensor {tensor.name!r} needs {tensor.bytes} bytes, and names {length}", None
    if end > size:
        return f"tensor {tensor.name!r} ends at byte {end} of {tensor.location}, of {size}", None
    return None, Range(start, end, tensor)


def _is_size(text: str) -> bool:
    """Whether this is a number of bytes that can be meant, or left out."""
    return not text or (text.isdecimal() and len(text) < 20)
