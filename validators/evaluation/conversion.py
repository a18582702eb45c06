"""A model in another precision, made in the contained child by onnxruntime's own tools."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import batch_dimension
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.feeds import feed
from sluicegate.validators.evaluation.parity import largest_gap
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.onnx.engine import PROVIDER, load
from sluicegate.validators.onnx.engine_options import EngineOptions
from sluicegate.validators.onnx.facts import Graph, read_graph
from sluicegate.validators.onnx.float16 import to_float16
from sluicegate.validators.onnx.precision import floating, precision_of
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

QUANTIZABLE = frozenset({"Attention", "Conv", "EmbedLayerNormalization", "Gather", "Gemm", "LSTM", "MatMul"})
"""What holds weights that onnxruntime stores in 8 bits (its quantization/registry.py)."""
ROWS = 512
"""Of the reference: what a static quantization is calibrated on, and what is compared at once."""


def converted(
    spec: ModelSpec,
    files: ModelFiles,
    graph: Graph,
    session: InferenceSession,
    reference: Rows,
    *,
    precision: str,
    static: bool,
) -> Iterator[Finding]:
    """Keep a line of JSON (what was done) and behind it the ONNX file.

    Raises Unavailable, in words for the model's owner, where it cannot be converted, or where its answers
    to the reference rows would no longer be numbers.
    """
    before = precision_of(graph)
    if before != "fp32":
        raise Unavailable(
            f"version {spec.version} computes in {before}, and only a model in fp32 is converted",
            remedy="Convert the version that it was made from.",
        )
    path = files.directory / spec.artifact.path
    rows = reference.frame.head(ROWS)
    made = Path.cwd() / f"converted.{precision}.onnx"
    if precision == "int8" and not QUANTIZABLE & {operator for _, operator in graph.ops}:
        raise Unavailable(_unchanged(graph, precision), remedy=_other_precision(precision))
    batches = _batches(spec, rows) if static else None
    try:
        notes = to_float16(path, made) if precision == "fp16" else _to_int8(path, made, batches)
    except (ValueError, TypeError, RuntimeError, AssertionError, KeyError) as problem:
        raise Unavailable(
            f"onnxruntime's tool does not convert it to {precision}: {type(problem).__name__}: {problem}",
            remedy="Leave it in fp32, or try the other precision.",
        ) from problem
    after = _checked(made, precision)
    if precision_of(after) != precision:
        raise Unavailable(_unchanged(graph, precision), remedy=_other_precision(precision))
    loaded = load(made, EngineOptions(rounded=precision == "fp16"))
    gap = _difference(spec, rows, loaded, session, precision)
    header = {
        "operators": _moved(graph, after),
        "numbers": {dtype: count for dtype, count in floating(after.numbers).items() if count},
        "notes": notes,
        "rows": len(rows),
        "largest_difference": gap,
    }
    keep(json.dumps(header).encode() + b"\n" + made.read_bytes())
    yield passed(f"converted to {precision}")


def _checked(path: Path, precision: str) -> Graph:
    """The facts of what was made. Raises Unavailable where it is not a valid ONNX file."""
    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as problem:
        raise Unavailable(
            f"onnxruntime's tool writes no sound model in {precision}: {problem}",
            remedy="Leave it in fp32, or try the other precision.",
        ) from problem
    return read_graph(path)


def _to_int8(path: Path, target: Path, batches: list[dict[str, Any]] | None) -> list[str]:
    """Weights in 8 bits; activations by each request's own range, or by the range that `batches` show.

    Weights are unsigned: with signed ones, processors without VNNI saturate, and the same file answers
    differently from machine to machine.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

    model = onnx.load(path)  # given a path, the tool writes beside it, where this process may not
    if batches is None:
        quantize_dynamic(model, str(target), weight_type=QuantType.QUInt8)
        return ["activations are quantized by the range of each request"]

    rest = iter(batches)

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, Any] | None:
            return next(rest, None)

    quantize_static(
        model,
        str(target),
        Reader(),
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QUInt8,
        calibration_providers=[PROVIDER],
    )
    count = sum(len(next(iter(batch.values()))) for batch in batches)
    return [f"activations are quantized by the range that {count:,} reference rows show"]


def _batches(spec: ModelSpec, frame: Any) -> list[dict[str, Any]]:
    """The rows as inputs, in batches that the model takes."""
    batch = batch_dimension(spec)
    size = batch if isinstance(batch, int) else min(spec.serving.max_batch, 64)
    inputs = feed(frame, spec)
    starts = range(0, len(frame) - (len(frame) % size if isinstance(batch, int) else 0), size)
    if not starts:
        raise Unavailable(
            f"{len(frame)} reference rows do not fill one batch of {size} to calibrate on",
            remedy="Add reference rows, or convert without --static.",
        )
    return [{name: values[start : start + size] for name, values in inputs.items()} for start in starts]


def _unchanged(graph: Graph, precision: str) -> str:
    shown = ", ".join(sorted({operator for _, operator in graph.ops})[:10])
    return f"nothing of it can be computed in {precision}: its operators are {shown}"


def _other_precision(precision: str) -> str:
    return (
        f"Leave it in fp32: {precision} is for neural networks; tree ensembles and SVMs have no smaller form."
    )


def _difference(
    spec: ModelSpec, frame: Any, loaded: InferenceSession, session: InferenceSession, precision: str
) -> float | None:
    """The largest difference on the rows, as `parity` has it; None without numbers to compare.

    Raises Unavailable where the answers are no longer finite, or of another form.
    """
    try:
        gap = largest_gap(run_model(loaded, spec, frame), run_model(session, spec, frame))
    except Undefined as problem:
        raise Unavailable(f"in {precision} {problem}", remedy="Leave it in fp32.") from problem
    if gap is None:
        return None
    if not np.isfinite(gap.share):
        raise Unavailable(
            f"in {precision} the answer {gap.output!r} to reference row {gap.row} is no longer a number",
            remedy="Scale inputs and activations to less than 65,504, or leave it in fp32.",
        )
    return gap.share


def _moved(before: Graph, after: Graph) -> dict[str, int]:
    """By operator, how many there are more than before, or fewer."""
    new, old = (Counter({op: count for (_, op), count in graph.ops.items()}) for graph in (after, before))
    return {op: new[op] - old[op] for op in sorted(new | old) if new[op] != old[op]}
